import { BmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import type { BoardFinder } from './board-finder';
import type { BoardGuard } from './board-guard';
import type { Bus } from './bus';
import type { DeviceCondition } from './device-condition';
import { ENDED } from './lifetime';
import type { LineState } from './line-state';
import type { PackReader } from './pack-reader';
import type { Poller } from './poller';
import { Signal } from './signal';

/** The parts of a device. */
export interface DeviceParts {
  /** of the device, for messages */
  readonly name: string;
  readonly bus: Bus;
  /** see `BoardFinderOptions.isGuest` */
  readonly isGuest: boolean;
  readonly guard: BoardGuard;
  readonly presence: DeviceCondition;
  readonly finder: BoardFinder;
  readonly reader: PackReader;
  readonly poller: Poller;
  /** what else begins with a run of the device, and ends with its signal */
  readonly runners: readonly { start(signal: AbortSignal): void }[];
}

/** Follows the line of a device: what each of its states means for the polls, the condition and the board. */
export class LineFollower {
  /** why the line keeps falling, while the device runs */
  readonly unstable = new Signal<BmsError>();
  private signal = ENDED;

  constructor(private readonly parts: DeviceParts) {}

  /** Begins a run of the device. @param signal ends it */
  start(signal: AbortSignal): void {
    const { bus, finder, reader, poller, runners } = this.parts;
    const unsubscribes: (() => void)[] = [];
    // First of all that ends with it: what the others let go of may change the line.
    signal.addEventListener('abort', () => unsubscribes.forEach((unsubscribe) => unsubscribe()));
    this.signal = signal;
    reader.start(signal);
    finder.start(signal);
    for (const runner of runners) runner.start(signal);
    poller.start(signal);
    unsubscribes.push(
      bus.changed.subscribe((state) => this.onState(state)),
      bus.stability.unstable.subscribe((error) => this.unstable.emit(error)),
      bus.stability.stabilised.subscribe(() => this.onStabilised()),
      bus.modes.recalled.subscribe(() => this.endMode()),
      finder.found.subscribe(() => this.endMode()),
    );
    this.endMode();
    this.onState(asFound(bus.state));
  }

  private onState(state: LineState): void {
    const { guard, finder, presence, reader, poller } = this.parts;
    switch (state.phase) {
      case 'opening':
        presence.opening();
        break;
      case 'standby':
        guard.unprove();
        finder.stoodBy();
        if (!state.wasOpen) this.resume();
        break;
      case 'ready':
        if (this.goesOn(state)) {
          poller.schedule();
          break;
        }
        guard.unprove();
        finder.reconnected();
        this.resume();
        break;
      case 'paused':
      case 'idle':
        poller.pause();
        presence.rest(state.phase);
        break;
      case 'backoff':
        reader.fail(state.error, false);
        break;
      case 'closed':
        poller.pause();
        reader.fail(new BmsError('closed', say`${this.parts.name} was closed.`), false);
        break;
    }
  }

  /** Whether polls have gone on while the line was in standby: not of a device that was started while it was being opened. */
  private goesOn({ isResumed }: { isResumed: boolean }): boolean {
    const { reader, presence } = this.parts;
    return isResumed && (reader.isReading || !presence.isUnknown);
  }

  /** The line can be used again. It is polled at once where a poll is due, or nothing is known of the device. */
  private resume(): void {
    const { bus, presence, poller } = this.parts;
    const wasUnknown = presence.isUnknown;
    const isStable = !bus.stability.isUnstable;
    presence.lineBack(poller.isUsed, isStable);
    // On a line that keeps falling this would be a poll with every fall.
    const isMissed = presence.isAway && isStable;
    poller.resume(wasUnknown || isMissed);
  }

  /** The line has held again, after it kept falling. */
  private onStabilised(): void {
    const { presence, poller } = this.parts;
    presence.steadied(poller.isUsed);
    if (presence.isAway) poller.resume(true);
  }

  /** Takes the board out of a mode that it was left in before a stop, also where it may not be switched any more. */
  private endMode(): void {
    const { bus, finder, isGuest } = this.parts;
    if (!this.signal.aborted && finder.current !== undefined && !isGuest) bus.endMode(finder.current);
  }
}

/** The state of a line for a device that starts on it: for that device, nothing goes on from before. */
function asFound(state: LineState): LineState {
  if (state.phase === 'ready') return { ...state, isResumed: false };
  return state.phase === 'standby' ? { ...state, wasOpen: false } : state;
}
