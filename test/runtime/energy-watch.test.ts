import assert from 'node:assert/strict';
import { EnergyWatch, forgetEnergy } from '../../src/runtime/energy-watch';
import { FakeClock } from '../support/fake-clock';
import { StoredNode } from '../support/stored-node';

describe('EnergyWatch', () => {
  let clock: FakeClock;
  let stored: StoredNode;
  let troubles: string[];
  let restored: number;

  beforeEach(() => {
    clock = new FakeClock();
    stored = new StoredNode();
    troubles = [];
    restored = 0;
  });

  function watching(): EnergyWatch {
    return new EnergyWatch({
      node: stored.node,
      clock,
      onRestored: () => {
        restored++;
      },
      onTrouble: ({ code }) => void troubles.push(code),
    });
  }

  /** A reading each second. */
  async function run(watch: EnergyWatch, seconds: number, power: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      await clock.tick(1000);
      const at = { wall: clock.now(), monotonic: clock.monotonic() };
      const reading = { power, current: power / 50, fullCapacity: 100 };
      watch.take({ kind: 'reading', reading, at, source: 'pack', longestStepMs: 60_000 });
    }
  }

  const charged = (watch: EnergyWatch): number | undefined => watch.current?.chargedEnergy;
  /** What is stored, of another process. */
  const startAgain = (): EnergyWatch => {
    forgetEnergy(stored.node);
    return watching();
  };

  it('counts across deploys without a gap, and across a restart with one', async () => {
    let watch = watching();
    assert.equal(watch.current, undefined);
    await run(watch, 11, 3600);
    assert.equal(charged(watch), 10);
    watch.close();
    watch = watching();
    await run(watch, 5, 3600);
    assert.deepEqual([charged(watch), watch.current?.gaps, watch.current?.observed], [15, 0, 15]);
    watch.close();
    await clock.tick(7000);
    watch = startAgain();
    await run(watch, 40, 3600);
    assert.deepEqual([charged(watch), watch.current?.gaps, watch.current?.observed], [54, 8, 54]);
    assert.deepEqual([restored, troubles], [3, []]);
    watch.close();
    assert.equal(clock.timers, 0);
  });

  it('stores no more often than every 25 s, and when it is closed, set or reset', async () => {
    const watch = watching();
    await run(watch, 101, 3600);
    assert.equal(stored.writes, 5);
    await watch.set({ chargedEnergy: 1000 });
    watch.reset();
    watch.close();
    assert.equal(stored.writes, 8);
  });

  it('never falls behind what was sent before a power cut, and catches up', async () => {
    let watch = watching();
    await run(watch, 120, 3600);
    const onDisk = structuredClone(stored.store);
    await run(watch, 50, 3600);
    const sent = charged(watch) ?? 0;
    assert.equal(sent, 169);
    stored.store = onDisk;
    watch = startAgain();
    await run(watch, 1, 3600);
    const afterwards = charged(watch) ?? 0;
    assert.ok(afterwards >= sent && afterwards < sent + 60, `${afterwards} after ${sent}`);
    await run(watch, 200, 3600);
    // What was counted by the power cut, and since then.
    assert.equal(charged(watch), 101 - 1 + 200);
  });

  it('lags for a minute at most when the power rises', async () => {
    const watch = watching();
    await run(watch, 120, 0);
    await run(watch, 30, 36_000);
    assert.ok((charged(watch) ?? 0) < 295);
    await run(watch, 35, 36_000);
    assert.equal(charged(watch), 645);
  });

  it('gives nothing before the store has answered, and counts what has happened meanwhile', async () => {
    let watch = watching();
    await run(watch, 11, 3600);
    watch.close();
    stored.questions = [];
    watch = startAgain();
    await run(watch, 15, 3600);
    assert.deepEqual([watch.current, troubles], [undefined, ['timeout']]);
    const setting = watch.set({ dischargedEnergy: 5 });
    stored.questions[0]?.();
    await setting;
    await run(watch, 40, 3600);
    assert.deepEqual([charged(watch), watch.current?.dischargedEnergy, watch.trouble], [64, 5, undefined]);
  });

  it('asks a store again that has failed, and says so once', async () => {
    const first = watching();
    await run(first, 11, 3600);
    first.close();
    stored.failure = new Error('disk');
    const watch = startAgain();
    await run(watch, 150, 0);
    assert.deepEqual([watch.current, troubles], [undefined, ['not_found']]);
    stored.failure = undefined;
    await run(watch, 60, 0);
    assert.equal(charged(watch), 10);
  });

  it('begins at 0 without a store when it is reset', async () => {
    stored.failure = new Error('disk');
    const watch = watching();
    await run(watch, 5, 3600);
    watch.reset();
    assert.deepEqual([charged(watch), watch.trouble, restored], [0, undefined, 1]);
    watch.close();
    assert.equal(clock.timers, 0);
  });

  it('says what of a damaged state begins anew, and keeps that state', async () => {
    let watch = watching();
    await run(watch, 11, 3600);
    watch.close();
    const good = structuredClone(stored.store) as { state: { total: { dischargedEnergy: unknown } } };
    good.state.total.dischargedEnergy = 'much';
    stored.store = good;
    watch = startAgain();
    await clock.tick(1);
    assert.deepEqual([charged(watch), troubles, stored.kept('energyDamaged')], [10, ['bad_value'], good]);
    await watch.set({ dischargedEnergy: 5 });
    assert.deepEqual([watch.current?.dischargedEnergy, watch.trouble], [5, undefined]);
  });
});
