import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { jbd } from '../../src/codec/jbd';
import { BleLink } from '../../src/link/ble';
import { Bus } from '../../src/session/bus';
import { Device } from '../../src/session/device';
import { Btvirt } from '../support/btvirt';
import type { BlenoBoardData, BlenoBoardMessage } from '../support/bleno-board';
import { loadVector } from '../support/vectors';

const NAME = 'xiaoxiang BMS';

/** A board as it was captured over Bluetooth; its name was captured elsewhere. */
const CAPTURES = ['sp04s034-ble-4s-280ah-idle', 'sp04s034-ble-error-counts', 'pdf-v4-hardware-name'].map((file) =>
  loadVector('jbd', file),
);

/**
 * Our link, with nothing of ours on the other side: noble drives one controller of BlueZ's emulator, bleno a JBD module
 * on another.
 */
describe('Bluetooth between strangers', function () {
  this.timeout(30_000);
  const clock = systemClock;
  let btvirt: Btvirt | undefined;
  let board: ChildProcess | undefined;
  let bus: Bus | undefined;
  let device: Device | undefined;

  before(async function () {
    const started = await Btvirt.start();
    if (typeof started === 'string') {
      console.log(`    Skipped: ${started}.`);
      return this.skip();
    }
    btvirt = started;
    board = await moduleOn(await started.controller());
    const adapter = { driver: 'hci', adapter: `${await started.controller()}:1000000` } as const;
    bus = new Bus({ link: new BleLink(NAME, adapter, clock), clock });
    device = new Device({ name: 'pack', bus, protocol: jbd, address: undefined, pollIntervalMs: 0, clock });
    device.start();
    bus.open();
  });

  after(async () => {
    device?.stop();
    await bus?.close();
    if (board?.connected === true) {
      board.disconnect();
      await once(board, 'exit');
    }
    await btvirt?.stop();
  });

  it('reads a JBD board whole', async () => {
    const { reading, address, link } = await device!.read();
    for (const { expect } of CAPTURES) {
      for (const [key, value] of Object.entries(expect)) {
        assert.deepEqual((reading as Record<string, unknown>)[key], value, key);
      }
    }
    assert.match(String(address), /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    const { requests, answers, badChecksums, discardedBytes, connects, drops } = link;
    assert.deepEqual([requests, answers, badChecksums, discardedBytes], [4, 4, 0, 0]);
    assert.deepEqual([connects, drops], [1, 0]);
  });

  it('reads it again and again, and loses nothing', async () => {
    for (let times = 0; times < 25; times++) assert.equal((await device!.read()).reading.voltage, 13.7);
    const { requests, answers, badChecksums, discardedBytes } = device!.link;
    assert.deepEqual([answers, badChecksums, discardedBytes], [requests, 0, 0]);
  });

  it('lets go, and comes back', async () => {
    const gone = told('disconnect');
    await device!.pause(60_000);
    await gone;
    const back = told('accept');
    await device!.pause(0);
    await back;
    assert.equal((await device!.read()).reading.voltage, 13.7);
    assert.deepEqual([device!.link.connects, device!.link.drops], [2, 0]);
  });

  /** Waits for what the module sees of us. */
  async function told(wanted: BlenoBoardMessage): Promise<void> {
    for (let heard: unknown; heard !== wanted;) [heard] = (await once(board!, 'message')) as unknown[];
  }

  async function moduleOn(port: string): Promise<ChildProcess> {
    const home = process.env['OPENBMS_E2E_HOME'];
    if (home === undefined) throw new Error('OPENBMS_E2E_HOME is not set: run these tests with npm run test:e2e');
    board = fork(join(__dirname, '..', 'support', 'bleno-board.js'));
    const data: BlenoBoardData = { home, port, name: NAME, exchanges: CAPTURES.flatMap(({ exchanges }) => exchanges) };
    const advertising = told('advertising');
    board.send(data);
    await advertising;
    return board;
  }
});
