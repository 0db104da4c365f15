import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alarm, unknownAlarm, type Alarm } from '../../../src/battery/alarm';
import { alarmWord } from '../../../src/codec/kit/alarm-bits';
import { crc16Modbus, sum } from '../../../src/codec/kit/checksum';
import {
  bitsToNumbers,
  decodeText,
  flag,
  layout,
  list,
  number,
  numbersToBits,
  onOff,
  text,
  writeOnly,
  type WireType,
} from '../../../src/codec/kit/fields';
import type { Reading } from '../../../src/battery/reading';

const table = layout<Reading>([
  number(0, 'u16', 'voltage', { divisor: 100 }),
  number(2, 'u16', 'current', { divisor: -10, offset: 30000 }),
  number(4, 's32', 'power', { divisor: 1000 }),
  number(8, 'u8', 'soc', { notAvailable: [0xff] }),
  flag(9, 3, 'heating'),
  text(10, 6, 'model'),
]);

describe('layout', () => {
  it('decodes exact decimals, signs, flags and text', () => {
    const into: Reading = {};
    table.decode(Buffer.from('14a4753afffffffa320841424300ffff', 'hex'), into);
    assert.deepEqual(into, { voltage: 52.84, current: -1, power: -0.006, soc: 50, heating: true, model: 'ABC' });
  });

  it('leaves out what is not reported, and knows no -0', () => {
    const into: Reading = {};
    table.decode(Buffer.from('0000753000000000ff00000000000000', 'hex'), into);
    assert.deepEqual(into, { voltage: 0, current: 0, power: 0, heating: false });
    assert.ok(Object.is(into.current, 0));
  });

  it('writes a row that is for writing alone, and does not read it', () => {
    const both = layout<Reading>([number(0, 'u8', 'soc'), writeOnly(number(1, 'u8', 'soh'))]);
    const data = Buffer.alloc(2);
    both.encode({ soc: 50, soh: 99 }, data);
    const into: Reading = {};
    both.decode(data, into);
    assert.deepEqual([data.toString('hex'), into], ['3263', { soc: 50 }]);
  });

  it('takes the rows that a short answer has', () => {
    const into: Reading = {};
    table.decode(Buffer.from('14a47530', 'hex'), into);
    assert.deepEqual(into, { voltage: 52.84, current: 0 });
  });

  it('decodes what it encodes, in both byte orders and at any offset', () => {
    const keys = {
      voltage: fc.nat(65535).map((raw) => raw / 100),
      current: fc.nat(65535).map((raw) => (raw - 30000) / -10 + 0),
      power: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((raw) => raw / 1000),
      soc: fc.nat(254),
      heating: fc.boolean(),
      model: fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(...'ABCxyz019-') }),
    };
    const state = fc.record(keys, { noNullPrototype: true });
    fc.assert(
      fc.property(state, fc.nat(5), (values, base) => {
        const data = Buffer.alloc(base + table.size);
        table.encode(values, data, base);
        const into: Reading = {};
        table.decode(data, into, base);
        assert.deepEqual(into, values);
      }),
    );
    const little = layout<Reading>(
      [number(0, 'u16', 'cycles'), number(2, 's16', 'balanceCurrent', { divisor: 10 })],
      'little',
    );
    const data = Buffer.alloc(4);
    little.encode({ cycles: 1, balanceCurrent: -0.2 }, data);
    assert.equal(data.toString('hex'), '0100feff');
  });

  it('reads every type of number as Buffer does, in both orders, at any offset', () => {
    const readers = {
      big: {
        u8: (data: Buffer, at: number) => data.readUInt8(at),
        s8: (data: Buffer, at: number) => data.readInt8(at),
        u16: (data: Buffer, at: number) => data.readUInt16BE(at),
        s16: (data: Buffer, at: number) => data.readInt16BE(at),
        u32: (data: Buffer, at: number) => data.readUInt32BE(at),
        s32: (data: Buffer, at: number) => data.readInt32BE(at),
      },
      little: {
        u8: (data: Buffer, at: number) => data.readUInt8(at),
        s8: (data: Buffer, at: number) => data.readInt8(at),
        u16: (data: Buffer, at: number) => data.readUInt16LE(at),
        s16: (data: Buffer, at: number) => data.readInt16LE(at),
        u32: (data: Buffer, at: number) => data.readUInt32LE(at),
        s32: (data: Buffer, at: number) => data.readInt32LE(at),
      },
    };
    for (const endian of ['big', 'little'] as const) {
      for (const [type, read] of Object.entries(readers[endian]) as [
        WireType,
        (data: Buffer, at: number) => number,
      ][]) {
        const one = layout<Reading>([number(3, type, 'cycles')], endian);
        const several = list(type, {}, endian);
        const property = fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), fc.nat(4), (bytes, base) => {
          const data = Buffer.from(bytes);
          const into: Reading = {};
          one.decode(data, into, base);
          assert.equal(into.cycles, read(data, base + 3), `${endian} ${type}`);
          assert.deepEqual(several.decode(data, base, 1), [read(data, base)]);
        });
        fc.assert(property);
      }
    }
  });

  it('takes 0 and 1 for a switch, and nothing else', () => {
    const flags = layout<Reading>([onOff(0, 'u16', 'heating'), onOff(2, 'u16', 'balancing')], 'little');
    const read = (hex: string): Reading => {
      const into: Reading = {};
      flags.decode(Buffer.from(hex, 'hex'), into);
      return into;
    };
    assert.deepEqual(read('01000000'), { heating: true, balancing: false });
    assert.deepEqual(read('02000001'), {});
    assert.deepEqual(read('0000'), { heating: false });
    const data = Buffer.alloc(4, 0xff);
    flags.encode({ heating: true }, data);
    assert.equal(data.toString('hex'), '0100ffff');
    flags.encode({ heating: false, balancing: true }, data);
    assert.equal(data.toString('hex'), '00000100');
  });
});

describe('list', () => {
  it('reads entries, with null for a sensor that is not connected', () => {
    const temperatures = list('u16', { divisor: 10, offset: 2731, notAvailable: [0x097f] });
    const data = Buffer.from('0ba3097f', 'hex');
    assert.deepEqual(temperatures.decode(data, 0, 2), [24.8, null]);
    const back = Buffer.alloc(4);
    temperatures.encode([24.8, null], back, 0);
    assert.deepEqual(back, data);
  });
});

describe('text', () => {
  it('ends at NUL, keeps printable characters only, and is absent when blank', () => {
    assert.equal(decodeText(Buffer.from(' AB\r\x01C \0xyz')), 'ABC');
    assert.equal(decodeText(Buffer.from('\0\0')), undefined);
    assert.equal(decodeText(Buffer.from('   ')), undefined);
  });
});

describe('bits', () => {
  it('become numbers from one, and back', () => {
    assert.deepEqual(bitsToNumbers(0x80000005), [1, 3, 32]);
    assert.deepEqual(bitsToNumbers(1, 17), [17]);
    fc.assert(fc.property(fc.nat(0xffffffff), (word) => assert.equal(numbersToBits(bitsToNumbers(word)), word)));
    assert.equal(numbersToBits([1, 17, 18], 17, 16), 3);
  });
});

describe('alarmWord', () => {
  const word = alarmWord(
    'status',
    { 0: ['soc_low', 'warning'], 1: ['soc_low', 'protection'], 2: ['soc_low', 'warning'], 31: ['afe_fault', 'fault'] },
    [4],
  );
  const decode = (bits: number): Alarm[] => {
    const alarms: Alarm[] = [];
    word.decode(bits, alarms);
    return alarms;
  };

  it('gives each code and level once, shows unknown bits and ignores reserved ones', () => {
    assert.deepEqual(decode(0), []);
    assert.deepEqual(decode(0x80000017), [
      alarm('soc_low', 'warning'),
      alarm('soc_low', 'protection'),
      alarm('afe_fault', 'fault'),
    ]);
    assert.deepEqual(decode(0x8), [unknownAlarm('status', 3)]);
  });

  it('encodes what it can say', () => {
    assert.equal(word.encode([alarm('soc_low', 'protection'), alarm('afe_fault', 'fault')]), 0x80000002);
    assert.equal(word.encode([alarm('short_circuit', 'fault')]), 0);
    // The order of alarms has no meaning: two bits of the example say the same.
    const names = (alarms: Alarm[]): string[] => alarms.map(({ code, level }) => `${code} ${level}`).sort();
    fc.assert(
      fc.property(fc.nat(0xffffffff), (bits) => {
        assert.deepEqual(names(decode(word.encode(decode(bits)))), names(decode(bits)));
      }),
    );
  });
});

describe('checksums', () => {
  it('agree with known values', () => {
    assert.equal(sum(Buffer.from('010203', 'hex'), 0, 3), 6);
    assert.equal(crc16Modbus(Buffer.from('123456789'), 0, 9), 0x4b37);
  });
});
