import assert from 'node:assert/strict';
import type { ActionValue } from '../../src/battery/action';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Action, Protocol } from '../../src/codec/protocol';
import { preparedBench, valuesOf, type Mischief } from '../support/control-scenes';

/** The outcome of a wish, and how many requests that command went over the wire. */
async function result(protocol: Protocol, action: Action, value: ActionValue, mischief: Mischief) {
  const bench = await preparedBench(protocol, action, value);
  bench.mischief = mischief;
  bench.slownessMs = action.confirm.withinMs * 0.6;
  const outcome = await bench.wish({ action: action.name, value, confirm: action.name });
  const { commands, device, pack } = bench;
  const reading = pack.read();
  assert.equal(await bench.close(), 0, 'timers left');
  return { outcome, commands, device, reading };
}

/** What each mischief comes to, and how often the command may have gone over the wire. */
const SCENES: readonly { mischief: Mischief; comesTo: 'done' | readonly string[]; writes: number }[] = [
  { mischief: 'none', comesTo: 'done', writes: 1 },
  { mischief: 'refused', comesTo: ['rejected', 'unsupported', 'denied', 'timeout'], writes: 1 },
  { mischief: 'not obeyed', comesTo: ['not_confirmed'], writes: 1 },
  { mischief: 'acknowledgement lost', comesTo: 'done', writes: 1 },
  { mischief: 'acknowledgement and command lost', comesTo: ['timeout'], writes: 1 },
  { mischief: 'silent from then on', comesTo: ['timeout'], writes: 1 },
  { mischief: 'slow to show', comesTo: 'done', writes: 1 },
  { mischief: 'line lost, back in time', comesTo: 'done', writes: 1 },
  { mischief: 'line lost for long', comesTo: ['port_not_found', 'disconnected'], writes: 1 },
];

/** Requests on the wire when a board refuses all: where it has said no, some actions have another way to ask. */
const WRITES_REFUSED: Readonly<Record<string, number>> = {
  // as it is, and in factory mode (jbd.md 5)
  'jbd charge': 2,
  'jbd discharge': 2,
};

describe('actions', () => {
  for (const protocol of PROTOCOLS) {
    for (const action of protocol.actions ?? []) {
      if (action.confirm.proof !== undefined) continue;
      describe(`${protocol.id}: ${action.name}`, () => {
        for (const { mischief, comesTo, writes: usual } of SCENES) {
          const others = mischief === 'refused' ? WRITES_REFUSED[`${protocol.id} ${action.name}`] : undefined;
          const writes = others ?? usual;
          it(`with this mischief: ${mischief}`, async () => {
            for (const value of valuesOf(action)) {
              const { outcome, commands } = await result(protocol, action, value, mischief);
              if (comesTo === 'done') {
                assert.ok(typeof outcome === 'object', `${value}: ${JSON.stringify(outcome)}`);
                assert.equal(outcome.action, action.name);
                assert.equal(outcome.value, value);
                if (typeof value === 'boolean' && outcome.after !== undefined) assert.equal(outcome.after, value);
              } else {
                assert.ok(typeof outcome === 'string', `${value}: ${JSON.stringify(outcome)}`);
                assert.ok(comesTo.includes(outcome), `${value}: ${outcome}`);
              }
              assert.equal(commands.length, writes, `${value}: ${JSON.stringify(commands)}`);
              for (const command of commands) assert.equal(command.action, action.name);
            }
          });
        }
      });
    }
  }

  for (const protocol of PROTOCOLS) {
    for (const action of protocol.actions ?? []) {
      const { proof } = action.confirm;
      if (proof === undefined) continue;
      describe(`${protocol.id}: ${action.name}`, () => {
        it('is proved by silence', async () => {
          const { outcome, commands } = await result(protocol, action, true, 'none');
          assert.deepEqual(outcome, { action: action.name, value: true, before: true, after: proof === 'restart' });
          assert.equal(commands.length, 1);
        });

        it('is not confirmed by a board that goes on as before', async () => {
          const { outcome, commands } = await result(protocol, action, true, 'not obeyed');
          assert.ok(outcome === 'not_confirmed' || outcome === 'timeout', JSON.stringify(outcome));
          assert.equal(commands.length, 1);
        });

        it('is not proved by a wire that is gone', async () => {
          const bench = await preparedBench(protocol, action, true);
          bench.mischief = 'not obeyed';
          const wish = bench.wish({ action: action.name, value: true, confirm: action.name });
          for (let passed = 0; passed < 10_000 && bench.commands.length === 0; passed += 10) await bench.clock.tick(10);
          bench.link.refuse = new BmsError('port_not_found', say`the cable was pulled`);
          bench.link.drop();
          await bench.clock.tick(5000);
          if (proof === 'restart') bench.link.refuse = undefined;
          const outcome = await wish;
          assert.ok(typeof outcome === 'string', JSON.stringify(outcome));
          assert.equal(bench.commands.length, 1);
          assert.equal(await bench.close(), 0, 'timers left');
        });

        it('needs to be said twice', async () => {
          const bench = await preparedBench(protocol, action, true);
          assert.equal(await bench.wish({ action: action.name, value: true }), 'denied');
          assert.equal(await bench.wish({ action: action.name, value: true, confirm: true }), 'denied');
          assert.equal(bench.commands.length, 0);
        });
      });
    }
  }
});
