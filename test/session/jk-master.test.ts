import assert from 'node:assert/strict';
import { jkModbus } from '../../src/codec/jk-modbus';
import { Device } from '../../src/session/device';
import { FakeClock } from '../support/fake-clock';
import { frameOf, liveAnswer, triggerOf } from '../support/jk-modbus';
import type { Script, ScriptedLink } from '../support/scripted-link';
import { deviceOnLine } from '../support/device-line';

/** A master asks one address after the other, this far apart, ms (jk-modbus.md 8). */
const MASTER_STEP_MS = 180;

const NOTHING = Buffer.alloc(0);

/** Boards with the addresses 3 and 5, which answer whoever asks, on a bus with or without a master. */
class MasterBus {
  readonly clock = new FakeClock();
  readonly boards = new Set([3, 5]);
  master = true;
  readsSettings = true;
  /** that of board 3 */
  readonly device: Device;
  private readonly link: ScriptedLink;
  private asked = 0;
  private answered = false;

  constructor() {
    const { clock } = this;
    const options = { clock, protocol: jkModbus, pollIntervalMs: 5000 };
    const script: Script = (request, reply) => {
      const answer = this.answerTo(request);
      if (answer.length > 0) reply(answer, 40);
    };
    const { link, bus, device } = deviceOnLine({ ...options, script, address: 3 });
    [this.link, this.device] = [link, device];
    new Device({ ...options, name: 'Bank 5', bus, address: 5 }).start();
    this.cycle();
  }

  get phase(): string {
    return this.device.condition.phase;
  }

  /** Lets time pass. @returns the requests of this host to board 3 in it */
  async pass(ms: number): Promise<number> {
    const count = (): number => this.link.sent.filter((request) => request.startsWith('03')).length;
    const before = count();
    await this.clock.tick(ms);
    return count() - before;
  }

  private answerTo(request: Buffer): Buffer {
    const address = request[0] ?? 0;
    if (!this.boards.has(address)) return NOTHING;
    if (request.equals(triggerOf(address))) return liveAnswer(address);
    if (request.equals(triggerOf(address, '161e'))) return frameOf(1, {}, address);
    return NOTHING;
  }

  /** One step of the master's cycle: a slave that answers is asked for its settings next. */
  private cycle(): void {
    this.clock.after(MASTER_STEP_MS, () => {
      const settings = this.answered && this.readsSettings;
      if (!settings) this.asked = (this.asked % 15) + 1;
      const request = triggerOf(this.asked, settings ? '161e' : '1620');
      const answer = this.answerTo(request);
      this.answered = !settings && answer.length > 0;
      if (this.master) this.link.say(Buffer.concat([request, answer]).toString('hex'));
      this.cycle();
    });
  }
}

describe('a JK board beside a master', () => {
  it('is only listened to, from the first answers on', async () => {
    const line = new MasterBus();
    assert.ok((await line.pass(20_000)) <= 3);
    assert.equal(line.phase, 'fresh');
    assert.equal(await line.pass(120_000), 0);
    assert.equal(line.phase, 'fresh');
  });

  it('gives its readings though the master never reads its settings', async () => {
    const line = new MasterBus();
    line.readsSettings = false;
    let readings = 0;
    line.device.readings.subscribe(() => readings++);
    await line.pass(30_000);
    readings = 0;
    await line.pass(120_000);
    assert.ok(readings >= 20, `${readings} readings in two minutes`);
    assert.equal(line.device.last?.reading.cellCount, line.device.last?.reading.cellVoltages?.length);
  });

  it('comes back alone when both had gone', async () => {
    const line = new MasterBus();
    await line.pass(60_000);
    line.boards.delete(3);
    line.master = false;
    await line.pass(60_000);
    assert.equal(line.phase, 'lost');
    line.boards.add(3);
    await line.pass(30_000);
    assert.equal(line.phase, 'fresh');
  });

  it('is asked without waiting again, once the master has been gone for a while', async () => {
    const line = new MasterBus();
    await line.pass(60_000);
    line.master = false;
    await line.pass(120_000);
    assert.equal(line.phase, 'fresh');
    assert.ok((line.device.last?.duration ?? Infinity) < 400, `${line.device.last?.duration} ms`);
  });

  it('that comes again is listened to again', async () => {
    const line = new MasterBus();
    await line.pass(60_000);
    line.master = false;
    await line.pass(120_000);
    line.master = true;
    await line.pass(60_000);
    assert.equal(await line.pass(120_000), 0);
    assert.equal(line.phase, 'fresh');
  });

  it('comes back with the master too', async () => {
    const line = new MasterBus();
    await line.pass(60_000);
    line.boards.delete(3);
    await line.pass(60_000);
    assert.equal(line.phase, 'lost');
    line.boards.add(3);
    await line.pass(60_000);
    assert.equal(line.phase, 'fresh');
  });
});
