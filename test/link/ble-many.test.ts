import assert from 'node:assert/strict';
import { systemClock } from '../../src/clock';
import type { BleLimits } from '../../src/link/ble/limits';
import type { NobleCentral } from '../../src/link/ble/noble/central';
import { VirtualPeripheral } from '../support/ble/peripheral';
import type { VirtualBms } from '../support/ble/bms';
import { IS_OLDER } from '../support/ble/library';
import { until } from '../support/ble/until';
import { addressOf, bmsAt, optionsFor, SHORT_MS, Station } from '../support/ble/station';
import { Ear } from '../support/ear';
import { silence, type Step } from '../support/ble/traps';
import { openResources } from '../support/figures';

/** What noble keeps of devices, in whatever form. */
interface Kept {
  _peripherals: Map<string, unknown> | Record<string, unknown>;
  _services: object;
  _bindings: { _addresses: object; _gap: { _discoveries: object } };
}

function devicesOf({ _peripherals }: Kept): [string, unknown][] {
  return _peripherals instanceof Map ? [..._peripherals] : Object.entries(_peripherals);
}

/** The older library leaves a timer behind, which runs out within a second and does nothing. */
async function olderTimers(): Promise<void> {
  if (IS_OLDER) await new Promise<void>((resolve) => systemClock.after(1100, resolve));
}

describe('BleLink: many devices on one adapter', function () {
  // Thousands of packets go over a real terminal, each when the system gets round to it.
  this.timeout(20_000);
  let station: Station;

  afterEach(() => station.close());

  it('sixteen packs, of which three are absent: the others keep their pace, the three are there soon when back', async () => {
    const boards = Array.from({ length: 16 }, (_, index) => bmsAt(index + 1));
    const absent = boards.filter((_, index) => index % 5 === 2);
    for (const board of absent) board.absent = true;
    // They are looked for all the time.
    station = new Station(boards, { limits: { sightMs: 60_000 } });
    const pace = new Map(boards.map((board) => [board, 0]));
    let isOver = false;
    const keepAsking = async (board: VirtualBms): Promise<void> => {
      const { channel, ear } = await station.open(station.link(board.address));
      while (!isOver) {
        await ear.ask(channel);
        pace.set(board, (pace.get(board) ?? 0) + 1);
      }
      assert.deepEqual(ear.closings, []);
    };
    const returning = absent.map(({ address }) => station.open(station.link(address)));
    const present = boards.filter((board) => !absent.includes(board));
    const asking = present.map(keepAsking);
    await until(() => present.every((board) => (pace.get(board) ?? 0) >= 5));
    assert.ok(absent.every((board) => board.connections === 0));
    for (const board of absent) board.absent = false;
    for (const { channel, ear } of await Promise.all(returning)) await ear.ask(channel);
    isOver = true;
    await Promise.all(asking);
    assert.equal(station.adapter.controller.openConnections, 16);
  });

  it('lets those in reach connect although one that is heard never does', async () => {
    const boards = Array.from({ length: 4 }, (_, index) => bmsAt(index + 1));
    boards[0]!.traps.set('connect', { does: 'silence', code: 0 });
    station = new Station(boards, { limits: { connectMs: SHORT_MS } });
    const outcomes = await Promise.allSettled(boards.map(({ address }) => station.open(station.link(address))));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    );
  });

  /** @returns how long it took until the others were there while the first would not, ms */
  async function othersThere(step: Step, limits: Partial<BleLimits>): Promise<number> {
    const boards = Array.from({ length: 3 }, (_, index) => bmsAt(index + 1));
    boards[0]!.traps.set(step, silence());
    station = new Station(boards, { limits });
    const owner = new AbortController();
    const options = { ...optionsFor('jbd'), signal: owner.signal };
    const first = assert.rejects(station.link(boards[0]!.address).open(new Ear(), options));
    await until(() => boards[0]!.sprung.length > 0);
    const from = systemClock.monotonic();
    for (const { address } of boards.slice(1)) {
      const { channel, ear } = await station.open(station.link(address));
      await ear.ask(channel);
    }
    const took = systemClock.monotonic() - from;
    owner.abort();
    await first;
    return took;
  }

  it('cuts an attempt to connect short when others wait', async () => {
    const took = await othersThere('connect', { connectMs: 9000, briefConnectMs: SHORT_MS });
    assert.ok(took < 4000, `${took} ms`);
  });

  for (const step of ['mtu', 'services', 'characteristics', 'subscribe'] satisfies Step[]) {
    it(`keeps nobody waiting for a device that does not answer at: ${step}`, async () => {
      const took = await othersThere(step, { discoverMs: 9000, subscribeMs: 9000 });
      assert.ok(took < 4000, `${took} ms`);
    });
  }

  it('gives an attempt to connect its time when nobody else waits, and after it was cut short thrice', async () => {
    const [board, missing] = [bmsAt(1), bmsAt(2)];
    board.traps.set('connect', silence());
    missing.absent = true;
    station = new Station([board, missing], { limits: { connectMs: 2 * SHORT_MS, briefConnectMs: 20 } });
    const link = station.link(board.address);
    const within = async (seconds: number): Promise<void> => {
      const message = new RegExp(`does not accept a connection within ${seconds} s`);
      await assert.rejects(station.open(link), { code: 'timeout', message });
    };
    await within(0.3);
    const owner = new AbortController();
    const other = station.link(missing.address).open(new Ear(), { ...optionsFor('jbd'), signal: owner.signal });
    const refused = assert.rejects(other, { code: 'closed' });
    await until(() => station.adapter.controller.isScanning);
    for (let times = 0; times < 3; times++) {
      await assert.rejects(station.open(link), { code: 'timeout', message: /within 0(\.[01])? s/ });
    }
    await within(0.3);
    owner.abort();
    await refused;
  });

  it('looks again when the turn to connect came late', async () => {
    const boards = [bmsAt(1), bmsAt(2)];
    boards[0]!.traps.set('connect', { does: 'silence', code: 0 });
    station = new Station(boards, { limits: { connectMs: SHORT_MS, freshMs: 1 } });
    const outcomes = await Promise.allSettled(boards.map(({ address }) => station.open(station.link(address))));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    );
  });

  it('does not remember more than a few hundred strangers who pass by, but those that it is connected to', async () => {
    const board = bmsAt(1);
    station = new Station([board], { controller: { advertisingMs: 60_000 } });
    const { channel, ear } = await station.open(station.link(board.address));
    const { controller } = station.adapter;
    for (let index = 0; index < 1500; index++) {
      const address = `c0:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`;
      controller.add(
        new VirtualPeripheral({ address, addressType: 'random', name: `stranger ${index}`, services: [] }),
      );
    }
    const last = controller.peripherals.at(-1)!;
    const { scanner, noble } = (await station.radio.powerOn()) as NobleCentral;
    const found = await scanner.look(({ name }) => name === last.name, 4000, new Error('not heard'));
    found.release();
    const kept = noble as unknown as Kept;
    const sizes = [
      scanner.size,
      devicesOf(kept).length,
      Object.keys(kept._services).length,
      Object.keys(kept._bindings._addresses).length,
      Object.keys(kept._bindings._gap._discoveries).length,
    ];
    assert.ok(
      sizes.every((size) => size <= 502),
      sizes.join(),
    );
    controller.peripherals.splice(1);
    await ear.ask(channel);
    assert.deepEqual(ear.closings, []);
  });

  it('leaves nothing behind, not even after fifty connections, half of them in vain', async () => {
    const board = bmsAt(1);
    station = new Station([board]);
    const link = station.link(board.address);
    const listeners = (): number[] => ['SIGINT', 'exit'].map((event) => process.listenerCount(event));
    // The test's own time limit begins to run with its first turn.
    await new Promise((resolve) => setImmediate(resolve));
    const listenersBefore = listeners();
    await olderTimers();
    const resourcesBefore = openResources();
    for (let times = 0; times < 50; times++) {
      if (times % 2 === 1) board.traps.set('services', { does: 'drop', code: 8, once: true });
      const attempt = station.open(link);
      if (times % 2 === 1) await assert.rejects(attempt, { code: 'disconnected' });
      else await (await attempt).channel.close();
    }
    assert.deepEqual(listeners(), listenersBefore);
    assert.deepEqual([station.radio.size, board.connections, board.connection], [0, 50, undefined]);
    await olderTimers();
    assert.deepEqual(openResources(), resourcesBefore);
  });

  it('leaves no listeners on the library while it goes on', async () => {
    const boards = [bmsAt(1), bmsAt(2)];
    station = new Station(boards);
    await station.open(station.link(boards[0]!.address));
    const { noble } = (await station.radio.powerOn()) as NobleCentral;
    const emitter = noble as unknown as NodeJS.EventEmitter;
    const counts = (): number[] => emitter.eventNames().map((name) => emitter.listenerCount(name));
    const link = station.link(boards[1]!.address);
    await (await station.open(link)).channel.close();
    const before = counts();
    for (let times = 0; times < 10; times++) await (await station.open(link)).channel.close();
    assert.deepEqual(counts(), before);
    const [, peripheral] = devicesOf(noble as unknown as Kept).find(([id]) => addressOf(2).replaceAll(':', '') === id)!;
    assert.deepEqual((peripheral as NodeJS.EventEmitter).eventNames(), []);
  });

  it('keeps the process from being ended by the library on SIGINT, as long as somebody else ends it in order', async () => {
    const inOrder = (): void => undefined;
    process.on('SIGINT', inOrder);
    try {
      const board = bmsAt(1);
      station = new Station([board]);
      const before = process.listeners('SIGINT');
      const { channel } = await station.open(station.link(board.address));
      const during = process.listeners('SIGINT');
      assert.equal(during.length, before.length + 2);
      // The library ends the process when its listener is the last: it must not be, and emitting does no harm.
      process.emit('SIGINT');
      await channel.close();
      assert.deepEqual(process.listeners('SIGINT'), before);
    } finally {
      process.removeListener('SIGINT', inOrder);
    }
  });
});
