import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Action, Protocol } from '../../src/codec/protocol';
import { Bus } from '../../src/session/bus';
import { Device } from '../../src/session/device';
import { OpenModes, type OpenMode } from '../../src/session/open-modes';
import { preparedBench, type ControlBench, valuesOf } from '../support/control-scenes';
import { ScriptedLink } from '../support/scripted-link';

/** What keeps a board from being reached, from a moment on. */
const FAILURES: Readonly<Record<string, (bench: ControlBench) => void>> = {
  'the line is down': ({ link }) => {
    link.refuse = new BmsError('port_not_found', say`the cable was pulled`);
    link.drop();
  },
  'the board is silent': ({ link }) => void (link.script = () => undefined),
};

/** When it comes, from the moment that a request goes out: it is answered after 10 ms. */
const MOMENTS_MS = [0, 11];

interface Left {
  bench: ControlBench;
  /** what would be kept beyond the end of the process */
  modes: readonly OpenMode[];
  /** whether the action had come so far */
  isReached: boolean;
}

/** Begins an action; after its n-th request the board cannot be reached any more, and everything stops. */
async function leftAt(protocol: Protocol, action: Action, nth: number, afterMs: number, how: string): Promise<Left> {
  const value = valuesOf(action)[0] ?? true;
  const bench = await preparedBench(protocol, action, value);
  const { clock, link, device, bus } = bench;
  let modes: readonly OpenMode[] = [];
  bus.modes.changed.subscribe((all) => (modes = all));
  const board = link.script;
  let requests = 0;
  link.script = (request, reply) => {
    board(request, reply);
    if (++requests === nth) clock.after(afterMs, () => FAILURES[how]?.(bench));
  };
  const done = device.control({ action: action.name, value, confirm: action.name }).catch(() => undefined);
  for (let passed = 0; passed < 2000 && requests < nth; passed += 5) await clock.tick(5);
  await clock.tick(1000);
  device.stop();
  const closed = bus.close();
  await clock.tick(8000);
  await Promise.all([done, closed]);
  link.script = board;
  return { bench, modes, isReached: requests >= nth };
}

/** What goes over a new line to the same board after a restart, hex. */
async function restarted({ bench, modes }: Left, options: { late?: boolean } = {}): Promise<string[]> {
  const { clock, pack, protocol } = bench;
  const sent: string[] = [];
  const link = new ScriptedLink(clock, (request, reply) => {
    sent.push(request.toString('hex'));
    const board = {
      switches: pack.switches,
      balances: false,
      memory: pack.memory,
      settings: pack.settings,
      execute: () => assert.fail('nothing is switched'),
    };
    const answer = protocol.emulate(request)?.answer(pack.read(), board);
    if (answer !== undefined && answer.length > 0) reply(answer, 10);
  });
  const bus = new Bus({ link, clock });
  let left = modes;
  bus.modes.changed.subscribe((all) => (left = all));
  if (options.late !== true) bus.modes.recall(modes);
  const device = new Device({ name: 'Bank', bus, protocol, address: undefined, pollIntervalMs: 1000, clock });
  device.start();
  bus.open();
  await clock.tick(5000);
  if (options.late === true) bus.modes.recall(modes);
  await clock.tick(5000);
  device.stop();
  await bus.close();
  assert.deepEqual(left, [], 'a mode stays open');
  return sent;
}

describe('a board that was left in a mode when everything stopped', () => {
  for (const protocol of PROTOCOLS) {
    const endings = (protocol.modeExits ?? []).map(({ request }) => request.toString('hex'));

    for (const action of protocol.actions ?? []) {
      for (const how of Object.keys(FAILURES)) {
        it(`is taken out of it, once, at the next start: ${protocol.id} ${action.name}, ${how}`, async () => {
          let isReached = true;
          let wasOpen = false;
          for (let nth = 1; isReached && nth <= 12; nth++) {
            for (const afterMs of MOMENTS_MS) {
              const left = await leftAt(protocol, action, nth, afterMs, how);
              ({ isReached } = left);
              const when = `request ${nth}, ${afterMs} ms after it`;
              const { memory } = left.bench.pack;
              if (memory.get('factoryMode') === 1) assert.equal(left.modes.length, 1, `${when}: not kept`);
              wasOpen ||= left.modes.length > 0;
              const sent = await restarted(left);
              assert.equal(memory.get('factoryMode') ?? 0, 0, when);
              const ended = sent.filter((request) => endings.includes(request));
              assert.equal(ended.length, left.modes.length, when);
            }
          }
          const entersMode = protocol.id === 'jbd' && ['soc', 'capacity', 'balancing'].includes(action.name);
          assert.equal(wasOpen, entersMode);
        });
      }
    }
  }

  const jbd = PROTOCOLS.find(({ id }) => id === 'jbd');
  const soc = jbd?.actions?.find(({ name }) => name === 'soc');
  assert.ok(jbd && soc);

  it('is taken out of it as well when that is known late', async () => {
    const left = await leftAt(jbd, soc, 2, 11, 'the line is down');
    assert.equal(left.modes.length, 1);
    await restarted(left, { late: true });
    assert.equal(left.bench.pack.memory.get('factoryMode'), 0);
  });
});

describe('OpenModes', () => {
  const [protocol, other] = PROTOCOLS;
  const ending = protocol?.modeExits?.[0];
  assert.ok(protocol && other && ending);
  const mode: OpenMode = { protocol, address: 0, ending };

  function setUp(): { modes: OpenModes; told: number[] } {
    const modes = new OpenModes();
    const told: number[] = [];
    modes.changed.subscribe((all) => told.push(all.length));
    return { modes, told };
  }

  it('tells what begins and ends, once', () => {
    const { modes, told } = setUp();
    assert.equal(modes.entered(mode), true);
    assert.equal(modes.entered(mode), false);
    modes.left({ protocol: other, address: 0 });
    modes.left({ protocol, address: 7 });
    modes.left(mode);
    assert.deepEqual(told, [1, 0]);
  });

  it('gives what was open before to one device of that board only', () => {
    const { modes, told } = setUp();
    let recalled = 0;
    modes.recalled.subscribe(() => recalled++);
    modes.recall([]);
    modes.recall([mode]);
    assert.equal(recalled, 1);
    assert.equal(modes.takeFormer({ protocol: other, address: 0 }), undefined);
    assert.equal(modes.takeFormer({ protocol, address: 0 }), mode);
    assert.equal(modes.takeFormer({ protocol, address: 0 }), undefined);
    modes.left(mode);
    assert.deepEqual(told, [0]);
  });

  it('ends what it has begun itself by itself', () => {
    const { modes } = setUp();
    modes.entered(mode);
    modes.recall([mode]);
    assert.equal(modes.takeFormer(mode), undefined);
  });
});

describe('every step that brings a board into a mode', () => {
  it('names an ending of its protocol, which is sent as often as need be', () => {
    for (const { id, modeExits: endings = [] } of PROTOCOLS) {
      for (const { isWrite: once, leavesMode: ends, name } of endings)
        assert.deepEqual([once, ends], [false, true], `${id}: ${name}`);
    }
  });
});
