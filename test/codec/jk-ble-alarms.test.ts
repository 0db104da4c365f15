import assert from 'node:assert/strict';
import { CELLS_24S, CELLS_32S, CELLS_JK04, codes, readCells, record } from '../support/jk-ble';

/** Section 8 of the sheet, bit 0 first. */
const SHEET: readonly string[] = [
  'wire_resistance_high warning',
  'mos_overtemperature protection',
  'cell_count_mismatch fault',
  'current_sensor_fault fault',
  'cell_overvoltage protection',
  'pack_overvoltage protection',
  'charge_overcurrent protection',
  'short_circuit protection',
  'charge_overtemperature protection',
  'charge_undertemperature protection',
  'communication_fault fault',
  'cell_undervoltage protection',
  'pack_undervoltage protection',
  'discharge_overcurrent protection',
  'short_circuit protection',
  'discharge_overtemperature protection',
  'charge_mos_fault fault',
  'discharge_mos_fault fault',
  'gps_disconnected warning',
  'password_default warning',
  'discharge_start_failed fault',
  'overtemperature warning',
  'sensor_fault fault',
  'parallel_module_fault fault',
  'short_circuit_release_failed fault',
  'discharge_overcurrent protection',
  'discharge_overcurrent protection',
  'discharge_undertemperature protection',
  'remote_lock protection',
  'unknown_12a0_29 warning',
  'unknown_12a0_30 warning',
  'unknown_12a0_31 warning',
];

function word(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('hex');
}

function alarms32(value: number): string[] {
  return codes(readCells(record(2, { 166: word(value) }, CELLS_32S)).alarms);
}

function alarms24(value: number): string[] {
  return codes(readCells(record(2, { 136: word(value).slice(0, 4) }, CELLS_24S)).alarms);
}

describe('jk-ble alarms (section 8)', () => {
  for (const [bit, meaning] of SHEET.entries()) {
    it(`bit ${bit}: ${meaning}`, () => {
      assert.deepEqual(alarms32((1 << bit) >>> 0), [meaning]);
      if (bit < 16) assert.deepEqual(alarms24(1 << bit), [meaning]);
    });
  }

  it('reports an equal code and level once', () => {
    assert.deepEqual(alarms32(0xffffffff), [...new Set(SHEET)].sort());
    assert.deepEqual(alarms24(0xffff), [...new Set(SHEET.slice(0, 16))].sort());
  });

  it('has only 16 bits on 24S, behind which the balance current lies', () => {
    assert.deepEqual(alarms24(0), []);
    const { alarms, balanceCurrent } = readCells(record(2, { 136: '0000 ffff' }, CELLS_24S));
    assert.deepEqual([alarms, balanceCurrent], [[], -0.001]);
  });

  it('says each in one sentence', () => {
    for (const { message } of readCells(record(2, { 166: 'ffffffff' }, CELLS_32S)).alarms ?? []) {
      assert.match(message, /^[A-Z].*\.$/);
    }
  });

  it('balancers report none', () => {
    assert.deepEqual(readCells(CELLS_JK04).alarms, []);
  });
});
