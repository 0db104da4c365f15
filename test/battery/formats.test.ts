import assert from 'node:assert/strict';
import { ALARM_CODES, alarm, highestLevel, vendorFault, unknownAlarm } from '../../src/battery/alarm';
import { hasChanged, scalars, toInflux } from '../../src/battery/formats';
import type { Reading } from '../../src/battery/reading';

const reading: Reading = {
  voltage: 52.8,
  chargeEnabled: true,
  state: 'idle',
  cellVoltages: [3.3, 3.3],
  errorCounts: { shortCircuit: 2 },
  alarms: [alarm('soc_low', 'warning'), alarm('short_circuit', 'protection')],
  model: 'JBD-SP04S034',
};

describe('formats', () => {
  it('lists the single values', () => {
    assert.deepEqual(scalars(reading), [
      ['voltage', 52.8],
      ['chargeEnabled', true],
      ['state', 'idle'],
      ['model', 'JBD-SP04S034'],
    ]);
  });

  it('makes a flat point with tags for InfluxDB', () => {
    const [fields, tags] = toInflux(reading, { device: 'Bank', protocol: 'jbd', address: '' });
    assert.deepEqual(fields, {
      voltage: 52.8,
      chargeEnabled: true,
      state: 'idle',
      errorCounts_shortCircuit: 2,
      alarmCount: 2,
      alarmLevel: 'protection',
    });
    assert.deepEqual(tags, { device: 'Bank', protocol: 'jbd', model: 'JBD-SP04S034' });
    assert.deepEqual(toInflux({}, { device: 'Bank', protocol: 'daly', address: 0 }), [
      {},
      { device: 'Bank', protocol: 'daly', address: '0' },
    ]);
  });

  it('sees a change in any measured value, not in estimates and clocks', () => {
    assert.ok(hasChanged(undefined, reading));
    assert.ok(!hasChanged(reading, structuredClone(reading)));
    for (const key of ['timeToEmpty', 'timeToFull', 'runtime', 'timeSinceCharge'] as const) {
      assert.ok(!hasChanged({ ...reading, [key]: 5 }, { ...reading, [key]: 6 }), key);
    }
    assert.ok(hasChanged(reading, { ...reading, cellVoltages: [3.3, 3.301] }));
    assert.ok(hasChanged(reading, { ...reading, alarms: [] }));
  });

  it('ranks alarm levels', () => {
    assert.equal(highestLevel([]), 'none');
    assert.equal(highestLevel([alarm('afe_fault', 'fault'), alarm('soc_low', 'warning')]), 'fault');
  });
});

describe('alarms', () => {
  it('have a snake_case code and one plain sentence each', () => {
    for (const code of ALARM_CODES) {
      assert.match(code, /^[a-z]+(_[a-z]+)*$/);
      assert.match(alarm(code, 'fault').message, /^[A-Z][^.]*\.$/);
    }
    assert.equal(vendorFault(3).message, 'The board reports a fault code of its vendor: number 3.');
    assert.deepEqual(unknownAlarm('protection', 15).code, 'unknown_protection_15');
  });
});
