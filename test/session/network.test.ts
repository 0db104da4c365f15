import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { protocols } from '../../src/codec';
import { detect } from '../../src/session/detect';
import { paceOf } from '../../src/session/line-needs';
import type { FakeClock } from '../support/fake-clock';
import { letterExchange, letterFrame } from '../support/letters';
import type { Script } from '../support/scripted-link';
import { busOnLine, errorOf } from '../support/device-line';

const PROTOCOLS = protocols();

/** What only a serial cable has. */
const WORDS_OF_A_CABLE = /baud|cable|length/;

function setUp(script: Script, hasOwnRate = true) {
  return busOnLine(script, { line: { isNetwork: true, hasOwnRate } });
}

async function failure(promise: Promise<unknown>, clock: FakeClock, ms: number): Promise<BmsError> {
  const failed = errorOf(promise);
  await clock.tick(ms);
  return failed;
}

describe('a line behind a bridge', () => {
  for (const protocol of PROTOCOLS) {
    it(`gives a board of ${protocol.id} at least 1.5 s to answer`, () => {
      const { timeoutMs, ...pace } = paceOf(protocol, { isNetwork: true });
      const { timeoutMs: own, ...rest } = protocol.profile;
      assert.equal(timeoutMs, Math.max(1500, own));
      assert.deepEqual(pace, rest);
    });
  }

  it('is not opened afresh for a rate that cannot be set', async () => {
    const { clock, link, bus } = setUp(() => undefined);
    await clock.tick(1);
    assert.equal(bus.setNeeds({}, { baudRate: 115_200 }), undefined);
    await clock.tick(10_000);
    assert.equal(link.opened, 1);
  });

  it('is opened at the rate of the board where it can be set', async () => {
    const { clock, link, bus } = setUp(() => undefined, false);
    await clock.tick(1);
    assert.equal(bus.setNeeds({}, { baudRate: 115_200 }), 115_200);
    await clock.tick(10_000);
    assert.deepEqual(link.rates, [9600, 115_200]);
  });

  it('says what to look at when nothing comes, in words of a bridge', async () => {
    const { clock, bus } = setUp(() => undefined);
    const error = await failure(bus.submit(letterExchange('a'), 'poll'), clock, 200);
    assert.equal(error.code, 'timeout');
    assert.match(error.message, /raw \(transparent\) mode/);
    assert.doesNotMatch(error.message, WORDS_OF_A_CABLE);
  });

  it('says what to look at when answers are damaged, in words of a bridge', async () => {
    const damaged = letterFrame('A');
    damaged[damaged.length - 1] = (damaged[damaged.length - 1] ?? 0) ^ 1;
    const { clock, bus } = setUp((_request, reply) => reply(damaged));
    const error = await failure(bus.submit(letterExchange('a'), 'poll'), clock, 200);
    assert.equal(error.code, 'checksum');
    assert.match(error.message, /raw \(transparent\) mode/);
    assert.doesNotMatch(error.message, WORDS_OF_A_CABLE);
  });

  it('speaks of no mode where the bridge is set from here', async () => {
    const { clock, bus } = setUp(() => undefined, false);
    const error = await failure(bus.submit(letterExchange('a'), 'poll'), clock, 200);
    assert.doesNotMatch(error.message, /raw|baud/);
  });

  it('that keeps falling because of its mode is said to be in that mode', async () => {
    const { clock, link, bus } = setUp(() => undefined);
    const told: BmsError[] = [];
    bus.stability.unstable.subscribe((error) => told.push(error));
    const cause = new BmsError('disconnected', say`It speaks Telnet.`, undefined, 'bridge_mode');
    for (let i = 0; i < 5; i++) {
      await clock.tick(5000);
      link.drop(cause);
    }
    assert.deepEqual(told, [cause]);
  });

  for (const [hasOwnRate, tried] of [
    [true, /tried jbd, jbd-up16s 1, .*raw \(transparent\) mode/],
    [false, /tried jbd \(9600 baud\), .*jk \(115200 baud\)/],
  ] as const) {
    const which = hasOwnRate ? 'has a rate of its own' : 'takes the rate of each protocol';
    it(`that ${which} is searched in bounded time, and the error says at what rates`, async () => {
      const { clock, bus } = setUp(() => undefined, hasOwnRate);
      const searching = detect({
        ...{ bus, protocols: PROTOCOLS, address: undefined, owner: {}, priority: 'request' },
        isStopped: () => false,
      });
      const error = await failure(searching, clock, 3000 * PROTOCOLS.length);
      assert.equal(error.code, 'not_found');
      assert.match(error.message, tried);
    });
  }
});
