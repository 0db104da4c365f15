import type { Node } from 'node-red';
import {
  boundedLimits,
  INITIAL_LIMITS,
  isUsable,
  operatingPoint,
  resumeLimits,
  stepLimits,
  storedLimits,
  type Limits,
  type LimitsEvent,
  type LimitsReading,
  type LimitsSettings,
  type LimitsState,
  type OperatingPoint,
} from '../battery/limits/limits';
import type { Clock, Timer } from '../clock';
import { PersistedValue } from './persisted-value';
import { recallInTime } from './recall-limit';
import { ThrottledValue } from './throttled-value';

/** The state of the limits of a battery. */
interface Kept {
  /** id of the battery that it is of; '' where readings come as messages */
  batteryId: string;
  state: LimitsState;
}

const KEPT = new PersistedValue<Kept>({
  key: 'limits',
  write: (kept) => structuredClone(kept),
  read: (kept) => {
    if (typeof kept !== 'object' || kept === null) return undefined;
    const { batteryId, state } = kept as { batteryId?: unknown; state?: unknown };
    const stored = storedLimits(state);
    return typeof batteryId === 'string' && stored !== undefined ? { batteryId, state: stored } : undefined;
  },
});

/** To be called when a node is deleted. */
export function forgetLimits(node: Node): void {
  KEPT.forget(node);
}

/** A step is made so often while no reading comes, ms (charge-limits.md 1). */
const STEP_MS = 5000;

/** What has happened, without its wall time. */
type Happened = LimitsEvent extends infer E ? (E extends unknown ? Omit<E, 'at'> : never) : never;

export interface LimitsWatchOptions {
  node: Node;
  /** id of the battery; '' where readings come as messages */
  batteryId: string;
  settings: LimitsSettings;
  clock: Clock;
  /** whether the battery says now that it does not answer */
  isLost(): boolean;
  /** Called after each step from the first reading, or the first loss, on; never from within the constructor. */
  onStep(limits: Limits): void;
}

/**
 * The limits of one node: stepped by every reading, and by time while none comes; remembered across deploys and, with a context
 * store, restarts. Until they are known again what happens waits.
 */
export class LimitsWatch {
  private readonly kept: ThrottledValue<Kept>;
  private state: LimitsState | undefined;
  /** the last reading, and when it was read, s on the monotonic clock */
  private last: { readonly reading: LimitsReading; readonly readAt: number } | undefined;
  private latest: Limits | undefined;
  private readonly waiting: (() => void)[] = [];
  /** until the store has answered */
  private recalling: Timer;
  /** for the next step without a reading */
  private timer: Timer | undefined;
  private closed = false;

  constructor(private readonly options: LimitsWatchOptions) {
    const { node, clock } = options;
    this.kept = new ThrottledValue(KEPT, node, clock);
    // Not at once: the nodes that the limits are wired to may be made after this one.
    this.recalling = clock.after(0, () => this.recall());
  }

  /** Takes a reading. @param ageMs how old it is already */
  read(reading: LimitsReading, ageMs = 0): void {
    const readAt = this.now - ageMs / 1000;
    this.whenKnown(() => {
      this.last = { reading, readAt };
      this.stepWithLast();
    });
  }

  /** The battery does not answer any more. */
  lose(): void {
    this.whenKnown(() => this.step({ kind: 'lost' }));
  }

  /** Changes the phase. */
  command(action: 'bulk' | 'float'): void {
    this.whenKnown(() => this.step({ kind: 'command', action }));
  }

  /** Calls back as soon as the state from before is known again: at once, when it is; never after `close`. */
  whenKnown(act: () => void): void {
    if (this.closed) return;
    if (this.state === undefined) this.waiting.push(act);
    else act();
  }

  /** What is given out; before the first reading the phase alone, as nothing can be computed. */
  get current(): Limits {
    const { phase } = this.state?.phase ?? INITIAL_LIMITS.phase;
    return this.latest ?? { phase, chargeLimitedBy: [], dischargeLimitedBy: [] };
  }

  /** Whether a reading has ever told a temperature: else none limits anything. */
  get hasTemperature(): boolean {
    return this.state?.seen.temperatureMin !== undefined;
  }

  /** Whether anything has been given out. */
  get hasBegun(): boolean {
    return this.latest !== undefined;
  }

  /** Whether a reading says what the cells have; else it is none. */
  isUsable(reading: LimitsReading): boolean {
    return isUsable(this.options.settings, reading, this.state?.seen ?? {});
  }

  /** Where the battery stands; undefined before the first reading. */
  get operatingPoint(): OperatingPoint | undefined {
    if (this.state === undefined || this.latest === undefined) return undefined;
    return operatingPoint(this.options.settings, this.state);
  }

  close(): void {
    this.closed = true;
    this.recalling.cancel();
    this.timer?.cancel();
    this.kept.close();
  }

  private recall(): void {
    const { clock, node } = this.options;
    this.recalling = recallInTime<Kept>(
      clock,
      (answer) => KEPT.recall(node, answer),
      (kept) => this.resume(kept),
    );
  }

  private resume(kept: Kept | undefined): void {
    if (this.closed || this.state !== undefined) return;
    const { clock, settings, batteryId } = this.options;
    const isOurs = kept?.batteryId === batteryId;
    this.state = isOurs ? boundedLimits(settings, resumeLimits(kept.state, clock.now())) : INITIAL_LIMITS;
    this.wind();
    for (const act of this.waiting.splice(0)) act();
  }

  private wind(): void {
    this.timer?.cancel();
    this.timer = this.options.clock.after(STEP_MS, () => this.tick());
  }

  /** No reading has come for a while. */
  private tick(): void {
    if (this.options.isLost()) this.step({ kind: 'lost' });
    else this.stepWithLast();
  }

  /** The last reading, as old as it is by now; before the first one what is known from before grows older. */
  private stepWithLast(): void {
    const { now } = this;
    const { reading, readAt } = this.last ?? { reading: {}, readAt: now };
    this.step({ kind: 'reading', reading, age: Math.max(0, now - readAt) }, now);
  }

  /** s */
  private get now(): number {
    return this.options.clock.monotonic() / 1000;
  }

  /** @param now one time for step and age: a reading that is given again must not look like a new one */
  private step(happened: Happened, now = this.now): void {
    const { settings, batteryId, clock, onStep } = this.options;
    const before = this.state;
    if (this.closed || before === undefined) return;
    const { state, limits } = stepLimits(settings, before, { ...happened, at: clock.now() }, now);
    this.state = state;
    this.kept.keep({ batteryId, state });
    // What takes hours to come about is not left to the next write.
    if (state.phase.phase !== before.phase.phase) this.kept.flush();
    if (happened.kind !== 'command') this.wind();
    if (this.last === undefined && state.loss === undefined) return;
    this.latest = limits;
    onStep(limits);
  }
}
