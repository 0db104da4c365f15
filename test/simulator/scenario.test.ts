import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import { SCENARIO_TABLE, SCENARIOS } from '../../src/simulator/scenario';
import { HOUR_MS, known, makePack } from './packs';

/** One reading per quarter of an hour. */
function quarters(scenario: (typeof SCENARIOS)[number], hours: number): Reading[] {
  const { pack, clock } = makePack({ scenario });
  return Array.from({ length: 4 * hours }, () => {
    clock.jump(HOUR_MS / 4);
    return pack.read();
  });
}

describe('simulator: scenario', () => {
  it('has a table row for every name', () => {
    assert.deepEqual(Object.keys(SCENARIO_TABLE), [...SCENARIOS]);
  });

  it('day: charges in the morning, floats at noon, discharges in the evening and at night, without any alarm', () => {
    const days = quarters('day', 72);
    const at = (hour: number): Reading => known(days[4 * (hour - 8) - 1]);
    assert.ok(known(at(10).current) > 0);
    assert.equal(at(15).soc, 100);
    assert.ok(known(at(15).current) < 0.05 * known(at(15).designCapacity));
    assert.ok(known(at(20).current) < known(at(24 + 3).current) - 1, 'the evening takes more than the night');
    assert.ok(known(at(24 + 3).current) < 0);
    assert.ok(known(at(24 + 6).soc) < 75);
    assert.equal(at(24 + 15).soc, 100);
    assert.equal(at(48 + 15).soc, 100);
    assert.deepEqual(
      days.flatMap((reading) => known(reading.alarms)),
      [],
    );
  });

  it('day: figures move from second to second', () => {
    const { pack, clock } = makePack({ scenario: 'day' });
    const currents = new Set<number>();
    for (let second = 0; second < 60; second++) {
      clock.jump(1000);
      currents.add(known(pack.read().current));
    }
    assert.ok(currents.size > 20, `${currents.size} different currents in a minute`);
  });

  it('steady: a small load until the charge is low, then rest', () => {
    const readings = quarters('steady', 24);
    const [first, last] = [known(readings[0]), known(readings[readings.length - 1])];
    assert.ok(Math.abs(known(first.current) + 0.05 * known(first.designCapacity)) < 0.01 * known(first.designCapacity));
    assert.equal(last.current, 0);
    assert.equal(last.soc, 10);
    assert.equal(last.dischargeEnabled, true);
  });

  it('charge: up to full and no further', () => {
    const readings = quarters('charge', 24);
    assert.ok(readings.every((reading) => known(reading.current) >= 0));
    assert.equal(readings[readings.length - 1]?.soc, 100);
  });

  it('discharge: down to the protection, where it stays', () => {
    const readings = quarters('discharge', 24);
    assert.ok(readings.every((reading) => known(reading.current) <= 0));
    const last = known(readings[readings.length - 1]);
    assert.equal(last.soc, 0);
    assert.equal(last.current, 0);
    assert.equal(last.dischargeEnabled, false);
    assert.ok(known(last.alarms).some((entry) => entry.code.endsWith('_undervoltage') && entry.level === 'protection'));
  });
});
