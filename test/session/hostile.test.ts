import assert from 'node:assert/strict';
import { systemClock } from '../../src/clock';
import { protocolById } from '../../src/codec';
import { PROTOCOLS } from '../../src/codec/registry';
import { buildResponse } from '../../src/codec/daly/wire';
import { emptyRecord, RECORDS, withSum } from '../../src/codec/jk-record/wire';
import type { Protocol } from '../../src/codec/protocol';
import { TcpLink } from '../../src/link/tcp';
import { Bus } from '../../src/session/bus';
import { Device } from '../../src/session/device';
import { codecTarget } from '../fuzz/codec-target';
import { HostileServer } from '../support/hostile-server';
import { letterExchange, letterFrame } from '../support/letters';
import { busOnLine, codeOf } from '../support/device-line';

describe('a hostile board', () => {
  it('cannot answer for ever', async () => {
    let kept = 0;
    // A part just before each deadline.
    const { clock, bus } = busOnLine((_request, reply) => {
      for (let i = 1; i < 2000; i++) reply(letterFrame('A'), 90 * i);
    });
    const judge = (_frame: Buffer, parts: readonly Buffer[]): 'part' => ((kept = parts.length), 'part');
    const answer = codeOf(bus.submit({ ...letterExchange('a'), match: judge, timeoutMs: 100 }, 'poll'));
    await clock.tick(60_000);
    assert.equal(await answer, 'malformed');
    assert.ok(kept <= 128, `${kept} parts`);
    await bus.close();
  });

  it('is looked at for so many bytes per request, and then not answered in time', async () => {
    const noise = Buffer.alloc(64 * 1024, 0xff);
    const { clock, bus } = busOnLine((_request, reply) => {
      reply(noise, 1);
      reply(letterFrame('A'), 2);
    });
    const answer = codeOf(bus.submit(letterExchange('a'), 'poll'));
    await clock.tick(5000);
    assert.equal(await answer, 'timeout');
    assert.equal(bus.counters.discardedBytes, noise.length + letterFrame('A').length);
    await bus.close();
  });

  it('loses its line when it sends more than any board can, and is tried again later and later', async () => {
    const { clock, link, bus } = busOnLine();
    const states: string[] = [];
    bus.changed.subscribe((state) => {
      states.push(state.phase === 'backoff' ? state.error.code : state.phase);
      if (state.phase === 'ready') clock.after(1, () => link.say('ff'.repeat(1024 * 1024 + 1)));
    });
    await clock.tick(60_000);
    assert.equal(
      states.find((state) => state !== 'ready' && state !== 'opening'),
      'malformed',
    );
    assert.ok(link.opened >= 3 && link.opened <= 12, `${link.opened} times in a minute`);
    assert.equal(link.openChannels, states.at(-1) === 'ready' ? 1 : 0);
    await bus.close();
  });

  it('is opened again only when its channel has let go', async () => {
    const { clock, link, bus } = busOnLine();
    await clock.tick(1);
    let finish: () => void = () => undefined;
    link.closing = new Promise<void>((resolve) => (finish = resolve));
    link.say('ff'.repeat(1024 * 1024 + 1));
    await clock.tick(1000);
    assert.deepEqual([link.opened, bus.state.phase], [1, 'opening']);
    finish();
    await clock.tick(1);
    assert.deepEqual([link.opened, bus.state.phase], [2, 'ready']);
    await bus.close();
  });

  it('may send as much as the fastest line carries', async () => {
    const { clock, link, bus } = busOnLine();
    for (let i = 0; i < 100; i++) {
      await clock.tick(100);
      link.say('ff'.repeat(40 * 1024));
    }
    assert.equal(bus.state.phase, 'ready');
    assert.equal(bus.counters.discardedBytes, 100 * 40 * 1024);
    await bus.close();
  });

  for (const protocol of PROTOCOLS) {
    it(`has no figure that is too high: ${protocol.id}`, async function () {
      this.timeout(20_000);
      const target = codecTarget(protocol);
      // The second seed is a simulated pack of eight cells; its first three bytes are no answer.
      const seed = target.seeds()[1] ?? Buffer.alloc(0);
      assert.ok(seed.length > 3 + 2 * protocol.queries.length);
      for (let at = 3; at < seed.length; at++) {
        for (const width of [1, 2])
          await target.run(Buffer.from(seed).fill(0xff, at, Math.min(seed.length, at + width)));
      }
    });
  }
});

/** CPU time that a flood may take the loop at once. */
const LONGEST_STALL_MS = 250;
/** CPU time of this process, of the time that passes; without limits it is all there is. */
const MOST_CPU = 0.35;
const MOST_GROWTH = 64 * 1024 * 1024;
const WATCH_MS = 2000;

const partOf = (id: number): string => buildResponse(1, id, Buffer.from([1, 12, 0, 12, 0, 12, 0])).toString('hex');
const settings = withSum(emptyRecord(RECORDS.settings)).toString('hex');

/** What a bridge pours out without end, by the protocol that is expected there. */
const FLOODS: readonly [protocol: string, what: string, flood: string][] = [
  ['jbd', 'noise', 'a3177e9b'.repeat(1000)],
  ['jbd', 'headers of the longest frame', 'dd0300ff'],
  ['jbd-up16s', 'headers of the longest frame', '017800000200020000'],
  ['jk', 'headers of the longest frame', '4e5703ff00000000060001'],
  ['jk-ble', 'headers of the only frame', '55aaeb9002'],
  ['ant', 'headers without data', '7e00110000c0'],
  ['sinowealth', 'zeros', '00'],
  ['daly', 'parts of an answer', partOf(0x90) + partOf(0x95)],
  ['jk-ble', 'records that nobody asked for', settings],
];

describe('a hostile bridge', function () {
  this.timeout(30_000);

  for (const [id, what, flood] of FLOODS) {
    it(`neither stalls nor swells the process: ${id}, ${what}`, async () => {
      const protocol = protocolById(id);
      assert.ok(protocol);
      const result = await besieged(protocol, flood);
      const { cpu, stallMs, growth, sent, device } = result;
      if (process.env['OPENBMS_FIGURES'] !== undefined) console.log(JSON.stringify(result));
      assert.ok(sent > 1024 * 1024, `only ${sent} bytes were sent`);
      assert.ok(cpu < MOST_CPU, `${Math.round(cpu * 100)} % of a core`);
      assert.ok(stallMs < LONGEST_STALL_MS, `${stallMs} ms`);
      assert.ok(growth < MOST_GROWTH, `${growth} bytes`);
      assert.notEqual(device, 'fresh');
    });
  }
});

async function besieged(protocol: Protocol, flood: string) {
  const server = await HostileServer.start({ flood });
  const link = new TcpLink({ host: '127.0.0.1', port: server.port, clock: systemClock });
  const bus = new Bus({ link, clock: systemClock });
  const options = { address: undefined, pollIntervalMs: 1000, clock: systemClock };
  const device = new Device({ ...options, name: 'Bank', bus, protocol });
  const stalls = new Stalls();
  try {
    const { rss } = process.memoryUsage();
    const began = process.cpuUsage();
    device.start();
    bus.open();
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
    const { user, system } = process.cpuUsage(began);
    return {
      cpu: (user + system) / 1000 / WATCH_MS,
      stallMs: Math.round(stalls.longestMs),
      growth: process.memoryUsage().rss - rss,
      sent: await server.sent(),
      device: device.condition.phase,
    };
  } finally {
    stalls.end();
    device.stop();
    await bus.close();
    await server.stop();
  }
}

/** How long the event loop is kept, in CPU time of the process: while the machine pauses, or others have it, none passes. */
class Stalls {
  longestMs = 0;
  private used = process.cpuUsage();
  private readonly timer = setInterval(() => {
    const { user, system } = process.cpuUsage(this.used);
    this.used = process.cpuUsage();
    this.longestMs = Math.max(this.longestMs, (user + system) / 1000);
  }, 5);

  end(): void {
    clearInterval(this.timer);
  }
}
