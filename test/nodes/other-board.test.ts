import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import { daly } from '../../src/codec/daly';
import { load, type Config, type Loaded } from '../support/helper-flow';
import { ServedBoard, steadyPack } from '../support/served-board';

interface Caught {
  error: { message: string; code: string; source: { id: string } };
}

/** A board behind a bridge, a bms-read and a bms-control on it. What a device knows outlives its flow. */
function flow(port: number, device: Record<string, unknown> = {}, control: Record<string, unknown> = {}): Config[] {
  const id = 'device of another board';
  const wired = { z: 'tab', device: id, topic: '', wires: [['out']] };
  return [
    { id: 'tab', type: 'tab', label: 'test' },
    { id: 'connection', type: 'bms-connection', name: '', transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: port },
    {
      ...{ id, type: 'bms-device', name: 'Home', connection: 'connection', protocol: 'daly' },
      ...{ pollInterval: 0.5, allowControl: true, ...device },
    },
    { ...wired, id: 'read', type: 'bms-read', emit: 'poll', format: 'object' },
    { ...wired, id: 'control', type: 'bms-control', action: '', wires: [['switched']], ...control },
    { ...wired, id: 'alarm', type: 'bms-alarm', includeDevice: true, rules: [], wires: [[], []] },
    { id: 'out', type: 'helper', z: 'tab' },
    { id: 'switched', type: 'helper', z: 'tab' },
    { id: 'catcher', type: 'catch', z: 'tab', scope: null, wires: [['caught']] },
    { id: 'completer', type: 'complete', z: 'tab', scope: ['read'], wires: [['completed']] },
    { id: 'completed', type: 'helper', z: 'tab' },
    { id: 'caught', type: 'helper', z: 'tab' },
  ];
}

const isMarked = (message: Record<string, unknown>): boolean =>
  (message['bms'] as { otherBoard?: boolean }).otherBoard === true;

/** The first reading from now on that is marked, or is not. */
async function reading(loaded: Loaded, marked: boolean): Promise<{ cellCount?: number }> {
  for (let n = loaded.out.messages.length + 1; ; n++) {
    const message = await loaded.out.nth(n);
    if (isMarked(message) === marked) return message.payload as { cellCount?: number };
  }
}

const errorsOf = ({ caught }: Loaded): Caught['error'][] =>
  caught.messages.map((message) => (message as unknown as Caught).error);

async function nextError(loaded: Loaded): Promise<Caught['error']> {
  const message = await loaded.caught.nth(loaded.caught.messages.length + 1);
  return (message as unknown as Caught).error;
}

describe('another board on the line of a device', function () {
  this.timeout(30_000);
  let board: ServedBoard;

  beforeEach(async () => {
    board = await new ServedBoard(daly).listen();
  });
  afterEach(async () => {
    await helper.unload();
    await board.close();
  });

  /** The cable goes to a pack of 8 cells instead of 16. */
  async function swap(): Promise<void> {
    await board.close();
    board.pack = steadyPack(8);
    await board.listen();
  }

  it('is one error, marks the readings, and is switched only once somebody has accepted it', async () => {
    const loaded = await load(flow(board.port));
    assert.equal((await reading(loaded, false)).cellCount, 16);
    await swap();
    assert.equal((await reading(loaded, true)).cellCount, 8);
    await reading(loaded, true);
    const told = errorsOf(loaded).filter(({ code }) => code === 'denied');
    assert.deepEqual([told.length, told[0]?.source.id], [1, 'read']);
    assert.match(told[0]?.message ?? '', /cell count is 8.*16.*"accept"/s);

    loaded.node('control').receive({ payload: { action: 'charge', value: false } });
    const { code, message } = await nextError(loaded);
    assert.equal(code, 'denied');
    assert.match(message, /Nothing was sent/);
    assert.equal(board.pack.switches.charge, true);

    const switched = new (loaded.out.constructor as new (node: unknown) => typeof loaded.out)(loaded.node('switched'));
    loaded.node('control').receive({ payload: { action: 'accept' } });
    const { payload } = await switched.nth(1);
    assert.deepEqual((payload as { accepted: boolean; board: object }).board, {
      ...(payload as { board: object }).board,
      cellCount: 8,
    });
    assert.equal((await reading(loaded, false)).cellCount, 8);
    loaded.node('control').receive({ payload: { action: 'charge', value: false } });
    await switched.nth(2);
    assert.equal(board.pack.switches.charge, false);
  });

  for (const id of ['read', 'alarm', 'control']) {
    it(`cannot be accepted by ${id} while the known one answers`, async () => {
      const loaded = await load(flow(board.port, {}));
      await reading(loaded, false);
      loaded.node(id).receive({ payload: { action: 'accept' } });
      const { code, source } = await nextError(loaded);
      assert.deepEqual([code, source.id], ['bad_value', id]);
    });
  }

  it('is noticed across a deploy, and is the known one once the device leads elsewhere by choice', async () => {
    const device = {};
    await reading(await load(flow(board.port, device)), false);
    await helper.unload();
    await swap();
    const again = await load(flow(board.port, device));
    assert.equal((await reading(again, true)).cellCount, 8);
    await helper.unload();
    const chosen = await load(flow(board.port, { ...device, address: '1' }));
    assert.equal((await reading(chosen, false)).cellCount, 8);
  });

  it('is not brought to the safe state of a dead-man switch, which says so', async () => {
    const control = { action: 'charge', deadMan: 3, safeValue: 'off' };
    const loaded = await load(flow(board.port, {}, control));
    await reading(loaded, false);
    await swap();
    await reading(loaded, true);
    let error = await nextError(loaded);
    while (error.source.id !== 'control') error = await nextError(loaded);
    assert.equal(error.code, 'denied');
    assert.equal(board.pack.switches.charge, true);
  });

  it('gets nothing restored that was wished of the known one, neither before nor after it is accepted', async () => {
    const loaded = await load(flow(board.port, {}, { action: 'charge', restore: true }));
    await reading(loaded, false);
    loaded.node('control').receive({ payload: false });
    while (board.pack.switches.charge) await reading(loaded, false);
    await reading(loaded, false);
    await swap();
    await reading(loaded, true);
    await reading(loaded, true);
    loaded.node('read').receive({ payload: { action: 'accept' } });
    await reading(loaded, false);
    await board.close();
    await board.listen();
    for (let n = 0; n < 4; n++) await reading(loaded, false);
    assert.equal(board.pack.switches.charge, true);
  });
});
