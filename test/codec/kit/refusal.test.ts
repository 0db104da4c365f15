import assert from 'node:assert/strict';
import { BmsError } from '../../../src/battery/errors';
import { say } from '../../../src/battery/sentence';
import { isRefusal, isRefusedWith, MEANINGS, refusalOf } from '../../../src/codec/kit/refusal';

describe('refusals', () => {
  it('knows a refusal from a failure that leaves open what the board has done', () => {
    for (const code of ['rejected', 'unsupported', 'denied', 'bad_value'] as const) {
      assert.ok(isRefusal(new BmsError(code, say``)));
    }
    for (const code of ['timeout', 'checksum', 'disconnected', 'closed', 'malformed'] as const) {
      assert.ok(!isRefusal(new BmsError(code, say``)));
    }
    assert.ok(!isRefusal(new Error('rejected')));
  });

  it('mean what the table of the board says, and else that it refuses with this code', () => {
    const table = { 0x80: MEANINGS.unknown };
    const unknown = refusalOf(table, 0x80, 'model (05)');
    assert.deepEqual([unknown.code, unknown.status], ['unsupported', 0x80]);
    assert.match(unknown.message, /does not know model \(05\)/);
    const other = refusalOf(table, 0x0a, 'model (05)');
    assert.equal(other.code, 'rejected');
    assert.match(other.message, /with code 0a/);
    assert.ok(isRefusal(other) && isRefusedWith(other, 0x0a) && !isRefusedWith(other, 0x80));
  });
});
