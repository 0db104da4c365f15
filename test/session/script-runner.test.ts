import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { daly } from '../../src/codec/daly';
import type { Script, Step } from '../../src/codec/protocol';
import { isRefusal } from '../../src/codec/kit/refusal';
import { ScriptRunner } from '../../src/session/script-runner';
import { busOnLine } from '../support/device-line';

const READ = 'a540900800000000000000007d';
const ANSWER = 'a501900802100000753002584f';
const COMMAND = 'a540d9080000000000000000c6';

function step(request: string, options: Partial<Step> = {}): Step {
  return {
    name: request.slice(4, 6),
    request: Buffer.from(request, 'hex'),
    isWrite: false,
    match: () => 'complete',
    ...options,
  };
}

/** A script of one step. */
const only = (...args: Parameters<typeof step>) =>
  function* (): Script<void> {
    yield step(...args);
  };

const refuse = (): BmsError => new BmsError('rejected', say`no`);

function setUp() {
  const { clock, link, bus } = busOnLine((_request, reply) => reply(ANSWER));
  const runner = new ScriptRunner({
    bus,
    protocol: daly,
    profile: { ...daly.profile, retries: 2 },
    priority: 'control',
  });
  const run = async <T>(script: () => Script<T>): Promise<T | string> => {
    const done = runner.run(script()).catch((error: unknown) => (error as BmsError).code);
    await clock.tick(10_000);
    return done;
  };
  return { clock, link, runner, run };
}

describe('ScriptRunner', () => {
  it('gives the frames of the answers to the script, and returns what it returns', async () => {
    const { run, runner } = setUp();
    const length = await run(function* () {
      const [first] = yield step(READ);
      const [second] = yield step(READ);
      return (first?.length ?? 0) + (second?.length ?? 0);
    });
    assert.equal(length, 26);
    assert.equal(runner.acted, false);
  });

  it('repeats what only reads, and nothing else', async () => {
    const { run, link, runner } = setUp();
    link.script = () => undefined;
    assert.equal(await run(only(READ)), 'timeout');
    assert.equal(link.sent.length, 3);
    assert.equal(await run(only(READ, { optional: true })), 'timeout');
    assert.equal(link.sent.length, 4);
    assert.equal(await run(only(COMMAND, { isWrite: true })), 'timeout');
    assert.equal(link.sent.length, 5);
    assert.equal(runner.acted, true);
  });

  it('repeats what was answered with a damaged frame', async () => {
    const { run, link } = setUp();
    link.script = (_request, reply) => reply(link.sent.length === 1 ? ANSWER.replace(/..$/, '00') : ANSWER);
    assert.equal(
      await run(function* () {
        const [frame] = yield step(READ);
        return frame?.toString('hex');
      }),
      ANSWER,
    );
    assert.equal(link.sent.length, 2);
  });

  it('does not repeat what was refused', async () => {
    const { run, link } = setUp();
    assert.equal(await run(only(READ, { match: refuse })), 'rejected');
    assert.equal(link.sent.length, 1);
  });

  it('lets a script try again what the board has refused', async () => {
    const { run, link, runner } = setUp();
    const result = await run(function* () {
      try {
        yield step(COMMAND, { isWrite: true, match: refuse });
      } catch (error) {
        assert.ok(isRefusal(error));
        assert.equal(runner.acted, false);
      }
      yield step(READ);
      yield step(COMMAND, { isWrite: true });
      return 'done';
    });
    assert.equal(result, 'done');
    assert.equal(link.sent.filter((request) => request === COMMAND).length, 2);
    assert.equal(runner.acted, true);
  });

  it('does not let a script send again what may have been done', async () => {
    const { run, link } = setUp();
    link.script = (request, reply) => request.toString('hex') === READ && reply(ANSWER);
    const result = await run(function* () {
      try {
        yield step(COMMAND, { isWrite: true });
      } catch {
        yield step(COMMAND, { isWrite: true });
      }
    });
    assert.equal(result, 'rejected');
    assert.equal(link.sent.filter((request) => request === COMMAND).length, 1);
  });

  it('lets a script put things right before its error goes on', async () => {
    const { run, link } = setUp();
    link.script = (request, reply) => request.toString('hex') === READ && reply(ANSWER);
    const result = await run(function* () {
      try {
        yield step(COMMAND, { isWrite: true });
      } finally {
        yield step(READ);
      }
    });
    assert.equal(result, 'timeout');
    assert.deepEqual(link.sent, [COMMAND, READ]);
  });

  it('does not count as acted what never went out', async () => {
    const { clock, run, link, runner } = setUp();
    await clock.tick(10);
    link.refuse = new BmsError('port_not_found', say`gone`);
    link.drop();
    const result = await run(only(COMMAND, { isWrite: true }));
    assert.equal(result, 'port_not_found');
    assert.equal(runner.acted, false);
  });

  it('keeps to the times and frames of a step', async () => {
    const { clock, link, run } = setUp();
    const sentAt: number[] = [];
    link.script = (_request, reply) => {
      sentAt.push(clock.monotonic());
      reply('ff', 100);
    };
    const frames = { maxLength: 1, measure: (): number => 1 };
    const result = await run(function* () {
      const [frame] = yield step(READ, { frames, gapMs: 150 });
      yield step(READ, { frames, timeoutMs: 200 });
      return frame?.toString('hex');
    });
    assert.equal(result, 'ff');
    assert.equal((sentAt[1] ?? 0) - (sentAt[0] ?? 0), 250);
  });
});
