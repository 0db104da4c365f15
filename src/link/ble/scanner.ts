import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { within, type Clock, type Timer } from '../../clock';
import type { BleLimits } from './limits';
import type { Listening, Peripheral } from './peripheral';
import { advertisementOf, type Advertisement } from './advertisement';
import { untilAborted, whenAborted } from './abort';

/** A device that advertises. The driver keeps what it knows of it until it is released. */
export interface Found {
  readonly peripheral: Peripheral;
  readonly sighting: Advertisement;
  /** May be called any number of times. */
  release(): void;
}

/** Somebody who looks for a device. */
interface ScanRequest {
  accepts(sighting: Advertisement): boolean;
  found(entry: Heard): void;
  fail(error: Error): void;
}

interface Heard {
  sighting: Advertisement;
  peripheral: Peripheral;
}

/** Devices that are remembered at once; more are strangers that pass by. */
const MOST_HEARD = 500;

/** How often to let go of what was half heard, in advertisements. */
const SWEEP_EVERY = 1000;

/** While others connect nobody listens, and the wait is longer; but never longer than so many limits. */
const MOST_LIMITS = 3;

export interface ScannerOwner {
  readonly listening: Listening;
  readonly clock: Clock;
  readonly limits: BleLimits;
  readonly ending: AbortController;
}

/** Listens while somebody looks for a device, for all of them at once: one that is out of range holds up nobody. */
export class Scanner {
  private readonly scanRequests = new Set<ScanRequest>();
  private readonly heard = new Map<string, Heard>();
  private readonly held = new Map<string, number>();
  private paused = 0;
  private isOn = false;
  /** whether the last change was not answered */
  private isUnsure = false;
  /** whether what is told now was heard */
  private isListening = false;
  private listenedMs = 0;
  private listeningSince = 0;
  private switching: Promise<void> = Promise.resolve();
  private untilSweep = SWEEP_EVERY;

  constructor(private readonly owner: ScannerOwner) {
    owner.listening.onDiscover((peripheral) => this.onDiscover(peripheral));
    whenAborted(owner.ending.signal, (cause) => {
      for (const lookout of [...this.scanRequests]) lookout.fail(cause);
    });
  }

  /** devices that are remembered */
  get size(): number {
    return this.heard.size;
  }

  /** Whether somebody waits for a device to be heard. */
  get isAwaited(): boolean {
    return this.scanRequests.size > 0;
  }

  /** Everything that was heard since a time, the strongest first. @param from on the monotonic clock, ms */
  since(from: number): Advertisement[] {
    return [...this.heard.values()]
      .map(({ sighting }) => sighting)
      .filter(({ at }) => at >= from)
      .sort((one, other) => other.rssi - one.rssi);
  }

  isFresh({ sighting }: Found): boolean {
    const last = this.heard.get(sighting.id)?.sighting.at ?? sighting.at;
    return this.now - last <= this.owner.limits.freshMs;
  }

  /**
   * Waits until a device advertises.
   * @param limitMs of listening
   * @param stop ends the wait early
   * @throws `late` when it is not heard; why the adapter is of no use
   */
  async look(
    accepts: (sighting: Advertisement) => boolean,
    limitMs: number,
    late: Error,
    stop?: AbortSignal,
  ): Promise<Found> {
    this.owner.ending.signal.throwIfAborted();
    if (stop?.aborted === true) throw late;
    let timer: Timer | undefined;
    let lookout: ScanRequest | undefined;
    const outcome = new Promise<Found>((resolve, reject) => {
      lookout = { accepts, found: (entry) => resolve(this.hold(entry)), fail: reject };
      this.scanRequests.add(lookout);
    });
    const giveUp = (): void => lookout?.fail(late);
    stop?.addEventListener('abort', giveUp);
    try {
      if (lookout !== undefined) timer = this.wait(lookout, limitMs, late);
      this.adjust();
      return await outcome;
    } finally {
      timer?.cancel();
      stop?.removeEventListener('abort', giveUp);
      if (lookout !== undefined) this.scanRequests.delete(lookout);
      this.adjust();
    }
  }

  /** Nobody listens until it is resumed. Resolves when that is so. */
  pause(): Promise<void> {
    this.paused++;
    this.adjust();
    return this.switching;
  }

  resume(): void {
    this.paused--;
    this.adjust();
  }

  /** Ends the scan, if there is one. */
  async quiet(): Promise<void> {
    for (const lookout of [...this.scanRequests]) lookout.fail(new BmsError('closed', say`Bluetooth was stopped.`));
    await this.pause();
  }

  private get now(): number {
    return this.owner.clock.monotonic();
  }

  private get listened(): number {
    return this.listenedMs + (this.isListening ? this.now - this.listeningSince : 0);
  }

  /** Gives up after the limit, counted while somebody listens. */
  private wait(lookout: ScanRequest, limitMs: number, late: Error): Timer {
    const { clock } = this.owner;
    const began = this.now;
    const heardBefore = this.listened;
    let timer: Timer;
    const look = (): void => {
      const listened = this.listened - heardBefore;
      const left = MOST_LIMITS * limitMs - (this.now - began);
      if (listened >= limitMs || left <= 0) return lookout.fail(late);
      arm(Math.min(left, limitMs - listened));
    };
    const arm = (delayMs: number): void => {
      timer = clock.after(Math.max(1, delayMs), look);
    };
    arm(limitMs);
    return { cancel: () => timer.cancel() };
  }

  private hold({ sighting, peripheral }: Heard): Found {
    const { id } = sighting;
    this.held.set(id, (this.held.get(id) ?? 0) + 1);
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      const others = (this.held.get(id) ?? 1) - 1;
      if (others > 0) this.held.set(id, others);
      else this.held.delete(id);
    };
    return { sighting, peripheral, release };
  }

  private onDiscover(peripheral: Peripheral): void {
    if (!this.isListening) return;
    const sighting = advertisementOf(peripheral, this.now);
    const entry = { sighting, peripheral };
    // Anew, so that those that were not heard for long come first.
    this.heard.delete(sighting.id);
    this.heard.set(sighting.id, entry);
    this.forgetSome();
    for (const lookout of [...this.scanRequests]) if (lookout.accepts(sighting)) lookout.found(entry);
  }

  private forgetSome(): void {
    for (const [id, { sighting, peripheral }] of this.heard) {
      if (this.heard.size <= MOST_HEARD && this.now - sighting.at < this.owner.limits.keptMs) break;
      this.heard.delete(id);
      if (!this.held.has(id)) this.owner.listening.forget(peripheral);
    }
    if (--this.untilSweep > 0) return;
    this.untilSweep = SWEEP_EVERY;
    this.owner.listening.forgetHalfHeard();
  }

  /** Listens when somebody looks out and nobody needs the radio for himself; changes go one after the other. */
  private adjust(): void {
    this.switching = this.switching.then(() => this.switchOver());
  }

  private async switchOver(): Promise<void> {
    const { clock, limits, ending } = this.owner;
    const wanted = this.scanRequests.size > 0 && this.paused === 0;
    if (ending.signal.aborted || wanted === this.isOn) return;
    const late = new BmsError('timeout', say`The Bluetooth adapter does not begin or end to listen.`);
    this.isOn = wanted;
    try {
      const done = wanted ? this.begin() : this.end();
      await within(
        clock,
        limits.scanSwitchMs,
        untilAborted(ending.signal, () => done),
        late,
      );
      this.isUnsure = false;
    } catch (thrown) {
      this.isUnsure = true;
      if (this.owner.ending.signal.aborted) return;
      const error = this.owner.listening.refused(thrown);
      if (wanted) for (const lookout of [...this.scanRequests]) lookout.fail(error);
    }
  }

  private async begin(): Promise<void> {
    const { listening } = this.owner;
    if (this.isUnsure) await listening.reset();
    await listening.begin(() => {
      this.isListening = true;
      this.listeningSince = this.now;
    });
  }

  private end(): Promise<void> {
    const { listening } = this.owner;
    this.listenedMs = this.listened;
    this.isListening = false;
    return this.isUnsure ? listening.reset() : listening.end();
  }
}
