import assert from 'node:assert/strict';
import type { AlarmSummary } from '../../src/battery/active-alarms';
import type { Reading } from '../../src/battery/reading';
import type { Rule } from '../../src/battery/rule';
import { AlarmWatch, forgetAlarms } from '../../src/runtime/alarm-watch';
import type { Provenance } from '../../src/runtime/messages/reading-messages';
import { rule, short } from '../support/alarms';
import { FakeClock } from '../support/fake-clock';
import { StoredNode } from '../support/stored-node';

class Told {
  readonly edges: string[] = [];
  readonly summaries: AlarmSummary[] = [];
  readonly from: string[] = [];
  restored = 0;
}

const BMS: Provenance = {
  ...{ device: 'Bank', protocol: 'jbd', address: '', timestamp: 1, duration: 2, sequence: 3 },
  link: {
    ...{ requests: 4, answers: 4, foreignFrames: 0, badChecksums: 0, discardedBytes: 0 },
    ...{ impossibleAnswers: 0, impossibleValues: 0, skippedPolls: 0 },
  },
};

describe('AlarmWatch', () => {
  let clock: FakeClock;
  let stored: StoredNode;

  beforeEach(() => {
    clock = new FakeClock();
    stored = new StoredNode();
  });

  interface Watching extends Told {
    watch: AlarmWatch;
    read(reading: Reading): void;
    lose(): void;
  }

  function watching(rules: Rule[] = [rule({})], deviceId = 'device'): Watching {
    const told = new Told();
    const watch = new AlarmWatch({
      node: stored.node,
      deviceId,
      settings: { rules, includeDevice: true },
      clock,
      onChange: (edges, summary, bms) => {
        told.edges.push(...edges.map(short));
        if (summary !== undefined) told.summaries.push(summary);
        told.from.push(bms.device);
      },
      onRestored: () => {
        told.restored++;
      },
    });
    const at = (): { wall: number; monotonic: number } => ({ wall: clock.now(), monotonic: clock.monotonic() });
    return Object.assign(told, {
      watch,
      read: (reading: Reading) => watch.take({ kind: 'reading', reading, at: at() }, BMS),
      lose: () => watch.take({ kind: 'lost', at: at() }, BMS),
    });
  }

  it('tells nothing from within its constructor, and then everything in order', async () => {
    const one = watching();
    one.lose();
    one.read({ soc: 10 });
    assert.deepEqual([one.edges, one.watch.current], [[], undefined]);
    await clock.tick(0);
    assert.deepEqual(one.edges, ['+communication_lost', '-communication_lost', '+soc_low']);
    assert.equal(one.restored, 1);
    assert.equal(one.watch.current?.count, 1);
    assert.deepEqual(one.from, ['Bank', 'Bank']);
    assert.equal(clock.timers, 0);
  });

  it('goes on after a deploy, holds included', async () => {
    const rules = [rule({}), rule({ code: 'later', limit: 15, hold: 60 })];
    const one = watching(rules);
    await clock.tick(0);
    one.read({ soc: 10 });
    one.watch.close();
    stored.store = undefined;
    await clock.tick(60_000);
    const two = watching(rules);
    await clock.tick(0);
    assert.deepEqual([two.watch.current?.count, two.summaries], [1, []]);
    two.read({ soc: 10 });
    assert.deepEqual(two.edges, ['+later']);
    two.read({ soc: 50 });
    assert.deepEqual(two.edges, ['+later', '-soc_low', '-later']);
    assert.deepEqual(
      two.summaries.map(({ count }) => count),
      [2, 0],
    );
  });

  it('goes on after a restart with a context store, where holds start afresh', async () => {
    const rules = [rule({}), rule({ code: 'later', hold: 60 })];
    const one = watching(rules);
    await clock.tick(0);
    one.read({ soc: 10 });
    one.watch.close();
    forgetAlarms(stored.node);
    await clock.tick(60_000);
    const two = watching(rules);
    await clock.tick(0);
    two.read({ soc: 10 });
    assert.deepEqual(two.edges, []);
    assert.deepEqual(
      two.watch.current?.active.map(({ code, since }) => [code, since]),
      [['soc_low', Date.UTC(2026, 0, 1)]],
    );
  });

  it('waits for a slow context store, and neither loses nor doubles an edge', async () => {
    const one = watching();
    await clock.tick(0);
    one.read({ soc: 10 });
    one.watch.close();
    forgetAlarms(stored.node);
    stored.questions = [];
    const two = watching();
    await clock.tick(0);
    two.read({ soc: 10 });
    two.read({ soc: 50 });
    two.read({ soc: 10 });
    const asked = two.watch.summary();
    await clock.tick(9_000);
    assert.deepEqual(two.edges, []);
    for (const answer of stored.questions) answer();
    assert.deepEqual(two.edges, ['-soc_low', '+soc_low']);
    assert.equal((await asked).count, 1);
    for (const answer of stored.questions) answer();
    assert.deepEqual([two.restored, clock.timers], [1, 0]);
  });

  it('does not wait for ever, and takes no answer afterwards', async () => {
    stored.questions = [];
    const one = watching();
    await clock.tick(0);
    one.read({ soc: 10 });
    await clock.tick(10_000);
    assert.deepEqual(one.edges, ['+soc_low']);
    stored.store = { deviceId: 'device', active: [] };
    for (const answer of stored.questions) answer();
    assert.equal(one.watch.current?.count, 1);
  });

  it('begins with nothing when the store fails, or holds something else', async () => {
    stored.failure = new Error('disk full');
    const one = watching();
    await clock.tick(0);
    one.read({ soc: 10 });
    assert.deepEqual(one.edges, ['+soc_low']);
    assert.deepEqual(stored.notes, ['disk full', 'disk full']);
    one.watch.close();
    stored.failure = undefined;
    for (const garbage of [null, 7, 'x', {}, { deviceId: 5, active: [] }, { deviceId: 'device', active: [{}] }]) {
      stored = new StoredNode();
      stored.store = garbage;
      const other = watching();
      await clock.tick(0);
      assert.equal(other.watch.current?.count, 0);
    }
  });

  it('writes only when something has changed', async () => {
    const one = watching();
    await clock.tick(0);
    for (const soc of [50, 50, 10, 9, 8, 50, 50]) one.read({ soc });
    assert.equal(stored.writes, 2);
    assert.equal(one.summaries.length, 2);
  });

  it('tells nothing after it was closed, also when the store answers then', async () => {
    stored.questions = [];
    const one = watching();
    await clock.tick(0);
    one.read({ soc: 10 });
    one.watch.close();
    one.read({ soc: 10 });
    for (const answer of stored.questions) answer();
    await clock.tick(20_000);
    assert.deepEqual([one.edges, one.restored, clock.timers], [[], 0, 0]);
    const two = watching();
    two.watch.close();
    await clock.tick(0);
    assert.equal(stored.questions.length, 1);
  });

  it('ends the alarms of another device with the first reading of this one', async () => {
    const rules = [rule({}), rule({ code: 'hot', field: 'mosTemperature', operator: '>', limit: 80 })];
    const one = watching(rules);
    await clock.tick(0);
    one.read({ soc: 10, mosTemperature: 90, alarms: [{ code: 'afe_fault', level: 'fault', message: 'Broken.' }] });
    one.watch.close();
    const two = watching(rules, 'other');
    await clock.tick(0);
    two.lose();
    assert.deepEqual(two.edges, ['+communication_lost']);
    two.watch.close();
    const three = watching(rules, 'other');
    await clock.tick(0);
    three.read({ soc: 10 });
    assert.deepEqual(three.edges, ['-communication_lost', '-afe_fault', '-soc_low', '-hot', '+soc_low']);
    three.read({ soc: 10 });
    assert.equal(three.edges.length, 5);
  });

  it('hands out objects that a flow may change', async () => {
    const one = watching();
    await clock.tick(0);
    one.read({ soc: 10 });
    for (const summary of [await one.watch.summary(), ...one.summaries]) {
      Object.assign(summary.active[0] ?? {}, { code: 'changed', level: 'none' });
      summary.active.length = 0;
    }
    assert.equal(one.watch.current?.active[0]?.code, 'soc_low');
    one.read({ soc: 50 });
    assert.deepEqual(one.edges, ['+soc_low', '-soc_low']);
  });
});
