import assert from 'node:assert/strict';
import type { Limits, LimitsSettings } from '../../src/battery/limits/limits';
import { forgetLimits, LimitsWatch } from '../../src/runtime/limits-watch';
import { FakeClock } from '../support/fake-clock';
import { cellsWith, LFP, packOf } from '../support/limits';
import { StoredNode } from '../support/stored-node';

const PACK = packOf(cellsWith({}));

/** A node on a pack, whose steps are noted. */
class Running {
  readonly steps: Limits[] = [];
  lost = false;
  readonly watch: LimitsWatch;

  constructor(
    readonly clock: FakeClock,
    readonly stored: StoredNode,
    settings: Partial<LimitsSettings> = {},
    batteryId = 'pack',
  ) {
    this.watch = new LimitsWatch({
      ...{ node: stored.node, batteryId, settings: { ...LFP, ...settings }, clock },
      isLost: () => this.lost,
      onStep: (limits) => void this.steps.push(limits),
    });
  }

  get last(): Limits {
    const last = this.steps.at(-1);
    assert.ok(last, 'no step');
    return last;
  }

  /** Readings, each 1 s. */
  async read(seconds: number, reading = PACK): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      this.watch.read(reading);
      await this.clock.tick(1000);
    }
  }

  /** What is left after this process: the context store, and a node with another life. */
  restarted(settings: Partial<LimitsSettings> = {}, batteryId = 'pack'): Running {
    this.watch.close();
    const node = new StoredNode();
    node.store = this.stored.store;
    return new Running(this.clock, node, settings, batteryId);
  }
}

describe('LimitsWatch', () => {
  let clock: FakeClock;
  let running: Running;
  const given = ({ chargeCurrentLimit, dischargeCurrentLimit, chargeVoltageLimit }: Limits): unknown[] => [
    chargeCurrentLimit,
    dischargeCurrentLimit,
    chargeVoltageLimit,
  ];

  beforeEach(async () => {
    clock = new FakeClock();
    running = new Running(clock, new StoredNode());
    await clock.tick(1);
  });
  afterEach(() => running.watch.close());

  it('gives out nothing before the first reading, then steps with each', async () => {
    await clock.tick(60_000);
    assert.deepEqual([running.steps, running.watch.hasBegun, running.watch.current.phase], [[], false, 'bulk']);
    running.watch.command('float');
    assert.deepEqual(running.watch.current, { phase: 'float', chargeLimitedBy: [], dischargeLimitedBy: [] });
    running.watch.command('bulk');
    await running.read(1);
    assert.deepEqual(given(running.last), [0, 200, 55.2]);
    await running.read(60);
    assert.deepEqual([running.steps.length, given(running.last)], [61, [140, 200, 55.2]]);
  });

  it('steps by time while no reading comes: stale, lost, and back without a jump', async () => {
    await running.read(60);
    await clock.tick(20_000);
    assert.deepEqual([given(running.last), running.last.chargeLimitedBy], [[140, 200, 55.2], ['stale']]);
    await clock.tick(45_000);
    assert.deepEqual([given(running.last), running.last.chargeLimitedBy], [[0, 100, 53.6], ['lost']]);
    assert.equal(running.steps.length, 60 + 13, 'each 5 s');
    await clock.tick(1800_000);
    assert.deepEqual(given(running.last), [0, 0, 53.6]);
    await running.read(1);
    assert.deepEqual(given(running.last), [0, 0, 53.6]);
    await running.read(90);
    assert.deepEqual(given(running.last).slice(0, 2), [140, 200]);
  });

  it('counts a battery that says so as lost once its reading is no longer fresh, and takes it back', async () => {
    await running.read(60);
    running.lost = true;
    running.watch.lose();
    assert.deepEqual(running.last.chargeLimitedBy, [], 'the last reading is young');
    await clock.tick(20_000);
    assert.deepEqual(running.last.chargeLimitedBy, ['lost']);
    running.lost = false;
    await running.read(1);
    assert.deepEqual(running.last.dischargeLimitedBy, ['recovering']);
  });

  it('gives out 0 A of a battery that never answers', async () => {
    running.lost = true;
    running.watch.lose();
    assert.deepEqual(given(running.last), [0, 0, 53.6]);
  });

  it('keeps phase, last full charge and, when young, currents over a deploy and a restart', async () => {
    const full = packOf(cellsWith({ highest: 3.45, lowest: 3.445, others: 3.45 }), { soc: 99 });
    await running.read(400, full);
    assert.deepEqual([running.last.phase, running.steps.filter((step) => step.full).length], ['float', 1]);
    const { lastFull } = running.last;
    for (const again of [
      () => (running.watch.close(), new Running(clock, running.stored)),
      () => running.restarted(),
    ]) {
      running = again();
      await clock.tick(2);
      assert.equal(running.steps.length, 0, 'nothing before the first reading');
      await running.read(1, full);
      assert.deepEqual(
        [running.last.phase, running.last.lastFull, given(running.last).slice(0, 2)],
        ['float', lastFull, [140, 200]],
      );
    }
    running.watch.close();
    await clock.tick(3600_000);
    running = running.restarted();
    await clock.tick(2);
    await running.read(1, full);
    assert.deepEqual(
      [running.last.phase, given(running.last).slice(0, 2)],
      ['float', [0, 200]],
      'currents are too old',
    );
  });

  it('takes up nothing of another battery, of a state that is none, or of a deleted node', async () => {
    await running.read(60);
    running.watch.command('float');
    for (const [change, batteryId] of [
      [(store: unknown) => store, 'other'],
      [() => ({ batteryId: 'pack', state: { phase: 'float' } }), 'pack'],
      [() => 'float', 'pack'],
    ] as const) {
      const next = running.restarted({}, batteryId);
      next.stored.store = change(next.stored.store);
      await clock.tick(2);
      await next.read(1);
      assert.equal(next.last.phase, 'bulk');
      next.watch.close();
    }
    forgetLimits(running.stored.node);
    running.stored.store = undefined;
    running = new Running(clock, running.stored);
    await clock.tick(2);
    await running.read(1);
    assert.equal(running.last.phase, 'bulk');
  });

  it('keeps within maxima that were lowered while the battery was lost', async () => {
    await running.read(60);
    running.lost = true;
    await clock.tick(30_000);
    assert.deepEqual(given(running.last), [0, 100, 53.6]);
    running = running.restarted({ maxDischargeCurrent: 40 });
    running.lost = true;
    await clock.tick(6000);
    assert.deepEqual(given(running.last), [0, 40, 53.6]);
  });

  it('lets what happens wait until the store has answered, and goes on without it after 10 s', async () => {
    const slow = new StoredNode();
    slow.questions = [];
    const waiting = new Running(clock, slow);
    await clock.tick(1);
    await waiting.read(3);
    waiting.watch.command('float');
    assert.deepEqual([waiting.steps.length, waiting.watch.operatingPoint], [0, undefined]);
    await clock.tick(10_000);
    assert.equal(waiting.last.phase, 'float');
    assert.equal(waiting.watch.operatingPoint?.highest, 3.3);
    slow.questions[0]?.();
    waiting.watch.close();
    waiting.watch.read(PACK);
    assert.equal(waiting.watch.current.phase, 'float', 'nothing after close');
  });

  it('writes once a minute, at once when the phase changes, and when it closes', async () => {
    await running.read(119);
    assert.equal(running.stored.writes, 2);
    running.watch.command('float');
    assert.equal(running.stored.writes, 3);
    await running.read(5);
    running.watch.close();
    assert.deepEqual([running.stored.writes, clock.timers], [4, 0]);
  });

  it('does not take a reading that is given again for a new one: a spike raises nothing for as long as it is the last', async () => {
    await running.read(60);
    await running.read(1, packOf(cellsWith({ lowest: 2.9 })));
    const low = running.last.dischargeCurrentLimit ?? NaN;
    await running.read(1, packOf(cellsWith({ lowest: 3.3 })));
    await clock.tick(14_000);
    assert.equal(running.last.dischargeCurrentLimit, low);
  });
});
