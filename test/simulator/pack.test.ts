import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Reading } from '../../src/battery/reading';
import { CELL_TYPES, CHEMISTRIES } from '../../src/simulator/chemistry';
import { SCENARIOS } from '../../src/simulator/scenario';
import { constant, HOUR_MS, known, makePack, numbersIn, quiet } from './packs';

const isBadValue = { name: 'BmsError', code: 'bad_value' };

const world = fc.record({
  cells: fc.integer({ min: 1, max: 32 }),
  chemistry: fc.constantFrom(...CHEMISTRIES),
  seed: fc.integer({ min: 0, max: 0xffffffff }),
});

const speed = fc.constantFrom(0.01, 1, 60, 3600, 1e6);
const pauses = fc.array(fc.constantFrom(0, 1, 250, 1000, 17_000, HOUR_MS, 30 * HOUR_MS), { maxLength: 25 });

function spread(reading: Reading): number {
  return known(reading.cellVoltageDelta);
}

describe('simulator: pack', () => {
  describe('charge', () => {
    it('loses 10 Ah in an hour at 10 A', () => {
      const { pack, clock } = makePack({ scenario: constant({ load: 10 }) });
      const before = pack.read();
      clock.jump(HOUR_MS);
      const after = pack.read();
      assert.equal(after.current, -10);
      const lost = known(before.remainingCapacity) - known(after.remainingCapacity);
      assert.ok(Math.abs(lost - 10) <= 0.011, `lost ${lost} Ah`);
      const socLost = known(before.soc) - known(after.soc);
      assert.ok(Math.abs(socLost - 1000 / known(after.fullCapacity)) <= 0.11, `lost ${socLost} %`);
      assert.ok(Math.abs(known(after.cycleCapacity) - known(before.cycleCapacity) - 10) <= 0.11);
    });

    it('counts only the discharge as throughput, and a cycle per nominal capacity', () => {
      const scenario = { initialSoc: 0.9, demand: swing };
      const { pack, clock } = makePack({ scenario });
      const first = pack.read();
      for (let hour = 0; hour < 40; hour++) {
        clock.jump(HOUR_MS);
        pack.read();
      }
      const last = pack.read();
      const drawn = known(last.cycleCapacity) - known(first.cycleCapacity);
      assert.ok(Math.abs(drawn - 20 * 0.2 * known(last.designCapacity)) < 1, `${drawn} Ah drawn`);
      assert.equal(known(last.cycles) - known(first.cycles), 4);
    });

    it('does not rise while discharging', () => {
      const loads = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 7200 })), {
        maxLength: 30,
      });
      fc.assert(
        fc.property(world, loads, (options, steps) => {
          let rate = 0;
          const { pack, clock } = makePack({
            ...options,
            scenario: {
              initialSoc: 0.8,
              demand: (moment) => ({ ...quiet(moment), load: rate * moment.ratings.dischargeCurrent }),
            },
          });
          let soc = known(pack.read().soc);
          let remaining = known(pack.read().remainingCapacity);
          for (const [wanted, seconds] of steps) {
            rate = wanted;
            clock.jump(1000 * seconds);
            const reading = pack.read();
            assert.ok(known(reading.soc) <= soc && known(reading.remainingCapacity) <= remaining);
            soc = known(reading.soc);
            remaining = known(reading.remainingCapacity);
          }
        }),
        { numRuns: 60 },
      );
    });

    it('learns what the pack holds on the way from full to empty', () => {
      const { pack, clock } = makePack({ scenario: { initialSoc: 0.5, demand: fillThenEmpty } });
      const before = known(pack.read().fullCapacity);
      clock.jump(4 * HOUR_MS);
      assert.equal(pack.read().soc, 100);
      for (let hour = 0; hour < 6; hour++) {
        clock.jump(HOUR_MS);
        pack.read();
      }
      const after = pack.read();
      assert.equal(after.soc, 0);
      assert.notEqual(after.fullCapacity, before);
      assert.ok(Math.abs(known(after.fullCapacity) / before - 1) < 0.05);
    });

    it('comes out the same whether it is read every second or once an hour', () => {
      for (const scenario of SCENARIOS) {
        const often = makePack({ scenario });
        const seldom = makePack({ scenario });
        for (let second = 0; second < 3 * 3600; second++) {
          often.clock.jump(1000);
          often.pack.read();
          if (second % 3600 === 3599) {
            seldom.clock.jump(HOUR_MS);
            seldom.pack.read();
          }
        }
        const difference = known(often.pack.read().soc) - known(seldom.pack.read().soc);
        assert.ok(Math.abs(difference) < 0.5, `${scenario}: ${difference} %`);
      }
    }).timeout(20_000);
  });

  describe('voltage', () => {
    it('sags by current times resistance', () => {
      const idle = makePack({ scenario: constant({ load: 0 }) }).pack.read();
      const loaded = makePack({ scenario: constant({ load: 20 }) }).pack.read();
      known(loaded.cellVoltages).forEach((voltage, i) => {
        const sag = known(idle.cellVoltages?.[i]) - voltage;
        const expected = 20 * known(loaded.cellResistances?.[i]);
        assert.ok(Math.abs(sag - expected) <= 0.0011, `cell ${i + 1}: ${sag} V instead of ${expected} V`);
      });
    });

    it('of the pack is the sum of its cells', () => {
      const reading = makePack().pack.read();
      const sum = known(reading.cellVoltages).reduce((total, voltage) => total + voltage, 0);
      assert.ok(Math.abs(known(reading.voltage) - sum) < 1e-9);
    });

    it('is held at the limit by a good charger until hardly any current flows', () => {
      for (const chemistry of CHEMISTRIES) {
        const { full, high } = CELL_TYPES[chemistry].voltage;
        const { pack, clock } = makePack({ chemistry, scenario: 'charge' });
        let highest = 0;
        for (let minute = 0; minute < 6 * 60; minute++) {
          clock.jump(60_000);
          highest = Math.max(highest, known(pack.read().cellVoltageMax));
        }
        const last = pack.read();
        assert.ok(highest >= full - 0.01 && highest < high, `${chemistry}: ${highest} V`);
        assert.equal(last.soc, 100);
        assert.ok(known(last.current) < 1);
        assert.deepEqual(last.alarms, []);
      }
    });

    it('rises with the state of charge in every chemistry', () => {
      for (const { openCircuit } of Object.values(CELL_TYPES)) {
        openCircuit.slice(1).forEach(([soc, voltage], i) => {
          const [lowerSoc, lowerVoltage] = known(openCircuit[i]);
          assert.ok(soc > lowerSoc && voltage > lowerVoltage);
        });
      }
    });
  });

  describe('in any world', () => {
    it('gives finite numbers and possible cell voltages', () => {
      fc.assert(
        fc.property(world, fc.constantFrom(...SCENARIOS), speed, pauses, (options, scenario, pace, steps) => {
          const { pack, clock } = makePack({ ...options, scenario, speed: pace });
          const { min, max } = CELL_TYPES[options.chemistry].voltage;
          for (const step of [0, ...steps]) {
            clock.jump(step);
            const reading = pack.read();
            assert.ok(numbersIn(reading).every(Number.isFinite));
            assert.equal(reading.cellVoltages?.length, options.cells);
            for (const voltage of known(reading.cellVoltages))
              assert.ok(voltage > min && voltage < max, `${voltage} V`);
            assert.ok(known(reading.soc) >= 0 && known(reading.soc) <= 100);
            assert.ok(known(reading.remainingCapacity) <= known(reading.fullCapacity));
          }
        }),
        { numRuns: 150 },
      );
    }).timeout(60_000);

    it('lets no current through an open MOSFET', () => {
      const command = fc.record({
        charge: fc.option(fc.boolean()),
        discharge: fc.option(fc.boolean()),
        pause: fc.constantFrom(0, 1000, 60_000, HOUR_MS),
      });
      fc.assert(
        fc.property(
          world,
          fc.constantFrom(...SCENARIOS),
          fc.array(command, { maxLength: 20 }),
          (options, name, steps) => {
            const { pack, clock } = makePack({ ...options, scenario: name });
            for (const { charge, discharge, pause } of steps) {
              if (charge !== null) pack.execute('charge', charge);
              if (discharge !== null) pack.execute('discharge', discharge);
              clock.jump(pause);
              const reading = pack.read();
              if (reading.chargeEnabled === false) assert.ok(known(reading.current) <= 0);
              if (reading.dischargeEnabled === false) assert.ok(known(reading.current) >= 0);
            }
          },
        ),
        { numRuns: 100 },
      );
    }).timeout(20_000);

    it('repeats itself for the same seed and times, and differs for another seed', () => {
      fc.assert(
        fc.property(world, fc.constantFrom(...SCENARIOS), pauses, (options, scenario, steps) => {
          const first = makePack({ ...options, scenario });
          const second = makePack({ ...options, scenario });
          const other = makePack({ ...options, scenario, seed: options.seed + 1 });
          for (const step of steps) {
            first.clock.jump(step);
            second.clock.jump(step);
            assert.deepEqual(first.pack.read(), second.pack.read());
          }
          assert.notDeepEqual(first.pack.read(), other.pack.read());
        }),
        { numRuns: 40 },
      );
    }).timeout(20_000);

    it('says the same when read twice at one moment', () => {
      const { pack, clock } = makePack({ scenario: 'fault', speed: 60 });
      for (let i = 0; i < 200; i++) {
        assert.deepEqual(pack.read(), pack.read());
        clock.jump(1234);
      }
    });

    it('survives a sleep of weeks in a bounded number of steps', () => {
      let asked = 0;
      const scenario = {
        initialSoc: 0.5,
        demand: (moment: Parameters<typeof quiet>[0]) => {
          asked++;
          return quiet(moment);
        },
      };
      const { pack, clock } = makePack({ scenario });
      const start = known(pack.read().runtime);
      asked = 0;
      clock.jump(30 * 24 * HOUR_MS);
      assert.equal(known(pack.read().runtime) - start, 30 * 86_400);
      assert.ok(asked <= 1001, `${asked} steps`);
    });
  });

  describe('board', () => {
    it('obeys commands, and shows the lock', () => {
      const { pack, clock } = makePack({ scenario: 'discharge' });
      const codes = (): string[] => known(pack.read().alarms).map((entry) => `${entry.code} ${entry.level}`);
      assert.ok(known(pack.read().current) < 0);
      pack.execute('discharge', false);
      const before = pack.read();
      assert.equal(before.dischargeEnabled, false);
      assert.equal(before.chargeEnabled, true);
      assert.equal(before.current, 0);
      assert.equal(before.state, 'idle');
      assert.deepEqual(codes(), ['software_lock warning']);
      clock.jump(HOUR_MS);
      assert.equal(pack.read().soc, before.soc);
      pack.execute('discharge', true);
      assert.ok(known(pack.read().current) < 0);
      assert.deepEqual(codes(), []);
      pack.execute('charge', false);
      assert.equal(pack.read().chargeEnabled, false);
      assert.ok(known(pack.read().current) < 0, 'a load does not care for the charge MOSFET');
    });

    it('says what takes no effect: a meter zeroed under load, a MOSFET that a protection holds open', () => {
      const { pack } = makePack({ scenario: 'discharge' });
      assert.equal(pack.execute('zeroCurrent', true), false);
      assert.equal(pack.execute('discharge', false), true);
      assert.equal(pack.execute('zeroCurrent', true), true);
      const { pack: held, clock } = makePack({ scenario: constant({ load: 1, ambient: 90, moving: true }) });
      clock.jump(HOUR_MS);
      assert.equal(held.read().dischargeEnabled, false);
      assert.deepEqual([held.execute('discharge', true), held.switches.discharge], [false, true]);
      assert.equal(held.execute('discharge', false), true);
    });

    it('balances because it was told to, until it is told to stop', () => {
      const { pack } = makePack({});
      const told = [true, false].map((value) => [pack.execute('balancing', value), pack.balances]);
      assert.deepEqual(told, [
        [true, true],
        [true, false],
      ]);
    });

    it('evens out the cells while it charges', () => {
      const { pack, clock } = makePack({ chemistry: 'nmc', scenario: 'charge', seed: 3 });
      clock.jump(6 * HOUR_MS);
      const before = pack.read();
      assert.equal(before.balancing, true);
      assert.ok(known(before.balancingCells).includes(known(before.maxCell)));
      assert.ok(!known(before.balancingCells).includes(known(before.minCell)));
      assert.equal(before.balanceCurrent, 0.15);
      let last = spread(before);
      for (let day = 0; day < 5; day++) {
        clock.jump(24 * HOUR_MS);
        assert.ok(spread(pack.read()) <= last);
        last = spread(pack.read());
      }
      assert.ok(last < spread(before) / 2, `from ${spread(before)} V to ${last} V`);
    });

    it('gets warm under load and cools down again', () => {
      const scenario = { initialSoc: 0.95, demand: (moment: Parameters<typeof swing>[0]) => hourOfLoad(moment) };
      const { pack, clock } = makePack({ scenario });
      const cold = pack.read();
      clock.jump(HOUR_MS - 1);
      const warm = pack.read();
      assert.ok(known(warm.temperatureMin) > known(cold.temperatureMin) + 1);
      assert.ok(known(warm.mosTemperature) > known(cold.mosTemperature) + 10);
      clock.jump(23 * HOUR_MS);
      const later = pack.read();
      assert.ok(Math.abs(known(later.temperatureMax) - known(cold.temperatureMax)) <= 0.1);
      assert.ok(Math.abs(known(later.mosTemperature) - 22) <= 0.1);
    });

    it('says who it is, and all that a board reports', () => {
      const reading = makePack({ cells: 8 }).pack.read();
      assert.match(known(reading.model), /^SIM-8S-(50|100|200|280)Ah$/);
      assert.match(known(reading.serialNumber), /^\d{8}$/);
      assert.match(known(reading.manufactureDate), /^20\d\d-[01]\d-[0-3]\d$/);
      assert.equal(reading.softwareVersion, '1.0');
      assert.ok(known(reading.temperatures).length >= 2 && known(reading.temperatures).length <= 4);
      assert.ok([50, 100, 200, 280].includes(known(reading.designCapacity)));
      assert.ok(known(reading.soh) > 90 && known(reading.soh) <= 100);
      assert.equal(reading.chargeVoltageLimit, 28);
      assert.ok(known(reading.chargeCurrentLimit) > 0 && known(reading.dischargeCurrentLimit) > 0);
    });

    it('refuses settings that make no pack', () => {
      for (const cells of [0, 33, 1.5, NaN]) assert.throws(() => makePack({ cells }), isBadValue);
      for (const pace of [0, -1, NaN, Infinity]) assert.throws(() => makePack({ speed: pace }), isBadValue);
    });
  });
});

type Asked = Parameters<ReturnType<typeof constant>['demand']>[0];

/** An hour out, an hour in, at a fifth of the capacity. */
function swing(moment: Asked): ReturnType<typeof quiet> {
  const current = 0.2 * moment.ratings.capacity;
  const out = Math.floor(moment.seconds / 3600 + 1e-6) % 2 === 0;
  return { ...quiet(moment), [out ? 'load' : 'charger']: current };
}

/** Four hours of charging, then only load. */
function fillThenEmpty(moment: Asked): ReturnType<typeof quiet> {
  const current = 0.25 * moment.ratings.capacity;
  return { ...quiet(moment), [moment.seconds < 4 * 3600 ? 'charger' : 'load']: current };
}

/** One hour at the rated discharge current, then rest. */
function hourOfLoad(moment: Asked): ReturnType<typeof quiet> {
  return { ...quiet(moment), load: moment.seconds < 3600 ? moment.ratings.dischargeCurrent : 0 };
}
