import assert from 'node:assert/strict';
import { alarm } from '../../src/battery/alarm';
import { legacyStatus, readLegacy, readStatus, segment, statusData } from '../support/ant';
import { codes } from '../support/sheet';

/** ant.md 6.1, a row per bit; undefined is a state. */
const PROTECTION: readonly (string | undefined)[] = [
  'cell_type_not_set protection',
  'cell_overvoltage protection',
  'cell_overvoltage protection',
  'pack_overvoltage protection',
  'cell_undervoltage protection',
  'cell_undervoltage protection',
  'pack_undervoltage protection',
  'cell_imbalance protection',
  'charge_overtemperature protection',
  'discharge_overtemperature protection',
  'mos_overtemperature protection',
  'charge_undertemperature protection',
  'discharge_undertemperature protection',
  'charge_overcurrent protection',
  'discharge_overcurrent protection',
  'discharge_overcurrent protection',
  'short_circuit protection',
  undefined, // 17: discharge switched off by command
  undefined,
  undefined,
  undefined,
  undefined, // 21: charge switched off by command
  undefined,
  undefined,
  undefined,
  'balance_wire_open fault', // 25
  'current_sensor_fault fault',
  'discharge_mos_fault fault',
  'charge_mos_fault fault',
  'communication_fault fault',
  'precharge_failed fault', // 30
  undefined,
  'self_test_failed fault', // 32
  'self_test_failed fault',
  'charger_communication_fault protection',
  'dtu_communication_lost protection',
  undefined, // 36: anti-spark
  'self_test_failed fault',
  'firmware_missing fault',
  'precharge_failed fault',
  'relay_stuck fault', // 40
  'discharge_fuse_fault fault',
  'charge_fuse_fault fault',
  'communication_fault fault',
  'usage_time_expired protection',
  'precharge_mos_fault fault', // 45
  'precharge_mos_fault fault',
  undefined, // 47: load lock
  'afe_fault fault',
  'unknown_protection_49 warning',
  'afe_fault fault', // 50
  ...Array.from({ length: 13 }, (_, i) => `unknown_protection_${51 + i} warning`),
];

/** ant.md 6.2 */
const WARNING: readonly (string | undefined)[] = [
  'cell_overvoltage warning',
  'pack_overvoltage warning',
  'cell_undervoltage warning',
  'pack_undervoltage warning',
  'cell_imbalance warning',
  'charge_overtemperature warning',
  'discharge_overtemperature warning',
  'charge_undertemperature warning',
  'discharge_undertemperature warning',
  'mos_overtemperature warning',
  'charge_overcurrent warning', // 10
  'discharge_overcurrent warning',
  'soc_low warning',
  'soc_low warning',
  'cell_voltage_check_failed warning',
  'cell_count_mismatch warning',
  'precharge_failed warning', // 16
  ...Array.from({ length: 13 }, () => undefined), // 17 to 29: full, charging, MOSFETs, balancing, standby
  'balancer_overtemperature warning', // 30
  undefined,
  undefined,
  'system_error fault', // 33
  'dtu_communication_lost warning',
  undefined, // 35: balance test
  undefined, // 36: heating
  undefined,
  undefined,
  undefined,
  undefined, // 40
  undefined,
  undefined,
  'clock_fault fault', // 43
  undefined,
  undefined,
  'usage_time_expired warning', // 46
  'usage_time_expired warning',
  undefined,
  'low_voltage_shutdown_pending warning', // 49
  undefined,
  undefined,
  undefined,
  'communication_fault warning', // 53
  ...Array.from({ length: 10 }, (_, i) => `unknown_warning_${54 + i} warning`),
];

/** ant.md 5.2, a row per code. */
const CHARGE: readonly (string | undefined)[] = [
  undefined,
  undefined,
  'cell_overvoltage protection',
  'charge_overcurrent protection',
  undefined, // 4: full
  'pack_overvoltage protection',
  'charge_overtemperature protection',
  'mos_overtemperature protection',
  'current_sensor_fault fault',
  'balance_wire_open fault',
  'board_overtemperature protection', // 10
  undefined,
  'charge_mos_fault fault',
  'discharge_mos_fault fault',
  undefined, // 14: waiting
  undefined, // 15: by hand
  'cell_overvoltage protection',
  'charge_undertemperature protection',
  'cell_imbalance protection',
  undefined,
  'self_test_failed fault', // 20
  'unknown_charge_mos_21 warning',
];

const DISCHARGE: readonly (string | undefined)[] = [
  undefined,
  undefined,
  'cell_undervoltage protection',
  'discharge_overcurrent protection',
  'discharge_overcurrent protection',
  'pack_undervoltage protection',
  'discharge_overtemperature protection',
  'mos_overtemperature protection',
  'current_sensor_fault fault',
  'balance_wire_open fault',
  'board_overtemperature protection', // 10
  undefined, // 11: charging is on
  'short_circuit protection',
  'discharge_mos_fault fault',
  'discharge_mos_fault fault',
  undefined, // 15: by hand
  'cell_undervoltage protection',
  'discharge_undertemperature protection',
  'cell_imbalance protection',
  'self_test_failed fault',
  undefined, // 20
  'unknown_discharge_mos_21 warning',
];

/** ant.md 5.3: code, whether it works, alarm. */
const BALANCER: readonly (readonly [number, boolean, string | undefined])[] = [
  [0, false, undefined],
  [1, true, undefined],
  [2, true, undefined],
  [3, false, 'balancer_overtemperature warning'],
  [4, true, undefined],
  [5, true, undefined],
  [6, false, 'unknown_balancer_6 warning'],
  [10, false, 'board_overtemperature warning'],
];

/** ant-legacy.md 4.1, where it differs from ant.md 5.2. */
const LEGACY_CHARGE: Readonly<Record<number, string | undefined>> = {
  11: 'unknown_charge_mos_11 warning',
  12: 'unknown_charge_mos_12 warning',
  14: 'unknown_charge_mos_14 warning',
  19: 'unknown_charge_mos_19 warning',
  20: 'unknown_charge_mos_20 warning',
};
const LEGACY_DISCHARGE: Readonly<Record<number, string | undefined>> = {
  19: 'unknown_discharge_mos_19 warning',
  20: 'unknown_discharge_mos_20 warning',
};

/** Behind two cells and no sensor. */
const LISTS = 4;

function alarmsWith(change: (data: Buffer) => void): string[] {
  const data = statusData();
  change(data);
  return codes(readStatus(data).alarms);
}

function bit(wordAt: number, number: number): (data: Buffer) => void {
  return (data) => data.writeUInt8(1 << (number % 8), wordAt + Math.floor(number / 8));
}

const listed = (meaning: string | undefined): string[] => (meaning === undefined ? [] : [meaning]);

describe('ant alarms', () => {
  it('have a row for each bit', () => {
    assert.deepEqual([PROTECTION.length, WARNING.length], [64, 64]);
  });

  for (const [name, at, table] of [
    ['protection', 4, PROTECTION],
    ['warning', 12, WARNING],
  ] as const) {
    for (const [number, meaning] of table.entries()) {
      it(`${name} bit ${number}: ${meaning ?? 'a state'}`, () => {
        assert.deepEqual(alarmsWith(bit(at, number)), listed(meaning));
      });
    }
  }

  it('push flags say nothing', () =>
    assert.deepEqual(
      alarmsWith((data) => data.fill(0xff, 20, 28)),
      [],
    ));

  for (const [code, meaning] of CHARGE.entries()) {
    it(`charge MOSFET code ${code}: ${meaning ?? 'no alarm'}`, () => {
      const data = statusData();
      data[41 + LISTS] = code;
      const got = readStatus(data);
      assert.deepEqual(codes(got.alarms), listed(meaning));
      assert.deepEqual([got.chargeEnabled, got.dischargeEnabled], [code === 1, true]);
    });
  }

  for (const [code, meaning] of DISCHARGE.entries()) {
    it(`discharge MOSFET code ${code}: ${meaning ?? 'no alarm'}`, () => {
      const data = statusData();
      data[40 + LISTS] = code;
      const got = readStatus(data);
      assert.deepEqual(codes(got.alarms), listed(meaning));
      assert.deepEqual([got.chargeEnabled, got.dischargeEnabled], [true, code === 1]);
    });
  }

  for (const [code, works, meaning] of BALANCER) {
    it(`balancer code ${code}: ${meaning ?? 'no alarm'}`, () => {
      const data = statusData();
      data[42 + LISTS] = code;
      const got = readStatus(data);
      assert.deepEqual(codes(got.alarms), listed(meaning));
      assert.equal(got.balancing, works);
    });
  }

  it('name a code once, at its highest level', () => {
    const both = alarmsWith((data) => {
      data[4] = 0b110; // cell overvoltage, both levels
      data[12] = 0b11; // warnings of cell and pack overvoltage
      data[41 + LISTS] = 2;
    });
    assert.deepEqual(both, ['cell_overvoltage protection', 'pack_overvoltage warning']);
    const board = alarmsWith((data) => {
      data[40 + LISTS] = 10;
      data[42 + LISTS] = 10;
    });
    assert.deepEqual(board, ['board_overtemperature protection']);
    const unstable = alarmsWith((data) => {
      bit(4, 43)(data);
      bit(12, 53)(data);
    });
    assert.deepEqual(unstable, ['communication_fault fault']);
  });

  it('name every code of the words when all bits are set', () => {
    const rank = ['warning', 'protection', 'fault'];
    const expected = new Map<string, string>();
    for (const entry of [...PROTECTION, ...WARNING]) {
      if (entry === undefined) continue;
      const [code = '', level = ''] = entry.split(' ');
      if (rank.indexOf(level) > rank.indexOf(expected.get(code) ?? '')) expected.set(code, level);
    }
    const all = alarmsWith((data) => data.fill(0xff, 4, 20));
    assert.deepEqual(all, [...expected].map((entry) => entry.join(' ')).sort());
  });

  it('a fault of an active balancer is one, and no bit of a passive one is', () => {
    for (const [type, rest, expected] of [
      [1, '', ['balancer_fault fault']],
      [2, '', ['balancer_fault fault']],
      [33, segment(0xfe, 0x0200), ['balancer_fault fault']],
      [33, '', []],
      [0, '', []],
    ] as const) {
      const data = statusData();
      data[43 + LISTS] = type;
      data[64 + LISTS] = 3;
      assert.deepEqual(codes(readStatus(data, rest).alarms), expected, `type ${type}`);
    }
  });

  it('have a message each', () => {
    const { alarms = [] } = readStatus(Object.assign(statusData(), { 4: 0xff, 12: 0xff }));
    for (const entry of alarms) assert.match(entry.message, /^[A-Z].*\.$/);
    assert.match(alarm('firmware_missing', 'fault').message, /\.$/);
  });
});

describe('ant-legacy alarms', () => {
  for (const [at, table, own, enabled] of [
    [103, CHARGE, LEGACY_CHARGE, 'chargeEnabled'],
    [104, DISCHARGE, LEGACY_DISCHARGE, 'dischargeEnabled'],
  ] as const) {
    for (const [code, shared] of table.entries()) {
      const meaning = own[code] ?? shared;
      it(`${enabled} code ${code}: ${meaning ?? 'no alarm'}`, () => {
        const frame = legacyStatus();
        frame[at] = code;
        const got = readLegacy(frame);
        assert.deepEqual(codes(got.alarms), listed(meaning));
        assert.equal(got[enabled], code === 1);
      });
    }
  }

  for (const [code, works, meaning] of BALANCER) {
    it(`balancer code ${code}: ${meaning ?? 'no alarm'}`, () => {
      const frame = legacyStatus();
      frame[105] = code;
      const got = readLegacy(frame);
      assert.deepEqual(codes(got.alarms), listed(meaning));
      assert.equal(got.balancing, works);
    });
  }

  it('name a code once, at its highest level', () => {
    const frame = legacyStatus();
    frame.set([7, 7], 103);
    assert.deepEqual(codes(readLegacy(frame).alarms), ['mos_overtemperature protection']);
    frame.set([10, 1, 10], 103);
    assert.deepEqual(codes(readLegacy(frame).alarms), ['board_overtemperature protection']);
  });
});
