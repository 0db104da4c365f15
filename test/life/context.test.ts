import assert from 'node:assert/strict';
import type { Config } from '../support/fake-red';
import { DalyWitness } from '../witness/boards/daly';
import { JbdWitness } from '../witness/boards/jbd';
import type { WitnessBoard } from '../witness/boards/board';
import { endWorld, World } from './world';

const LINE = '192.168.1.5:8899';

/** Nodes for one board behind a bridge. */
function flow(protocol: string, device: Config = {}, control: Config = {}, ids: Record<string, string> = {}): Config[] {
  const { connection = 'connection', pack = 'device', port = '8899' } = ids;
  return [
    { id: connection, type: 'bms-connection', name: 'line', transport: 'tcp', tcpHost: '192.168.1.5', tcpPort: port },
    {
      ...{ id: pack, type: 'bms-device', name: 'pack', connection, protocol, address: '', pollInterval: 2 },
      ...{ timeout: '', retries: '', cellsEvery: 1, allowControl: true, credentials: {}, ...device },
    },
    { id: 'read', type: 'bms-read', device: pack, topic: '', emit: 'poll', format: 'object' },
    {
      ...{ id: 'control', type: 'bms-control', device: pack, value: 'payload', valueType: 'msg', topic: '' },
      ...{ action: '', deadMan: '', safeValue: 'off', restore: false, minInterval: '', maxAge: '', ...control },
    },
  ];
}

const isRead = (world: World) => (): boolean => world.sent.some(({ node }) => node === 'read');

/** How often a board was told to leave its mode. */
const leavings = ({ log }: WitnessBoard): number =>
  log.filter(({ kind, value }) => kind === 'mode' && value === false).length;

describe('a mode that was left open when everything stopped', () => {
  let world: World;
  after(endWorld);
  beforeEach(() => (world = new World()));
  afterEach(async () => {
    await world.end();
    world.dispose();
  });

  /** A board whose line breaks in the midst of an action, and nodes that stop before it is back. */
  async function leftInMode(): Promise<JbdWitness> {
    const board = new JbdWitness({ clock: world.clock });
    const line = world.line(LINE).hang(board);
    world.configure(flow('jbd'));
    world.start();
    assert.ok(await world.until(isRead(world), 10_000));
    world.tell('control', { action: 'soc', value: 70 });
    assert.ok(await world.until(() => board.log.some(({ kind }) => kind === 'setting'), 10_000));
    line.bridge = 'refuses';
    line.drop();
    await world.clock.tick(1000);
    return board;
  }

  /** The nodes start anew on a line that is back. */
  async function back(configs: readonly Config[], start: 'deploy' | 'restart'): Promise<void> {
    await world.stop();
    world.configure(configs);
    world.line(LINE).bridge = 'accepts';
    if (start === 'restart') await world.restart();
    else world.start();
    await world.clock.tick(20_000);
  }

  /** The flow after it, and whether the board is known to be the same. */
  const FLOWS: readonly (readonly [string, Config[], 'deploy' | 'restart', boolean])[] = [
    ['a deploy', flow('jbd'), 'deploy', true],
    ['a restart', flow('jbd'), 'restart', true],
    ['a deploy in which switching is forbidden', flow('jbd', { allowControl: false }), 'deploy', true],
    ['a restart after which switching is forbidden', flow('jbd', { allowControl: false }), 'restart', true],
    ['a deploy without polls', flow('jbd', { pollInterval: 0 }), 'deploy', true],
    ['a restart without polls', flow('jbd', { pollInterval: 0 }), 'restart', true],
    ['a deploy that leaves the protocol open', flow('auto'), 'deploy', true],
    ['another device', flow('jbd', {}, {}, { pack: 'device2' }), 'deploy', true],
    ['another device after a restart', flow('jbd', {}, {}, { pack: 'device2' }), 'restart', true],
    [
      'another connection to the same place',
      flow('jbd', {}, {}, { connection: 'c2', pack: 'device2' }),
      'deploy',
      true,
    ],
    ['a connection to elsewhere', flow('jbd', {}, {}, { port: '8900' }), 'deploy', false],
    ['a connection to elsewhere after a restart', flow('jbd', {}, {}, { port: '8900' }), 'restart', false],
    ['another protocol', flow('daly'), 'deploy', false],
  ];

  for (const [what, configs, start, isSame] of FLOWS) {
    it(`${isSame ? 'is ended, once' : 'is not what is there'}: ${what}`, async () => {
      const board = await leftInMode();
      const before = leavings(board);
      world.line('192.168.1.5:8900').hang(new JbdWitness({ clock: world.clock }));
      await back(configs, start);
      assert.equal(board.isNormal, isSame);
      assert.equal(leavings(board) - before, isSame ? 1 : 0);
      const others = world.line('192.168.1.5:8900').boards;
      assert.deepEqual(
        others.map(({ log }) => log.length),
        [0],
      );
      // What is done is forgotten.
      if (!isSame) return;
      await back(configs, 'restart');
      assert.equal(leavings(board) - before, 1);
    });
  }

  it('is ended also where the context store answers late', async () => {
    const board = await leftInMode();
    world.storeAnswersAfterMs = 6000;
    await back(flow('jbd'), 'restart');
    assert.equal(board.isNormal, true);
  });

  it('is nothing where somebody has written something else into the context', async () => {
    const board = await leftInMode();
    await world.stop();
    const context = world.contextOf('connection');
    const kept = context.get('openModes') as { destination: string; modes: object[] };
    assert.equal(kept.modes.length, 1);
    const [mode] = kept.modes;
    const odd = [
      ...[7, null, [], { destination: kept.destination }, { ...kept, destination: 'tcp elsewhere 1' }],
      ...[{ protocol: 'other' }, { address: '0' }, { address: 1.5 }, { ending: 'dd5ae10200031d1a77' }].map(
        (change) => ({
          ...{ ...kept, modes: [null, 7, { ...mode, ...change }] },
        }),
      ),
    ];
    const before = board.log.length;
    for (const value of odd) {
      context.set('openModes', value);
      await back(flow('jbd'), 'restart');
      assert.equal(board.log.length, before, JSON.stringify(value));
    }
    assert.equal(board.isNormal, false);
    context.set('openModes', kept);
    await back(flow('jbd'), 'restart');
    assert.equal(board.isNormal, true);
  });
});

describe('a context store that does not answer', () => {
  let world: World;
  let board: DalyWitness;
  after(endWorld);
  beforeEach(() => {
    world = new World();
    world.storeAnswersAfterMs = Infinity;
    board = new DalyWitness({ clock: world.clock });
    world.line(LINE).hang(board);
  });
  afterEach(async () => {
    await world.end();
    assert.equal(world.clock.timers, 0);
    world.dispose();
  });

  it('keeps nothing from being switched for longer than ten seconds, and is told of once', async () => {
    world.configure(flow('daly'));
    await world.restart(0);
    assert.ok(await world.until(isRead(world), 10_000), 'readings go on meanwhile');
    const early = world.tell('control', { action: 'charge', value: false });
    await world.clock.tick(2000);
    assert.equal(early.error?.code, 'denied');
    assert.deepEqual(board.changes, []);
    await world.clock.tick(10_000);
    const late = world.tell('control', { action: 'charge', value: false });
    await world.clock.tick(5000);
    assert.equal(late.error, undefined);
    assert.deepEqual(board.changes, ['charge=false']);
    const told = world.logOf('device').filter((line) => line === 'bms-device.log.notRecalled');
    assert.equal(told.length, 1);
  });

  it('keeps no dead-man switch waiting for longer', async () => {
    world.configure(flow('daly', {}, { action: 'charge', deadMan: 5 }));
    await world.restart(0);
    await world.clock.tick(9900);
    assert.deepEqual(board.changes, []);
    await world.clock.tick(1500);
    assert.deepEqual(board.changes, ['charge=false']);
    assert.deepEqual(world.errors, []);
  });

  it('is not told of when everything stops before', async () => {
    world.configure(flow('daly'));
    await world.restart(0);
    await world.clock.tick(1000);
    await world.stop();
    assert.equal(world.clock.timers, 0);
  });

  it('is waited for when it answers in time: what it knows counts', async () => {
    world.storeAnswersAfterMs = 4000;
    world.configure(flow('daly', {}, { action: 'charge', deadMan: 2 }));
    await world.restart(0);
    await world.clock.tick(3900);
    assert.deepEqual(board.changes, []);
    await world.clock.tick(2000);
    assert.deepEqual(board.changes, ['charge=false']);
    assert.deepEqual(
      world.logOf('device').filter((line) => line === 'bms-device.log.notRecalled'),
      [],
    );
  });
});
