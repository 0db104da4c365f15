import assert from 'node:assert/strict';
import { CELLS_24S, CELLS_32S, CELLS_JK04, readCells, record } from '../support/jk-ble';
import { ALARM_BITS } from '../support/jk-alarm-bits';
import { codes } from '../support/sheet';

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
  for (const [bit, meaning] of ALARM_BITS.entries()) {
    it(`bit ${bit}: ${meaning}`, () => {
      assert.deepEqual(alarms32((1 << bit) >>> 0), [meaning]);
      if (bit < 16) assert.deepEqual(alarms24(1 << bit), [meaning]);
    });
  }

  it('reports an equal code and level once', () => {
    assert.deepEqual(alarms32(0xffffffff), [...new Set(ALARM_BITS)].sort());
    assert.deepEqual(alarms24(0xffff), [...new Set(ALARM_BITS.slice(0, 16))].sort());
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
