import assert from 'node:assert/strict';
import { alarm, type AlarmCode, type AlarmLevel } from '../../../src/battery/alarm';
import { toPylontech } from '../../../src/battery/sinks/pylontech';
import type { SinkLimits, SinkReading } from '../../../src/battery/sinks/sink';
import { LIMITS, LOST } from '../../support/sinks';

const READING: SinkReading = { voltage: 53.18, current: 16, soc: 57.4, soh: 99, temperatureAverage: 21, alarms: [] };

/** The frames in hexadecimal, by their identifiers. */
const frames = (reading: SinkReading, limits: SinkLimits = LIMITS): Record<string, string> =>
  Object.fromEntries(toPylontech(reading, limits).map(({ id, data }) => [id.toString(16), data.toString('hex')]));

const withAlarm = (code: AlarmCode, level: AlarmLevel): Record<string, string> =>
  frames({ ...READING, alarms: [alarm(code, level)] });

describe('pylontech', () => {
  it('says the worked examples', () => {
    assert.deepEqual(frames(READING), {
      '351': '2802d4032003d001',
      '355': '39006300',
      '356': 'c614a000d200',
      '359': '0000000001504e',
      '35a': '0000000000000000',
      '35c': 'c000',
      '35e': '50594c4f4e202020',
    });
    const captured = frames({ ...READING, voltage: 49.86, current: -27, temperatureAverage: 36.3 });
    assert.equal(captured['356'], '7a13f2fe6b01');
  });

  it('rounds down what may be given and taken, and up what it may be emptied to', () => {
    const limits = {
      chargeVoltageLimit: 55.29,
      chargeCurrentLimit: 98.19,
      dischargeCurrentLimit: 80.09,
      dischargeVoltageLimit: 46.31,
    };
    assert.equal(frames(READING, limits)['351'], '2802d5032003d001');
    assert.equal(frames({ ...READING, soc: 99.9, soh: 99.6 })['355'], '63006300');
  });

  it('keeps to what fits in the frames', () => {
    const limits = { ...LIMITS, chargeCurrentLimit: 5000, dischargeCurrentLimit: -3 };
    assert.equal(frames(READING, limits)['351'], '2802ff7f0000d001');
    assert.equal(frames({ ...READING, current: -9999, soc: 120 })['356'], 'c6140080d200');
  });

  it('says what is allowed, and what is needed', () => {
    assert.equal(frames(READING, { ...LIMITS, chargeCurrentLimit: 0.04 })['35c'], '4000');
    assert.equal(frames(READING, { ...LIMITS, dischargeCurrentLimit: 0, chargeRequest: true })['35c'], 'b000');
  });

  it('sends nothing while a limit or a value is not known, or the charge voltage is none', () => {
    for (const chargeVoltageLimit of [0, 0.1, NaN, undefined]) {
      assert.deepEqual(toPylontech(READING, { ...LIMITS, chargeVoltageLimit }), []);
    }
    for (const key of ['voltage', 'current', 'soc'] as const) {
      assert.deepEqual(toPylontech({ ...READING, [key]: undefined }, LIMITS), []);
    }
    assert.deepEqual(toPylontech(undefined, LIMITS), []);
  });

  it('leaves out a temperature that is not known, and takes the state of health as good', () => {
    const reading = { ...READING, soh: undefined, temperatureAverage: undefined };
    assert.equal(frames(reading)['356'], 'c614a000');
    assert.equal(frames(reading)['355'], '39006400');
  });

  for (const [code, level, flags, pairs] of [
    ['cell_overvoltage', 'protection', '02000000', '0400000000000000'],
    ['pack_undervoltage', 'warning', '00000400', '0000000010000000'],
    ['charge_overtemperature', 'protection', '08000000', '0004000000000000'],
    ['undertemperature', 'warning', '00001000', '0000000000010000'],
    ['discharge_overcurrent', 'protection', '80000000', '0040000000000000'],
    ['charge_overcurrent', 'protection', '00810000', '0000010000000000'],
    ['cell_imbalance', 'warning', '00000010', '0000000000000001'],
    ['afe_fault', 'fault', '00080000', '0000400000000000'],
    // The limits say what it means.
    ['software_lock', 'protection', '00000000', '0000000000000000'],
  ] as const) {
    it(`says ${code} as ${level}`, () => {
      const said = withAlarm(code, level);
      assert.equal(said['359'], `${flags}01504e`);
      assert.equal(said['35a'], pairs);
    });
  }

  it('sends the last values of a pack that is lost, with its limits and an internal error', () => {
    const said = frames(READING, LOST);
    assert.equal(said['351'], '280200009001d001');
    assert.equal(said['356'], 'c614a000d200');
    assert.equal(said['359'], '0008000001504e');
  });

  it('says how many packs of a bank are there', () => {
    assert.equal(frames({ ...READING, packsOnline: 3 })['359'], '0000000003504e');
  });
});
