import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import { jbdUp16s } from '../../src/codec/jbd-up16s';
import type { Protocol } from '../../src/codec/protocol';
import { notingBoard } from '../support/action-script';
import { readSettings, valuesOf } from '../support/settings/vectors';

const access = jbdUp16s.settings;
const order = { target: { address: 1, memory: {} }, password: '' };

describe('jbd-up16s settings', () => {
  it('has all keys of its sheet, and writes none', () => {
    assert.ok(access);
    assert.equal(access.write, undefined);
    const parameters = access.parameters(order.target, new Map());
    assert.equal(new Set(parameters.map(({ key }) => key)).size, 102);
    assert.deepEqual(new Set(parameters.map((each) => each.access)), new Set(['read']));
  });

  it('the simulated master has them, and the identity of its pack', () => {
    assert.ok(access);
    const pack: Reading = { serialNumber: 'UP16S0190001', manufactureDate: '2025-09-04' };
    const board = notingBoard();
    const protocol: Protocol = jbdUp16s;
    const read = readSettings(protocol, access, order, ({ request }) => {
      const answer = jbdUp16s.emulate(request)?.answer(pack, board);
      return answer === undefined ? [] : [answer];
    });
    assert.equal(Object.keys(valuesOf(read)).length, 102);
    assert.equal(valuesOf(read).balanceStartVoltage, 3.4);
    assert.equal(valuesOf(read).dischargeUndertemperatureProtection, -20);
    assert.match(read.image.get('1c00')?.toString('latin1') ?? '', /UP16S0190001/);
  });
});
