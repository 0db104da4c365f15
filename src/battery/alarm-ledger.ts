import type { AlarmLevel } from './alarm';
import { alarmKey, type ActiveAlarm } from './active-alarms';
import { round } from './derive';
import type { Sample } from './rule';

/** The moment of an event on two clocks. */
export interface Moment {
  /** ms since the epoch; may jump, and only dates an alarm */
  wall: number;
  /** ms from some fixed point of this process, never backwards; measures how long */
  monotonic: number;
}

/** Everything that the engine remembers, as plain JSON. Its monotonic times hold for one process only. */
export interface AlarmState {
  readonly active: readonly HeldAlarm[];
  readonly runs: readonly Run[];
}

interface HeldAlarm {
  readonly alarm: ActiveAlarm;
  /** monotonic, ms; absent where an earlier process raised the alarm */
  readonly raisedAt?: number;
}

/** Consecutive readings that meet the condition of a rule, but not yet for its minimum duration. */
interface Run {
  /** of the alarm that it may become */
  readonly key: string;
  /** what was true */
  readonly condition: string;
  /** the first of the readings; monotonic, ms */
  readonly from: number;
}

/** An alarm that begins, gets another level, or ends. */
export type AlarmEdge = { event: 'raised' | 'changed' | 'cleared' } & ActiveAlarm & {
    /** how long an alarm that ends was active, s */
    duration?: number;
    /** the level that a changed alarm had before */
    from?: AlarmLevel;
  };

/** The state in which these alarms are active: none at the very beginning, or those of an earlier process. */
export function stateWith(active: readonly ActiveAlarm[] = []): AlarmState {
  return { active: active.map((alarm) => ({ alarm })), runs: [] };
}

/** The alarms of a state, in the order in which they were raised. */
export function activeAlarms({ active }: AlarmState): ActiveAlarm[] {
  return active.map(({ alarm }) => alarm);
}

/** The alarms during one event: what is raised, changed and cleared in it becomes an edge. The state given is not changed. */
export class Ledger {
  readonly edges: AlarmEdge[] = [];
  private readonly active: Map<string, HeldAlarm>;
  private readonly runs: Map<string, Run>;

  constructor(
    state: AlarmState,
    private readonly at: Moment,
  ) {
    this.active = new Map(state.active.map((held) => [alarmKey(held.alarm), held]));
    this.runs = new Map(state.runs.map((run) => [run.key, run]));
  }

  has(key: string): boolean {
    return this.active.has(key);
  }

  /** The active alarms, as they are now: the ledger may be changed meanwhile. */
  entries(): [string, ActiveAlarm][] {
    return [...this.active].map(([key, { alarm }]) => [key, alarm]);
  }

  alarms(): ActiveAlarm[] {
    return [...this.active.values()].map(({ alarm }) => alarm);
  }

  raise(alarm: ActiveAlarm): void {
    const key = alarmKey(alarm);
    this.runs.delete(key);
    this.active.set(key, { alarm, raisedAt: this.at.monotonic });
    this.edges.push({ event: 'raised', ...alarm });
  }

  /** Takes over what an alarm says now, but for when it was raised; only another level is an edge. @returns whether there is one */
  update(key: string, now: ActiveAlarm): boolean {
    const held = this.active.get(key);
    if (held === undefined) return false;
    const { level: from, since } = held.alarm;
    const alarm = { ...now, since };
    this.active.set(key, { ...held, alarm });
    if (from !== alarm.level) this.edges.push({ event: 'changed', ...alarm, from });
    return true;
  }

  /**
   * Ends an alarm; nothing happens when there is none.
   * @param sample the value that ended it
   */
  clear(key: string, sample?: Sample): void {
    const held = this.active.get(key);
    if (held === undefined) return;
    this.active.delete(key);
    this.edges.push({ event: 'cleared', ...held.alarm, ...sample, duration: this.durationOf(held) });
  }

  /** Counts a reading in which a condition is true. @returns how long it has been so, ms */
  run(key: string, condition: string): number {
    const now = this.at.monotonic;
    const from = this.runs.get(key)?.from ?? now;
    this.runs.set(key, { key, condition, from });
    return now - from;
  }

  endRun(key: string): void {
    this.runs.delete(key);
  }

  /** Forgets the runs of conditions that no rule has any more. */
  keepRuns(isKnown: (condition: string) => boolean): void {
    for (const { key, condition } of this.runs.values()) if (!isKnown(condition)) this.runs.delete(key);
  }

  state(): AlarmState {
    return { active: [...this.active.values()], runs: [...this.runs.values()] };
  }

  /** s. The wall clock, which may have been set back, measures only what began in an earlier process. */
  private durationOf({ alarm, raisedAt }: HeldAlarm): number {
    const ms = raisedAt === undefined ? this.at.wall - alarm.since : this.at.monotonic - raisedAt;
    return round(Math.max(0, ms) / 1000, 3);
  }
}
