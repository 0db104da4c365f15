import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Reading } from '../../src/battery/reading';
import { NOTHING_PRIVATE } from '../../src/codec/kit/privacy';
import type { Protocol } from '../../src/codec/protocol';
import type { Channel } from '../../src/link/link';
import { SimulatorLink, type SimulatorOptions } from '../../src/simulator/link';
import { FakeClock } from '../support/fake-clock';
import { HOUR_MS, known } from './packs';

/** Longer than any answer takes, ms. */
const LONG = 100;

/**
 * A protocol of one byte: the high half says which protocol, the low half which address. The answer repeats it and
 * says the rest in JSON.
 */
function tiny(id: string, half: number): Protocol {
  return {
    id,
    label: id,
    profile: { baudRate: 9600, gapMs: 0, retryGapMs: 0, timeoutMs: 100, quietMs: 20, retries: 0 },
    address: { initial: 1, min: 0, max: 15 },
    frames: { maxLength: 4096, measure: () => 0 },
    checksum: 'crc16',
    privacy: NOTHING_PRIVATE,
    queries: [],
    emulate(request) {
      const [byte] = request;
      if (request.length !== 1 || byte === undefined || byte >> 4 !== half) return undefined;
      return { address: byte & 15, answer: (pack) => encode(byte, pack) };
    },
  };
}

function encode(byte: number, pack: Reading): Buffer {
  return Buffer.concat([Buffer.of(byte), Buffer.from(JSON.stringify(pack))]);
}

const A = tiny('a', 0xa);
const ALSO_A = tiny('also-a', 0xa);
const B = tiny('b', 0xb);

function makeLink(options: Partial<SimulatorOptions> = {}): { link: SimulatorLink; clock: FakeClock } {
  const clock = new FakeClock();
  const protocols = [A, ALSO_A, B];
  const link = new SimulatorLink({
    cells: 4,
    chemistry: 'lfp',
    scenario: 'day',
    speed: 1,
    clock,
    protocols,
    ...options,
  });
  return { link, clock };
}

async function open(link: SimulatorLink): Promise<{ channel: Channel; chunks: Buffer[]; heard: () => Buffer }> {
  const chunks: Buffer[] = [];
  const channel = await link.open({
    data: (bytes) => void chunks.push(bytes),
    closed: () => assert.fail('the simulated line does not break'),
  });
  return { channel, chunks, heard: () => Buffer.concat(chunks.splice(0)) };
}

describe('simulator: link', () => {
  it('answers in one or two pieces that join to what the protocol encodes, after a realistic while', async () => {
    const { link, clock } = makeLink();
    const { channel, chunks } = await open(link);
    const sizes = new Set<number>();
    for (let i = 0; i < 30; i++) {
      await channel.write(Buffer.of(0xa3));
      const expected = encode(0xa3, link.pack('a', 3).read());
      await clock.tick(4.9);
      assert.deepEqual(chunks, []);
      await clock.tick(LONG);
      sizes.add(chunks.length);
      assert.deepEqual(Buffer.concat(chunks.splice(0)), expected);
      assert.equal(clock.timers, 0);
    }
    assert.deepEqual([...sizes].sort(), [1, 2]);
  });

  it('lets a board that was asked to go on sending by itself, until the line closes', async () => {
    const chatty: Protocol = {
      ...A,
      emulate: (request) => {
        const served = A.emulate(request);
        return served && { ...served, stream: { everyMs: 500, next: () => Buffer.from('next') } };
      },
    };
    const { link, clock } = makeLink({ protocols: [chatty, B] });
    const { channel, heard } = await open(link);
    await channel.write(Buffer.of(0xa1));
    await clock.tick(LONG);
    heard();
    await clock.tick(2000);
    assert.equal(heard().toString(), 'nextnextnextnext');
    await channel.write(Buffer.of(0xb1));
    await clock.tick(LONG);
    assert.deepEqual(heard(), encode(0xb1, link.pack('b', 1).read()));
    await channel.close();
    await clock.tick(2000);
    assert.equal(heard().length, 0);
    assert.equal(clock.timers, 0);
  });

  it('is silent to bytes that nobody understands, and they disturb no answer', async () => {
    const { link, clock } = makeLink();
    const { channel, heard } = await open(link);
    for (const bytes of [[], [0x00], [0xc1], [0xa1, 0xa1]]) await channel.write(Buffer.from(bytes));
    await clock.tick(LONG);
    assert.equal(heard().length, 0);
    await channel.write(Buffer.of(0xb1));
    await channel.write(Buffer.of(0x00));
    await clock.tick(LONG);
    assert.equal(heard()[0], 0xb1);
  });

  it('drops an answer under way for a new request', async () => {
    const { link, clock } = makeLink();
    const { channel, heard } = await open(link);
    await channel.write(Buffer.of(0xa1));
    await clock.tick(2);
    await channel.write(Buffer.of(0xb2));
    await clock.tick(LONG);
    assert.deepEqual(heard(), encode(0xb2, link.pack('b', 2).read()));
    assert.equal(clock.timers, 0);
  });

  it('gives at most one answer per request and none after close, whatever is asked when', async () => {
    const step = fc.tuple(fc.constantFrom(0xa1, 0xa2, 0xb1, 0x55), fc.integer({ min: 0, max: 25 }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), fc.integer({ min: 0, max: 15 }), async (steps, closeAt) => {
        const { link, clock } = makeLink();
        const { channel, chunks } = await open(link);
        for (const [i, [byte, pause]] of steps.entries()) {
          if (i === closeAt) break;
          await channel.write(Buffer.of(byte));
          await clock.tick(pause);
        }
        const starts = chunks.filter((chunk) => (chunk[0] ?? 0) > 0x80).length;
        assert.ok(starts <= steps.length);
        assert.ok(clock.timers <= 1);
        await channel.close();
        assert.equal(clock.timers, 0);
        const count = chunks.length;
        await clock.tick(LONG);
        assert.equal(chunks.length, count);
      }),
      { numRuns: 40 },
    );
  }).timeout(20_000);

  it('delivers nothing more when its listener closes at the first piece', async () => {
    const { link, clock } = makeLink();
    for (let i = 0; i < 10; i++) {
      let pieces = 0;
      const channel: Channel = await link.open({
        data: () => {
          pieces++;
          void channel.close();
        },
        closed: () => assert.fail('closed by its owner'),
      });
      await channel.write(Buffer.of(0xa1));
      await clock.tick(LONG);
      assert.equal(pieces, 1);
      assert.equal(clock.timers, 0);
    }
  });

  it('is open once at a time', async () => {
    const { link } = makeLink({ name: 'bench' });
    assert.equal(link.name, 'bench');
    const { channel } = await open(link);
    await assert.rejects(open(link), { name: 'BmsError', code: 'port_busy' });
    await channel.close();
    await channel.close();
    const second = await open(link);
    await channel.close();
    await assert.rejects(open(link), { code: 'port_busy' }, 'closing the old channel again does not free the new one');
    await second.channel.close();
  });

  it('refuses to write after close', async () => {
    const { link, clock } = makeLink();
    const { channel, heard } = await open(link);
    await channel.close();
    await assert.rejects(channel.write(Buffer.of(0xa1)), { name: 'BmsError', code: 'disconnected' });
    await clock.tick(LONG);
    assert.equal(heard().length, 0);
  });

  it('has another pack behind every protocol and address, the same in every run', () => {
    const { link } = makeLink();
    const serials = [link.pack('a', 1), link.pack('a', 2), link.pack('b', 1)].map((pack) =>
      known(pack.read().serialNumber),
    );
    assert.equal(new Set(serials).size, 3);
    assert.deepEqual(link.pack('a', 1).read(), makeLink().link.pack('a', 1).read());
  });

  it('lets the first protocol answer that understands', async () => {
    const { link, clock } = makeLink();
    const { channel, heard } = await open(link);
    await channel.write(Buffer.of(0xa5));
    await clock.tick(LONG);
    assert.ok(heard().includes(known(link.pack('a', 5).read().serialNumber)));
    assert.notEqual(link.pack('a', 5).read().serialNumber, link.pack('also-a', 5).read().serialNumber);
  });

  it('keeps its packs when it is closed and opened again', async () => {
    const { link, clock } = makeLink({ scenario: 'discharge' });
    const first = await open(link);
    const before = link.pack('a', 1).read();
    link.pack('a', 1).execute('charge', false);
    await first.channel.close();
    await clock.tick(HOUR_MS);
    const { channel, heard } = await open(link);
    await channel.write(Buffer.of(0xa1));
    await clock.tick(LONG);
    const after = JSON.parse(heard().subarray(1).toString()) as Reading;
    assert.equal(after.serialNumber, before.serialNumber);
    assert.equal(after.chargeEnabled, false);
    assert.ok(known(after.soc) < known(before.soc) - 20);
  });

  it('rejects a write whose answer cannot be encoded', async () => {
    const broken: Protocol = { ...A, emulate: () => ({ address: 0, answer: () => assert.fail('no such field') }) };
    const { link, clock } = makeLink({ protocols: [broken] });
    const { channel } = await open(link);
    await assert.rejects(channel.write(Buffer.of(1)), /no such field/);
    assert.equal(clock.timers, 0);
  });

  it('refuses settings that make no pack', () => {
    assert.throws(() => makeLink({ cells: 0 }), { code: 'bad_value' });
    assert.throws(() => makeLink({ speed: 0 }), { code: 'bad_value' });
  });
});
