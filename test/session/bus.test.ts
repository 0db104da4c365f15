import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { Bus, type BusOptions } from '../../src/session/bus';
import type { Exchange } from '../../src/session/exchange';
import { PRIORITIES, type Priority } from '../../src/session/queue';
import { FakeClock } from '../support/fake-clock';
import { letterExchange, letterFrame } from '../support/letters';
import { ScriptedLink, type Script } from '../support/scripted-link';

type Profile = Parameters<typeof letterExchange>[1];

const echoScript: Script = (request, reply) => reply(letterFrame(request.toString().toUpperCase()));

function setUp(script: Script = echoScript, options: Partial<BusOptions> = {}) {
  const clock = new FakeClock();
  const link = new ScriptedLink(clock, script);
  const bus = new Bus({ link, baudRate: 9600, clock, ...options });
  const ask = (letter: string, priority: Priority = 'poll', profile: Profile = {}): Promise<string> =>
    outcome(bus.submit(letterExchange(letter, profile), priority));
  /** Asks and lets time pass. */
  const asked = async (ms: number, profile?: Profile): Promise<string> => {
    const answer = ask('a', 'poll', profile);
    await clock.tick(ms);
    return answer;
  };
  return { clock, link, bus, ask, asked };
}

function opened(...args: Parameters<typeof setUp>) {
  const set = setUp(...args);
  set.bus.open();
  return set;
}

async function outcome(promise: Promise<Buffer[]>): Promise<string> {
  try {
    return (await promise).map((frame) => frame.toString('latin1', 2, frame.length - 1)).join('');
  } catch (error) {
    return error instanceof BmsError ? error.code : String(error);
  }
}

describe('Bus', () => {
  it('opens on demand and answers', async () => {
    const { link, bus, asked } = setUp();
    assert.equal(link.opened, 0);
    bus.open();
    assert.equal(await asked(10), 'A');
    assert.equal(bus.state.phase, 'ready');
  });

  it('has one exchange at a time and keeps the gap after an answer', async () => {
    const { clock, link, ask } = opened();
    const first = ask('a', 'poll', { gapMs: 40 });
    const second = ask('b');
    await clock.tick(1);
    assert.equal(await first, 'A');
    await clock.tick(39);
    assert.equal(link.sent.length, 1);
    await clock.tick(1);
    assert.equal(link.sent.length, 2);
    await clock.tick(1);
    assert.equal(await second, 'B');
  });

  it('lets a control go ahead of what waits, even in the gap', async () => {
    const { clock, link, bus, ask } = opened();
    const order = (['poll', 'request', 'poll', 'control'] as const).map((priority, i) =>
      outcome(bus.submit(letterExchange('abcd'[i] ?? '', { gapMs: 5 }), priority)),
    );
    await clock.tick(3);
    const late = ask('e', 'control');
    await clock.tick(100);
    await Promise.all([...order, late]);
    assert.equal(Buffer.from(link.sent.join(''), 'hex').toString(), 'debac');
  });

  it('drops the newest poll when the queue is full, never a control', async () => {
    const { clock, ask } = opened(echoScript, { capacity: 2 });
    const results = (
      [
        ['a', 'poll'],
        ['b', 'poll'],
        ['c', 'control'],
        ['d', 'control'],
        ['e', 'control'],
        ['f', 'poll'],
      ] as [string, Priority][]
    ).map(([letter, priority]) => ask(letter, priority));
    await clock.tick(100);
    assert.deepEqual(await Promise.all(results), ['queue_full', 'queue_full', 'C', 'D', 'E', 'queue_full']);
  });

  it('throws stale bytes away, skips foreign frames and late answers, and counts them', async () => {
    const { clock, link, bus, asked } = setUp((request, reply) => {
      const wanted = request.toString().toUpperCase();
      reply(Buffer.concat([letterFrame('X'), Buffer.from('??'), letterFrame(wanted)]));
    });
    bus.open();
    await clock.tick(0);
    link.say('010203');
    assert.equal(await asked(10), 'A');
    assert.deepEqual(bus.counters, { requests: 1, answers: 1, foreignFrames: 1, badChecksums: 0, discardedBytes: 5 });
  });

  it('fails with checksum when the answer is damaged, without waiting for the whole time-out', async () => {
    const damaged = letterFrame('A');
    damaged[damaged.length - 1] = (damaged[damaged.length - 1] ?? 0) ^ 1;
    const { asked } = opened((_request, reply) => reply(damaged));
    assert.equal(await asked(102, { timeoutMs: 5000, quietMs: 100 }), 'checksum');
  });

  it('finds the good answer behind a cut frame when the line goes quiet', async () => {
    const { asked } = opened((_request, reply) =>
      reply(Buffer.concat([letterFrame('TOOLONG').subarray(0, 4), letterFrame('A')])),
    );
    assert.equal(await asked(102, { timeoutMs: 5000, quietMs: 100 }), 'A');
  });

  it('waits for a slow board that is still sending at the time-out', async () => {
    const bytes = [...letterFrame('A')];
    const { asked } = opened((_request, reply) => bytes.forEach((byte, i) => reply(Buffer.from([byte]), 90 * (i + 1))));
    assert.equal(await asked(1000, { timeoutMs: 200, quietMs: 150 }), 'A');
  });

  it('gives up a stranger that never stops talking', async () => {
    const { clock, link, ask } = opened(() => undefined);
    const answer = ask('a', 'poll', { timeoutMs: 200, quietMs: 150 });
    for (let i = 0; i < 60; i++) {
      link.say('4142');
      await clock.tick(10);
    }
    assert.equal(await answer, 'timeout');
  });

  it('does not take an answer for the next request when it comes after the time-out', async () => {
    const { clock, bus, ask } = opened((request, reply) => reply(letterFrame(request.toString().toUpperCase()), 150));
    const first = ask('a', 'poll', { timeoutMs: 100 });
    const second = ask('b', 'poll', { timeoutMs: 200 });
    await clock.tick(1000);
    assert.deepEqual([await first, await second], ['timeout', 'B']);
    assert.equal(bus.counters.foreignFrames, 1);
  });

  describe('reconnecting', () => {
    const missing = new BmsError('port_not_found', say`no such port`);

    it('says why the line does not open, and tries for ever with growing pauses', async () => {
      const { clock, link, bus, ask } = setUp();
      link.refuse = missing;
      const attempts: number[] = [];
      bus.changed.subscribe(({ phase }) => phase === 'opening' && attempts.push(clock.monotonic()));
      bus.open();
      const early = ask('a');
      await clock.tick(600_000);
      assert.equal(await early, 'port_not_found');
      const pauses = attempts.slice(1).map((at, i) => at - (attempts[i] ?? 0));
      assert.ok(pauses.length >= 20, `${pauses.length} attempts`);
      assert.ok(pauses.every((pause, i) => pause <= 30_000 && pause >= Math.min(15_000, 250 * 2 ** i)));
      link.refuse = undefined;
      await clock.tick(30_000);
      assert.equal(bus.state.phase, 'ready');
    });

    it('fails what runs and what waits when the line is lost, and replays nothing', async () => {
      const { clock, link, bus, ask } = opened(() => undefined);
      const results = PRIORITIES.map((priority) => ask('a', priority));
      await clock.tick(10);
      link.drop();
      assert.deepEqual(
        await Promise.all(results),
        PRIORITIES.map(() => 'disconnected'),
      );
      await clock.tick(60_000);
      assert.equal(bus.state.phase, 'ready');
      assert.equal(link.sent.length, 1);
      assert.equal(link.openChannels, 1);
    });

    it('tries at once, but not too often, when somebody asks; a poll waits for its turn', async () => {
      const { clock, link, bus, ask } = setUp();
      link.refuse = missing;
      bus.open();
      await clock.tick(120_000);
      assert.equal(await ask('p'), 'port_not_found');
      link.refuse = undefined;
      const answer = ask('a', 'request');
      await clock.tick(1010);
      assert.equal(await answer, 'A');
    });

    it('counts a line as good only after an answer: one that opens and drops keeps backing off', async () => {
      const { clock, link, bus } = setUp();
      bus.changed.subscribe(({ phase }) => phase === 'ready' && link.drop());
      bus.open();
      await clock.tick(300_000);
      assert.ok(link.opened < 30, `opened ${link.opened} times`);
    });

    it('opens a line afresh that has been silent for long', async () => {
      const { link, asked } = opened(() => undefined);
      for (let i = 0; i < 40; i++) {
        assert.equal(await asked(1000, { timeoutMs: 500 }), 'timeout');
      }
      assert.equal(link.opened, 2);
      assert.equal(link.openChannels, 1);
    });

    it('does not open it afresh when only those are silent who may not be there', async () => {
      const { clock, link, bus } = opened(() => undefined);
      for (let i = 0; i < 80; i++) {
        const answer = outcome(bus.submit({ ...letterExchange('a', { timeoutMs: 500 }), tentative: true }, 'poll'));
        await clock.tick(1000);
        assert.equal(await answer, 'timeout');
      }
      assert.equal(link.opened, 1);
    });
  });

  describe('closing', () => {
    it('settles everything with closed and leaves nothing behind', async () => {
      const { clock, link, bus, ask } = opened(() => undefined);
      const results = PRIORITIES.map((priority) => ask('a', priority));
      await clock.tick(10);
      const closing = bus.close();
      assert.deepEqual(
        await Promise.all(results),
        PRIORITIES.map(() => 'closed'),
      );
      await closing;
      assert.equal(link.openChannels, 0);
      assert.equal(clock.timers, 0);
      assert.equal(await ask('a', 'control'), 'closed');
    });

    for (const [how, end] of Object.entries({
      closed: (bus: Bus) => bus.close(),
      released: (bus: Bus) => bus.release(),
      lent: (bus: Bus) => bus.pause(60_000),
    })) {
      it(`ends an attempt to open at once when it is ${how}, and nothing is ever connected`, async () => {
        const { clock, link, bus } = setUp();
        let connect: () => void = () => undefined;
        link.hold = new Promise((resolve) => (connect = resolve));
        bus.open();
        await clock.tick(100);
        let isFree = false;
        void end(bus).then(() => (isFree = true));
        await clock.tick(0);
        assert.equal(isFree, true);
        connect();
        await clock.tick(1000);
        assert.deepEqual([link.opened, link.openChannels, link.aborted], [0, 0, 1]);
        await bus.close();
        assert.equal(clock.timers, 0);
      });
    }

    it('ends an attempt at the wrong rate at once', async () => {
      const { clock, link, bus } = setUp(echoScript, { baudRate: undefined });
      link.hold = new Promise(() => undefined);
      bus.open();
      await clock.tick(100);
      link.hold = undefined;
      bus.setNeeds({}, { baudRate: 115_200 });
      await clock.tick(0);
      assert.equal(bus.state.phase, 'ready');
      assert.deepEqual(link.rates, [9600, 115_200]);
    });

    it('closes the channel that opens too late', async () => {
      const { clock, link, bus } = setUp();
      let release: () => void = () => undefined;
      link.isDeaf = true;
      link.hold = new Promise((resolve) => (release = resolve));
      bus.open();
      const closing = bus.close();
      release();
      await closing;
      await clock.tick(10);
      assert.equal(link.opened, 1);
      assert.equal(link.openChannels, 0);
      assert.equal(clock.timers, 0);
    });

    it('does not wait longer than three seconds for a line that hangs', async () => {
      const { clock, link, bus } = setUp();
      link.isDeaf = true;
      link.hold = new Promise(() => undefined);
      bus.open();
      let closed = false;
      void bus.close().then(() => (closed = true));
      await clock.tick(3000);
      assert.ok(closed);
    });

    it('is opened again only when the channel has let go', async () => {
      const { clock, link, bus } = opened();
      await clock.tick(1);
      link.closing = new Promise((resolve) => clock.after(100, resolve));
      void bus.release();
      bus.open();
      await clock.tick(99);
      assert.equal(link.opened, 1);
      await clock.tick(1);
      assert.deepEqual([link.opened, bus.state.phase], [2, 'ready']);
    });

    it('can be released and opened again', async () => {
      const { clock, link, bus, asked } = opened();
      await clock.tick(1);
      await bus.release();
      assert.equal(link.openChannels, 0);
      bus.open();
      assert.equal(await asked(10), 'A');
    });
  });

  it('settles every request exactly once, whatever happens', async () => {
    const event = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...PRIORITIES) },
      fc.constantFrom('drop', 'refuse', 'accept', 'silence', 'talk', 'release', 'open'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(event, fc.nat(800)), { maxLength: 60 }), async (events) => {
        const { clock, link, bus, ask } = setUp(echoScript, { capacity: 5 });
        let settled = 0;
        let submitted = 0;
        bus.open();
        const act: Record<string, () => void> = {
          drop: () => link.drop(),
          refuse: () => (link.refuse = new BmsError('port_busy', say`busy`)),
          accept: () => (link.refuse = undefined),
          silence: () => (link.script = () => undefined),
          talk: () => (link.script = echoScript),
          release: () => void bus.release(),
          open: () => bus.open(),
        };
        for (const [name, wait] of events) {
          const priority = PRIORITIES.find((entry) => entry === name);
          if (priority === undefined) act[name]?.();
          else {
            submitted++;
            void ask('a', priority).then(() => settled++);
          }
          await clock.tick(wait);
        }
        void bus.close();
        await clock.tick(2000);
        assert.equal(settled, submitted);
        assert.equal(link.openChannels, 0);
        assert.equal(clock.timers, 0);
      }),
      { numRuns: 60 },
    );
  });
});

describe('Exchange', () => {
  it('reports the refusal of the device', async () => {
    const { clock, bus } = opened();
    const refusing: Exchange = { ...letterExchange('a'), match: () => new BmsError('rejected', say`no`) };
    const answer = outcome(bus.submit(refusing, 'poll'));
    await clock.tick(10);
    assert.equal(await answer, 'rejected');
  });

  it('only listens when there is nothing to ask', async () => {
    const { clock, link, bus } = opened(() => undefined);
    const answer = outcome(bus.submit({ ...letterExchange('a'), request: Buffer.alloc(0) }, 'poll'));
    await clock.tick(50);
    link.say(letterFrame('A').toString('hex'));
    await clock.tick(1);
    assert.equal(await answer, 'A');
    assert.deepEqual(link.sent, []);
  });

  it('collects the parts of an answer, each with the whole time-out', async () => {
    const { clock, bus } = setUp((_request, reply) => {
      reply(letterFrame('A'), 80);
      reply(letterFrame('B'), 160);
      reply(letterFrame('C'), 240);
    });
    bus.open();
    const exchange: Exchange = {
      ...letterExchange('a', { timeoutMs: 100 }),
      match: (_frame, parts) => (parts.length === 2 ? 'complete' : 'part'),
    };
    const answer = outcome(bus.submit(exchange, 'poll'));
    await clock.tick(300);
    assert.equal(await answer, 'ABC');
  });
});
