import type { AlarmEdge, AlarmState } from '../../src/battery/alarm-ledger';
import { stateWith } from '../../src/battery/alarm-ledger';
import type { AlarmSummary } from '../../src/battery/active-alarms';
import type { BankReading } from '../../src/battery/bank/reading';
import type { Rule } from '../../src/battery/rule';
import { evaluateRules, type AlarmSettings } from '../../src/battery/rules';

/** A rule with the figures that a test does not care about. */
export function rule(change: Partial<Rule>): Rule {
  const limit = change.limit ?? 20;
  return {
    code: 'soc_low',
    field: 'soc',
    operator: '<',
    limit,
    clear: limit,
    hold: 0,
    level: 'warning',
    message: '',
    ...change,
  };
}

/** When the tests begin, ms since the epoch. */
export const START = Date.UTC(2026, 5, 1);

/** The engine with a clock that tests move, and everything that came out of it. */
export class Bench {
  state: AlarmState = stateWith();
  readonly edges: AlarmEdge[] = [];
  summary: AlarmSummary = { active: [], level: 'none', count: 0 };
  wall = START;
  monotonic = 5000;
  settings: AlarmSettings;

  constructor(rules: readonly Rule[], includeDevice = true) {
    this.settings = { rules, includeDevice };
  }

  /** Lets time pass, s. */
  wait(seconds: number): this {
    this.wall += seconds * 1000;
    this.monotonic += seconds * 1000;
    return this;
  }

  /** @returns the edges of this reading, in short */
  read(reading: BankReading): string[] {
    return this.judge({ kind: 'reading', reading, at: this.at() });
  }

  /** @param packs that a bank lacks */
  lose(packs?: readonly string[]): string[] {
    return this.judge({ kind: 'lost', at: this.at(), packs });
  }

  private at(): { wall: number; monotonic: number } {
    return { wall: this.wall, monotonic: this.monotonic };
  }

  private judge(event: Parameters<typeof evaluateRules>[2]): string[] {
    const before = JSON.stringify(this.state);
    const { state, edges, summary } = evaluateRules(this.settings, this.state, event);
    if (JSON.stringify(this.state) !== before) throw new Error('the state that was given has changed');
    // What a context store would make of it.
    this.state = JSON.parse(JSON.stringify(state)) as AlarmState;
    this.summary = summary;
    this.edges.push(...edges);
    return edges.map(short);
  }
}

const SIGNS = { raised: '+', changed: '~', cleared: '-' };

/** `+code`, `~code` or `-code`, with the cell or sensor; of a bank the cell with its pack. */
export function short(edge: AlarmEdge): string {
  const { cell, sensor, pack, packCell } = edge.source === 'rule' ? edge : {};
  const place = packCell === undefined ? (cell ?? sensor) : `${pack}${packCell}`;
  return `${SIGNS[edge.event]}${edge.code}${place === undefined ? '' : `@${place}`}`;
}
