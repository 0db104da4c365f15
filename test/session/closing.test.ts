import assert from 'node:assert/strict';
import type { ActionValue } from '../../src/battery/action';
import type { BmsError } from '../../src/battery/errors';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Action, Protocol } from '../../src/codec/protocol';
import { preparedBench, valuesOf, type ControlBench } from '../support/control-scenes';

/** Node-RED waits for a node that closes for 15 s. */
const CLOSE_LIMIT_MS = 8000;

/** When a deploy comes, from the moment that a request goes out: it is answered after 10 ms. */
const MOMENTS_MS = [0, 5, 11];

/** How what is running is ended. */
const ENDINGS: Readonly<Record<string, (bench: ControlBench) => Promise<void>>> = {
  'a deploy of everything': ({ device, bus }) => {
    device.stop();
    return bus.close();
  },
  'the line first': ({ device, bus }) => {
    const closed = bus.close();
    device.stop();
    return closed;
  },
  'the last node that uses the line': ({ device, bus }) => {
    device.stop();
    return bus.release();
  },
};

interface Ended {
  /** undefined: it was confirmed */
  error: BmsError | undefined;
  /** how many commands the board has obeyed */
  commands: number;
  /** requests that went out */
  requests: number;
  memory: ReadonlyMap<string, number>;
  settings: ReadonlyMap<string, Buffer>;
}

/**
 * Carries out an action, and ends everything so long after its n-th request has gone out.
 * @param nth from 1; 0 lets it end by itself
 */
async function endedAt(
  protocol: Protocol,
  action: Action,
  value: ActionValue,
  nth: number,
  afterMs = 0,
  end = ENDINGS['a deploy of everything'],
): Promise<Ended> {
  const bench = await preparedBench(protocol, action, value);
  const { clock, link } = bench;
  const board = link.script;
  let requests = 0;
  let closing: Promise<void> | undefined;
  let tookMs = 0;
  link.script = (request, reply) => {
    board(request, reply);
    if (++requests !== nth) return;
    clock.after(afterMs, () => {
      const from = clock.monotonic();
      closing = end?.(bench).then(() => void (tookMs = clock.monotonic() - from));
    });
  };
  let error: BmsError | undefined;
  const done = bench.device.control({ action: action.name, value, confirm: action.name }).then(
    () => undefined,
    (thrown: unknown) => (error = thrown as BmsError),
  );
  for (
    let passed = 0;
    passed < 60_000 && (nth === 0 ? bench.commands.length === 0 : closing === undefined);
    passed += 5
  ) {
    await clock.tick(5);
  }
  await clock.tick(nth === 0 ? 60_000 : CLOSE_LIMIT_MS);
  await Promise.all([done, closing]);
  assert.ok(tookMs <= CLOSE_LIMIT_MS, `took ${tookMs} ms`);
  if (nth > 0) assert.equal(link.openChannels, 0);
  const ended = {
    error,
    commands: bench.commands.length,
    requests,
    memory: new Map(bench.pack.memory),
    settings: bench.pack.settings,
  };
  assert.equal(await bench.close(), 0, 'timers left');
  return ended;
}

describe('a deploy in the midst of an action', () => {
  for (const protocol of PROTOCOLS) {
    for (const action of protocol.actions ?? []) {
      const value = valuesOf(action)[0] ?? true;

      it(`leaves ${protocol.id} wholly switched or not at all, and in its normal mode: ${action.name}`, async () => {
        const untouched = (await preparedBench(protocol, action, value)).pack.memory;
        const whole = await endedAt(protocol, action, value, 0);
        for (let nth = 1; nth <= whole.requests; nth++) {
          for (const afterMs of MOMENTS_MS) {
            const when = `request ${nth}, ${afterMs} ms after it`;
            const { error, commands, memory } = await endedAt(protocol, action, value, nth, afterMs);
            assert.ok(commands === 0 || commands === whole.commands, `${when}: ${commands} commands`);
            const expected = commands === 0 ? untouched : whole.memory;
            assert.deepEqual(settingsIn(memory), settingsIn(expected), when);
            if (error === undefined) continue;
            assert.equal(error.code, 'closed', `${when}: ${error.code}, ${error.message}`);
            const says = commands > 0 ? /was sent once/ : /nothing was sent/i;
            assert.match(error.message, says, `${when}: ${error.message}`);
          }
        }
      });
    }
  }

  for (const [how, end] of Object.entries(ENDINGS)) {
    it(`is the same whatever it closes first: ${how}`, async () => {
      const jbd = PROTOCOLS.find(({ id }) => id === 'jbd');
      const capacity = jbd?.actions?.find(({ name }) => name === 'capacity');
      assert.ok(jbd && capacity);
      for (let nth = 1; nth <= 8; nth++) {
        const { memory, settings, commands } = await endedAt(jbd, capacity, 120, nth, 5, end);
        assert.equal(memory.get('factoryMode') ?? 0, 0, `request ${nth}`);
        // 80 % of 120 Ah, in 0.01 Ah
        assert.equal(settings.get('11')?.readUInt16BE(0) === 9600, commands > 0, `request ${nth}`);
      }
    });
  }
});

/** What a board remembers beside being unlocked, with modes that it is not in left out. */
function settingsIn(memory: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...memory].filter(([key, value]) => value !== 0 && !/unlock|lock|level/i.test(key)));
}
