import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import { Board, captured, serialBoard, TcpBoard } from '../support/board';
import { flow, load } from '../support/helper-flow';
import { NODES } from '../support/nodes';

type Part = Record<string, unknown>;

interface Answer {
  protocol: string;
  address: number | '';
  reading: { voltage: number; soc: number; cellCount: number };
  error: string;
  code: string;
}

const PATH = '/@openbms/node-red-bms/test';
const JBD = captured('jbd', 'sp04s034-4s-5ah-idle');
const SIMULATOR = { transport: 'simulator', simCells: 8, simScenario: 'steady' };

/** What the dialog sends. */
function asked(device: Part, connection: Part): Part {
  return { device: { id: 'device', properties: device }, connection: { id: 'connection', ...connection } };
}

async function test(sent: object): Promise<{ status: number; answer: Answer }> {
  const response = await helper.request().post(PATH).send(sent);
  return { status: response.status, answer: response.body as Answer };
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('test in the dialog of bms-device', () => {
  let bridge: TcpBoard;
  let tcp: Part;

  beforeEach(async () => {
    bridge = await new TcpBoard(new Board(JBD)).listen();
    tcp = { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: bridge.port };
  });
  afterEach(async () => {
    await helper.unload();
    await bridge.close();
  });

  it('reads a pack that is not deployed at all, and leaves the line', async () => {
    await helper.load(NODES, []);
    const { status, answer } = await test(asked({ protocol: 'jbd' }, { changed: true, properties: tcp }));
    assert.equal(status, 200, answer.error);
    assert.deepEqual([answer.protocol, answer.address, answer.reading.cellCount], ['jbd', '', 4]);
    assert.ok(answer.reading.voltage > 10 && answer.reading.soc > 0);
    while (bridge.sockets.size > 0) await soon();
    assert.equal(bridge.accepted, 1);
  });

  it('reads a simulated pack at its address', async () => {
    await helper.load(NODES, []);
    const properties = { ...SIMULATOR, simCells: '12' };
    const { answer } = await test(asked({ protocol: 'daly', address: '3' }, { changed: true, properties }));
    assert.deepEqual([answer.protocol, answer.address, answer.reading.cellCount], ['daly', 3, 12]);
  });

  it('shares the line of a connection that runs, whose readings go on', async () => {
    const { out, caught } = await load(flow(tcp, { pollInterval: 0.1 }, { emit: 'poll' }));
    await out.nth(1);
    const { status, answer } = await test(asked({ protocol: 'jbd' }, { changed: false, properties: tcp }));
    assert.deepEqual([status, answer.protocol], [200, 'jbd']);
    await out.nth(out.messages.length + 2);
    assert.deepEqual([caught.messages.length, bridge.accepted, bridge.sockets.size], [0, 1, 1]);
  });

  it('says that the deployed connection holds the port, and leaves it alone', async () => {
    const { board, cable } = serialBoard(JBD);
    try {
      const serial = { transport: 'serial', serialPort: cable.path };
      const { out, caught } = await load(flow(serial, { pollInterval: 0.1 }, { emit: 'poll' }));
      await out.nth(1);
      const changed = { changed: true, properties: { ...serial, baudRate: '19200' } };
      const { status, answer } = await test(asked({ protocol: 'jbd' }, changed));
      assert.deepEqual([status, answer.code], [409, 'port_busy']);
      assert.match(answer.error, /as it was deployed\. Deploy the change, then test again/);
      const elsewhere = { ...asked({ protocol: 'jbd' }, {}), connection: { id: 'new', properties: serial } };
      assert.match((await test(elsewhere)).answer.error, /already open in another connection/);
      await out.nth(out.messages.length + 2);
      assert.equal(caught.messages.length, 0);
      assert.ok(board.requests.length > 0);
    } finally {
      await helper.unload();
      cable.close();
    }
  });

  it('says what is wrong with the properties, and why a pack cannot be read', async () => {
    await helper.load(NODES, []);
    const connection = { changed: true, properties: tcp };
    for (const [sent, status, code] of [
      [{}, 400, 'bad_value'],
      [[], 400, 'bad_value'],
      [asked({ protocol: 'jbd' }, { properties: { transport: 'carrier pigeon' } }), 400, 'bad_value'],
      [asked({ protocol: 'jbd', timeout: 'long' }, connection), 400, 'bad_value'],
      [asked({ protocol: 'morse' }, connection), 500, 'unsupported'],
      [asked({ protocol: 'daly', timeout: 20, retries: 0 }, connection), 500, 'timeout'],
    ] as const) {
      const { status: got, answer } = await test(sent);
      assert.deepEqual([got, answer.code], [status, code], answer.error);
      assert.match(answer.error, /\.$/);
    }
    await bridge.close();
    const { answer } = await test(asked({ protocol: 'jbd' }, connection));
    assert.equal(answer.code, 'port_not_found');
  });

  it('refuses a second test of the same connection', async () => {
    await helper.load(NODES, []);
    const slow = asked({ protocol: 'daly', timeout: 300, retries: 0 }, { changed: true, properties: tcp });
    const first = test(slow);
    while (bridge.accepted === 0) await soon();
    const { status, answer } = await test(slow);
    assert.deepEqual([status, answer.code], [409, 'port_busy']);
    assert.match(answer.error, /being tested already/);
    assert.equal((await first).answer.code, 'timeout');
  });

  it('ends when the dialog is closed', async () => {
    const server = createServer();
    await helper.load([...NODES, (RED: NodeAPI) => void server.on('request', RED.httpAdmin)], []);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const dialog = new AbortController();
    const running = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(
        asked({ protocol: 'auto' }, { changed: true, properties: { ...tcp, tcpPort: silent.port } }),
      ),
      signal: dialog.signal,
    }).catch((error: unknown) => error);
    while (silent.sockets.size === 0) await soon();
    dialog.abort();
    assert.equal(((await running) as Error).name, 'AbortError');
    while (silent.sockets.size > 0) await soon();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  let silent: TcpBoard;
  before(async () => (silent = await new TcpBoard(new Board({})).listen()));
  after(() => silent.close());
});
