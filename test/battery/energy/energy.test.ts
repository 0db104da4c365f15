import assert from 'node:assert/strict';
import { COUNTER_KEYS, NO_COUNTERS, type Counters } from '../../../src/battery/energy/counters';
import { longestStep, resetEnergy, setEnergy, stepEnergy } from '../../../src/battery/energy/energy';
import { newEnergy, type EnergyState } from '../../../src/battery/energy/state';
import { restoreEnergy, storedOf } from '../../../src/battery/energy/stored';
import { summaryOf, type EnergySummary } from '../../../src/battery/energy/summary';
import type { Reading } from '../../../src/battery/reading';

const BEGIN = new Date(2026, 4, 5, 12).getTime();
const HOUR = 3600;

/** A battery at 50 V whose readings come at chosen times. */
class Meter {
  state: EnergyState = newEnergy(BEGIN);
  seconds = 0;
  /** s by which the wall clock is ahead */
  ahead = 0;

  get wall(): number {
    return BEGIN + (this.seconds + this.ahead) * 1000;
  }

  /** @param power W; further values may say otherwise @param after s since the reading before */
  read(power: number, after = 1, reading: Reading = {}, source = 'pack', staleAfterMs = 15_000): this {
    this.seconds += after;
    this.state = stepEnergy(this.state, {
      kind: 'reading',
      reading: { power, current: power / 50, ...reading },
      at: { wall: this.wall, monotonic: this.seconds * 1000 },
      ...{ source, longestStepMs: longestStep(staleAfterMs) },
    });
    return this;
  }

  event(kind: 'lost' | 'otherBoard'): this {
    this.state = stepEnergy(this.state, { kind });
    return this;
  }

  restart(): this {
    this.state = restoreEnergy(JSON.parse(JSON.stringify(storedOf(this.state))), this.wall).state;
    return this;
  }

  get total(): Counters {
    return this.state.total;
  }

  get summary(): EnergySummary {
    return summaryOf(this.state, this.total, this.wall);
  }
}

/** A counter to 1e-9: sums of floating point numbers. */
const near = (found: number, expected: number, what?: string): void =>
  assert.ok(Math.abs(found - expected) < 1e-9, `${what ?? ''} ${found} instead of ${expected}`);

describe('stepEnergy', () => {
  const ROWS: readonly (readonly [
    string,
    (meter: Meter) => Meter,
    charged: number,
    discharged: number,
    gaps: number,
  ])[] = [
    ['a trapezoid', (meter) => meter.read(1000).read(2000, 36), 15, 0, 0],
    ['charging and discharging apart', (meter) => meter.read(500).read(500, 36).read(-500, 0).read(-500, 36), 5, 5, 0],
    ['a zero crossing as two triangles', (meter) => meter.read(300).read(-900, 48), 0.5, 4.5, 0],
    ['60 s between two readings, whatever the interval', (meter) => meter.read(60).read(60, 60), 1, 0, 0],
    ['no more than 60 s', (meter) => meter.read(60).read(60, 60.001), 0, 0, 60.001],
    ['three intervals of a slow poll', (meter) => meter.read(60).read(60, 90, {}, 'pack', 90_000), 1.5, 0, 0],
    ['no more than three', (meter) => meter.read(60).read(60, 91, {}, 'pack', 90_000), 0, 0, 91],
    ['nothing of a lost battery', (meter) => meter.read(60).event('lost').event('lost').read(60, 30), 0, 0, 30],
    ['nothing of another board', (meter) => meter.read(60).event('otherBoard').read(60, 30), 0, 0, 30],
    ['nothing of another source', (meter) => meter.read(60).read(60, 30, {}, 'other'), 0, 0, 30],
    ['nothing of a restart', (meter) => meter.read(60).restart().read(60, 30), 0, 0, 30],
    [
      'a reading without current as a missing one',
      (meter) => meter.read(60).read(60, 20, { current: undefined }).read(60, 40),
      1,
      0,
      0,
    ],
    ['nothing when the monotonic clock stands', (meter) => meter.read(60).read(60, 0), 0, 0, 0],
  ];
  for (const [what, run, charged, discharged, gaps] of ROWS)
    it(`counts ${what}`, () => {
      const { total, state } = run(new Meter());
      near(total.chargedEnergy, charged);
      near(total.dischargedEnergy, discharged);
      near(total.chargedCapacity, charged / 50);
      near(total.dischargedCapacity, discharged / 50);
      near(state.gaps, gaps, 'gaps');
    });

  it('counts the time of a restart by the wall clock, but no time that runs backwards', () => {
    const meter = new Meter().read(100).restart();
    meter.ahead = -3000;
    near(meter.read(100, 30).state.gaps, 0);
    meter.restart().ahead += 500;
    near(meter.read(100, 30).state.gaps, 530);
  });

  describe('with a board that counts itself', () => {
    const count = (chargedCapacity: number): Reading => ({ chargedCapacity });
    const ROWS: readonly (readonly [string, (meter: Meter) => Meter, ah: number])[] = [
      [
        'its count wins over what was integrated',
        (meter) => meter.read(3600, 1, count(500)).read(3600, 10, count(500.5)),
        0.5,
      ],
      ['it has gone on counting in a gap', (meter) => meter.read(0, 1, count(500)).read(0, HOUR, count(503)), 3],
      ['and over a restart', (meter) => meter.read(0, 1, count(500)).restart().read(0, HOUR, count(503)), 3],
      [
        'a count that was cleared goes on from where the counter is',
        (meter) => meter.read(3600, 1, count(500)).read(3600, 10, count(0.1)).read(3600, 10, count(0.4)),
        0.2 + 0.3,
      ],
      [
        'a count that rises more than it can is another one',
        (meter) => meter.read(0, 1, count(500)).read(0, 1, count(502)).read(0, 1, count(502.1)),
        0.1,
      ],
      ['while it is missing what is integrated counts', (meter) => meter.read(3600, 1, count(500)).read(3600, 10), 0.2],
      [
        'then the board has counted more',
        (meter) => meter.read(3600, 1, count(500)).read(3600, 10).read(3600, 10, count(500.9)),
        0.9,
      ],
      [
        'or less: the counter waits',
        (meter) => meter.read(3600, 1, count(500)).read(3600, 10).read(3600, 10, count(500.1)),
        0.2,
      ],
      [
        'until the board has caught up',
        (meter) => meter.read(3600, 1, count(500)).read(3600, 10).read(3600, 10, count(500.1)).read(0, 1, count(500.3)),
        0.3,
      ],
      [
        'another board counts something else',
        (meter) => meter.read(0, 1, count(500)).event('otherBoard').read(0, HOUR, count(503)),
        0,
      ],
      ['so does another source', (meter) => meter.read(0, 1, count(500)).read(0, HOUR, count(503), 'other'), 0],
    ];
    for (const [what, run, ah] of ROWS) it(what, () => near(run(new Meter()).total.chargedCapacity, ah));

    it('names the counters that follow it', () => {
      const meter = new Meter().read(0);
      assert.equal(meter.summary.countedByBoard, undefined);
      assert.deepEqual(meter.read(0, 1, count(1)).summary.countedByBoard, ['chargedCapacity']);
      assert.equal(meter.read(0).summary.countedByBoard, undefined);
    });
  });

  describe('today and yesterday', () => {
    const MIDNIGHT = 12 * HOUR;
    const days = ({ summary: { today, yesterday } }: Meter): number[] => [today.chargedEnergy, yesterday.chargedEnergy];

    it('part at local midnight, also within one step', () => {
      const meter = new Meter().read(360, MIDNIGHT - 20).read(360, 10);
      assert.deepEqual(days(meter), [1, 0]);
      assert.deepEqual(days(meter.read(360, 20)), [1, 2]);
      meter.seconds += 24 * HOUR;
      assert.deepEqual(days(meter), [0, 1], 'the day ends without a reading');
      meter.seconds += 24 * HOUR;
      assert.deepEqual(days(meter), [0, 0]);
    });

    it('a clock that is set moves the day: none comes twice, and none is lost', () => {
      const meter = new Meter()
        .read(360, MIDNIGHT - 40)
        .read(360, 10)
        .read(360, 60);
      assert.deepEqual(days(meter), [3, 4]);
      meter.ahead = -60;
      assert.deepEqual(days(meter.read(360, 10)), [5, 0], 'back in the day before');
      assert.deepEqual(days(meter.read(360, 60)), [7, 7], 'and over midnight once more: 3 + 4, and 5 + 2');
      for (const jump of [400, -300, 2, 365]) {
        meter.ahead = jump * 24 * HOUR;
        meter.read(360, 1);
      }
      meter.ahead = -60;
      assert.deepEqual(days(meter.read(360, 10)), [8, 7]);
      near(meter.total.chargedEnergy, 0.1 * (10 + 60 + 10 + 60 + 4 + 10), 'no energy is lost');
    });
  });

  it('sets counters, and leaves what was counted today', () => {
    const meter = new Meter().read(3600).read(3600, 10, { dischargedCapacity: 7 });
    meter.state = setEnergy(meter.state, { chargedEnergy: 5000, dischargedCapacity: 30 });
    assert.deepEqual([meter.total.chargedEnergy, meter.total.chargedCapacity], [5000, 0.2]);
    assert.equal(meter.summary.today.chargedEnergy, 10);
    near(meter.read(0, 10, { dischargedCapacity: 7.5 }).total.dischargedCapacity, 30.5);
  });

  it('resets everything, and goes on without a gap', () => {
    const meter = new Meter().read(3600).read(3600, 10);
    meter.state = resetEnergy(meter.state, meter.wall);
    const { today, yesterday, since, observed, gaps } = meter.summary;
    assert.deepEqual([meter.total, today, yesterday, observed, gaps], [NO_COUNTERS, NO_COUNTERS, NO_COUNTERS, 0, 0]);
    assert.equal(since, meter.wall);
    near(meter.read(3600, 10).total.chargedEnergy, 10);
  });

  it('gives cycles as soon as the full capacity is known, and the efficiency after one each way', () => {
    const meter = new Meter().read(6000);
    for (let i = 0; i < 61; i++) meter.read(6000, 60);
    meter.read(-5000, 0);
    for (let i = 0; i < 59; i++) meter.read(-5000, 60);
    assert.deepEqual([meter.summary.equivalentCycles, meter.summary.efficiency], [undefined, undefined]);
    meter.read(-5000, 60, { fullCapacity: 101 });
    assert.deepEqual([meter.summary.equivalentCycles, meter.summary.efficiency], [0.99, undefined]);
    for (let i = 0; i < 2; i++) meter.read(-5000, 60);
    assert.deepEqual([meter.summary.equivalentCycles, meter.summary.efficiency], [1.023, 84.7]);
  });
});

describe('restoreEnergy', () => {
  const stored = (): Record<string, unknown> => {
    const { state } = new Meter().read(3600, 1, { chargedCapacity: 3, fullCapacity: 100 }).read(3600, 10);
    return JSON.parse(JSON.stringify(storedOf(state))) as Record<string, unknown>;
  };

  it('goes on from a stored state', () => {
    const { state, wrong } = restoreEnergy(stored(), BEGIN);
    assert.deepEqual(wrong, []);
    assert.deepEqual(JSON.parse(JSON.stringify(storedOf(state))), stored());
  });

  const ROWS: readonly (readonly [string, (edit: Record<string, unknown>) => unknown, string[]])[] = [
    ['no object', () => 'kWh', [...COUNTER_KEYS]],
    ['a list', () => [], [...COUNTER_KEYS]],
    [
      'a counter that is text',
      (edit) => ({ ...edit, total: { ...(edit.total as object), chargedEnergy: '5' } }),
      ['chargedEnergy'],
    ],
    [
      'a counter below 0',
      (edit) => ({ ...edit, total: { ...(edit.total as object), chargedEnergy: -5 } }),
      ['chargedEnergy'],
    ],
    ['no counters', (edit) => ({ ...edit, total: undefined }), [...COUNTER_KEYS]],
    ['a day that is none', (edit) => ({ ...edit, days: { last: { date: '2026-13-45' }, others: [] } }), ['days']],
    ['days that are none', (edit) => ({ ...edit, days: 5 }), ['days']],
    ['counts that are none', (edit) => ({ ...edit, boardCounts: { chargedCapacity: 5 } }), ['boardCounts']],
    ['no beginning', (edit) => ({ ...edit, since: null }), ['since']],
  ];
  for (const [what, edit, wrong] of ROWS)
    it(`names what is unusable, and keeps the rest: ${what}`, () => {
      const restored = restoreEnergy(edit(stored()), BEGIN);
      assert.deepEqual(restored.wrong, wrong);
      if (!wrong.includes('dischargedEnergy')) near(restored.state.total.chargedCapacity, 0.2);
      assert.equal(restored.state.total.chargedEnergy, wrong.includes('chargedEnergy') ? 0 : 10);
    });
});
