import assert from 'node:assert/strict';
import type { Exchange } from '../../src/session/exchange';
import { Unfinished } from '../../src/session/unfinished';

function exchange(hex: string): Exchange {
  return { request: Buffer.from(hex, 'hex') } as Exchange;
}

/** What is submitted, and what becomes of it. */
function setUp(): { unfinished: Unfinished; sent: string[]; fails: { always: boolean } } {
  const sent: string[] = [];
  const fails = { always: false };
  const unfinished = new Unfinished(({ request }) => {
    sent.push(request.toString('hex'));
    return fails.always ? Promise.reject(new Error('no answer')) : Promise.resolve();
  });
  return { unfinished, sent, fails };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what was begun and not ended', () => {
  it('goes out once when the line carries answers again', () => {
    const { unfinished, sent } = setUp();
    unfinished.add(exchange('01'));
    unfinished.add(exchange('01'));
    unfinished.add(exchange('02'));
    unfinished.resume();
    unfinished.resume();
    assert.deepEqual(sent, ['01', '02']);
  });

  it('does not go out when the board has answered the same meanwhile', () => {
    const { unfinished, sent } = setUp();
    unfinished.add(exchange('01'));
    unfinished.answered(exchange('01'));
    unfinished.resume();
    assert.deepEqual(sent, []);
  });

  it('goes out again when it fails, and is given up after some times', async () => {
    const { unfinished, sent, fails } = setUp();
    fails.always = true;
    unfinished.add(exchange('01'));
    for (let i = 0; i < 20; i++) {
      unfinished.resume();
      await settle();
    }
    assert.equal(sent.length, 5);
  });

  it('is not given up as long as the board does not answer at all', async () => {
    const { unfinished, sent, fails } = setUp();
    fails.always = true;
    unfinished.add(exchange('01'));
    for (let i = 0; i < 20; i++) {
      unfinished.resume(false);
      await settle();
    }
    assert.equal(sent.length, 20);
  });

  it('tells once that it was ended, by whomever', async () => {
    const { unfinished } = setUp();
    const told: string[] = [];
    unfinished.add(exchange('01'), () => told.push('01'));
    unfinished.add(exchange('02'), () => told.push('02'));
    unfinished.answered(exchange('01'));
    unfinished.resume();
    await settle();
    assert.deepEqual(told, ['01', '02']);
  });
});
