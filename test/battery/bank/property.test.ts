import assert from 'node:assert/strict';
import fc from 'fast-check';
import { combinedLimit, type LimitOptions } from '../../../src/battery/bank/current-limit';
import { bankOf, type BankResult } from '../../../src/battery/bank/bank';
import { TOPOLOGIES, type BankSettings } from '../../../src/battery/bank/settings';
import type { Unit } from '../../../src/battery/bank/unit';
import { derive } from '../../../src/battery/derive';
import { dropImplausible } from '../../../src/battery/plausible';
import type { Reading } from '../../../src/battery/reading';
import type { Protocol, Query } from '../../../src/codec/protocol';
import { PROTOCOLS } from '../../../src/codec/registry';
import { exchangesOf } from '../../support/captures';
import { answer } from '../../support/vectors';
import { BankBench, NAMES, type Given } from '../../support/bank';

/** In CI; at night `BANK_RUNS=100000`. */
const RUNS = Number(process.env.BANK_RUNS ?? 2000);

const tenths = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: min * 10, max: max * 10 }).map((raw) => raw / 10);
const odd = fc.constantFrom(NaN, Infinity, -Infinity);

/** What a board may report; odd numbers too, which the decoders drop but a library's user may hand in. */
const sound = fc.record(
  {
    voltage: tenths(40, 58),
    current: fc.oneof(tenths(-150, 150), fc.constant(0)),
    power: tenths(-8000, 8000),
    soc: tenths(0, 100),
    soh: fc.integer({ min: 0, max: 100 }),
    remainingCapacity: tenths(0, 100),
    fullCapacity: tenths(100, 300),
    designCapacity: tenths(0, 300),
    remainingEnergy: tenths(0, 15000),
    cellCount: fc.constant(2),
    cellVoltages: fc.tuple(tenths(2, 4), tenths(2, 4)).map((pair): number[] => pair),
    cellVoltageMin: tenths(2, 4),
    cellVoltageMax: tenths(2, 4),
    cellVoltageAverage: tenths(2, 4),
    minCell: fc.integer({ min: 1, max: 2 }),
    maxCell: fc.integer({ min: 1, max: 2 }),
    temperatures: fc.array(fc.option(tenths(-20, 60)), { maxLength: 2 }),
    ambientTemperature: tenths(-20, 60),
    chargeEnabled: fc.boolean(),
    dischargeEnabled: fc.boolean(),
    balancingCells: fc.subarray([1, 2]),
    chargeCurrentLimit: tenths(0, 100),
    dischargeCurrentLimit: tenths(0, 100),
    errorCounts: fc.dictionary(fc.constantFrom('restarts', 'overcurrent'), fc.nat(9), { noNullPrototype: true }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Reading>;
const strange = fc
  .tuple(sound, fc.constantFrom('voltage', 'current', 'soc', 'fullCapacity', 'chargeCurrentLimit'), odd)
  .map(([reading, key, value]): Reading => ({ ...reading, [key]: value }));
const given: fc.Arbitrary<Given> = fc.oneof(
  { weight: 12, arbitrary: sound },
  { weight: 1, arbitrary: strange },
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 4, arbitrary: fc.record({ reading: sound, age: fc.constantFrom(16, 59, 61), isLost: fc.boolean() }) },
);
const step = fc.record({
  packs: fc.array(given, { minLength: 4, maxLength: 4 }),
  seconds: fc.constantFrom(0, 1, 5, 31, 61, 700, 1801),
  excluded: fc.oneof(
    { weight: 9, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.subarray(['A', 'B', 'C', 'D']) },
  ),
});
const settings = fc.record({
  topology: fc.constantFrom(...TOPOLOGIES),
  quorum: fc.constantFrom(undefined, 1, 2, 4),
  socOf: fc.constantFrom('available' as const, 'all' as const),
  currentRule: fc.constantFrom('share' as const, 'sum' as const, 'lowest' as const),
  balanceAssist: fc.boolean(),
});
const PACKS = [{ group: '1' }, { group: '1' }, { group: '2' }, { group: '2' }];
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Every number of a result is one; nulls stand for sensors only. */
function assertNumbers(value: unknown, path: string): void {
  if (typeof value === 'number') assert.ok(Number.isFinite(value), path);
  else if (value === null) assert.match(path, /\.temperatures\.\d+$/);
  else if (typeof value === 'object')
    for (const [key, each] of Object.entries(value)) assertNumbers(each, `${path}.${key}`);
  else assert.notEqual(value, undefined, path);
}

function assertSound(result: BankResult, bank: BankSettings, packs: readonly Given[]): void {
  const { reading } = result;
  assertNumbers(JSON.parse(JSON.stringify(result.state)), 'state');
  assert.equal(result.error !== undefined, reading === undefined);
  if (reading === undefined) return;
  assertNumbers(reading, 'reading');
  assert.ok(reading.soc === undefined || (reading.soc >= 0 && reading.soc <= 100), `soc ${reading.soc}`);
  const states = reading.packs?.map(({ state }) => state) ?? [];
  const live = states.filter((state) => state === 'fresh' || state === 'stale').length;
  assert.equal(reading.packsOnline, live);
  assert.equal(reading.degraded, live < states.length);
  if (live < states.length)
    for (const key of ['cellVoltages', 'balancingCells'] as const) assert.equal(reading[key], undefined);
  for (const { state, ...values } of reading.packs ?? []) {
    if (state === 'lost' || state === 'joining')
      assert.deepEqual(
        Object.keys(values).filter((key) => key !== 'age' && key !== 'cellCount'),
        ['pack'],
      );
  }
  if (bank.topology !== 'parallel' || reading.current === undefined) return;
  const names = new Set(reading.packs?.filter(({ current }) => current !== undefined).map(({ pack }) => pack));
  const currents = bank.packs.map(({ name }, i) => (names.has(name) ? (currentOf(packs[i]) ?? 0) : 0));
  assert.ok(Math.abs(currents.reduce((a, b) => a + b, 0) - reading.current) < 1e-3);
}

const currentOf = (value: Given): number | undefined =>
  value === undefined ? undefined : 'reading' in value ? value.reading.current : value.current;

function assertShares({ state }: BankResult): void {
  for (const node of Object.values(state.shares)) {
    for (const shares of [node.charge, node.discharge]) {
      if (shares === undefined) continue;
      const total = Object.values(shares).reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(total - 1) < 1e-6, `shares sum up to ${total}`);
    }
  }
}

function assertNoJump(before: BankResult | undefined, now: BankResult): void {
  if (before?.state.standing === now.state.standing) return;
  for (const key of ['chargeCurrentLimit', 'dischargeCurrentLimit'] as const) {
    const [last, next] = [before?.reading?.[key], now.reading?.[key]];
    assert.ok(last === undefined || next === undefined || next <= last + 1e-3, `${key} from ${last} to ${next}`);
  }
}

/** What boards of all protocols have answered: captured ones and simulated ones, as their devices give it. */
const ANSWERED = PROTOCOLS.flatMap((protocol) =>
  exchangesOf(protocol).flatMap((answers) => {
    const reading = readingOf(protocol, answers);
    if (reading === undefined) return [];
    dropImplausible(reading);
    return [derive(reading)];
  }),
);

function readingOf(protocol: Protocol, answers: ReadonlyMap<Query, Buffer>): Reading | undefined {
  let reading: Reading = {};
  let memory: object = {};
  try {
    for (const query of protocol.queries) {
      const bytes = answers.get(query);
      if (bytes === undefined) continue;
      const got = answer(protocol, query, { address: protocol.address?.initial ?? 0, memory }, [bytes]);
      reading = { ...reading, ...got.reading };
      memory = { ...memory, ...got.memory };
    }
    return reading;
  } catch {
    return undefined; // captures of what must be refused
  }
}

/** Values that may not depend on the order of the packs. */
const UNORDERED = [
  ...(['voltage', 'current', 'power', 'soc', 'soh', 'remainingCapacity', 'fullCapacity', 'remainingEnergy'] as const),
  ...(['cellVoltageMin', 'cellVoltageMax', 'temperatureMin', 'temperatureAverage', 'chargeCurrentLimit'] as const),
];

/** The same steps with the state saved and loaded, and packs in another order: nothing may differ. */
function replay(bench: BankBench, steps: readonly Step[]): void {
  let stored: string | undefined;
  let before: BankResult | undefined;
  for (const { packs, seconds, excluded } of steps) {
    const bank = { ...bench.settings, excluded };
    bench.now += seconds * 1000;
    const members = bench.members(packs);
    const result = bankOf(bank, members, before?.state, bench.now);
    const state = stored === undefined ? undefined : (JSON.parse(stored) as BankResult['state']);
    const other = bankOf(bank, [...members].reverse(), state, bench.now);
    stored = JSON.stringify(other.state);
    assert.deepEqual(JSON.parse(stored), JSON.parse(JSON.stringify(result.state)));
    assert.deepEqual(other.reading, result.reading);
    assert.deepEqual(other.edges, result.edges);
    assertSound(result, bank, packs);
    assertShares(result);
    assertNoJump(before, result);
    before = result;
  }
}

describe('a bank, whatever happens', function () {
  this.timeout(60_000 + RUNS * 10);

  it('stays sound, whatever the order of its packs, and after its state was saved and loaded', () => {
    fc.assert(
      fc.property(settings, fc.array(step, { minLength: 1, maxLength: 10 }), (chosen, steps) => {
        replay(new BankBench(chosen, PACKS), steps);
      }),
      { numRuns: RUNS },
    );
  });

  it('is sound of whatever boards are known to have answered, mixed', () => {
    assert.ok(ANSWERED.length > 100);
    const packs = fc.array(fc.array(fc.constantFrom(...ANSWERED), { minLength: 4, maxLength: 4 }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(settings, packs, (chosen, rounds) => {
        const bench = new BankBench(chosen, PACKS);
        for (const given of rounds) assertSound(bench.step(given, 5), bench.settings, given);
      }),
      { numRuns: RUNS },
    );
  });

  it('has a state of charge between those of its packs, and no more in it than fits', () => {
    const pack = fc.tuple(tenths(1, 300), tenths(0, 100)).map(([fullCapacity, soc]): Reading => {
      return { fullCapacity, soc, remainingCapacity: (soc * fullCapacity) / 100 };
    });
    const both = fc.constantFrom('parallel' as const, 'series' as const);
    fc.assert(
      fc.property(both, fc.array(pack, { minLength: 1, maxLength: 5 }), (topology, packs) => {
        const { reading } = new BankBench({ topology }, packs.length).step(packs);
        const { soc = NaN, remainingCapacity = NaN, fullCapacity = NaN } = reading ?? {};
        const own = packs.map((each) => each.soc ?? NaN);
        if (fullCapacity >= 0.01)
          assert.ok(soc >= Math.min(...own) - 0.051 && soc <= Math.max(...own) + 0.051, `${soc}`);
        // A string of a full and an empty pack holds nothing.
        if (!Number.isNaN(fullCapacity)) assert.ok(remainingCapacity <= fullCapacity + 0.002);
      }),
      { numRuns: RUNS },
    );
  });

  it('does not depend on the order of its packs', () => {
    const both = fc.constantFrom('parallel' as const, 'series' as const);
    fc.assert(
      fc.property(both, fc.array(sound, { minLength: 2, maxLength: 5 }), (topology, packs) => {
        const one = new BankBench({ topology }, packs.length).step(packs).reading;
        const other = new BankBench({ topology }, packs.length).step([...packs].reverse()).reading;
        for (const key of UNORDERED) {
          const [a, b] = [one?.[key], other?.[key]];
          assert.ok(a === b || Math.abs((a ?? NaN) - (b ?? NaN)) < 0.11, `${key}: ${a}, ${b}`);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('is a pack itself when it has one', () => {
    const except = ['state', 'balancingCells', 'cellVoltageMin', 'cellVoltageMax', 'cellVoltageAverage'];
    fc.assert(
      fc.property(sound, (reported) => {
        const own = Object.entries(reported).filter(([key]) => !except.includes(key) && !/^m..Cell$/.test(key));
        const reading = { ...derive(Object.fromEntries(own)), state: undefined };
        const { chargeEnabled, dischargeEnabled } = reading;
        const parallel = new BankBench({}, 1).step([reading]).reading;
        const series = new BankBench({ topology: 'series' }, 1).step([reading]).reading;
        for (const [key, value] of Object.entries(reading)) {
          // The state has a rule of its own near 0 A; a capacity of 0 was never set.
          if (key === 'state' || (key === 'fullCapacity' && value === 0)) continue;
          // By the rule of a string these follow from the remaining capacity.
          const isDerived = key === 'soc' || key === 'fullCapacity' || key === 'remainingEnergy';
          if (!isDerived) assert.deepEqual(series?.[key as keyof Reading], value, `series ${key}`);
          // Those of a path that is off are 0.
          if (key === 'chargeCurrentLimit' && chargeEnabled === false) continue;
          if (key === 'dischargeCurrentLimit' && dischargeEnabled === false) continue;
          assert.deepEqual(parallel?.[key as keyof Reading], value, `parallel ${key}`);
        }
      }),
      { numRuns: RUNS },
    );
  });

  const unit = fc.record({
    limit: tenths(0, 200),
    capacity: tenths(10, 300),
    share: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    isLive: fc.boolean(),
  });
  const rule = fc.constantFrom('share' as const, 'sum' as const, 'lowest' as const);
  type Limited = typeof unit extends fc.Arbitrary<infer T> ? T : never;
  const limitOf = (units: readonly Limited[], currentRule: LimitOptions['currentRule']): number => {
    const made = units.map(({ limit, capacity, isLive }, i): Unit => {
      const name = NAMES[i] ?? '';
      return { name, packs: [name], values: { chargeCurrentLimit: limit }, capacity, size: capacity, isLive };
    });
    const shareOf = (name: string): number | undefined => units[NAMES.indexOf(name as (typeof NAMES)[number])]?.share;
    return combinedLimit('charge', made, { currentRule, balanceAssist: false, shareOf }) ?? NaN;
  };

  it('never allows more because a pack allows less', () => {
    fc.assert(
      fc.property(
        rule,
        fc.array(unit, { minLength: 1, maxLength: 5 }),
        fc.nat(4),
        tenths(0, 50),
        (how, units, at, less) => {
          const lower = units.map((each, i) => (i === at ? { ...each, limit: Math.max(0, each.limit - less) } : each));
          assert.ok(limitOf(lower, how) <= limitOf(units, how) + 1e-9);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('lets no pack exceed its own limit while the shares are as measured', () => {
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 5 }), (units) => {
        const total = units.reduce((sum, { capacity }) => sum + capacity, 0);
        const measured = units.map((each) => ({ ...each, isLive: true, share: each.capacity / total }));
        const limit = limitOf(measured, 'share');
        for (const each of measured) assert.ok(limit * each.share <= each.limit + 1e-9);
      }),
      { numRuns: RUNS },
    );
  });
});
