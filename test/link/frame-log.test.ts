import assert from 'node:assert/strict';
import { FrameLog, KEEP_BYTES, KEEP_MS, LogBudget, type LogEntry } from '../../src/link/frame-log';
import { RecordedLink } from '../../src/link/recorder';
import type { Channel, ChannelEvents, Link } from '../../src/link/link';
import { FakeClock } from '../support/fake-clock';

const LABEL = { what: 'basic information (03)', protocol: 'jbd', address: 0 };

/** One exchange of so many bytes, the first of which is its number. */
function exchange(log: FrameLog, number: number, length: number): void {
  log.asked(LABEL);
  log.sent(Buffer.of(number));
  log.received(Buffer.alloc(length, number));
  log.ended({ result: 'matched', foreign: 1, damaged: 2 });
}

function numbers(entries: readonly LogEntry[]): (number | undefined)[] {
  return entries.flatMap((entry) => (entry.kind === 'sent' ? [entry.bytes[0]] : []));
}

describe('the last exchanges of a connection', () => {
  it('come back in order, with times, labels and what became of them', async () => {
    const clock = new FakeClock();
    const log = new FrameLog(clock);
    log.happened({ event: 'opened', baudRate: 9600 });
    exchange(log, 7, 3);
    await clock.tick(50);
    log.cameLate({ ...LABEL, what: 'cell voltages (04)' });
    assert.deepEqual(log.entries(), [
      { at: 0, kind: 'event', event: { event: 'opened', baudRate: 9600 } },
      { at: 0, kind: 'asked', label: LABEL },
      { at: 0, kind: 'sent', bytes: Buffer.of(7) },
      { at: 0, kind: 'received', bytes: Buffer.of(7, 7, 7) },
      { at: 0, kind: 'ended', ending: { result: 'matched', foreign: 1, damaged: 2 } },
      { at: 50, kind: 'late', label: { ...LABEL, what: 'cell voltages (04)' } },
    ]);
    assert.equal(log.isCut, false);
  });

  it('take no more than 256 KiB, whatever comes, and the newest stay', () => {
    const log = new FrameLog(new FakeClock());
    for (let i = 0; i < 3000; i++) exchange(log, i % 256, i % 700);
    assert.ok(log.size <= KEEP_BYTES && log.size > KEEP_BYTES / 2, String(log.size));
    assert.ok(log.isCut);
    const kept = numbers(log.entries());
    assert.deepEqual(
      kept,
      Array.from({ length: kept.length }, (_, i) => (3000 - kept.length + i) % 256),
    );
  });

  it('are those of ten minutes, counted back from the newest', async () => {
    const clock = new FakeClock();
    const log = new FrameLog(clock);
    exchange(log, 1, 10);
    await clock.tick(KEEP_MS / 2);
    exchange(log, 2, 10);
    await clock.tick(KEEP_MS / 2 + 1);
    // Nothing newer has come: what was last stays to be seen.
    assert.deepEqual(numbers(log.entries()), [1, 2]);
    exchange(log, 3, 10);
    assert.deepEqual(numbers(log.entries()), [2, 3]);
    // Their memory is given back too.
    for (let i = 0; i < 200; i++) exchange(log, 4, 600);
    await clock.tick(2 * KEEP_MS);
    for (let i = 0; i < 40; i++) exchange(log, 5, 600);
    assert.ok(log.size < KEEP_BYTES / 4, String(log.size));
  });

  it('share 32 MiB with those of all other connections', () => {
    const budget = new LogBudget();
    const logs = Array.from({ length: 1024 }, () => new FrameLog(new FakeClock(), budget));
    const [first] = logs as [FrameLog];
    for (let i = 0; i < 1000; i++) exchange(first, i % 256, 500);
    assert.equal(first.size, 32 * 1024);
    for (const log of logs.slice(1)) log.close();
    for (let i = 0; i < 1000; i++) exchange(first, i % 256, 500);
    assert.equal(first.size, KEEP_BYTES);
  });

  it('hold a flood of bytes and a long reason in pieces that fit', () => {
    const log = new FrameLog(new FakeClock());
    const flood = Buffer.alloc(100_000, 5);
    log.received(flood);
    log.happened({ event: 'lost', why: 'x'.repeat(100_000) });
    const pieces = log.entries().flatMap((entry) => (entry.kind === 'received' ? [entry.bytes] : []));
    assert.deepEqual(Buffer.concat(pieces), flood);
    const [event] = log.entries().slice(-1);
    assert.ok(event?.kind === 'event' && event.event.event === 'lost' && event.event.why.length === 400);
  });

  it('are told to a watcher as they are written, until it stops; one that throws harms nobody', () => {
    const log = new FrameLog(new FakeClock());
    const seen: string[] = [];
    log.watch(() => {
      throw new Error('a fault of the watcher');
    });
    const stop = log.watch(({ kind }) => seen.push(kind));
    exchange(log, 1, 1);
    stop();
    exchange(log, 2, 1);
    assert.deepEqual(seen, ['asked', 'sent', 'received', 'ended']);
  });
});

describe('a recorded link', () => {
  /** A link whose channel says back what is written to it. */
  function echo(refuses = false): Link & { events?: ChannelEvents } {
    const link: Link & { events?: ChannelEvents } = {
      ...{ name: 'echo', isRadio: true },
      open: async (events) => {
        if (refuses) throw new Error('no such port');
        link.events = events;
        const channel: Channel = {
          peer: 'A4:C1:38:00:00:01',
          write: async (bytes) => events.data(bytes),
          close: async () => undefined,
        };
        return channel;
      },
    };
    return link;
  }
  const events: ChannelEvents = { data: () => undefined, closed: () => undefined };

  it('is the link, and writes down what goes over it', async () => {
    const log = new FrameLog(new FakeClock());
    const link = echo();
    const recorded = new RecordedLink(link, log);
    const channel = await recorded.open(events, { baudRate: 9600 });
    assert.deepEqual(
      [recorded.name, recorded.isRadio, recorded.isNetwork, channel.peer],
      ['echo', true, false, 'A4:C1:38:00:00:01'],
    );
    await channel.write(Buffer.of(1, 2));
    link.events?.closed(new Error('unplugged'));
    await channel.close();
    await channel.close();
    assert.deepEqual(
      log.entries().map((entry) => (entry.kind === 'event' ? entry.event : entry.kind)),
      [
        { event: 'opened', peer: 'A4:C1:38:00:00:01' },
        ...['sent', 'received'],
        { event: 'lost', why: 'unplugged' },
        { event: 'closed' },
      ],
    );
  });

  it('writes down why it could not be opened', async () => {
    const log = new FrameLog(new FakeClock());
    await assert.rejects(new RecordedLink(echo(true), log).open(events, { baudRate: 9600 }), /no such port/);
    assert.deepEqual(log.entries(), [{ at: 0, kind: 'event', event: { event: 'failed', why: 'no such port' } }]);
  });
});
