import assert from 'node:assert/strict';
import type { Node } from 'node-red';
import helper from 'node-red-node-test-helper';
import { Board, captured, TcpBoard } from '../support/board';
import { flow, load, type Outbox } from '../support/helper-flow';
import { loadVector } from '../support/vectors';

const JBD = captured('jbd', 'sp04s034-4s-5ah-idle');
const EXPECT = loadVector('jbd', 'sp04s034-4s-5ah-idle').expect;
const BASIC = 'dda50300fffd77';
const CELLS = 'dda50400fffc77';

interface Caught {
  error: { message: string; code: string; source: { type: string } };
}

function errorsOf(outbox: Outbox): string[] {
  return outbox.messages.map((message) => (message as unknown as Caught).error.code);
}

/** Sends a message with any properties. */
function receive(node: Node, message: Record<string, unknown>): void {
  node.receive(message);
}

describe('bms-read', () => {
  let bridge: TcpBoard;
  let tcp: Record<string, unknown>;

  beforeEach(async () => {
    bridge = await new TcpBoard(new Board(JBD)).listen();
    tcp = { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: bridge.port };
  });
  afterEach(async () => {
    await helper.unload();
    await bridge.close();
  });

  const quick = { timeout: 60, retries: 0 };

  it('answers an input with a full reading on the same message', async () => {
    const { read, out, completed, caught } = await load(flow(tcp));
    receive(read, { _msgid: 'abc', payload: 'x', topic: 'old', req: { id: 1 } });
    const message = await out.nth(1);
    for (const [key, value] of Object.entries(EXPECT)) {
      const got = (message.payload as Record<string, unknown>)[key];
      if (key === 'errorCounts') assert.deepEqual({ ...(got as object), ...(value as object) }, got);
      else assert.deepEqual(got, value, key);
    }
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
    const { requests, ...link } = bms['link'] as Record<string, number>;
    assert.ok(requests !== undefined && requests >= 4);
    assert.deepEqual(link, {
      answers: requests,
      foreignFrames: 0,
      badChecksums: 0,
      discardedBytes: 0,
      impossibleAnswers: 0,
      impossibleValues: 0,
      skippedPolls: 0,
    });
    assert.equal(bms['device'], 'Bank');
    assert.equal(bms['protocol'], 'jbd');
    assert.equal(bms['sequence'], 1);
    await completed.nth(1);
    assert.deepEqual([completed.messages.length, caught.messages.length], [1, 0]);
  });

  it('emits every poll with a rising sequence, and a poll does not repeat what was asked', async () => {
    const { read, out } = await load(flow(tcp, { pollInterval: 0.15 }, { emit: 'poll', topic: 'pack' }));
    await out.nth(2);
    receive(read, { payload: 'now', mark: true });
    await out.nth(5);
    const sequences = out.messages.map((message) => (message['bms'] as { sequence: number }).sequence);
    assert.deepEqual(sequences, [1, 2, 3, 4, 5]);
    assert.equal(out.messages.filter((message) => message['mark'] === true).length, 1);
    assert.ok(out.messages.every((message) => message.topic === 'pack'));
    const payloads = out.messages.map((message) => message.payload);
    assert.equal(new Set(payloads).size, payloads.length, 'each message has an object of its own');
  });

  it('emits only changes when told so', async () => {
    const { out } = await load(flow(tcp, { pollInterval: 0.1 }, { emit: 'change' }));
    await out.nth(1);
    const polls = (): number => bridge.board.requests.filter((request) => request === BASIC).length;
    while (polls() < 4) await new Promise<void>((resolve) => setImmediate(resolve));
    assert.equal(out.messages.length, 1);
    bridge.board.behaviour = (request, answer, reply) =>
      reply(request === CELLS ? 'dd0400080f450f3d0f370f3efec577' : (answer ?? ''));
    const changed = await out.nth(2);
    assert.deepEqual((changed.payload as Record<string, unknown>)['cellVoltages'], [3.909, 3.901, 3.895, 3.902]);
  });

  it('makes InfluxDB points and single values', async () => {
    const { read, out } = await load(flow(tcp, {}, { format: 'influx' }));
    read.receive({});
    const [fields, tags] = (await out.nth(1)).payload as [Record<string, unknown>, Record<string, unknown>];
    assert.equal(fields['voltage'], 15.6);
    assert.ok(Object.values(fields).every((value) => typeof value !== 'object'));
    assert.equal(tags['device'], 'Bank');
    await helper.unload();
    const values = await load(flow(tcp, {}, { format: 'values', topic: 'p' }));
    receive(values.read, { parts: { id: 'outer', index: 3, count: 9 } });
    const first = await values.out.nth(1);
    const parts = first['parts'] as unknown as { count: number; parts: { id: string } };
    await values.out.nth(parts.count);
    assert.equal(parts.parts.id, 'outer');
    const byTopic = new Map(values.out.messages.map((message) => [message.topic, message.payload]));
    assert.equal(byTopic.get('p/voltage'), 15.6);
    assert.equal(byTopic.get('p/state'), 'idle');
    assert.equal(byTopic.get('p/chargeEnabled'), true);
    assert.equal(values.out.messages.length, parts.count);
  });

  it('loads without any property and says what is missing', async () => {
    const { read, caught } = await load([
      ...flow({}, {}).filter(({ id }) => id !== 'read'),
      { id: 'read', type: 'bms-read', z: 'tab', wires: [[]] },
    ]);
    read.receive({ payload: 1 });
    await caught.nth(1);
    assert.deepEqual(errorsOf(caught), ['not_found']);
    assert.deepEqual(
      (read.status as unknown as { lastCall: { args: [{ fill: string; shape: string }] } }).lastCall.args[0].fill,
      'red',
    );
  });

  it('says that a device has no connection, an impossible property or an unknown protocol', async () => {
    for (const [props, code] of [
      [{ connection: 'gone' }, 'not_found'],
      [{ protocol: 'nonsense' }, 'unsupported'],
      [{ protocol: 'daly', address: '777' }, 'bad_value'],
      [{ pollInterval: 'often' }, 'bad_value'],
    ] as const) {
      const { read, caught } = await load(flow(tcp, props));
      read.receive({});
      await caught.nth(1);
      assert.deepEqual(errorsOf(caught), [code]);
      await helper.unload();
    }
  });

  it('reports silence as time-out, with done called once', async () => {
    bridge.board.behaviour = () => undefined;
    const { read, out, caught, completed } = await load(flow(tcp, quick));
    read.receive({ payload: 7 });
    const message = (await caught.nth(1)) as unknown as Caught;
    assert.equal(message.error.code, 'timeout');
    assert.equal(message.error.source.type, 'bms-read');
    assert.match(message.error.message, /check/);
    assert.deepEqual([completed.messages.length, caught.messages.length], [0, 1]);
    assert.equal(out.messages.length, 0);
  });

  it('says that nothing listens', async () => {
    const port = bridge.port;
    await bridge.close();
    const { read, caught } = await load(flow({ ...tcp, tcpPort: port }, quick));
    read.receive({});
    await caught.nth(1);
    assert.deepEqual(errorsOf(caught), ['port_not_found']);
  });

  /** Each way in which an answer can be wrong, and the code that a flow sees. */
  const faults: Record<string, [behave: (answer: string) => string, code: string]> = {
    'a cut frame': [(answer) => answer.slice(0, 20), 'timeout'],
    'a wrong checksum': [(answer) => `${answer.slice(0, -6)}0000${answer.slice(-2)}`, 'checksum'],
    'another register': [(answer) => `dd99${answer.slice(4)}`, 'timeout'],
    'the echo of the request': [() => BASIC + CELLS, 'timeout'],
    noise: [() => '00ff00ff13377', 'timeout'],
  };
  for (const [name, [behave, code]] of Object.entries(faults)) {
    it(`takes ${name} for no answer`, async () => {
      bridge.board.behaviour = (_request, answer, reply) => reply(behave(answer ?? ''));
      const { read, out, caught } = await load(flow(tcp, quick));
      read.receive({});
      await caught.nth(1);
      assert.deepEqual(errorsOf(caught), [code]);
      assert.equal(out.messages.length, 0);
    });
  }

  it('reports a refusal, and keeps what the board does not refuse', async () => {
    bridge.board.behaviour = (request, _answer, reply) => reply(`dd${request.slice(4, 6)}8000ff8077`);
    const { read, caught, out } = await load(flow(tcp, quick));
    read.receive({});
    await caught.nth(1);
    assert.deepEqual(errorsOf(caught), ['unsupported']);
    bridge.board.behaviour = (request, answer, reply) =>
      reply(request === CELLS ? 'dd048000ff8077' : (answer ?? 'ddaa8000ff8077'));
    read.receive({});
    const { payload } = await out.nth(1);
    assert.equal((payload as Record<string, unknown>)['voltage'], 15.6);
    assert.ok(!('cellVoltages' in (payload as object)));
  });

  it('finds the answer behind noise and the echo of the request', async () => {
    bridge.board.behaviour = (request, answer, reply) => reply(`00dd0377${request}${answer ?? ''}`);
    const { read, out } = await load(flow(tcp));
    read.receive({});
    assert.equal(((await out.nth(1)).payload as Record<string, unknown>)['voltage'], 15.6);
  });

  it('takes no late answer for the next one', async () => {
    const late: (() => void)[] = [];
    bridge.board.behaviour = (_request, answer, reply) => late.push(() => reply(answer ?? ''));
    const { read, caught, out } = await load(flow(tcp, quick));
    read.receive({});
    await caught.nth(1);
    bridge.board.behaviour = (request, answer, reply) => {
      for (const say of late.splice(0)) say();
      reply(request === CELLS ? 'dd0400020f45ffaa77' : (answer ?? ''));
    };
    read.receive({});
    const { payload } = await out.nth(1);
    assert.deepEqual((payload as Record<string, unknown>)['cellVoltages'], [3.909]);
  });

  it('reports an outage once, and recovers by itself when the device returns', async () => {
    const { out, caught } = await load(flow(tcp, { pollInterval: 0.1, ...quick }, { emit: 'poll' }));
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
    assert.equal(caught.messages.length, 1);
    assert.deepEqual(errorsOf(caught), ['disconnected']);
    // A pack counts as lost after three seconds, and the line is opened again after a pause.
  }).timeout(20_000);

  it('ends what is in progress when it closes, within two seconds, and sends nothing afterwards', async () => {
    bridge.board.behaviour = () => undefined;
    const { read, out, caught, node } = await load(flow(tcp));
    read.receive({});
    while (bridge.board.requests.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    const before = Date.now();
    for (const id of ['read', 'device', 'connection'])
      await (node(id) as Node & { close(removed: boolean): Promise<void> }).close(false);
    assert.ok(Date.now() - before < 2000);
    await caught.nth(1);
    assert.deepEqual(errorsOf(caught), ['closed']);
    assert.equal(out.messages.length, 0);
    while (bridge.sockets.size > 0) await new Promise<void>((resolve) => setImmediate(resolve));
  });

  it('shares one read between nodes, one connection between devices', async () => {
    const configs = [
      ...flow(tcp),
      { id: 'read2', type: 'bms-read', z: 'tab', device: 'device', emit: 'input', format: 'object', wires: [['out2']] },
      { id: 'out2', type: 'helper', z: 'tab' },
      { id: 'device2', type: 'bms-device', name: 'Same', connection: 'connection', protocol: 'jbd', pollInterval: 0 },
      {
        id: 'read3',
        type: 'bms-read',
        z: 'tab',
        device: 'device2',
        emit: 'input',
        format: 'object',
        wires: [['out2']],
      },
    ];
    const { read, out, node } = await load(configs);
    const requests = (): number => bridge.board.requests.filter((request) => request === BASIC).length;
    read.receive({});
    node('read2').receive({});
    await out.nth(1);
    assert.equal(requests(), 1);
    node('read3').receive({});
    while (requests() < 2) await new Promise<void>((resolve) => setImmediate(resolve));
    assert.equal(bridge.accepted, 1);
  });
});
