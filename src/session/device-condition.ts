import type { BmsError, ErrorCode } from '../battery/errors';
import type { Clock, Timer } from '../clock';
import { Signal } from './signal';

/**
 * How a device stands. `reachable`: its line is open, or opens when it is asked, and it was not asked yet. `retrying`: it
 * is asked once more; with an error, it does not answer, or its line is gone, for too short a time to count as `lost`.
 * `paused`: its line is left to something else for a while.
 */
export type Condition =
  | { phase: 'idle' | 'connecting' | 'reachable' | 'fresh' | 'paused' }
  | { phase: 'retrying'; error?: BmsError }
  | { phase: 'lost'; error: BmsError };

/** How many polls a device that was there may miss until it counts as lost: a bridge that restarts, a plug that slips. */
const MISSED_POLLS = 2;

/** At least and at most so long, ms; also where nothing is polled. */
const LEAST_HOLD_MS = 3000;
const MOST_HOLD_MS = 10_000;

/** How long a device that was there may be away until it counts as lost, ms. @param pollIntervalMs 0: not polled */
export function holdMs(pollIntervalMs: number): number {
  if (pollIntervalMs <= 0) return MOST_HOLD_MS;
  return Math.min(MOST_HOLD_MS, Math.max(LEAST_HOLD_MS, MISSED_POLLS * pollIntervalMs));
}

/** What does not pass by itself. */
const LASTING: ReadonlySet<ErrorCode> = new Set(['closed', 'denied', 'bad_value', 'unsupported', 'internal']);

/** Why a battery is lost; undefined while it is not, and where a deploy has closed its line, which is no loss. */
export function lossOf(condition: Condition): BmsError | undefined {
  return condition.phase === 'lost' && condition.error.code !== 'closed' ? condition.error : undefined;
}

interface Absence {
  readonly timer: Timer;
  /** what it began with */
  readonly error: BmsError;
  readonly before: Condition;
  /** whether it was asked, and did not answer */
  readonly isBoard: boolean;
}

/** Whether a device is there, by its answers and its line. An outage begins after a while, and ends for good. */
export class DeviceCondition {
  /** every change of the condition */
  readonly changed = new Signal<Condition>();
  /** it is there again, after it was lost */
  readonly back = new Signal<void>();
  private current: Condition = { phase: 'idle' };
  private wasLost = false;
  /** not there, but not lost yet */
  private absence: Absence | undefined;
  /** whether it has answered since it was lost */
  private answers = false;

  /** @param holdMs how long it may be away until it counts as lost */
  constructor(
    private readonly clock: Clock,
    private readonly holdMs: number,
  ) {}

  get condition(): Condition {
    return this.current;
  }

  /** Whether nothing is known of the device, because its line was not open. */
  get isUnknown(): boolean {
    return ['idle', 'connecting', 'paused'].includes(this.current.phase);
  }

  /** Whether it has not answered when it was asked last, or its line is gone. */
  get isAway(): boolean {
    return this.current.phase === 'lost' || this.absence !== undefined;
  }

  /** The line is not in use, or left to something else. */
  rest(phase: 'idle' | 'paused'): void {
    this.endAbsence();
    this.set({ phase });
  }

  /** The line is being opened. */
  opening(): void {
    if (this.isUnknown) this.set({ phase: 'connecting' });
  }

  /**
   * The line is open, after it was not.
   * @param isPolled whether the device will be asked by itself; else nothing is known of it any more, good or bad
   * @param isSteady see `answered`
   */
  lineBack(isPolled: boolean, isSteady: boolean): void {
    if (this.absence?.isBoard === false) {
      const { before } = this.absence;
      this.endAbsence();
      this.set(before);
    }
    if (this.isUnknown) this.set({ phase: isPolled ? 'connecting' : 'reachable' });
    else if (this.current.phase === 'lost' && !isPolled && isSteady) this.set({ phase: 'reachable' });
  }

  /** It is asked once more. */
  retrying(): void {
    if (this.current.phase === 'fresh') this.set({ phase: 'retrying' });
  }

  /** It has answered. @param isSteady whether its line holds; else an outage goes on until `steadied` */
  answered(isSteady: boolean): void {
    this.endAbsence();
    this.answers = true;
    if (isSteady || this.current.phase !== 'lost') this.set({ phase: 'fresh' });
  }

  /** The line has held again for long enough. @param isPolled see `lineBack` */
  steadied(isPolled: boolean): void {
    if (this.current.phase !== 'lost') return;
    if (!isPolled) this.set({ phase: 'reachable' });
    else if (this.answers) this.set({ phase: 'fresh' });
  }

  /** It has not answered, or its line is gone. @param isBoard whether it was asked */
  failed(error: BmsError, isBoard: boolean): void {
    if (isBoard) this.answers = false;
    if (this.current.phase === 'lost') {
      if (this.current.error.code !== error.code) this.set({ phase: 'lost', error });
      return;
    }
    if (this.isUnknown || LASTING.has(error.code)) return this.lose(error);
    // What it began with says most: what follows may only be that the line does not open.
    const { before, timer, error: first } = this.absence ?? this.beginAbsence(error);
    this.absence = { timer, error: first, before, isBoard: isBoard || this.absence?.isBoard === true };
    this.set({ phase: 'retrying', error });
  }

  private beginAbsence(error: BmsError): Omit<Absence, 'isBoard'> {
    const timer = this.clock.after(this.holdMs, () => this.lose(error));
    return { timer, error, before: withoutTrouble(this.current) };
  }

  private lose(error: BmsError): void {
    this.endAbsence();
    this.answers = false;
    this.set({ phase: 'lost', error });
  }

  private endAbsence(): void {
    this.absence?.timer.cancel();
    this.absence = undefined;
  }

  private set(condition: Condition): void {
    const before = this.current;
    this.current = condition;
    const isSame = before.phase === condition.phase && errorOf(before)?.code === errorOf(condition)?.code;
    if (!isSame) this.changed.emit(condition);
    if (condition.phase === 'lost') this.wasLost = true;
    if (condition.phase !== 'fresh' || !this.wasLost) return;
    this.wasLost = false;
    this.back.emit();
  }
}

function errorOf(condition: Condition): BmsError | undefined {
  return 'error' in condition ? condition.error : undefined;
}

/** What a device was before it was asked once more. */
function withoutTrouble(condition: Condition): Condition {
  return condition.phase === 'retrying' ? { phase: 'fresh' } : condition;
}
