import assert from 'node:assert/strict';
import type { BmsError } from '../../src/battery/errors';
import { systemClock } from '../../src/clock';
import { jbd } from '../../src/codec/jbd';
import { Bus } from '../../src/session/bus';
import { needsOf } from '../../src/session/line-needs';
import { Reader } from '../../src/session/reader';
import type { VirtualBms } from '../support/ble/bms';
import { MODULES } from '../support/ble/modules';
import { VirtualPeripheral } from '../support/ble/peripheral';
import { addressOf, bmsAt, SHORT_MS, Station } from '../support/ble/station';
import { foreverAnew } from '../support/ble/traps';
import { heapAfterCollection } from '../support/faults/heap';

const MODULE = 'jbdLarge';

/** What looks like the beginning of a frame again and again. */
const PIECE = Buffer.alloc(244, Buffer.from('dd0300ffa55a', 'hex'));

/** A device that says something all the time. */
class Noise {
  bytes = 0;
  private isOver = false;
  private startedAt = 0;

  constructor(
    private readonly device: VirtualBms,
    private readonly bytesPerMs: number,
  ) {}

  begin(): void {
    this.startedAt = systemClock.monotonic();
    this.goOn();
  }

  end(): void {
    this.isOver = true;
  }

  private goOn(): void {
    if (this.isOver) return;
    if (this.bytes <= (systemClock.monotonic() - this.startedAt) * this.bytesPerMs) {
      this.device.notify(MODULES[MODULE].notify.uuid, PIECE);
      this.bytes += PIECE.length;
    }
    setImmediate(() => this.goOn());
  }
}

describe('BleLink: hostile devices', () => {
  let station: Station;
  /** as it should be */
  let board: VirtualBms;
  /** listens, and does not answer */
  let hostile: VirtualBms;

  function start(): void {
    board = bmsAt(1, { module: MODULE });
    hostile = bmsAt(9, { module: MODULE, answer: () => Buffer.alloc(0) });
    station = new Station([board, hostile]);
  }

  /** Somebody who reads a board again and again. */
  function reading(address: string): { bus: Bus; reader: Reader } {
    const clock = systemClock;
    const bus = new Bus({ link: station.link(address), clock });
    const profile = { ...jbd.profile, timeoutMs: SHORT_MS, retries: 0, retryGapMs: 0 };
    const reader = new Reader({ bus, protocol: jbd, address: 0, profile, clock, onRetrying: () => undefined });
    bus.tune(reader, needsOf(jbd));
    bus.open();
    reader.start();
    return { bus, reader };
  }

  /** The adapter still serves others. */
  async function othersWork(): Promise<void> {
    const { channel, ear } = await station.open(station.link(board.address), MODULE);
    await ear.ask(channel);
  }

  afterEach(() => station.close());

  it('has thousands of services: is told from a battery, in one sentence', async () => {
    const services = Array.from({ length: 5000 }, (_, i) => ({
      uuid: (0x2900 + i).toString(16),
      characteristics: [],
    }));
    start();
    const crowd = new VirtualPeripheral({ address: addressOf(8), name: 'crowd', advertised: [], services });
    station.adapter.controller.add(crowd);
    await assert.rejects(station.open(station.link(crowd.address), MODULE), ({ code, message }: BmsError) => {
      assert.equal(code, 'unsupported');
      assert.ok(message.length < 400, message.slice(0, 500));
      return true;
    });
    await othersWork();
  });

  it('tells the same services for ever: the attempt ends in its time', async () => {
    start();
    hostile.traps.set('services', foreverAnew());
    station.radio.limits.discoverMs = SHORT_MS;
    await assert.rejects(station.open(station.link(hostile.address), MODULE), { code: 'timeout' });
    assert.equal(hostile.connection, undefined);
    station.bePatient();
    await othersWork();
  });

  for (const [how, bytesPerMs, code, rounds] of [
    ['without end, as fast as a radio can: no answer is made of it', 150, 'timeout', 8],
    ['faster than any radio: it is let go', Infinity, 'malformed', 4],
  ] as const) {
    it(`notifies ${how}; nothing grows, and others are read meanwhile`, async () => {
      start();
      const noise = new Noise(hostile, bytesPerMs);
      const { bus, reader } = reading(hostile.address);
      const { channel, ear } = await station.open(station.link(board.address), MODULE);
      let before = 0;
      try {
        for (let round = 0; round < rounds; round++) {
          const read = reader.read('due', 'request');
          if (round === 0) noise.begin();
          if (round === 0 || code === 'timeout') await assert.rejects(read, { code });
          else await assert.rejects(read);
          await ear.ask(channel);
          if (round === rounds / 2) before = heapAfterCollection();
        }
        const grown = heapAfterCollection() - before;
        assert.ok(grown < 1_000_000, `${grown} bytes more in use`);
        assert.ok(noise.bytes > 100_000, `${noise.bytes} bytes`);
      } finally {
        noise.end();
        await bus.close();
      }
    }).timeout(20_000);
  }

  it('calls itself what means something elsewhere', async () => {
    start();
    const names = ['__proto__', 'constructor', 'toString'];
    const boards = names.map((name, i) => bmsAt(10 + i, { module: MODULE, name }));
    station.adapter.controller.add(...boards);
    for (const [i, name] of names.entries()) {
      const { channel, ear } = await station.open(station.link(name), MODULE);
      assert.equal(channel.peer, addressOf(10 + i));
      await ear.ask(channel);
    }
    assert.equal(Object.keys(Object.prototype).length, 0);
  });
});
