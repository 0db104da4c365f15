import assert from 'node:assert/strict';
import type { Node } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { CellPoint, CellTable } from '../../src/battery/cells';
import { Board, captured, TcpBoard } from '../support/board';
import { flow, load, type Loaded, type Outbox } from '../support/helper-flow';

const JBD = captured('jbd', 'sp04s034-4s-5ah-idle');
const BASIC = 'dda50300fffd77';
const CELLS = 'dda50400fffc77';
/** The board's answer with voltages of 3.909, 3.901, 3.895 and 3.902 V, and one that does not know the request. */
const OTHER_VOLTAGES = 'dd0400080f450f3d0f370f3efec577';
const REFUSED = 'dd048000ff8077';

function errorsOf(outbox: Outbox): string[] {
  return outbox.messages.map((message) => (message as unknown as { error: { code: string } }).error.code);
}

/** Sends a message with any properties. */
function receive(node: Node, message: Record<string, unknown>): void {
  node.receive(message);
}

describe('bms-cells', () => {
  let bridge: TcpBoard;
  let tcp: Record<string, unknown>;
  const quick = { timeout: 60, retries: 0 };

  beforeEach(async () => {
    bridge = await new TcpBoard(new Board(JBD)).listen();
    bridge.board.behaviour = (request, answer, reply) => reply(request === CELLS ? OTHER_VOLTAGES : (answer ?? ''));
    tcp = { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: bridge.port };
  });
  afterEach(async () => {
    await helper.unload();
    await bridge.close();
  });

  function cells(cellsProps: Record<string, unknown> = {}, deviceProps: Record<string, unknown> = {}): Promise<Loaded> {
    return load(flow(tcp, deviceProps, { type: 'bms-cells', ...cellsProps }));
  }

  const polls = (): number => bridge.board.requests.filter((request) => request === BASIC).length;
  const untilPolled = async (times: number): Promise<void> => {
    while (polls() < times) await new Promise<void>((resolve) => setImmediate(resolve));
  };

  it('answers an input with the cells on the same message', async () => {
    const { read, out, completed, caught } = await cells();
    receive(read, { _msgid: 'abc', payload: 'x', topic: 'old', req: { id: 1 } });
    const message = await out.nth(1);
    const { cells: list, ...table } = message.payload as CellTable;
    assert.deepEqual(table, {
      count: 4,
      min: 3.895,
      max: 3.909,
      average: 3.902,
      delta: 0.014,
      minCell: 3,
      maxCell: 1,
    });
    assert.deepEqual(list, [
      { cell: 1, voltage: 3.909, deviation: 0.007, balancing: false },
      { cell: 2, voltage: 3.901, deviation: -0.001, balancing: false },
      { cell: 3, voltage: 3.895, deviation: -0.007, balancing: false },
      { cell: 4, voltage: 3.902, deviation: 0, balancing: false },
    ]);
    assert.equal(message._msgid, 'abc');
    assert.deepEqual(message['req'], { id: 1 });
    assert.equal(message.topic, 'Bank');
    const bms = message['bms'] as Record<string, unknown>;
    assert.deepEqual(Object.keys(bms).sort(), [
      'address',
      'device',
      'duration',
      'link',
      'protocol',
      'sequence',
      'timestamp',
    ]);
    assert.deepEqual([bms['device'], bms['protocol'], bms['sequence']], ['Bank', 'jbd', 1]);
    await completed.nth(1);
    assert.deepEqual([completed.messages.length, caught.messages.length], [1, 0]);
  });

  it('gives the voltages as a list', async () => {
    const { read, out } = await cells({ format: 'array' });
    receive(read, {});
    assert.deepEqual((await out.nth(1)).payload, [3.909, 3.901, 3.895, 3.902]);
  });

  it('gives each cell a message of its own, with parts, for charts and join nodes', async () => {
    const { read, out } = await cells({ format: 'messages', topic: 'p' });
    receive(read, { mark: true, parts: { id: 'outer', index: 3, count: 9 } });
    await out.nth(4);
    const { messages } = out;
    assert.deepEqual(
      messages.map(({ topic, payload }) => [topic, payload]),
      [
        ['p/cell/1', 3.909],
        ['p/cell/2', 3.901],
        ['p/cell/3', 3.895],
        ['p/cell/4', 3.902],
      ],
    );
    assert.deepEqual(messages[1]?.['cell'], { cell: 2, voltage: 3.901, deviation: -0.001, balancing: false });
    assert.ok(messages.every((message) => message['mark'] === true && 'bms' in message));
    const parts = messages.map((message) => message['parts'] as unknown as Record<string, unknown>);
    assert.deepEqual(
      parts.map(({ index, count, type, len }) => [index, count, type, len]),
      [0, 1, 2, 3].map((index) => [index, 4, 'array', 1]),
    );
    assert.equal(new Set(parts.map(({ id }) => id)).size, 1);
    assert.equal((parts[0]?.['parts'] as { id: string }).id, 'outer');
  });

  it('has parts on the messages of polls, another id for each', async () => {
    const { out } = await cells({ format: 'messages', emit: 'poll' }, { pollInterval: 0.1 });
    await out.nth(8);
    const ids = out.messages.map((message) => (message['parts'] as unknown as { id: string }).id);
    assert.equal(new Set(ids.slice(0, 4)).size, 1);
    assert.equal(new Set(ids.slice(0, 8)).size, 2);
    const counts = out.messages.map((message) => (message['parts'] as unknown as { count: number }).count);
    assert.ok(counts.every((count) => count === 4));
  });

  it('has parts also where there is but one cell', async () => {
    bridge.board.behaviour = (request, answer, reply) =>
      reply(request === CELLS ? 'dd0400020f45ffaa77' : (answer ?? ''));
    const { read, out } = await cells({ format: 'messages' });
    receive(read, { parts: { id: 'outer', index: 0, count: 2 } });
    const parts = (await out.nth(1))['parts'] as unknown as { count: number; parts: { id: string } };
    assert.deepEqual([parts.count, parts.parts.id], [1, 'outer']);
  });

  it('makes a batch of points for InfluxDB', async () => {
    const { read, out } = await cells({ format: 'influx' });
    receive(read, {});
    const message = await out.nth(1);
    const points = message.payload as CellPoint[];
    const { timestamp } = message['bms'] as { timestamp: number };
    assert.equal(points.length, 4);
    assert.deepEqual(points[2], {
      measurement: 'cell',
      fields: { voltage: 3.895, deviation: -0.007, balancing: false },
      tags: { device: 'Bank', cell: '3', protocol: 'jbd' },
      timestamp: new Date(timestamp),
    });
  });

  it('emits every poll, and a poll does not repeat what was asked', async () => {
    const { read, out } = await cells({ emit: 'poll' }, { pollInterval: 0.15 });
    await out.nth(2);
    receive(read, { mark: true });
    await out.nth(5);
    const sequences = out.messages.map((message) => (message['bms'] as { sequence: number }).sequence);
    assert.deepEqual(sequences, [1, 2, 3, 4, 5]);
    assert.equal(out.messages.filter((message) => message['mark'] === true).length, 1);
    const payloads = out.messages.map((message) => message.payload);
    assert.equal(new Set(payloads).size, payloads.length, 'each message has an object of its own');
  });

  it('emits only changes of a cell when told so', async () => {
    const { out } = await cells({ emit: 'change', format: 'array' }, { pollInterval: 0.1 });
    await out.nth(1);
    await untilPolled(4);
    assert.equal(out.messages.length, 1);
    bridge.board.obey();
    assert.notDeepEqual((await out.nth(2)).payload, out.messages[0]?.payload);
  });

  it('says nothing on polls of a device without cell voltages, and says so when asked', async () => {
    bridge.board.behaviour = (request, answer, reply) => reply(request === CELLS ? REFUSED : (answer ?? ''));
    const { read, out, caught } = await cells({ emit: 'poll' }, { pollInterval: 0.1 });
    await untilPolled(3);
    assert.deepEqual([out.messages.length, caught.messages.length], [0, 0]);
    receive(read, { payload: 7 });
    await caught.nth(1);
    assert.deepEqual(errorsOf(caught), ['unsupported']);
    assert.equal(caught.messages[0]?.payload, 7);
    assert.equal(out.messages.length, 0);
  });

  it('loads without any property and says what is missing', async () => {
    const { read, caught } = await load([
      ...flow({}, {}).filter(({ id }) => id !== 'read'),
      { id: 'read', type: 'bms-cells', z: 'tab', wires: [[]] },
    ]);
    receive(read, {});
    await caught.nth(1);
    assert.deepEqual(errorsOf(caught), ['not_found']);
  });

  it('sends nothing in a format that this version does not know, and says so', async () => {
    const { read, out, caught } = await cells({ format: 'nonsense' });
    receive(read, {});
    await caught.nth(2);
    assert.deepEqual(errorsOf(caught), ['bad_value', 'bad_value']);
    assert.equal(out.messages.length, 0);
  });

  it('reports silence as time-out, damaged answers as such, and then answers again', async () => {
    const good = bridge.board.behaviour;
    bridge.board.behaviour = () => undefined;
    const { read, out, caught, completed } = await cells({}, quick);
    receive(read, { payload: 7 });
    await caught.nth(1);
    bridge.board.behaviour = (_request, answer, reply) =>
      reply(`${(answer ?? '').slice(0, -6)}0000${(answer ?? '').slice(-2)}`);
    receive(read, {});
    await caught.nth(2);
    assert.deepEqual(errorsOf(caught), ['timeout', 'checksum']);
    assert.deepEqual([out.messages.length, completed.messages.length], [0, 0]);
    bridge.board.behaviour = good;
    receive(read, {});
    assert.equal(((await out.nth(1)).payload as CellTable).count, 4);
  });

  it('reports an outage once, and recovers by itself when the device returns', async () => {
    const { out, caught } = await cells({ emit: 'poll' }, { pollInterval: 0.1, ...quick });
    await out.nth(2);
    // Goes away in the middle of a frame.
    const gone = new Promise<void>((resolve) => {
      bridge.board.behaviour = (_request, answer, reply) => {
        reply((answer ?? '').slice(0, 16));
        setImmediate(() => void bridge.close().then(resolve));
      };
    });
    await Promise.all([gone, caught.nth(1)]);
    const seen = out.messages.length;
    bridge.board.obey();
    await bridge.listen();
    await out.nth(seen + 2);
    assert.deepEqual(errorsOf(caught), ['disconnected']);
    // A pack counts as lost after three seconds, and the line is opened again after a pause.
  }).timeout(20_000);

  it('ends what is in progress when it closes, and sends nothing afterwards', async () => {
    bridge.board.behaviour = () => undefined;
    const { read, out, caught, node } = await cells();
    receive(read, {});
    while (bridge.board.requests.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    const before = Date.now();
    for (const id of ['read', 'device', 'connection'])
      await (node(id) as Node & { close(removed: boolean): Promise<void> }).close(false);
    assert.ok(Date.now() - before < 2000);
    await caught.nth(1);
    assert.deepEqual([errorsOf(caught), out.messages.length], [['closed'], 0]);
    while (bridge.sockets.size > 0) await new Promise<void>((resolve) => setImmediate(resolve));
  });

  it('shares one reading with a bms-read of the same device', async () => {
    const { read, out, node } = await load([
      ...flow(tcp, {}, { type: 'bms-cells' }),
      { id: 'read2', type: 'bms-read', z: 'tab', device: 'device', emit: 'input', format: 'object', wires: [['out']] },
    ]);
    receive(read, {});
    receive(node('read2'), {});
    await out.nth(2);
    assert.equal(polls(), 1);
  });
});
