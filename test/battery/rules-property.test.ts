import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alarmKey, storedAlarms } from '../../src/battery/active-alarms';
import { activeAlarms, stateWith, type AlarmEdge } from '../../src/battery/alarm-ledger';
import type { Alarm } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import type { Condition, Rule } from '../../src/battery/rule';
import { Bench, rule } from '../support/alarms';

const CHARGING: Condition = { field: 'current', operator: '>', limit: 1 };
const NOT_CHARGING: Condition = { ...CHARGING, operator: '<' };

const SETS: readonly (readonly Rule[])[] = [
  [],
  [rule({ hold: 30, clear: 25 })],
  [
    rule({ limit: 15, level: 'protection' }),
    rule({ code: 'full', operator: '>', limit: 80, clear: 70, hold: 0 }),
    rule({ code: 'cell', field: 'cellVoltages', limit: 3, clear: 3.2, hold: 10 }),
    rule({ code: 'hot', field: 'temperatures', operator: '>', limit: 50, level: 'fault', message: 'Hot.' }),
  ],
  [rule({ code: 'cell', field: 'cellVoltages', limit: 3, hold: 60 }), rule({ limit: 15, hold: 10 })],
  [
    rule({ hold: 10, clear: 25, onlyWhile: CHARGING }),
    rule({ code: 'cell', field: 'cellVoltages', limit: 3, clear: 3.2, hold: 30, onlyWhile: CHARGING }),
    rule({ code: 'hot', field: 'temperatures', operator: '>', limit: 50, level: 'fault', onlyWhile: NOT_CHARGING }),
  ],
  [
    rule({ hold: 10, clear: 25, level: 'protection', onlyWhile: { ...CHARGING, limit: 10 } }),
    rule({ code: 'hot', field: 'temperatures', operator: '>', limit: 50, hold: 5, onlyWhile: CHARGING }),
  ],
];

const DEVICE_ALARMS: readonly Alarm[] = [
  { code: 'soc_low', level: 'warning', message: 'Low.' },
  { code: 'soc_low', level: 'protection', message: 'Very low.' },
  { code: 'afe_fault', level: 'fault', message: 'Broken.' },
];

type Step =
  | { do: 'read'; reading: Reading }
  | { do: 'lose' | 'redeploy' | 'restart' }
  | { do: 'wait'; seconds: number }
  | { do: 'jump'; ms: number }
  | { do: 'configure'; set: number; includeDevice: boolean };

const soc = fc.constantFrom(5, 14.9, 15, 18, 20, 24.9, 25, 50, 70, 75, 80, 81, NaN);
const cell = fc.constantFrom(2.9, 2.999, 3, 3.1, 3.2, 3.4, NaN);
const sensor = fc.constantFrom(null, 20, 50, 50.1, 60);
const reading = fc.record(
  {
    soc,
    current: fc.constantFrom(-5, 1, 2, 2, 2, 20, 20, NaN),
    cellVoltages: fc.array(cell, { maxLength: 3 }),
    temperatures: fc.array(sensor, { maxLength: 2 }),
    alarms: fc.array(fc.constantFrom(...DEVICE_ALARMS), { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('read' as const), reading }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(0.1, 5, 10, 30, 60) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'redeploy' as const, 'restart' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('jump' as const), ms: fc.constantFrom(-1e9, -1, 3.6e6) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('configure' as const),
      set: fc.nat(SETS.length - 1),
      includeDevice: fc.boolean(),
    }),
  },
);

/**
 * The same once more, from the history of readings and as slowly as that is: no state but who is active. Each
 * reading looks back for the run that it ends.
 */
class Model {
  readonly active = new Set<string>();
  private history: { at: number; values: Map<string, number>; conditions: Set<string>; reading: Reading }[] = [];

  read(values: Reading, rules: readonly Rule[], includeDevice: boolean, at: number): void {
    this.active.delete('device communication_lost');
    this.device(includeDevice ? values.alarms : []);
    const now = { at, values: new Map<string, number>(), conditions: new Set(rules.map(conditionOf)), reading: values };
    for (const each of rules)
      for (const [place, value] of valuesOf(values, each.field)) now.values.set(`${each.field} ${place}`, value);
    this.history.push(now);
    for (const id of [...this.active]) {
      if (id.startsWith('rule') && !rules.some((each) => id.startsWith(`${nameOf(each)}/`))) this.active.delete(id);
    }
    for (const each of rules) {
      if (isMet(each, values) === false) this.end(each);
      else for (const [place, value] of valuesOf(values, each.field)) this.rule(each, place, value, at);
    }
  }

  lose(): void {
    this.active.add('device communication_lost');
  }

  /** Nothing from before counts for a hold. */
  restart(): void {
    this.history = [];
  }

  private device(reported: readonly Alarm[] | undefined): void {
    if (reported === undefined) return;
    for (const id of [...this.active]) if (id.startsWith('device')) this.active.delete(id);
    for (const { code } of reported) this.active.add(`device ${code}`);
  }

  private end(each: Rule): void {
    for (const id of [...this.active]) if (id.startsWith(`${nameOf(each)}/`)) this.active.delete(id);
  }

  private rule(each: Rule, place: number, value: number, at: number): void {
    const id = `${nameOf(each)}/${place}`;
    const sign = each.operator === '<' ? 1 : -1;
    if (this.active.has(id)) {
      if (sign * value >= sign * each.clear) this.active.delete(id);
      return;
    }
    const first = this.runStart(each, place, sign);
    const isCounted = isMet(each, this.history.at(-1)?.reading ?? {}) === true;
    if (isCounted && first !== undefined && at - first >= each.hold * 1000) this.active.add(id);
  }

  private runStart(each: Rule, place: number, sign: number): number | undefined {
    let start: number | undefined;
    for (const { at, values, conditions, reading: then } of [...this.history].reverse()) {
      const met = isMet(each, then);
      if (!conditions.has(conditionOf(each)) || met === false) break;
      const value = values.get(`${each.field} ${place}`);
      if (value === undefined) continue;
      if (sign * value >= sign * each.limit) break;
      if (met === true) start = at;
    }
    return start;
  }
}

const nameOf = (each: Rule): string => `rule ${each.code} ${each.field} ${each.operator}`;
const conditionOf = (each: Rule): string => `${nameOf(each)} ${each.limit} ${JSON.stringify(each.onlyWhile)}`;

/** Whether `onlyWhile` is met; undefined where that is not known. */
function isMet({ onlyWhile }: Rule, values: Reading): boolean | undefined {
  if (onlyWhile === undefined) return true;
  const [found] = valuesOf(values, onlyWhile.field);
  if (found === undefined) return undefined;
  return onlyWhile.operator === '<' ? found[1] < onlyWhile.limit : found[1] > onlyWhile.limit;
}

/** Numbers of a field by place: 0 for a single one. */
function valuesOf(values: Reading, field: Rule['field']): [number, number][] {
  const value = values[field as keyof Reading];
  const entries = Array.isArray(value)
    ? value.map((entry, i): [number, unknown] => [i + 1, entry])
    : [[0, value] as const];
  return entries.filter((entry): entry is [number, number] => typeof entry[1] === 'number' && !Number.isNaN(entry[1]));
}

function modelId(edge: AlarmEdge): string {
  if (edge.source === 'device') return `device ${edge.code}`;
  const { code, field, operator, cell: cellNumber, sensor: sensorNumber } = edge;
  return `rule ${code} ${field} ${operator}/${cellNumber ?? sensorNumber ?? 0}`;
}

function take(bench: Bench, model: Model, next: Step): void {
  const { rules, includeDevice } = bench.settings;
  switch (next.do) {
    case 'read':
      bench.read(next.reading);
      return model.read(next.reading, rules, includeDevice, bench.monotonic);
    case 'lose':
      bench.lose();
      return model.lose();
    case 'redeploy':
      bench.state = JSON.parse(JSON.stringify(bench.state)) as typeof bench.state;
      return;
    case 'restart':
      bench.state = stateWith(storedAlarms(JSON.parse(JSON.stringify(activeAlarms(bench.state)))));
      bench.monotonic = 0;
      return model.restart();
    case 'wait':
      bench.wait(next.seconds);
      return;
    case 'jump':
      bench.wall += next.ms;
      return;
    case 'configure':
      bench.settings = { rules: SETS[next.set] ?? [], includeDevice: next.includeDevice };
  }
}

describe('alarm rules, whatever happens', () => {
  const start = fc.tuple(fc.nat(SETS.length - 1), fc.boolean());
  const runs = Number(process.env['RULE_RUNS'] ?? 400);

  it('agree with their restatement, and each alarm begins and ends in turn', () => {
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 60, size: 'max' }), ([set, includeDevice], steps) => {
        const bench = new Bench(SETS[set] ?? [], includeDevice);
        const model = new Model();
        const folded = new Map<string, string>();
        let seen = 0;
        for (const next of steps) {
          take(bench, model, next);
          for (const edge of bench.edges.slice(seen)) {
            const id = modelId(edge);
            assert.equal(folded.has(id), edge.event !== 'raised', `${edge.event} ${id}`);
            assert.equal(edge.from, edge.event === 'changed' ? folded.get(id) : undefined);
            assert.notEqual(edge.from, edge.level);
            if (edge.event === 'cleared') folded.delete(id);
            else folded.set(id, edge.level);
            assert.ok((edge.duration ?? 0) >= 0);
          }
          seen = bench.edges.length;
          assert.deepEqual([...folded.keys()].sort(), [...model.active].sort());
        }
      }),
      { numRuns: runs },
    );
  });

  it('sum up to the fold of the edges', () => {
    const unchanging = step.filter((next) => next.do !== 'configure');
    fc.assert(
      fc.property(start, fc.array(unchanging, { maxLength: 60, size: 'max' }), ([set, includeDevice], steps) => {
        const bench = new Bench(SETS[set] ?? [], includeDevice);
        const model = new Model();
        for (const next of steps) {
          take(bench, model, next);
          const folded = new Map<string, object>();
          for (const { event, duration, from, ...entry } of bench.edges) {
            assert.equal(duration !== undefined, event === 'cleared');
            assert.equal(from !== undefined, event === 'changed');
            if (event === 'cleared') folded.delete(alarmKey(entry));
            else folded.set(alarmKey(entry), entry);
          }
          const { active, count, level } = bench.summary;
          assert.deepEqual(active, [...folded.values()]);
          assert.equal(count, active.length);
          const levels = ['none', 'warning', 'protection', 'fault'];
          const highest = Math.max(0, ...active.map((entry) => levels.indexOf(entry.level)));
          assert.equal(level, levels[highest]);
        }
      }),
      { numRuns: runs },
    );
  });
});
