import assert from 'node:assert/strict';
import { alarm, ALARM_CODES, ALARM_LEVELS } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { d2, p81State } from '../support/daly-modbus';
import { dalyModbus } from '../../src/codec/daly-modbus';
import { readAll } from '../support/protocol-properties';
import { codes } from '../support/sheet';

type Meaning = string | undefined;

/** Section 6.1 of the sheet, bit 0 first; undefined is reserved. */
const D2: Readonly<Record<number, readonly Meaning[]>> = {
  0x3a: [
    'cell_overvoltage warning',
    'cell_overvoltage protection',
    'cell_undervoltage warning',
    'cell_undervoltage protection',
    'pack_overvoltage warning',
    'pack_overvoltage protection',
    'pack_undervoltage warning',
    'pack_undervoltage protection',
    'charge_overtemperature warning',
    'charge_overtemperature protection',
    'charge_undertemperature warning',
    'charge_undertemperature protection',
    'discharge_overtemperature warning',
    'discharge_overtemperature protection',
    'discharge_undertemperature warning',
    'discharge_undertemperature protection',
  ],
  0x3b: [
    'charge_overcurrent warning',
    'charge_overcurrent protection',
    'discharge_overcurrent warning',
    'discharge_overcurrent protection',
    'soc_high warning',
    'soc_high protection',
    'soc_low warning',
    'soc_low protection',
    'cell_imbalance warning',
    'cell_imbalance protection',
    'temperature_imbalance warning',
    'temperature_imbalance protection',
    undefined,
    undefined,
    undefined,
    undefined,
  ],
  0x3c: [
    'mos_overtemperature warning',
    'mos_overtemperature warning',
    'sensor_fault fault',
    'sensor_fault fault',
    'charge_mos_fault fault',
    'discharge_mos_fault fault',
    'charge_mos_fault fault',
    'discharge_mos_fault fault',
    'afe_fault fault',
    'cell_sense_fault fault',
    'sensor_fault fault',
    'storage_fault fault',
    'rtc_fault fault',
    'precharge_fault fault',
    'communication_fault fault',
    'communication_fault fault',
  ],
  0x3d: [
    'current_sensor_fault fault',
    'voltage_sensor_fault fault',
    'short_circuit protection',
    'charge_inhibited protection',
    'software_lock warning',
    'communication_fault fault',
    ...Array<undefined>(10).fill(undefined),
  ],
};

/** Section 6.2: the codes of the two levels, then bits 6 and 7; undefined is reserved, or no alarm. */
const LEVELS: readonly (readonly [first: string, second: string, bit6: Meaning, bit7: Meaning])[] = [
  ['cell_overvoltage', 'cell_undervoltage', undefined, 'communication_fault fault'],
  ['cell_imbalance', 'charge_overtemperature', undefined, 'communication_fault fault'],
  ['charge_undertemperature', 'discharge_overtemperature', 'mos_overtemperature warning', 'sensor_fault fault'],
  ['discharge_undertemperature', 'temperature_imbalance', 'mos_overtemperature warning', 'sensor_fault fault'],
  ['pack_overvoltage', 'pack_undervoltage', 'short_circuit protection', undefined],
  ['charge_overcurrent', 'discharge_overcurrent', 'charge_inhibited protection', 'discharge_inhibited protection'],
  ['soc_low', 'soh_low', undefined, 'communication_fault fault'],
  ['mos_overtemperature', 'thermal_runaway', undefined, undefined],
];

/** Section 6.2: code bytes 8 to 13, bit 0 first. */
const FLAGS: Readonly<Record<number, readonly Meaning[]>> = {
  8: Array<undefined>(8).fill(undefined),
  9: Array<undefined>(8).fill(undefined),
  10: Array<undefined>(8).fill(undefined),
  11: [
    'afe_fault fault',
    'afe_fault fault',
    'afe_fault fault',
    'cell_sense_fault fault',
    'cell_sense_fault fault',
    'voltage_sensor_fault fault',
    'current_sensor_fault fault',
    'sensor_fault fault',
  ],
  12: [
    'sensor_fault fault',
    'storage_fault fault',
    'storage_fault fault',
    'rtc_fault fault',
    'charge_mos_fault fault',
    'discharge_mos_fault fault',
    'precharge_fault fault',
    'precharge_fault fault',
  ],
  13: [
    'software_lock warning',
    'software_lock warning',
    'software_lock warning',
    'software_lock warning',
    undefined,
    undefined,
    undefined,
    'heater_fault fault',
  ],
};

function list(meaning: Meaning): string[] {
  return meaning === undefined ? [] : [meaning];
}

/** The alarms of code byte `byte`: the low byte of register 6d + k is byte 2k, the high byte 2k + 1. */
function ofByte(byte: number, value: number): string[] {
  const register = 0x6d + (byte >> 1);
  return codes(p81State({ [register]: byte % 2 === 0 ? value : value << 8 }).alarms);
}

describe('daly-modbus faults of D2 (3a to 3d)', () => {
  for (const [register, bits] of Object.entries(D2)) {
    for (const [bit, meaning] of bits.entries()) {
      it(`register ${Number(register).toString(16)} bit ${bit}: ${meaning ?? 'reserved'}`, () => {
        assert.deepEqual(codes(d2({ [register]: 1 << bit }).alarms), list(meaning));
      });
    }
  }

  it('all at once: each code once per level', () => {
    const registers = { 0x3a: 0xffff ^ 1, 0x3b: 0x0fff, 0x3c: 0xffff ^ 1, 0x3d: 0x3f };
    const named = new Set(
      Object.values(D2)
        .flat()
        .filter((meaning) => meaning !== undefined),
    );
    named.delete('cell_overvoltage warning');
    assert.deepEqual(codes(d2(registers).alarms), [...named].sort());
  });

  it('a register at ffff is one that the board does not have', () => {
    assert.deepEqual(codes(d2({ 0x3a: 0xffff, 0x3c: 1 << 8 }).alarms), ['afe_fault fault']);
    assert.equal('alarms' in d2({ 0x3a: 0xffff, 0x3b: 0xffff, 0x3c: 0xffff, 0x3d: 0xffff }), false);
    assert.deepEqual(d2().alarms, []);
  });
});

describe('daly-modbus faults of boards with a number (6d to 73)', () => {
  for (const [byte, [first, second, bit6, bit7]] of LEVELS.entries()) {
    it(`code byte ${byte}: every level of ${first} and ${second}`, () => {
      for (let level = 0; level < 8; level++) {
        const name = level === 1 ? 'warning' : 'protection';
        const runaway = second === 'thermal_runaway' ? 'protection' : name;
        assert.deepEqual(ofByte(byte, level), level === 0 ? [] : [`${first} ${name}`], `${level}`);
        assert.deepEqual(ofByte(byte, level << 3), level === 0 ? [] : [`${second} ${runaway}`], `${level} << 3`);
      }
    });

    it(`code byte ${byte} bits 6 and 7: ${bit6 ?? 'none'}, ${bit7 ?? 'none'}`, () => {
      assert.deepEqual(ofByte(byte, 1 << 6), list(bit6));
      assert.deepEqual(ofByte(byte, 1 << 7), list(bit7));
    });
  }

  for (const [byte, bits] of Object.entries(FLAGS)) {
    for (const [bit, meaning] of bits.entries()) {
      it(`code byte ${byte} bit ${bit}: ${meaning ?? 'reserved or no alarm'}`, () => {
        assert.deepEqual(ofByte(Number(byte), 1 << bit), list(meaning));
      });
    }
  }

  it('a register at ffff is one that the board does not have', () => {
    assert.deepEqual(codes(p81State({ 0x6d: 0xffff, 0x70: 0x80 }).alarms), ['communication_fault fault']);
    const none = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [0x6d + i, 0xffff]));
    assert.equal('alarms' in p81State(none), false);
    assert.deepEqual(p81State().alarms, []);
  });

  it('registers 66 to 69 are not decoded (6.3)', () => {
    assert.deepEqual(p81State({ 0x66: 0xffff, 0x67: 0x1234, 0x68: 0x0080, 0x69: 1 }).alarms, []);
  });
});

describe('daly-modbus board (serve): alarms', () => {
  const cells = { cellVoltages: [3.3], voltage: 3.3, current: 0 };
  const everything = ALARM_CODES.flatMap((code) => ALARM_LEVELS.map((level) => alarm(code, level)));

  function said(address: number): number {
    let count = 0;
    for (const entry of everything) {
      const pack: Reading = { ...cells, alarms: [entry] };
      const { alarms = [] } = readAll(dalyModbus, pack, address);
      if (alarms.length > 0) assert.deepEqual(alarms, [entry]);
      count += alarms.length;
    }
    return count;
  }

  it('says every alarm that its map knows, and leaves out the others', () => {
    const d2Codes = new Set(
      Object.values(D2)
        .flat()
        .filter((meaning) => meaning !== undefined),
    );
    assert.equal(said(0), d2Codes.size);
    const p81Codes = new Set([
      ...LEVELS.flatMap(([first, second]) => [`${first} warning`, `${first} protection`, `${second} protection`]),
      ...LEVELS.map(([, second]) => `${second} warning`).filter((meaning) => !meaning.startsWith('thermal')),
      ...LEVELS.flatMap(([, , bit6, bit7]) => [bit6, bit7]).filter((meaning) => meaning !== undefined),
      ...Object.values(FLAGS)
        .flat()
        .filter((meaning) => meaning !== undefined),
    ]);
    assert.equal(said(1), p81Codes.size);
  });

  it('of a warning and a protection of one kind a board with a number says the protection', () => {
    const both = [alarm('soc_low', 'warning'), alarm('soc_low', 'protection')];
    assert.deepEqual(readAll(dalyModbus, { ...cells, alarms: both }, 1).alarms, [both[1]]);
    assert.deepEqual(readAll(dalyModbus, { ...cells, alarms: both }, 0).alarms, both);
  });
});
