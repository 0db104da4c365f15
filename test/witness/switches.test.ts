import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { protocolById } from '../../src/codec';
import { Bus } from '../../src/session/bus';
import { Device, type Snapshot } from '../../src/session/device';
import type { ActionResult } from '../../src/session/action-request';
import { FakeClock } from '../support/fake-clock';
import { WITNESSES } from './boards';
import type { BoardOptions, WitnessBoard } from './boards/board';
import { JkWitness } from './boards/jk';
import type { Truth } from './boards/truth';
import { WitnessLine } from './line';

type Make = (options: BoardOptions) => WitnessBoard;

/** Boards that tell what their user has set apart from what the MOSFETs do, and others. */
const TELLING = Object.entries(WITNESSES).filter(([id]) => id !== 'daly');
const SILENT: readonly (readonly [string, Make])[] = [
  ...Object.entries(WITNESSES).filter(([id]) => id === 'daly'),
  ['jk, whose ab and ac follow the MOSFETs', (options) => new JkWitness({ ...options, switches: 'follow' })],
  ['jk, whose ab and ac are 0', (options) => new JkWitness({ ...options, switches: 'zero' })],
];

const DIRECTIONS = ['charge', 'discharge'] as const;
type Direction = (typeof DIRECTIONS)[number];

const HELD: Record<Direction, Partial<Truth>> = {
  charge: { chargeHeld: true, alarms: [{ code: 'cell_overvoltage', level: 'protection' }] },
  discharge: { dischargeHeld: true, alarms: [{ code: 'cell_undervoltage', level: 'protection' }] },
};

/** A device on a board, which has been read once. */
class Scene {
  readonly clock = new FakeClock();
  readonly board: WitnessBoard;
  readonly device: Device;
  private readonly bus: Bus;

  constructor(make: Make, truth: Partial<Truth> = {}) {
    const { clock } = this;
    this.board = make({ clock, truth });
    const protocol = protocolById(this.board.protocol);
    assert.ok(protocol);
    const line = new WitnessLine(clock).hang(this.board);
    this.bus = new Bus({ link: line, baudRate: undefined, clock });
    const own = { name: 'pack', protocol, address: undefined, pollIntervalMs: 0, allowControl: true };
    this.device = new Device({ ...own, bus: this.bus, clock });
    this.device.start();
    this.bus.open();
  }

  async settled<T>(promise: Promise<T>): Promise<T | BmsError> {
    let result: { value: T | BmsError } | undefined;
    promise.then(
      (value) => (result = { value }),
      (error: unknown) => {
        assert.ok(error instanceof BmsError, String(error));
        result = { value: error };
      },
    );
    for (let passed = 0; passed < 60_000 && result === undefined; passed += 20) await this.clock.tick(20);
    assert.ok(result, 'settled within a minute');
    return result.value;
  }

  async read(): Promise<Readonly<Reading>> {
    const snapshot = await this.settled<Snapshot>(this.device.read());
    if (snapshot instanceof BmsError) throw snapshot;
    return snapshot.reading;
  }

  /** @returns the state before and after, or the code of the error */
  async wish(action: Direction, value: boolean): Promise<unknown> {
    const done = await this.settled<ActionResult>(this.device.control({ action, value }));
    return done instanceof BmsError ? done.code : [done.before, done.after];
  }

  async safe(action: Direction): Promise<void> {
    const place = this.device.nextRequestNumber();
    const done = await this.settled(
      this.device.applySafeState({ action, value: false, requestNumber: place, isWanted: () => true }),
    );
    assert.ok(!(done instanceof BmsError));
  }

  /** Writes of the switch, without those of modes. */
  get writes(): number {
    return this.board.changes.length;
  }

  async close(): Promise<void> {
    this.device.stop();
    const closed = this.bus.close();
    await this.clock.tick(10_000);
    await closed;
  }
}

async function play(scene: Scene, act: () => Promise<void>): Promise<void> {
  await scene.read();
  await act();
  await scene.close();
}

describe('switches and MOSFETs of the boards of the witness', () => {
  for (const direction of DIRECTIONS) {
    const [set, does] = [`${direction}Switch`, `${direction}Enabled`] as const;

    for (const [id, make] of TELLING) {
      it(`${id}: ${direction} is switched off under a protection, or it is not confirmed`, async () => {
        const scene = new Scene(make, HELD[direction]);
        await play(scene, async () => {
          scene.board.mischief = 'does not obey';
          assert.equal(await scene.wish(direction, false), 'not_confirmed');
          scene.board.mischief = 'none';
          assert.deepEqual(await scene.wish(direction, false), [true, false]);
          assert.equal(scene.board.truth[set], false);
        });
      });

      it(`${id}: ${direction} is switched on under a protection, and the reading shows both`, async () => {
        const scene = new Scene(make, { ...HELD[direction], [set]: false });
        await play(scene, async () => {
          assert.deepEqual(await scene.wish(direction, true), [false, true]);
          const reading = await scene.read();
          assert.deepEqual([reading[set], reading[does]], [true, false]);
          const { writes } = scene;
          assert.deepEqual(await scene.wish(direction, true), [true, true]);
          assert.equal(scene.writes, writes, 'set already');
        });
      });

      it(`${id}: a repeated message writes nothing, ${direction}`, async () => {
        const scene = new Scene(make);
        await play(scene, async () => {
          for (let beat = 0; beat < 3; beat++) assert.deepEqual(await scene.wish(direction, true), [true, true]);
          assert.equal(scene.writes, 0);
          await scene.wish(direction, false);
          const { writes } = scene;
          for (let beat = 0; beat < 3; beat++) assert.deepEqual(await scene.wish(direction, false), [false, false]);
          assert.equal(scene.writes, writes);
        });
      });
    }

    for (const [id, make] of SILENT) {
      it(`${id}: only the effect of ${direction} is seen, so that off is always sent`, async () => {
        const scene = new Scene(make, HELD[direction]);
        await play(scene, async () => {
          assert.deepEqual(await scene.wish(direction, false), [false, false]);
          assert.equal(scene.writes, 1);
          assert.equal(scene.board.truth[set], false);
          assert.equal(await scene.wish(direction, true), 'not_confirmed');
          assert.equal(scene.writes, 2);
          await scene.safe(direction);
          assert.equal(scene.board.truth[set], false);
        });
      });
    }

    it(`jk: a safe state of ${direction} is sent also where nothing seems to hold the MOSFET open`, async () => {
      // What holds it has left no alarm, and ab and ac follow the MOSFETs.
      const scene = new Scene((options) => new JkWitness({ ...options, switches: 'follow' }), {
        ...HELD[direction],
        alarms: [],
      });
      await play(scene, async () => {
        await scene.safe(direction);
        assert.equal(scene.board.truth[set], false);
      });
    });
  }
});
