import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Reading } from '../../src/battery/reading';
import { dalyModbus } from '../../src/codec/daly-modbus';
import { closed, reply } from '../support/daly-modbus';
import { readAll } from '../support/protocol-properties';
import { loadVector, readVector } from '../support/vectors';

const PACK: Reading = {
  voltage: 13.2,
  current: -5,
  soc: 55,
  cellVoltages: [3.3, 3.31, 3.29, 3.3],
  temperatures: [21, null],
  balancingCells: [2],
  mosTemperature: 30,
  manufactureDate: '2024-02-29',
};

function serve(bytes: string, pack: Reading = PACK): string | undefined {
  return dalyModbus.emulate(closed(bytes))?.answer(pack).toString('hex');
}

describe('daly-modbus board (serve)', () => {
  it('tells its captured pack again, in the bytes that mean something', () => {
    for (const file of ['d2-16s-discharging-80reg', 'p81-16s-discharging']) {
      const { reading } = readVector(dalyModbus, loadVector('daly-modbus', file));
      const got = readAll(dalyModbus, reading, file.startsWith('d2') ? 0 : 1);
      for (const [key, value] of Object.entries(got)) assert.deepEqual(value, reading[key as keyof Reading], key);
    }
  });

  it('answers smaller reads of what it has', () => {
    assert.equal(serve('d20300310001'), reply(0xd2, Buffer.from('0004', 'hex')).toString('hex'));
    assert.equal(serve('8103003c0002'), reply(0x51, Buffer.from('00040002', 'hex')).toString('hex'));
    assert.equal(serve('d20300cc0002'), closed('d2030418021d00').toString('hex'));
  });

  it('finds out extremes, average and power by itself, without a sign', () => {
    assert.equal(serve('d203002b0004'), closed('d203080cee0cda003d003d').toString('hex'));
    assert.equal(serve('d20300370003'), closed('d203060ce400140042').toString('hex'));
    assert.equal(serve('8103003e0005'), closed('51030a0cee00020cda00030014').toString('hex'));
  });

  it('tells which address was asked, and answers with that of the board', () => {
    for (const [asked, address, answers] of [
      ['d2', 0, 0xd2],
      ['81', 1, 0x51],
      ['82', 2, 0x52],
      ['91', 17, 0x61],
    ] as const) {
      const served = dalyModbus.emulate(closed(`${asked}0300000001`));
      assert.equal(served?.address, address);
      assert.equal(served.answer(PACK)[0], answers);
    }
  });

  it('is silent to registers that it does not have, and to what is no request', () => {
    for (const bytes of [
      'd20300c90003', // password
      'd203004f0002', // beyond the status
      'd20300000000', // nothing
      'd20301000001', // not of this map
      '81030126007f', // beyond the settings
      '810301770001', // between two blocks
      '800300000001', // nobody
      '920300000001', // nobody
      '510300000001', // an answer's address
    ]) {
      assert.equal(serve(bytes), undefined, bytes);
    }
    const good = closed('d20300000001');
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x10;
      assert.equal(dalyModbus.emulate(bad), undefined, `byte ${at}`);
    }
    assert.equal(dalyModbus.emulate(good.subarray(0, 7)), undefined);
    assert.equal(dalyModbus.emulate(Buffer.concat([good, good])), undefined);
    assert.equal(dalyModbus.emulate(Buffer.alloc(0)), undefined);
  });

  it('what a pack does not tell, the board does not have', () => {
    const bare: Reading = { cellVoltages: [3.3], cellCount: 1 };
    assert.deepEqual(readAll(dalyModbus, bare, 0), bare);
    assert.deepEqual(readAll(dalyModbus, bare, 3), bare);
  });

  it('answers from any part of a pack, whatever its values', () => {
    const value = fc.option(fc.double(), { nil: undefined });
    const part: fc.Arbitrary<Reading> = fc.record(
      {
        voltage: value,
        current: value,
        soc: value,
        power: value,
        remainingCapacity: value,
        designCapacity: value,
        balanceCurrent: value,
        mosTemperature: value,
        cycles: value,
        cellCount: fc.oneof(fc.integer({ min: -9, max: 999 }), fc.double()),
        cellVoltages: fc.array(fc.double(), { maxLength: 60 }),
        temperatures: fc.array(fc.option(fc.double()), { maxLength: 30 }),
        balancingCells: fc.array(fc.integer({ min: -5, max: 80 })),
        manufactureDate: fc.string(),
        serialNumber: fc.string({ maxLength: 60 }),
      },
      { requiredKeys: [] },
    );
    const requests = [
      ...['d20300000050', 'd20300800029', 'd20300a90020', 'd20300cc0002'],
      ...['81030000007f', '810301780049', '810301000051'],
    ].map(closed);
    fc.assert(
      fc.property(part, (pack) => {
        for (const request of requests) {
          const answer = dalyModbus.emulate(request)?.answer(pack);
          assert.equal(answer?.length, 5 + 2 * request.readUInt16BE(4));
        }
      }),
    );
  });

  it('leaves the pack as it was', () => {
    const before = structuredClone(PACK);
    readAll(dalyModbus, PACK, 0);
    readAll(dalyModbus, PACK, 1);
    assert.deepEqual(PACK, before);
  });
});
