import assert from 'node:assert/strict';
import { Board, captured, serialBoard, TcpBoard } from '../support/board';
import { assertDecoded } from '../support/expected';
import { NodeRed, type Collected } from '../support/node-red';
import { FLOW_NODE_TYPES, NODE_TYPES } from '../support/node-types';
import { loadVector } from '../support/vectors';

const JBD = captured('jbd', 'sp04s034-4s-5ah-idle');
const DALY = captured('daly', 'rs485-14s-idle-full-poll');

type Node = Record<string, unknown> & { id: string; type: string };

interface PackOptions {
  connection?: Record<string, unknown>;
  device?: Record<string, unknown>;
  read?: Record<string, unknown>;
}

/** Connection, device and bms-read; asked by GET /<name>, its polls go to the test. */
function pack(name: string, { connection, device, read }: PackOptions): Node[] {
  return [
    ...(connection === undefined ? [] : [{ id: `${name}-connection`, type: 'bms-connection', ...connection }]),
    {
      id: `${name}-device`,
      type: 'bms-device',
      name,
      connection: `${name}-connection`,
      protocol: 'jbd',
      address: '',
      pollInterval: 0,
      timeout: 200,
      retries: 1,
      allowControl: false,
      ...device,
    },
    { id: `${name}-in`, type: 'http in', z: 'tab', url: `/${name}`, method: 'get', wires: [[`${name}-ask`]] },
    {
      id: `${name}-ask`,
      type: 'bms-read',
      z: 'tab',
      device: `${name}-device`,
      topic: '',
      emit: 'input',
      format: 'object',
      wires: [[`${name}-out`]],
    },
    { id: `${name}-out`, type: 'http response', z: 'tab', wires: [] },
    {
      id: `${name}-poll`,
      type: 'bms-read',
      z: 'tab',
      device: `${name}-device`,
      topic: '',
      emit: 'poll',
      format: 'object',
      wires: [['collect']],
      ...read,
    },
  ];
}

function assertReading(payload: Record<string, unknown>, family: string, file: string): void {
  assertDecoded(payload, loadVector(family, file));
}

const codeOf = (entry: Collected): string => (entry['error'] as { code: string }).code;
const isPollOf =
  (name: string) =>
  (entry: Collected): boolean =>
    entry.from === 'node' && entry['topic'] === name;

describe('in a real Node-RED', function () {
  this.timeout(30_000);
  const red = new NodeRed();
  const cleanups: (() => unknown)[] = [];

  before(async function () {
    this.timeout(180_000);
    await red.start();
  });
  after(() => red.stop());
  afterEach(async () => {
    await deploy([]);
    for (const cleanup of cleanups.splice(0)) await cleanup();
  });

  async function deploy(nodes: Node[], type: 'full' | 'nodes' = 'full'): Promise<void> {
    await red.deploy([{ id: 'tab', type: 'tab', label: 'test' }, ...nodes, ...red.collecting('tab')], type);
  }

  function serial(
    answers: Record<string, string>,
  ): ReturnType<typeof serialBoard> & { connection: Record<string, unknown> } {
    const made = serialBoard(answers);
    cleanups.push(() => made.cable.close());
    return { ...made, connection: { transport: 'serial', serialPort: made.cable.path, baudRate: '' } };
  }

  async function tcp(
    answers: Record<string, string>,
  ): Promise<{ bridge: TcpBoard; connection: Record<string, unknown> }> {
    const bridge = await new TcpBoard(new Board(answers)).listen();
    cleanups.push(() => bridge.close());
    return { bridge, connection: { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: bridge.port } };
  }

  it('loads every node set, with icons, texts and examples', async () => {
    const sets = (
      await red.json<{ module: string; types: string[]; err?: string; enabled: boolean }[]>('/nodes')
    ).filter(({ module }) => module === '@openbms/node-red-bms');
    assert.deepEqual(sets.flatMap((set) => set.types).sort(), NODE_TYPES.toSorted());
    for (const { err, enabled } of sets) assert.ok(enabled && err === undefined, err);
    const icons = await red.json<Record<string, string[]>>('/icons');
    for (const type of FLOW_NODE_TYPES) assert.ok(icons['@openbms/node-red-bms']?.includes(`${type}.svg`), type);
    const texts = await red.json<Record<string, unknown>>('/nodes/messages?lng=en-US');
    for (const set of NODE_TYPES) {
      assert.ok(JSON.stringify(texts[`@openbms/node-red-bms/${set}`]).length > 50, set);
    }
    const examples = await red.json<object>('/library/examples/flows/@openbms/node-red-bms');
    assert.match(JSON.stringify(examples), /Read a pack/);
    const page = await (await red.request('/nodes', { headers: { accept: 'text/html' } })).text();
    for (const type of NODE_TYPES) {
      assert.match(page, new RegExp(`data-template-name="${type}"`));
      assert.match(page, new RegExp(`data-help-name="${type}"`));
    }
  });

  it('reads a pack on a serial port, when asked and by polling', async () => {
    const { connection } = serial(JBD);
    await deploy(pack('A', { connection, device: { pollInterval: 1 } }));
    assertReading(await red.json('/A'), 'jbd', 'sp04s034-4s-5ah-idle');
    const from = red.collected.length;
    const poll = await red.until(isPollOf('A'), from);
    assertReading(poll['payload'] as Record<string, unknown>, 'jbd', 'sp04s034-4s-5ah-idle');
    const status = await red.until((entry) => entry.from === 'status' && JSON.stringify(entry).includes('15.6 V'));
    assert.deepEqual((status['status'] as { fill: string; shape: string }).fill, 'green');
  });

  it('reads a pack behind a TCP bridge', async () => {
    const { connection } = await tcp(DALY);
    await deploy(pack('B', { connection, device: { protocol: 'daly', pollInterval: 1 } }));
    assertReading(await red.json('/B'), 'daly', 'rs485-14s-idle-full-poll');
    const poll = await red.until(isPollOf('B'), red.collected.length);
    assertReading(poll['payload'] as Record<string, unknown>, 'daly', 'rs485-14s-idle-full-poll');
  });

  // One capture for each protocol that is not read in a test of its own above.
  for (const [protocol, file, address] of [
    ['jbd-addressed', 'addressed-ups1601-addr0', ''],
    ['jbd-up16s', 'up16s020-addr1-master', ''],
    ['daly-modbus', 'd2-24s-idle', ''],
    ['ant', '01-16s-status-idle', ''],
    ['ant-legacy', '05-14s-discharging-8a', ''],
    ['jk', '14s-h6.x-s6.1.3s-charging', ''],
    ['jk-modbus', 'poll-addr3-charging', '3'],
    ['jk-ble', '32s-pb2a16s20p-v19.27-discharging', ''],
    ['sinowealth', '4s-discharging-full', ''],
  ] as const) {
    it(`reads captured frames of ${protocol} over TCP`, async () => {
      const family = protocol.startsWith('jbd') ? 'jbd' : protocol;
      const { connection } = await tcp(captured(family, file));
      const device = { protocol, address, timeout: 60, retries: 1 };
      await deploy(pack(protocol, { connection, device }));
      assertReading(await red.json(`/${protocol}`), family, file);
    });
  }

  it('finds the protocol out by itself, and asks it first after a redeploy', async () => {
    const { bridge, connection } = await tcp(DALY);
    const nodes = pack('K', { connection, device: { protocol: 'auto', timeout: '', retries: '' } });
    await deploy(nodes);
    assertReading(await red.json('/K'), 'daly', 'rs485-14s-idle-full-poll');
    assert.match(red.log, /K speaks Daly/);
    const { requests } = bridge.board;
    assert.match(requests[0] ?? '', /^dda503/);
    const before = requests.length;
    await deploy(nodes);
    assertReading(await red.json('/K'), 'daly', 'rs485-14s-idle-full-poll');
    assert.match(requests[before] ?? '', /^a54090/);
  });

  it('reads simulated packs, each its own, in every protocol', async () => {
    const connection = { transport: 'simulator', simCells: 8, simChemistry: 'lfp', simScenario: 'day', simSpeed: 10 };
    const protocols = await red.json<{ id: string }[]>('/@openbms/node-red-bms/protocols');
    assert.ok(protocols.length >= 4);
    const nodes = protocols.flatMap(({ id }) =>
      pack(id, { device: { protocol: id, connection: 'sim', timeout: '', retries: 3 } }),
    );
    await deploy([{ id: 'sim', type: 'bms-connection', ...connection }, ...nodes]);
    const voltages = new Set<unknown>();
    for (const { id } of protocols) {
      const reading = await red.json<Record<string, unknown>>(`/${id}`);
      assert.equal((reading['cellVoltages'] as number[]).length, 8, id);
      voltages.add(JSON.stringify(reading['cellVoltages']));
    }
    assert.equal(voltages.size, protocols.length);
  });

  it('reports a port that is missing, or taken by another connection', async () => {
    const { connection } = serial(JBD);
    const from = red.collected.length;
    await deploy([
      ...pack('C', { connection, device: { pollInterval: 1 } }),
      ...pack('D', { connection, device: { pollInterval: 1 } }),
      ...pack('E', { connection: { ...connection, serialPort: '/dev/ttyBMS-none' }, device: { pollInterval: 1 } }),
    ]);
    await red.until((entry) => entry.from === 'catch' && codeOf(entry) === 'port_busy', from);
    await red.until((entry) => entry.from === 'catch' && codeOf(entry) === 'port_not_found', from);
    await red.until((entry) => isPollOf('C')(entry) || isPollOf('D')(entry), from);
  });

  it('reports a pulled cable once, and goes on by itself when it is back', async () => {
    const { board, cable, connection } = serial(JBD);
    await deploy(pack('F', { connection, device: { pollInterval: 0.2 } }));
    await red.until(isPollOf('F'), red.collected.length);
    const from = red.collected.length;
    // The cable goes in the middle of a frame.
    board.behaviour = (_request, answer, reply) => {
      reply((answer ?? '').slice(0, 16));
      cable.pullOut();
    };
    const caught = await red.until((entry) => entry.from === 'catch', from);
    assert.ok(['disconnected', 'timeout'].includes(codeOf(caught)), codeOf(caught));
    board.obey();
    cable.plugIn();
    await red.until(isPollOf('F'), red.collected.indexOf(caught));
    assert.equal(red.collected.slice(from).filter((entry) => entry.from === 'catch').length, 1);
    assertReading(await red.json('/F'), 'jbd', 'sp04s034-4s-5ah-idle');
    assert.match(red.log, /F answers again/);
  });

  it('comes back after its bridge was away', async () => {
    const { bridge, connection } = await tcp(JBD);
    await deploy(pack('G', { connection, device: { pollInterval: 0.2 } }));
    await red.until(isPollOf('G'), red.collected.length);
    const from = red.collected.length;
    // While something is asked: a bridge that closes when nothing is has not failed.
    const closed = new Promise((resolve) => (bridge.board.behaviour = () => resolve(bridge.close())));
    const caught = await red.until((entry) => entry.from === 'catch', from);
    assert.equal(codeOf(caught), 'disconnected');
    await closed;
    bridge.board.obey();
    await bridge.listen();
    await red.until(isPollOf('G'), red.collected.length);
    assert.equal(red.collected.slice(from).filter((entry) => entry.from === 'catch').length, 1);
  });

  it('leaves nothing behind after fifty deploys, with a request in flight each time', async function () {
    this.timeout(120_000);
    const { board, connection } = serial(JBD);
    const { bridge, connection: over } = await tcp(DALY);
    const nodes = [
      ...pack('H', { connection, device: { pollInterval: 0.1 } }),
      ...pack('I', { connection: over, device: { protocol: 'daly', pollInterval: 0.1 } }),
      { id: 'probe-in', type: 'http in', z: 'tab', url: '/resources', method: 'get', wires: [['probe']] },
      {
        id: 'probe',
        type: 'function',
        z: 'tab',
        outputs: 1,
        libs: [],
        wires: [['probe-out']],
        func: "msg.payload = global.get('resources')(); return msg;",
      },
      { id: 'probe-out', type: 'http response', z: 'tab', wires: [] },
    ];
    const resources = async (): Promise<Record<string, number>> => {
      const counts: Record<string, number> = {};
      for (const name of await red.json<string[]>('/resources')) counts[name] = (counts[name] ?? 0) + 1;
      return counts;
    };
    await deploy(nodes);
    await red.until(isPollOf('I'), red.collected.length);
    const [files, timers] = [red.openFiles(), (await resources())['Timeout'] ?? 0];
    for (let i = 0; i < 50; i++) {
      const asked = board.requests.length;
      const changed = nodes.map((node) => (node.id === 'H-poll' ? { ...node, name: `H ${i}` } : node));
      await deploy(changed, i % 2 === 0 ? 'full' : 'nodes');
      while (board.requests.length === asked) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await red.until(isPollOf('I'), red.collected.length);
    assert.equal(bridge.sockets.size, 1);
    assert.ok(red.openFiles() <= files + 2, `${files} files, then ${red.openFiles()}`);
    const after = (await resources())['Timeout'] ?? 0;
    assert.ok(after <= timers + 3, `${timers} timers, then ${after}`);
    assert.doesNotMatch(red.log, /MaxListenersExceeded|Close timed out|uncaught|UnhandledPromise/i);
  });

  it('lets go of the port within two seconds while the device is silent', async () => {
    const { board, connection } = serial(JBD);
    board.behaviour = () => undefined;
    await deploy(pack('J', { connection, device: { pollInterval: 1, timeout: 20_000 } }));
    while (board.requests.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    const before = Date.now();
    await deploy([]);
    assert.ok(Date.now() - before < 2000);
  });

  it('answers the dialogs', async () => {
    const ports = await red.request('/@openbms/node-red-bms/serial-ports');
    assert.equal(ports.status, 200);
    assert.ok(Array.isArray(await ports.json()));
    const protocols = await red.json<{ id: string; label: string }[]>('/@openbms/node-red-bms/protocols');
    assert.ok(protocols.every(({ id, label }) => id !== '' && label !== ''));
    type Rules = { fields: { key: string; unit: string }[]; presets: Record<string, { field: string }[]> };
    const { fields, presets } = await red.json<Rules>('/@openbms/node-red-bms/alarm-rules');
    assert.ok(fields.every(({ key, unit }) => key !== '' && typeof unit === 'string'));
    for (const { field } of Object.values(presets).flat()) assert.ok(fields.some(({ key }) => key === field));
    const { preset } = (
      await red.json<Record<string, { preset: object }>>('/locales/@openbms/node-red-bms/bms-alarm?lng=en-US')
    )['bms-alarm']!;
    assert.deepEqual(Object.keys(preset), Object.keys(presets));
  });

  it('survived all of this', () => {
    assert.doesNotMatch(red.log, /uncaught|unhandled|MaxListenersExceeded/i);
  });
});
