import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import type { Clock } from '../../src/clock';
import { jbd } from '../../src/codec/jbd';
import { Bus } from '../../src/session/bus';
import { needsOf } from '../../src/session/line-needs';
import { Reader } from '../../src/session/reader';
import type { VirtualBms } from '../support/ble/bms';
import { MODULES } from '../support/ble/modules';
import { VirtualPeripheral } from '../support/ble/peripheral';
import { addressOf, bmsAt, SHORT_MS, Station } from '../support/ble/station';
import { foreverAnew } from '../support/ble/traps';
import { FakeClock, settle } from '../support/fake-clock';
import { heapAfterCollection } from '../support/faults/heap';

const MODULE = 'jbdLarge';

/** What looks like the beginning of a frame again and again. */
const PIECE = Buffer.alloc(244, Buffer.from('dd0300ffa55a', 'hex'));

/** A device that says something all the time. The time of the session passes with it, so that no machine is too slow. */
class Noise {
  readonly clock = new FakeClock();
  bytes = 0;
  private isOver = false;

  constructor(
    private readonly device: VirtualBms,
    private readonly bytesPerMs: number,
  ) {}

  /** @param bus of the session; the radio takes the time that it needs to connect it */
  async goOn(bus: Bus): Promise<void> {
    while (!this.isOver) {
      this.device.notify(MODULES[MODULE].notify.uuid, PIECE);
      this.bytes += PIECE.length;
      if (bus.state.phase === 'opening') await settle();
      else await this.clock.tick(PIECE.length / this.bytesPerMs);
    }
  }

  end(): void {
    this.isOver = true;
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
  function reading(address: string, timeoutMs: number, clock: Clock): { bus: Bus; reader: Reader } {
    const bus = new Bus({ link: station.link(address), clock });
    const profile = { ...jbd.profile, timeoutMs, retries: 0, retryGapMs: 0 };
    const reader = new Reader({ bus, protocol: jbd, address: 0, profile, clock, onRetrying: () => undefined });
    bus.setNeeds(reader, needsOf(jbd));
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

  for (const [how, bytesPerMs, timeoutMs, code, rounds] of [
    ['without end, as fast as a radio can: no answer is made of it', 150, 150, 'timeout', 40],
    ['faster than any radio: it is let go', 2000, 4000, 'malformed', 2],
  ] as const) {
    it(`notifies ${how}; nothing grows, and others are read meanwhile`, async () => {
      start();
      const noise = new Noise(hostile, bytesPerMs);
      const { bus, reader } = reading(hostile.address, timeoutMs, noise.clock);
      const { channel, ear } = await station.open(station.link(board.address), MODULE);
      let before = { heap: 0, bytes: 0 };
      const going = noise.goOn(bus);
      try {
        for (let round = 1; round <= rounds; round++) {
          const read = reader.read('due', 'request');
          await assert.rejects(read, (error) => codesOf(error).includes(code));
          await ear.ask(channel);
          if (round === rounds / 2) before = { heap: heapAfterCollection(), bytes: noise.bytes };
        }
        const grown = heapAfterCollection() - before.heap;
        assert.ok(grown < 1_000_000, `${grown} bytes more in use`);
        assert.ok(noise.bytes - before.bytes > 2_000_000, `${noise.bytes - before.bytes} bytes`);
      } finally {
        const closed = bus.close();
        noise.end();
        await Promise.all([going, closed]);
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

/** The code of an error, and of what it comes from. */
function codesOf(error: unknown): string[] {
  return error instanceof BmsError ? [error.code, ...codesOf(error.cause)] : [];
}
