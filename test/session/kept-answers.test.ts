import assert from 'node:assert/strict';
import type { Group, Query } from '../../src/codec/protocol';
import { jkModbus } from '../../src/codec/jk-modbus';
import { KeptAnswers } from '../../src/session/kept-answers';

function queryOf(group: Group): Query {
  const found = jkModbus.queries.find((query) => query.group === group);
  assert.ok(found);
  return found;
}

describe('KeptAnswers', () => {
  it('reads what may have changed with an action afresh, but not who the board is', () => {
    const kept = new KeptAnswers({ checksum: 'crc16', cellsEvery: 1, now: () => 0 });
    const [counters, identity] = [queryOf('counters'), queryOf('identity')];
    const answer = { reading: { chargeSwitch: true }, memory: {}, dropped: 0, at: 0 };
    kept.keep(counters, answer);
    kept.keep(identity, answer);
    assert.deepEqual([kept.isDue(counters), kept.isDue(identity)], [false, false]);
    kept.outdate();
    assert.deepEqual([kept.isDue(counters), kept.isDue(identity)], [true, false]);
  });
});
