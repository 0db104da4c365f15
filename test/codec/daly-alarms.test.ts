import assert from 'node:assert/strict';
import { alarm, ALARM_CODES, ALARM_LEVELS, type AlarmCode } from '../../src/battery/alarm';
import { daly } from '../../src/codec/daly';
import { dalyModbus } from '../../src/codec/daly-modbus';
import type { Protocol } from '../../src/codec/protocol';
import { frame, read } from '../support/daly-frames';
import { d2, p81State } from '../support/daly-modbus';
import { readAll } from '../support/protocol-properties';
import { codes, numbersIn, sheetTables } from '../support/sheet';

/*
 * The alarms of both Daly protocols, bit by bit, as the tables of their sheets in docs/protocols have them: `code level`, or
 * undefined for a bit that is reserved or no alarm.
 */

type Meaning = string | undefined;

/** A bit of a byte or register and what it means. */
interface Flag {
  readonly place: number;
  readonly bit: number;
  readonly meaning: Meaning;
}

/** What a cell says: `smart charger (info)`, `its sensor: sensor_fault, fault`; a code alone has the level of its table. */
function meaningOf(cell: string, usual = 'fault'): Meaning {
  const code = /[a-z]+(?:_[a-z]+)+/.exec(cell)?.[0];
  if (!ALARM_CODES.includes(code as AlarmCode)) return undefined;
  return `${code} ${/, (warning|protection|fault)/.exec(cell)?.[1] ?? usual}`;
}

/** Rows of place, bits, perhaps a meaning, code, and perhaps a level: two bits without one level are a warning and a protection. */
function flagsOf(rows: readonly string[][], radix: number): Flag[] {
  return rows
    .filter(([, bits]) => bits !== 'all')
    .flatMap(([place = '', bits = '', ...rest]) => {
      const code = rest[rest.length === 1 ? 0 : 1] ?? '';
      const levels = (rest.length === 1 ? 'warning / protection' : (rest[2] ?? '')).split(' / ');
      return numbersIn(bits).map((bit, i) => {
        return { place: Number.parseInt(place, radix), bit, meaning: meaningOf(code, levels[i] ?? levels[0]) };
      });
    });
}

const list = (meaning: Meaning): string[] => (meaning === undefined ? [] : [meaning]);
const named = (flags: readonly Flag[]): string[] => [...new Set(flags.flatMap(({ meaning }) => list(meaning)))].sort();

/** Every bit alone, then all together but for bit 0: a register in which all are set is one that the board does not have. */
function checkFlags(flags: readonly Flag[], alarmsOf: (words: ReadonlyMap<number, number>) => string[]): void {
  const all = new Map<number, number>();
  for (const { place, bit, meaning } of flags) {
    const name = `${place.toString(16)} bit ${bit}: ${meaning}`;
    assert.deepEqual(alarmsOf(new Map([[place, 1 << bit]])), list(meaning), name);
    if (bit > 0 && meaning !== undefined) all.set(place, (all.get(place) ?? 0) | (1 << bit));
  }
  assert.deepEqual(alarmsOf(all), named(flags.filter(({ bit }) => bit > 0)));
}

/** How many alarms an emulated board reports, one at a time. */
function reported(protocol: Protocol, address: number): number {
  const everything = ALARM_CODES.flatMap((code) => ALARM_LEVELS.map((level) => alarm(code, level)));
  const pack = { cellVoltages: [3.3], voltage: 13.3, current: 0, temperatures: [20] };
  return everything.filter((entry) => readAll(protocol, { ...pack, alarms: [entry] }, address).alarms?.length === 1)
    .length;
}

describe('daly alarms: 98 (daly.md 5)', () => {
  const alarmsOf = (data: Buffer): string[] => codes(read(0x98, [frame(1, 0x98, data.toString('hex'))]).alarms);
  const FLAGS = flagsOf(sheetTables('daly', '5')[0] ?? [], 10);

  it('are those of the sheet, each once', () => {
    assert.equal(FLAGS.length, 56);
    checkFlags(FLAGS, (bytes) => alarmsOf(Buffer.from(Array.from({ length: 8 }, (_, i) => bytes.get(i) ?? 0))));
    assert.equal(reported(daly, 1), named(FLAGS).length);
  });

  it('byte 7 is the number of a fault, which the message names', () => {
    for (const number of [1, 3, 128, 255]) {
      const { alarms } = read(0x98, [frame(1, 0x98, `00000000000000${number.toString(16).padStart(2, '0')}`)]);
      assert.deepEqual(codes(alarms), ['vendor_fault fault']);
      assert.match(alarms?.[0]?.message ?? '', new RegExp(`\\b${number}\\b`));
    }
    assert.deepEqual(alarmsOf(Buffer.alloc(8)), []);
  });
});

describe('daly-modbus alarms: registers 3a to 3d of D2 boards (daly-modbus.md 6.1)', () => {
  const FLAGS = sheetTables('daly-modbus', '6.1').flatMap((rows) => flagsOf(rows, 16));

  it('are those of the sheet, each once', () => {
    assert.equal(FLAGS.length, 64);
    checkFlags(FLAGS, (words) => codes(d2(Object.fromEntries(words)).alarms));
    assert.equal(reported(dalyModbus, 0), named(FLAGS).length);
  });

  it('a register at ffff is one that the board does not have', () => {
    assert.deepEqual(codes(d2({ 0x3a: 0xffff, 0x3c: 1 << 8 }).alarms), ['afe_fault fault']);
    assert.equal('alarms' in d2({ 0x3a: 0xffff, 0x3b: 0xffff, 0x3c: 0xffff, 0x3d: 0xffff }), false);
    assert.deepEqual(d2().alarms, []);
  });
});

describe('daly-modbus alarms: code bytes of boards with a number, registers 6d to 73 (daly-modbus.md 6.2)', () => {
  const [LEVELS = [], BYTES = []] = sheetTables('daly-modbus', '6.2');
  /** The low byte of register 6d + k is byte 2k, the high byte 2k + 1. */
  const ofByte = (byte: number, value: number): string[] =>
    codes(p81State({ [0x6d + (byte >> 1)]: byte % 2 === 0 ? value : value << 8 }).alarms);
  const levelled = LEVELS.filter(([, first]) => first !== 'reserved');
  const said = levelled.flatMap(([, first = '', second = '', bit6 = '', bit7 = '']) => [
    ...[first, second].flatMap((cell) => [meaningOf(cell, 'warning'), meaningOf(cell, 'protection')]),
    ...[meaningOf(bit6), meaningOf(bit7)],
  ]);

  it('of two levels, and two bits, are those of the sheet', () => {
    assert.equal(levelled.length, 8);
    for (const [number, first = '', second = '', bit6 = '', bit7 = ''] of levelled) {
      const byte = Number(number);
      for (let level = 1; level < 8; level++) {
        const usual = level === 1 ? 'warning' : 'protection';
        assert.deepEqual(ofByte(byte, level), list(meaningOf(first, usual)), `${byte} level ${level}`);
        const runaway = second.startsWith('thermal_runaway') ? 'protection' : usual;
        assert.deepEqual(ofByte(byte, level << 3), list(meaningOf(second, runaway)), `${byte} level ${level} << 3`);
      }
      assert.deepEqual(ofByte(byte, 1 << 6), list(meaningOf(bit6)), `${byte} bit 6`);
      assert.deepEqual(ofByte(byte, 1 << 7), list(meaningOf(bit7)), `${byte} bit 7`);
    }
  });

  it('of eight bits are those of the sheet', () => {
    assert.equal(BYTES.length, 3);
    for (const [number = '', ...cells] of BYTES) {
      assert.equal(cells.length, 8);
      for (const [bit, cell] of cells.entries()) {
        assert.deepEqual(ofByte(Number.parseInt(number), 1 << bit), list(meaningOf(cell)), `${number} bit ${bit}`);
      }
    }
    for (const reserved of [8, 9, 10]) assert.deepEqual(ofByte(reserved, 0x7f), []);
    const all = new Set([...said, ...BYTES.flatMap(([, ...cells]) => cells.map((cell) => meaningOf(cell)))]);
    all.delete('thermal_runaway warning');
    all.delete(undefined);
    assert.equal(reported(dalyModbus, 1), all.size);
  });

  it('of a warning and a protection of one kind the protection is told; D2 boards tell both', () => {
    const both = [alarm('soc_low', 'warning'), alarm('soc_low', 'protection')];
    const pack = { cellVoltages: [3.3], voltage: 3.3, current: 0, alarms: both };
    assert.deepEqual(readAll(dalyModbus, pack, 1).alarms, [both[1]]);
    assert.deepEqual(readAll(dalyModbus, pack, 0).alarms, both);
  });

  it('a register at ffff is one that the board does not have', () => {
    assert.deepEqual(codes(p81State({ 0x6d: 0xffff, 0x70: 0x80 }).alarms), ['communication_fault fault']);
    const none = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [0x6d + i, 0xffff]));
    assert.equal('alarms' in p81State(none), false);
    assert.deepEqual(p81State().alarms, []);
  });

  it('registers 66 to 69 are not read (daly-modbus.md 6.3)', () => {
    assert.deepEqual(p81State({ 0x66: 0xffff, 0x67: 0x1234, 0x68: 0x0080, 0x69: 1 }).alarms, []);
  });
});
