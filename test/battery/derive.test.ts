import assert from 'node:assert/strict';
import fc from 'fast-check';
import { derive, round, TimeEstimator } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';

describe('derive', () => {
  it('gives power, energy, extremes, averages and state', () => {
    assert.deepEqual(
      derive({
        voltage: 52.5,
        current: -3.1,
        remainingCapacity: 10,
        cellVoltages: [3.301, 3.299, 3.31, 3.31, 3.299],
        temperatures: [20.5, null, 22],
        balancingCells: [2],
      }),
      {
        voltage: 52.5,
        current: -3.1,
        power: -162.75,
        remainingCapacity: 10,
        remainingEnergy: 525,
        cellCount: 5,
        cellVoltages: [3.301, 3.299, 3.31, 3.31, 3.299],
        cellVoltageMin: 3.299,
        cellVoltageMax: 3.31,
        cellVoltageAverage: 3.304,
        cellVoltageDelta: 0.011,
        minCell: 2,
        maxCell: 3,
        temperatures: [20.5, null, 22],
        temperatureMin: 20.5,
        temperatureMax: 22,
        temperatureAverage: 21.3,
        balancing: true,
        balancingCells: [2],
        state: 'discharging',
      },
    );
  });

  it('never replaces what the device reports', () => {
    const reported: Reading = { voltage: 50, current: 1, power: 49, state: 'idle', cellVoltages: [3.3], cellCount: 2 };
    assert.deepEqual({ ...derive({ ...reported }), ...reported }, derive({ ...reported }));
  });

  it('adds nothing that does not follow', () => {
    for (const reading of [{}, { voltage: 50 }, { cellVoltages: [] }, { temperatures: [] }, { temperatures: [null] }]) {
      assert.deepEqual(derive(structuredClone(reading)), reading);
    }
  });

  it('takes for the full capacity what was learned, else the nominal one, else what remains by the SOC', () => {
    const remaining = { remainingCapacity: 60, soc: 60 };
    assert.equal(derive({ ...remaining, fullCapacity: 95, designCapacity: 110 }).fullCapacity, 95);
    assert.equal(derive({ ...remaining, designCapacity: 110 }).fullCapacity, 110);
    assert.equal(derive({ ...remaining, designCapacity: 0 }).fullCapacity, 100);
    assert.equal(derive(remaining).fullCapacity, 100);
    assert.equal(derive({ remainingCapacity: 20, soc: 20 }).fullCapacity, 100);
    assert.equal(derive({ remainingCapacity: 19, soc: 19 }).fullCapacity, undefined);
    assert.equal(derive({ remainingCapacity: 0, soc: 0 }).fullCapacity, undefined);
  });

  it('believes no board that sees neither charger nor load while the current tells of one', () => {
    const seen = (state: Reading['state'], connected: boolean): unknown => {
      const { chargerConnected, loadConnected } = derive({
        state,
        chargerConnected: connected,
        loadConnected: connected,
      });
      return [chargerConnected, loadConnected];
    };
    assert.deepEqual(seen('charging', false), [undefined, false]);
    assert.deepEqual(seen('discharging', false), [false, undefined]);
    assert.deepEqual(seen('idle', false), [false, false]);
    assert.deepEqual(seen('charging', true), [true, true]);
  });

  it('gives finite numbers without -0 for any values', () => {
    const number = fc.double({ min: -1000, max: 1000, noNaN: true });
    const reading = fc.record(
      { voltage: number, current: number, remainingCapacity: number, cellVoltages: fc.array(number) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(reading, (values) => {
        const given = new Set(Object.keys(values));
        for (const [key, value] of Object.entries(derive(values))) {
          if (typeof value !== 'number' || given.has(key)) continue;
          assert.ok(Number.isFinite(value), key);
          if (['power', 'cellVoltageAverage', 'cellVoltageDelta'].includes(key)) assert.ok(!Object.is(value, -0), key);
        }
      }),
    );
  });
});

describe('round', () => {
  it('rounds to decimals and knows no -0', () => {
    assert.equal(round(52.8399999, 2), 52.84);
    assert.ok(Object.is(round(-0.001, 2), 0));
  });
});

describe('TimeEstimator', () => {
  const at = (current: number, state?: Reading['state']): Reading => ({
    current,
    state: state ?? (current === 0 ? 'idle' : current > 0 ? 'charging' : 'discharging'),
    remainingCapacity: 50,
    fullCapacity: 100,
  });

  it('estimates from capacity and current', () => {
    assert.equal(new TimeEstimator().complete(at(-10), 0).timeToEmpty, 5 * 3600);
    assert.equal(new TimeEstimator().complete(at(25), 0).timeToFull, 2 * 3600);
  });

  it('smooths over a minute', () => {
    const estimator = new TimeEstimator();
    estimator.complete(at(-10), 0);
    const kettle = estimator.complete(at(-100), 1000).timeToEmpty ?? 0;
    assert.ok(kettle > 4 * 3600, String(kettle));
    let last = 0;
    for (let now = 2000; now < 600_000; now += 1000) last = estimator.complete(at(-100), now).timeToEmpty ?? 0;
    assert.ok(Math.abs(last - 1800) < 5, String(last));
  });

  it('says nothing while idle and starts afresh when the direction changes', () => {
    const estimator = new TimeEstimator();
    estimator.complete(at(-100), 0);
    const idle = estimator.complete(at(0), 1000);
    assert.equal(idle.timeToEmpty ?? idle.timeToFull, undefined);
    assert.equal(estimator.complete(at(0.2, 'idle'), 1500).timeToFull, undefined);
    assert.equal(estimator.complete(at(50), 2000).timeToFull, 3600);
    assert.equal(estimator.complete(at(-50), 3000).timeToEmpty, 3600);
  });

  it('needs a capacity', () => {
    assert.deepEqual(new TimeEstimator().complete({ current: 5, state: 'charging' }, 0), {
      current: 5,
      state: 'charging',
    });
  });
});
