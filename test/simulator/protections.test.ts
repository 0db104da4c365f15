import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Reading } from '../../src/battery/reading';
import { CELL_TYPES, CHEMISTRIES } from '../../src/simulator/chemistry';
import { Guard } from '../../src/simulator/guard';
import { protectionsFor, type Measured } from '../../src/simulator/protections';
import { ratingsOf } from '../../src/simulator/ratings';
import { known, makePack } from './packs';

const RATINGS = ratingsOf(CELL_TYPES.lfp, 16, 100);
const TABLE = protectionsFor(RATINGS);

/** A healthy pack at rest, in the middle of every range. */
const HEALTHY: Measured = {
  cellMin: 3.3,
  cellMax: 3.31,
  cellDelta: 0.01,
  voltage: 52.9,
  chargeCurrent: 0,
  dischargeCurrent: 0,
  temperatureMin: 22,
  temperatureMax: 23,
  mosTemperature: 25,
  soc: 60,
};

function codesOf(guard: Guard): string[] {
  return guard.alarms.map((entry) => `${entry.code} ${entry.level}`);
}

/** Reads a fault tour every five seconds of the model. */
function* tour(hours: number, chemistry: (typeof CHEMISTRIES)[number]): Generator<Reading> {
  const { pack, clock } = makePack({ scenario: 'fault', chemistry, cells: 4 });
  for (let second = 0; second < hours * 3600; second += 5) {
    clock.jump(5000);
    yield pack.read();
  }
}

describe('simulator: protections', () => {
  describe('table', () => {
    for (const row of TABLE) {
      const name = `${row.code} (${row.level})`;

      it(`${name} trips after its delay, stays within its hysteresis, and recovers`, () => {
        const guard = new Guard([row]);
        const beyond = row.side === 'above' ? 1e-6 : -1e-6;
        const at = (value: number): Measured => ({ ...HEALTHY, [row.watches]: value });
        guard.observe(HEALTHY, 3600);
        assert.deepEqual(codesOf(guard), []);
        if (row.delayS > 0) {
          guard.observe(at(row.trip + beyond), row.delayS - 0.5);
          assert.deepEqual(codesOf(guard), [], 'too early');
        }
        guard.observe(at(row.trip + beyond), 0.5);
        assert.deepEqual(codesOf(guard), [`${row.code} ${row.level}`]);
        for (const direction of ['charge', 'discharge'] as const) {
          assert.equal(guard.opens(direction), row.opens.includes(direction));
        }
        guard.observe(at(row.release), 3600);
        assert.equal(codesOf(guard).length, 1, 'released within the hysteresis');
        guard.observe(at(row.release - beyond), row.recoverS);
        assert.deepEqual(codesOf(guard), []);
        assert.ok(!guard.opens('charge') && !guard.opens('discharge'));
        if (row.counter !== undefined) assert.deepEqual(guard.counts, { [row.counter]: 1 });
      });

      it(`${name} is not tripped by a healthy pack, and releases short of its limit`, () => {
        const sign = row.side === 'above' ? 1 : -1;
        assert.ok(sign * (row.trip - row.release) > 0);
        assert.ok(sign * (row.trip - HEALTHY[row.watches]) > 0);
      });
    }

    it('starts a delay anew when the condition goes away in between', () => {
      const guard = new Guard(TABLE);
      const high = { ...HEALTHY, cellMax: 3.7 };
      for (let i = 0; i < 10; i++) {
        guard.observe(high, 1);
        guard.observe(HEALTHY, 1);
      }
      assert.deepEqual(codesOf(guard), []);
    });

    it('warns before it protects, and then shows only the protection', () => {
      const guard = new Guard(TABLE);
      guard.observe({ ...HEALTHY, cellMax: 3.6 }, 5);
      assert.deepEqual(codesOf(guard), ['cell_overvoltage warning']);
      guard.observe({ ...HEALTHY, cellMax: 3.7 }, 5);
      assert.deepEqual(codesOf(guard), ['cell_overvoltage protection']);
    });

    it('has a warning short of every voltage and temperature protection, in every chemistry', () => {
      for (const chemistry of CHEMISTRIES) {
        const rows = protectionsFor(ratingsOf(CELL_TYPES[chemistry], 8, 200));
        for (const row of rows.filter(({ level, code }) => level === 'protection' && code !== 'short_circuit')) {
          const warning = known(rows.find(({ code, level }) => code === row.code && level === 'warning'));
          const sign = row.side === 'above' ? 1 : -1;
          assert.ok(sign * (row.trip - warning.trip) > 0, `${chemistry} ${row.code}`);
        }
      }
    });
  });

  describe('scenario fault', () => {
    const EXPECTED = [
      'cell_imbalance warning',
      'cell_overvoltage protection',
      'cell_overvoltage warning',
      'cell_undervoltage protection',
      'cell_undervoltage warning',
      'charge_overcurrent protection',
      'charge_overtemperature protection',
      'charge_overtemperature warning',
      'charge_undertemperature protection',
      'charge_undertemperature warning',
      'discharge_overcurrent protection',
      'discharge_overtemperature protection',
      'discharge_overtemperature warning',
      'discharge_undertemperature protection',
      'discharge_undertemperature warning',
      'mos_overtemperature protection',
      'mos_overtemperature warning',
      'short_circuit protection',
      'soc_low warning',
    ];

    for (const chemistry of CHEMISTRIES) {
      it(`shows every alarm of a ${chemistry} pack within a day, and each goes away again`, () => {
        const seen = new Set<string>();
        const gone = new Set<string>();
        let last: Reading = {};
        for (const reading of tour(24, chemistry)) {
          const active = new Set(known(reading.alarms).map((entry) => `${entry.code} ${entry.level}`));
          for (const code of seen) if (!active.has(code)) gone.add(code);
          for (const code of active) seen.add(code);
          last = reading;
        }
        assert.deepEqual(
          EXPECTED.filter((code) => !seen.has(code)),
          [],
          'never seen',
        );
        assert.deepEqual(
          [...seen].filter((code) => !gone.has(code)),
          [],
          'never gone',
        );
        const { systemRestarts, packOvervoltage, packUndervoltage, ...counts } = known(last.errorCounts);
        assert.ok(known(systemRestarts) > 0 && packOvervoltage !== undefined && packUndervoltage !== undefined);
        for (const [name, count] of Object.entries(counts)) assert.ok(count >= 1, name);
      }).timeout(20_000);
    }

    it('trips the pack limits too when the only cell is the pack', () => {
      for (const chemistry of CHEMISTRIES) {
        const { pack, clock } = makePack({ scenario: 'fault', chemistry, cells: 1 });
        for (let minute = 0; minute < 6 * 60; minute++) {
          clock.jump(60_000);
          pack.read();
        }
        const counts = known(pack.read().errorCounts);
        for (const name of ['packOvervoltage', 'packUndervoltage', 'cellOvervoltage', 'cellUndervoltage']) {
          assert.ok(known(counts[name]) >= 1, `${chemistry} ${name}`);
        }
      }
    });

    it('trips every protection in whatever pack', () => {
      const packs = fc.record({
        cells: fc.integer({ min: 2, max: 32 }),
        chemistry: fc.constantFrom(...CHEMISTRIES),
        seed: fc.integer({ min: 0, max: 0xffffffff }),
      });
      fc.assert(
        fc.property(packs, (options) => {
          const { pack, clock } = makePack({ ...options, scenario: 'fault' });
          for (let minute = 0; minute < 6 * 60; minute++) {
            clock.jump(60_000);
            pack.read();
          }
          const never = Object.entries(known(pack.read().errorCounts)).filter(([, count]) => count === 0);
          assert.deepEqual(
            never.map(([name]) => name).filter((name) => !name.startsWith('pack')),
            [],
          );
        }),
        { numRuns: 60 },
      );
    }).timeout(20_000);

    it('shows the first faults within two minutes of real time', () => {
      const { pack, clock } = makePack({ scenario: 'fault' });
      clock.jump(60_000);
      const reading = pack.read();
      assert.deepEqual(
        known(reading.alarms).map((entry) => entry.code),
        ['discharge_overcurrent'],
      );
      assert.equal(reading.dischargeEnabled, false);
    });

    it('never lets the current of a short circuit be seen', () => {
      let lowest = 0;
      for (const reading of tour(0.2, 'lfp')) {
        lowest = Math.min(lowest, known(reading.current) / known(reading.dischargeCurrentLimit));
      }
      assert.ok(lowest > -1.5 && lowest < -1.15, `${lowest} of the limit`);
    });

    it('heats the cells while a charger waits in the frost', () => {
      const frost = [...tour(2, 'lfp')].filter((reading) => reading.heating === true);
      assert.ok(frost.length > 0);
      for (const reading of frost) assert.ok(known(reading.temperatureMin) <= 0);
    });
  });
});
