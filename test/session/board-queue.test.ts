import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { BoardQueue, type Job } from '../../src/session/board-queue';
import type { ActionResult } from '../../src/session/action-request';
import { settle } from '../support/fake-clock';

type Name = 'charge' | 'discharge';

/** A queue whose actions end when the test says so. */
class Bench {
  readonly queue = new BoardQueue();
  /** what has begun, in turn */
  readonly begun: string[] = [];
  readonly endings = new Map<number, string[]>();
  inProgress = 0;
  private readonly ends: (() => void)[] = [];
  private serial = 0;

  add(lane: Job['lane'], action: Name, value: boolean, owner: object = this): number {
    const serial = ++this.serial;
    const job: Job = {
      ...{ lane, owner, action: { name: action, value }, key: `${lane} ${action} ${value}` },
      perform: async (): Promise<ActionResult> => {
        this.begun.push(`${lane} ${action} ${value} ${serial}`);
        this.inProgress++;
        await new Promise<void>((resolve) => this.ends.push(resolve));
        this.inProgress--;
        return { action, value };
      },
      replaced: () => new BmsError('queue_full', say`replaced`),
    };
    this.endings.set(serial, []);
    const note = (how: string) => this.endings.get(serial)?.push(how);
    this.queue.add(job).then(
      () => note('done'),
      (error: unknown) => note((error as BmsError).code),
    );
    return serial;
  }

  async endOne(): Promise<void> {
    this.ends.shift()?.();
    await settle();
  }

  async endAll(): Promise<void> {
    for (let most = 0; most < 1000 && this.inProgress > 0; most++) await this.endOne();
  }
}

describe('BoardQueue', () => {
  it('does one thing at a time, ends each once, and ends with what was requested last', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constantFrom<Name>('charge', 'discharge'), fc.boolean()) },
      { weight: 1, arbitrary: fc.constant('end' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const bench = new Bench();
        const last = new Map<Name, boolean>();
        for (const each of steps) {
          if (each === 'end') await bench.endOne();
          else {
            last.set(each[0], each[1]);
            bench.add('control', each[0], each[1]);
          }
          assert.ok(bench.inProgress <= 1);
        }
        await bench.endAll();
        await settle();
        for (const endings of bench.endings.values()) assert.equal(endings.length, 1);
        for (const [action, value] of last) {
          const done = bench.begun.filter((entry) => entry.split(' ')[1] === action).at(-1);
          assert.equal(done?.split(' ')[2], String(value), `${action} ends as requested last`);
        }
      }),
    );
  });

  it('has a place for a safe state however much waits, lets it go first, and drops what it contradicts', async () => {
    const bench = new Bench();
    bench.add('control', 'discharge', true);
    const contrary = bench.add('control', 'charge', true);
    bench.add('control', 'discharge', false);
    bench.add('safety', 'charge', false);
    await settle();
    assert.deepEqual(bench.endings.get(contrary), ['queue_full']);
    await bench.endAll();
    assert.deepEqual(bench.begun, ['control discharge true 1', 'safety charge false 4', 'control discharge false 3']);
  });

  it('lets a safe state go within the turn of an action that gives way', async () => {
    const bench = new Bench();
    bench.add('control', 'discharge', true);
    bench.add('safety', 'charge', false);
    const given = bench.queue.giveWay();
    await settle();
    assert.deepEqual(bench.begun, ['control discharge true 1', 'safety charge false 2']);
    await bench.endAll();
    assert.deepEqual(await given, ['charge']);
  });

  it('withdraws what waits for somebody, and nothing else', async () => {
    const bench = new Bench();
    const other = {};
    bench.add('control', 'charge', true);
    const mine = bench.add('control', 'discharge', true);
    const others = bench.add('control', 'discharge', true, other);
    bench.queue.withdraw(bench, new BmsError('closed', say`closed`));
    await bench.endAll();
    await settle();
    assert.deepEqual(bench.endings.get(mine), ['closed']);
    assert.deepEqual(bench.endings.get(others), ['done']);
  });
});
