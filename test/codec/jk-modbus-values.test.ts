import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BmsError } from '../../src/battery/errors';
import { acknowledgement, modbus, queryFor, read, readLive, record } from '../support/jk-modbus';
import { loadVector, shown } from '../support/vectors';
import { ALARM_BITS } from '../support/jk-alarm-bits';
import { codes, hex } from '../support/sheet';

function alarmsOf(word: number): [string[], string[]] {
  const little = Buffer.alloc(4);
  little.writeUInt32LE(word);
  const data = Buffer.alloc(240);
  data.writeUInt32BE(word, 0xa0);
  const registers = read('1200', [modbus(Buffer.concat([hex('0103f0'), data]))]);
  return [codes(readLive({ 166: little.toString('hex') }).alarms), codes(registers.alarms)];
}

describe('jk-modbus alarm bits', () => {
  it('each bit, alone, in a frame and in registers', () => {
    assert.equal(ALARM_BITS.length, 32);
    ALARM_BITS.forEach((expected, bit) => assert.deepEqual(alarmsOf(2 ** bit), [[expected], [expected]], `bit ${bit}`));
    assert.deepEqual(alarmsOf(0), [[], []]);
  });

  it('all at once, each code once per level, each with a sentence', () => {
    const named = [...new Set(ALARM_BITS)].sort();
    assert.deepEqual(alarmsOf(0xffffffff), [named, named]);
    for (const { message } of readLive({ 166: 'ffffffff' }).alarms ?? []) assert.match(message, /^[A-Z].+\.$/);
  });
});

describe('jk-modbus: any content', () => {
  it('is decoded to numbers, or malformed', () => {
    const bytes = fc.uint8Array({ minLength: 293, maxLength: 293 });
    fc.assert(
      fc.property(
        bytes,
        fc.constantFrom<[string, number]>(['1620', 2], ['161e', 1], ['161c', 3]),
        (data, [code, type]) => {
          const whole = record(type, { 6: Buffer.from(data).toString('hex') });
          try {
            const reading = shown(read(code, [Buffer.concat([whole, acknowledgement(1, code)])]));
            for (const value of Object.values(reading).flat())
              assert.ok(typeof value !== 'number' || Number.isFinite(value));
          } catch (error) {
            assert.ok(error instanceof BmsError && error.code === 'malformed');
          }
        },
      ),
    );
  });
});

describe('jk-modbus values', () => {
  it('cells and resistances are those in the mask', () => {
    const reading = readLive({ 6: 'e40c e50c e60c', 70: '05000000', 80: '4100 4200 4300' });
    assert.deepEqual(reading.cellVoltages, [3.3, 3.302]);
    assert.deepEqual(reading.cellResistances, [0.065, 0.067]);
    assert.equal(reading.cellCount, 2);
    assert.equal(readLive({ 6: 'e40c'.repeat(32), 70: 'ffffffff' }).cellCount, 32);
  });

  it('a cell above 5 V cannot be, and leaves the cells out', () => {
    assert.deepEqual(shown(readLive({ 6: '8813', 70: '01000000' })).cellVoltages, [5]);
    assert.equal(shown(readLive({ 6: '8913', 70: '01000000' })).cellVoltages, undefined);
    assert.equal(readLive({ 6: 'ffff', 70: '00000000' }).cellCount, 0);
  });

  it('a sensor that is -200 °C or not present is null; negative temperatures are plain', () => {
    const some = { 162: '30f8 9cff', 214: 'ff', 256: 'f300 f500', 144: '38ff' };
    const reading = readLive(some);
    assert.deepEqual([reading.temperatures, reading.mosTemperature], [[null, -10, 24.3, 24.5], -20]);
    assert.deepEqual(readLive({ ...some, 214: '16' }).temperatures, [null, -10, 24.3, null]);
    assert.equal(readLive({ ...some, 214: '16' }).mosTemperature, undefined);
    assert.equal(readLive({ ...some, 144: '30f8' }).mosTemperature, undefined);
  });

  it('the fourth and fifth sensor are from software 14 on; unknown software: when they are not both zero', () => {
    const two = { 162: 'f300 f400', 214: 'ff' };
    const four = { ...two, 256: 'f500 0000' };
    const count = (values: Record<number, string>, softwareMajor?: number): number | undefined =>
      readLive(values, softwareMajor === undefined ? {} : { softwareMajor }).temperatures?.length;
    assert.deepEqual([count(two), count(two, 11), count(two, 14), count(two, 15)], [2, 2, 4, 4]);
    assert.deepEqual([count(four), count(four, 13), count(four, 14)], [4, 2, 4]);
    const told = queryFor('161c').decode(
      [Buffer.concat([record(3, { 30: '31392e3230' }), acknowledgement(1, '161c')])],
      {
        address: 1,
        memory: {},
      },
    );
    assert.equal(told.memory?.softwareMajor, 19);
  });

  it('the sensor at 254 repeats the one of the MOSFETs and is not listed', () => {
    assert.deepEqual(readLive({ 162: 'f300 f400', 214: 'ff', 254: '0c01' }).temperatures, [24.3, 24.4]);
  });

  it('the power on the wire has no sign and is not used', () => {
    const reading = readLive({ 150: 'c2ce0000', 154: 'c01c0600', 158: '70e2ffff' });
    assert.deepEqual([reading.current, reading.power], [-7.568, undefined]);
  });

  it('balancing is 1 or 2; the switch is a setting', () => {
    const balancing = ['00', '01', '02'].map((byte) => readLive({ 172: byte, 170: 'd0ff' }));
    assert.deepEqual(
      balancing.map((reading) => [reading.balancing, reading.balanceCurrent]),
      [
        [false, -0.048],
        [true, -0.048],
        [true, -0.048],
      ],
    );
  });

  it('heating is byte D1, not the SOH', () => {
    assert.equal(readLive({ 190: '64', 215: '00' }).heating, false);
    assert.equal(readLive({ 215: '01' }).heating, true);
  });

  it('a charger shows in byte 245 when it is plugged in; boards that do not watch it leave 0', () => {
    assert.equal(readLive({ 245: '01' }).chargerConnected, true);
    for (const byte of ['00', '02']) assert.equal(readLive({ 245: byte }).chargerConnected, undefined);
  });

  it('what cannot be is absent', () => {
    const reading = readLive({ 173: '65', 190: 'ff', 178: '00000000' });
    for (const key of ['soc', 'soh', 'fullCapacity'] as const) assert.equal(reading[key], undefined, key);
    const settings = (values: Record<number, string>): unknown =>
      shown(read('161e', [Buffer.concat([record(1, values), acknowledgement(1, '161e')])]));
    const off = { chargeSwitch: false, dischargeSwitch: false, balancingSwitch: false, heatingSwitch: false };
    assert.deepEqual(settings({ 114: '10000000', 130: '90ca0400' }), { cellCount: 16, designCapacity: 314, ...off });
    assert.deepEqual(settings({ 114: '21000000', 130: '012d3101' }), off);
    const odd = { 118: '02000000', 122: '01000000', 126: 'ffffffff', 282: '0100' };
    assert.deepEqual(settings(odd), { dischargeSwitch: true, heatingSwitch: true });
  });

  it('text ends at its first NUL; the PINs and the user data are in no reading', () => {
    const { exchanges } = loadVector('jk-modbus', 'poll-addr3-charging');
    const frame = hex(exchanges[0]?.rx.join('') ?? '');
    const reading = read('161c', [frame], {}, 3);
    assert.equal(reading.serialNumber, '40110490431');
    assert.doesNotMatch(JSON.stringify(reading), /005859|Input|000"/);
    assert.deepEqual(reading.errorCounts, { powerOns: 4 });
  });

  it('a date that is in no calendar is absent', () => {
    const date = (text: string): string | undefined => {
      const digits = Buffer.from(text).toString('hex');
      return read('161c', [Buffer.concat([record(3, { 78: digits }), acknowledgement(1, '161c')])]).manufactureDate;
    };
    assert.deepEqual(['240229', '230229', '241301', '24022', 'JK-BMS'].map(date), [
      '2024-02-29',
      ...Array<undefined>(4),
    ]);
  });

  it('the registers at 12f0 complete the list of the read before', () => {
    const first = Buffer.alloc(240);
    hex('00f3 f830').copy(first, 0x9c);
    first[0xd0] = 0xf7;
    const target = { address: 1, memory: {} };
    const { memory, reading } = queryFor('1200').decode([modbus(Buffer.concat([hex('0103f0'), first]))], target);
    assert.deepEqual(reading.temperatures, [24.3, null]);
    const rest = Buffer.alloc(32);
    hex('00f1 00f2').copy(rest, 10);
    const more = (known: object = {}): unknown =>
      read('12f0', [modbus(Buffer.concat([hex('010320'), rest]))], { ...memory, ...known }).temperatures;
    assert.deepEqual(more(), [24.3, null, 24.1, 24.2]);
    assert.deepEqual(more({ softwareMajor: 11 }), [24.3, null]);
    assert.deepEqual(more({ connectedSensors: 0x02 }), [24.3, null, null, null]);
  });
});
