import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BmsError } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { jk } from '../../src/codec/jk';
import { decodeSet } from '../../src/codec/jk/data-set';
import { readIds } from '../support/jk';
import { loadVector, readVector, shown } from '../support/vectors';
import { codes } from '../support/sheet';

/** Each bit of id 8b (jk.md 7). */
const BITS = [
  'soc_low warning',
  'mos_overtemperature protection',
  'pack_overvoltage protection',
  'pack_undervoltage protection',
  'overtemperature protection',
  'charge_overcurrent protection',
  'discharge_overcurrent protection',
  'cell_imbalance protection',
  'overtemperature protection',
  'undertemperature protection',
  'cell_overvoltage protection',
  'cell_undervoltage protection',
  'afe_fault fault',
  'afe_fault fault',
  'unknown_8b_14 warning',
  'unknown_8b_15 warning',
];

function alarmsOf(word: number): string[] {
  return codes(readIds(`8b${word.toString(16).padStart(4, '0')}`).alarms);
}

describe('jk alarm bits', () => {
  it('each bit, alone', () => {
    assert.equal(BITS.length, 16);
    BITS.forEach((expected, bit) => assert.deepEqual(alarmsOf(2 ** bit), [expected], `bit ${bit}`));
    assert.deepEqual(alarmsOf(0), []);
  });

  it('all at once, each code once per level, each with a sentence', () => {
    assert.deepEqual(alarmsOf(0xffff), [...new Set(BITS)].sort());
    for (const { message } of readIds('8bffff').alarms ?? []) assert.match(message, /^[A-Z].+\.$/);
  });

  it('8c: MOSFETs and balancer; bit 3 and the reserved bits say nothing', () => {
    const flags = ['0000', '0001', '0002', '0004', '0008', 'fff8'].map((word) => {
      const { chargeEnabled, dischargeEnabled, balancing } = readIds(`8c${word}`);
      return [chargeEnabled, dischargeEnabled, balancing];
    });
    const none = [false, false, false];
    assert.deepEqual(flags, [none, [true, false, false], [false, true, false], [false, false, true], none, none]);
  });

  it('9d is the permission to balance, not the balancer at work', () => {
    assert.equal(readIds('8c0000 9d01').balancing, false);
    assert.equal(readIds('9d01 c001').balancing, undefined);
  });
});

describe('jk values', () => {
  it('current with version 1: bit 15 is charging', () => {
    const cases = { '80d0': 2.08, '0045': -0.69, '8000': 0, '0000': 0, '7fff': -327.67, ffff: 327.67 };
    for (const [raw, current] of Object.entries(cases)) assert.equal(readIds(`84${raw} c001`).current, current, raw);
    assert.ok(Object.is(readIds('840000 c001').current, 0), 'never -0');
  });

  it('current with version 0 or without version: from an offset', () => {
    const cases = { '2710': 0, '2af8': -10, '251c': 5 };
    for (const [raw, current] of Object.entries(cases)) {
      assert.equal(readIds(`84${raw} c000`).current, current, raw);
      assert.equal(readIds(`84${raw} 8500`).current, current, raw);
      assert.ok(!Object.is(readIds(`84${raw} c000`).current, -0));
    }
  });

  it('the length of the reply does not decide the encoding of the current', () => {
    const cells = '7915 010ce4 020ce4 030ce4 040ce4 050ce4 060ce4 070ce4';
    assert.equal(readIds(`${cells} 8480d0 c001`).current, 2.08);
    assert.equal(readIds(`${cells} 842710 ${'b200000000000000000000'.repeat(20)}`).current, 0);
  });

  it('temperatures: from 100 on they fall from zero, above 140 is no sensor', () => {
    const cases: [string, number | null][] = [
      ['0000', 0],
      ['0063', 99],
      ['0064', 0],
      ['0065', -1],
      ['008c', -40],
      ['008d', null],
      ['ffff', null],
    ];
    for (const [raw, temperature] of cases) {
      const reading = readIds(`80${raw} 810014 82${raw}`);
      assert.deepEqual(reading.temperatures, [20, temperature], raw);
      assert.equal(reading.mosTemperature, temperature ?? undefined, raw);
    }
    assert.deepEqual(readIds('820014').temperatures, [null, 20]);
    assert.deepEqual(readIds('810014').temperatures, [20]);
    assert.equal(readIds('850f').temperatures, undefined);
  });

  it('the switches are 9d, ab and ac; both of these at 0 tell nothing, as some boards never say otherwise', () => {
    const switches = (ids: string): unknown => {
      const { chargeSwitch, dischargeSwitch, balancingSwitch } = readIds(ids);
      return [chargeSwitch, dischargeSwitch, balancingSwitch];
    };
    assert.deepEqual(switches('850f 9d01 ab01 ac01'), [true, true, true]);
    assert.deepEqual(switches('850f 9d00 ab00 ac01'), [false, true, false]);
    assert.deepEqual(switches('850f 9d02 ab01 ac00'), [true, false, undefined]);
    assert.deepEqual(switches('850f ab00 ac00'), [undefined, undefined, undefined]);
  });

  it('86 says 2, third and later sensors never appear', () => {
    assert.deepEqual(readIds('810014 820015 8605').temperatures, [20, 21]);
  });

  it('remaining capacity is AA x SOC; B9 is 0 before firmware 10.10', () => {
    const old = readIds('850f aa0000000e b900000000');
    assert.deepEqual([old.remainingCapacity, old.designCapacity, old.fullCapacity], [2.1, 14, undefined]);
    const aged = readIds('8550 aa00000064 b90000005a');
    assert.deepEqual([aged.remainingCapacity, aged.fullCapacity], [80, 90]);
    assert.equal(readIds('aa0000000e').remainingCapacity, undefined);
    assert.equal(readIds('850f aa00000000').designCapacity, undefined);
    assert.equal(readIds('85ff aa0000000e').soc, undefined);
  });

  it('the model is in BA on newer firmware only', () => {
    const { reading } = readVector(jk, loadVector('jk', '13s-b2a24s-10.07-mosfets-off'));
    assert.equal(reading.model, 'JK-B2A24S15P');
    assert.equal(readVector(jk, loadVector('jk', '16s-7.1.0h-discharging')).reading.model, undefined);
  });

  it('the running time counts minutes, on old firmware in steps of 256', () => {
    assert.equal(readIds('b60000e200').runtime, 3_471_360);
  });

  it('the password and the user data are in no reading', () => {
    const { reading } = readVector(jk, loadVector('jk', '14s-h6.x-s6.1.3s-charging'));
    const keys = ['manufactureDate', 'serialNumber', 'deviceName', 'hardwareVersion', 'soh', 'heating'] as const;
    for (const key of keys) assert.equal(reading[key], undefined, key);
    assert.doesNotMatch(JSON.stringify(reading), /123456|Input/);
  });

  it('cells are listed by their numbers', () => {
    assert.deepEqual(readIds('7909 030ce6 010ce4 020ce5').cellVoltages, [3.3, 3.301, 3.302]);
  });
});

describe('jk: any content', () => {
  it('is decoded to numbers, or malformed', () => {
    const ids = fc.array(
      fc.tuple(fc.constantFrom(0x79, 0x80, 0x83, 0x84, 0xaa, 0xb7, 0xc0, 0xc5), fc.uint8Array({ maxLength: 6 })),
    );
    const data = ids.map((list) => Buffer.concat(list.map(([id, bytes]) => Buffer.from([id, ...bytes]))));
    fc.assert(
      fc.property(
        fc.oneof(
          data,
          fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        ),
        (bytes) => {
          let reading: Reading;
          try {
            reading = shown(decodeSet(bytes));
          } catch (error) {
            assert.ok(error instanceof BmsError && error.code === 'malformed');
            return;
          }
          for (const value of Object.values(reading).flat()) {
            assert.ok(typeof value !== 'number' || Number.isFinite(value));
          }
        },
      ),
    );
  });
});
