import assert from 'node:assert/strict';
import type { BmsError } from '../../src/battery/errors';
import { systemClock } from '../../src/clock';
import type { BleLink } from '../../src/link/ble';
import type { VirtualBms } from '../support/ble/bms';
import { COMMAND } from '../support/ble/hci';
import { IS_OLDER } from '../support/ble/library';
import { bmsAt, optionsFor, Station } from '../support/ble/station';
import { Ear } from '../support/ear';
import { silence, type Step } from '../support/ble/traps';
import { until } from '../support/ble/until';

/** An attempt to open that is ended once something holds. */
async function abortedWhen(link: BleLink, condition: () => boolean): Promise<void> {
  const owner = new AbortController();
  const attempt = link.open(new Ear(), { ...optionsFor('jbdLarge'), signal: owner.signal });
  const outcome = assert.rejects(attempt, { code: 'closed' });
  await until(condition);
  owner.abort();
  await outcome;
}

describe('BleLink: an attempt that nobody wants any more', () => {
  let station: Station;
  let board: VirtualBms;

  beforeEach(() => {
    board = bmsAt(1, { module: 'jbdLarge' });
    station = new Station([board]);
  });

  afterEach(() => station.close());

  /** Another connection gets the device at once. */
  async function isFree(): Promise<void> {
    board.traps.clear();
    board.absent = false;
    const { channel, ear } = await station.open(station.link(board.address), 'jbdLarge');
    await ear.ask(channel);
    await channel.close();
    assert.deepEqual([board.connection, station.radio.size], [undefined, 0]);
  }

  for (const step of ['connect', 'mtu', 'services', 'characteristics', 'subscribe'] satisfies Step[]) {
    it(`ends in the step: ${step}`, async () => {
      board.traps.set(step, silence());
      await abortedWhen(station.link(board.address), () => board.sprung.includes(step));
      assert.deepEqual([board.connection, station.radio.size], [undefined, 0]);
      await isFree();
    });
  }

  // The older library resets it once only, when it starts.
  if (!IS_OLDER)
    it('ends while the controller is reset before it connects', async () => {
      board.traps.set('connect', silence());
      const { controller } = station.adapter;
      const resets = (): number => controller.received.filter((command) => command === COMMAND.reset).length;
      let atScan = Infinity;
      await abortedWhen(station.link(board.address), () => {
        if (controller.isScanning) atScan = resets();
        return resets() > atScan;
      });
      assert.deepEqual([controller.air.isConnecting, board.connection, station.radio.size], [false, undefined, 0]);
      await isFree();
    });

  it('ends before it has begun, and while the adapter comes up', async () => {
    const owner = new AbortController();
    const early = station.link(board.address).open(new Ear(), { ...optionsFor('jbdLarge'), signal: owner.signal });
    setImmediate(() => owner.abort());
    await assert.rejects(early, { code: 'closed' });
    await isFree();
    assert.equal(board.connections, 1);
    const attempt = station.link(board.address).open(new Ear(), { baudRate: 9600, signal: AbortSignal.abort() });
    await assert.rejects(attempt, { code: 'closed' });
    assert.equal(station.radio.size, 0);
  });

  it('ends while the device is looked for, and never connects to it', async () => {
    board.absent = true;
    await abortedWhen(station.link(board.address), () => station.adapter.controller.isScanning);
    assert.deepEqual([station.radio.size, board.connections], [0, 0]);
    await isFree();
    assert.equal(board.connections, 1);
  });

  it('ends while another is being connected, and never connects to the device', async () => {
    const neighbour = bmsAt(2, { module: 'jbdLarge' });
    station.adapter.controller.add(neighbour);
    const boards = [board, neighbour];
    const attempts = boards.map((each) => {
      each.traps.set('connect', silence());
      const owner = new AbortController();
      const link = station.link(each.address);
      const outcome = link.open(new Ear(), { ...optionsFor('jbdLarge'), signal: owner.signal });
      return { owner, refused: assert.rejects(outcome, { code: 'closed' }) };
    });
    await until(() => boards.some(({ sprung }) => sprung.length > 0));
    const waiting = boards.findIndex(({ sprung }) => sprung.length === 0);
    attempts[waiting]!.owner.abort();
    await attempts[waiting]!.refused;
    attempts[1 - waiting]!.owner.abort();
    await attempts[1 - waiting]!.refused;
    assert.deepEqual([boards[waiting]!.sprung, station.radio.size], [[], 0]);
    await isFree();
  });

  for (const [what, prepare] of [
    ['is looked for', () => (board.absent = true)],
    ['does not accept a connection', () => board.traps.set('connect', silence())],
    ['does not answer', () => board.traps.set('services', silence())],
    ['answers', () => undefined],
  ] as const) {
    it(`keeps no deploy waiting, and the device is free at once, while it ${what}`, async () => {
      prepare();
      for (let times = 0; times < 20; times++) {
        const owner = new AbortController();
        // Another link each time, as after a deploy.
        const options = { ...optionsFor('jbdLarge'), signal: owner.signal };
        const attempt = station.link(board.address).open(new Ear(), options);
        const outcome = attempt.then(
          (channel) => channel.close(),
          (error: unknown) => assert.equal((error as BmsError).code, 'closed'),
        );
        await new Promise((resolve) => systemClock.after(times * 7, () => resolve(undefined)));
        const from = systemClock.monotonic();
        owner.abort();
        await outcome;
        const took = systemClock.monotonic() - from;
        assert.ok(took < 500, `${took} ms`);
      }
      const { controller } = station.adapter;
      await until(() => board.connection === undefined && station.radio.size === 0);
      assert.deepEqual(
        [controller.isScanning, controller.air.isConnecting, controller.openConnections],
        [false, false, 0],
      );
      await isFree();
    });
  }
});
