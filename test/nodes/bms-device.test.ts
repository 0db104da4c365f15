import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import { daly } from '../../src/codec/daly';
import { SimulatedPack } from '../../src/simulator/pack';
import { Board, TcpBoard } from '../support/board';
import { FakeClock } from '../support/fake-clock';
import { flow, load } from '../support/helper-flow';
import { NODES } from '../support/nodes';

/** What Daly boards at some addresses say, request by request. */
function boardsAt(...addresses: number[]): Record<string, string> {
  const pack = new SimulatedPack({
    cells: 8,
    chemistry: 'lfp',
    scenario: 'steady',
    speed: 1,
    seed: 3,
    clock: new FakeClock(),
  });
  const exchanges = addresses.flatMap((address) =>
    daly.queries.map((query) => {
      const request = query.request({ address, memory: {} });
      return [request.toString('hex'), daly.emulate(request)?.answer(pack.read()).toString('hex') ?? ''] as const;
    }),
  );
  return Object.fromEntries(exchanges);
}

function search(query: Record<string, string>) {
  return helper.request().post('/@openbms/node-red-bms/addresses').query(query);
}

const LINE = { connection: 'connection', protocol: 'daly' };

describe('search for addresses in the dialog of bms-device', () => {
  let bridge: TcpBoard;
  let tcp: Record<string, unknown>;
  const patience = { ...daly.profile };

  beforeEach(async () => {
    bridge = await new TcpBoard(new Board(boardsAt(2, 5))).listen();
    tcp = { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: bridge.port };
    // Boards on the loopback address answer at once; with the patience for real ones this would take a minute.
    Object.assign(daly.profile, { timeoutMs: 40, quietMs: 10, gapMs: 0, retryGapMs: 0 });
  });
  afterEach(async () => {
    Object.assign(daly.profile, patience);
    await helper.unload();
    await bridge.close();
  });

  it('lists who answers on a line that nobody uses, and lets go of it', async () => {
    await load(flow(tcp).filter(({ type }) => type !== 'bms-read'));
    const { status, body } = await search(LINE);
    assert.equal(status, 200);
    const { found, asked, baudRate } = body as { found: number[]; asked: number[]; baudRate?: number };
    assert.deepEqual(found, [2, 5]);
    // The rate is that of the bridge, which tells nobody.
    assert.deepEqual([asked[0], asked.at(-1), baudRate], [1, 31, undefined]);
    while (bridge.sockets.size > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    assert.equal(bridge.accepted, 1);
  }).timeout(20_000);

  it('lets the readings of a device on the line go on, and leaves it open', async () => {
    const { read, out, caught } = await load(
      flow(tcp, { protocol: 'daly', address: '5', pollInterval: 0.2 }, { emit: 'poll' }),
    );
    await out.nth(1);
    const running = search(LINE).then(({ body }) => body as { found: number[] });
    const before = out.messages.length;
    read.receive({ payload: 'now' });
    await out.nth(before + 3);
    assert.deepEqual((await running).found, [2, 5]);
    const after = out.messages.length;
    await out.nth(after + 2);
    assert.deepEqual([caught.messages.length, bridge.accepted, bridge.sockets.size], [0, 1, 1]);
  }).timeout(20_000);

  it('refuses a second search on the same line', async () => {
    await load(flow(tcp));
    const first = search(LINE).then(({ body }) => body as { found: number[] });
    while (bridge.board.requests.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    const { status, body } = await search(LINE);
    assert.deepEqual([status, (body as { code: string }).code], [409, 'port_busy']);
    assert.match((body as { error: string }).error, /being searched already/);
    assert.deepEqual((await first).found, [2, 5]);
  }).timeout(20_000);

  it('says that a connection is not deployed, does not open, or a protocol has no addresses', async () => {
    await load(flow(tcp).filter(({ type }) => type !== 'bms-read'));
    for (const [query, status, code] of [
      [{ ...LINE, connection: 'gone' }, 404, 'not_found'],
      [{ ...LINE, connection: 'device' }, 404, 'not_found'],
      [{ ...LINE, protocol: 'jbd' }, 400, 'bad_value'],
    ] as const) {
      const answer = await search(query);
      assert.deepEqual([answer.status, (answer.body as { code: string }).code], [status, code]);
    }
    await bridge.close();
    const refused = await search(LINE);
    assert.deepEqual([refused.status, (refused.body as { code: string }).code], [500, 'port_not_found']);
  });

  it('ends when the dialog is closed', async () => {
    const server = createServer();
    const configs = flow(tcp).filter(({ type }) => type !== 'bms-read');
    await helper.load([...NODES, (RED: NodeAPI) => void server.on('request', RED.httpAdmin)], configs);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const dialog = new AbortController();
    const url = `http://127.0.0.1:${port}/@openbms/node-red-bms/addresses?${new URLSearchParams(LINE).toString()}`;
    const running = fetch(url, { method: 'POST', signal: dialog.signal }).catch((error: unknown) => error);
    while (bridge.board.requests.length < 3) await new Promise<void>((resolve) => setImmediate(resolve));
    dialog.abort();
    assert.equal(((await running) as Error).name, 'AbortError');
    while (bridge.sockets.size > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    assert.ok(bridge.board.requests.length < 20);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
