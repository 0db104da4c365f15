import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import type { Node } from 'node-red';
import { BmsError } from '../../../src/battery/errors';
import { say } from '../../../src/battery/sentence';
import type { DialogRequest } from '../../../src/runtime/dialogs/admin-endpoints';
import { acceptTested, testPack, type PackTest } from '../../../src/runtime/dialogs/pack-test';
import { choiceOf } from '../../../src/runtime/remembered';
import { lineOf } from '../../../src/runtime/settings/links';
import type { Runtime } from '../../../src/runtime/dialogs/test-line';
import { RefCount } from '../../../src/runtime/ref-count';
import { BoardGuard } from '../../../src/session/board-guard';
import { Bus } from '../../../src/session/bus';
import { Device } from '../../../src/session/device';
import { FakeClock } from '../../support/fake-clock';
import { LockedModule } from '../../support/jbd-module';
import { ScriptedLink } from '../../support/scripted-link';
import { boardOf, known } from '../../support/device-line';

const daly = known('daly');
const SIMULATOR = { transport: 'simulator', simCells: 8, simScenario: 'steady' };

type Part = Record<string, unknown>;

/** A deployed connection `line` with a Daly board on it, and the answers to tests asked of it. */
function setUp() {
  const clock = new FakeClock();
  const { script } = boardOf(clock, daly, { hears: (address) => address === 1 });
  const link = new ScriptedLink(clock, script);
  const bus = new Bus({ link, clock });
  const users = new RefCount(
    () => bus.open(),
    () => bus.release(),
    clock,
  );
  const deployed: Record<string, Part> = {
    line: { id: 'line', type: 'bms-connection', bus, borrow: () => users.borrow() },
  };
  const environment: Record<string, string> = { SPEAKS: 'daly' };
  const runtime: Runtime = {
    nodes: { getNode: (id: string) => (deployed[id] ?? null) as unknown as Node },
    util: { getSetting: (_node, name) => environment[name] },
    settings: {},
  };
  let hangUp = (): void => undefined;
  const test = (body: Part): Promise<PackTest | BmsError> => {
    const request: DialogRequest = {
      text: () => '',
      body,
      isGone: () => false,
      whenGone: (action) => (hangUp = action),
    };
    return testPack(runtime, request, clock).catch((error: unknown) => error as BmsError);
  };
  /** Tests and lets time pass. */
  const tested = async (body: Part, ms = 5000): Promise<PackTest> => {
    const result = test(body);
    await clock.tick(ms);
    return result as Promise<PackTest>;
  };
  return { clock, link, bus, users, deployed, test, tested, hangUp: () => hangUp() };
}

/** What the dialog sends: a device on a connection, which is the one that runs or not. */
function asked(device: Part, connection: Part = {}): Part {
  return {
    device: { id: 'device', properties: { protocol: 'daly', address: '', ...device } },
    connection: { id: 'line', changed: false, properties: {}, ...connection },
  };
}

const codeOf = (result: PackTest | BmsError): string | undefined => (result instanceof BmsError ? result.code : '');

describe('testPack', () => {
  it('reads a pack on the running connection that nobody uses, and lets go of it', async () => {
    const { clock, link, bus, tested } = setUp();
    const { reading, ...rest } = await tested(asked({}));
    assert.deepEqual(rest, { protocol: 'daly', label: daly.label, address: 1 });
    assert.ok(reading.voltage !== undefined && reading.soc !== undefined, JSON.stringify(reading));
    assert.equal(reading.cellCount, 8);
    assert.deepEqual(link.rates, [9600]);
    assert.equal(bus.state.phase, 'idle');
    assert.equal(link.openChannels, 0);
    assert.equal(clock.timers, 0);
  });

  it('lets the polls of a device on the line go on, at its rate', async () => {
    const { clock, link, bus, users, test, tested } = setUp();
    users.add({ id: 'a' } as Node);
    const options = { bus, clock, protocol: daly, address: undefined, pollIntervalMs: 1000 };
    const device = new Device({ name: 'Bank', ...options });
    device.start();
    await clock.tick(3000);
    const before = device.last?.sequence ?? 0;
    assert.equal(codeOf(await tested(asked({ protocol: 'jbd' }), 20_000)), 'timeout');
    const another = test(asked({ protocol: 'ant' }));
    await clock.tick(1000);
    const atAnotherRate = (await another) as BmsError;
    assert.equal(atAnotherRate.code, 'bad_value');
    assert.match(atAnotherRate.message, /9600 baud for Bank/);
    assert.ok((device.last?.sequence ?? 0) >= before + 10, `${before} ${device.last?.sequence}`);
    assert.equal(device.condition.phase, 'fresh');
    assert.deepEqual([link.opened, link.openChannels], [1, 1]);
    device.stop();
  });

  it('finds the protocol out; what the running device has found is asked first', async () => {
    const { clock, link, deployed, tested } = setUp();
    assert.equal((await tested(asked({ protocol: 'auto' }), 30_000)).protocol, 'daly');
    const usual = link.sent.length;
    deployed['device'] = { id: 'device', type: 'bms-device', battery: { board: { protocol: daly, address: 1 } } };
    assert.equal((await tested(asked({ protocol: 'auto' }))).protocol, 'daly');
    assert.ok(link.sent.length - usual < usual);
    assert.equal(clock.timers, 0);
  });

  it('logs in with the password of the running device, or with what was typed into the dialog', async () => {
    const { clock, link, deployed, tested } = setUp();
    const mac = 'A4:C1:37:04:2D:BE';
    const { script } = boardOf(clock, known('jbd'), { cells: 4 });
    link.isRadio = true;
    link.peer = mac;
    deployed['device'] = { id: 'device', type: 'bms-device', credentials: { password: '123412' } };
    for (const [wanted, typed, code] of [
      ['123412', undefined, ''],
      ['654321', '654321', ''],
      ['123412', '', 'denied'],
      ['123412', '000000', 'denied'],
    ] as const) {
      const module = new LockedModule(mac, wanted);
      link.script = module.script(script);
      const body = asked({ protocol: 'jbd' });
      if (typed !== undefined) (body['device'] as Part)['password'] = typed;
      assert.equal(codeOf(await tested(body, 25_000)), code, `${wanted} ${typed}`);
    }
  });

  it('says that it is another board than the running device knows, unless the dialog names another one', async () => {
    const { link, bus, deployed, tested } = setUp();
    const guard = new BoardGuard('Bank');
    const told = { protocol: 'daly', peer: '', isWhole: true };
    await guard.check(told, { cellCount: 16 }, () => assert.fail());
    const choice = choiceOf({ connection: 'line', protocol: 'daly', address: '' });
    deployed['device'] = { id: 'device', type: 'bms-device', choice, battery: { guard } };
    assert.deepEqual((await tested(asked({}))).otherBoard, { key: 'cellCount', known: 16, present: 8 });
    assert.equal((await tested(asked({ address: '1' }))).otherBoard, undefined);
    assert.deepEqual([bus.state.phase, link.openChannels], ['idle', 0]);
  });

  it('accepts the board of a device that runs', async () => {
    const forgotten: string[] = [];
    const guard = { forget: () => forgotten.push('forgotten') };
    const device = { id: 'a', type: 'bms-device', battery: { guard, acceptBoard: () => undefined } };
    const nodes = { getNode: (id: string) => (id === 'a' ? device : null) as unknown as Node };
    const request = (id: string): DialogRequest => ({
      ...{ text: () => id, body: {}, isGone: () => false, whenGone: () => undefined },
    });
    assert.deepEqual(await acceptTested(nodes, request('a')), { accepted: true });
    assert.deepEqual(forgotten, ['forgotten'], 'one that it has not met itself');
    await assert.rejects(acceptTested(nodes, request('b')), (error: BmsError) => error.code === 'not_found');
  });

  it('reads on a line of its own what is not deployed, or has been changed', async () => {
    const { clock, link, deployed, tested } = setUp();
    for (const connection of [{ id: 'new' }, { changed: true }, { changed: undefined }]) {
      const { protocol, address, reading } = await tested(
        asked({ protocol: 'jbd' }, { properties: SIMULATOR, ...connection }),
      );
      assert.deepEqual([protocol, address, reading.cellCount], ['jbd', '', 8]);
    }
    deployed['line'] = { id: 'line', type: 'inject' };
    assert.equal((await tested(asked({ protocol: 'jbd' }, { properties: SIMULATOR }))).protocol, 'jbd');
    assert.equal(link.opened, 0);
    assert.equal(clock.timers, 0);
  });

  it('reads on the running line when something else of the connection was changed than the line', async () => {
    const { clock, link, bus, users, deployed, tested } = setUp();
    const properties = { transport: 'tcp', tcpHost: '192.0.2.1', tcpPort: 8899 };
    deployed['line'] = { ...deployed['line'], line: lineOf(properties) };
    users.add({ id: 'a' } as Node);
    await clock.tick(10);
    for (const change of [{ name: 'Bridge in the bow' }, { tcpOnDemand: true }, { tcpPort: '8899', tcpMode: 'raw' }]) {
      assert.equal(
        (await tested(asked({}, { changed: true, properties: { ...properties, ...change } }))).protocol,
        'daly',
      );
    }
    assert.deepEqual([link.opened, bus.state.phase], [1, 'ready']);
    assert.notEqual(lineOf(properties), lineOf({ ...properties, tcpPort: 8900 }));
    assert.notEqual(lineOf({ serialPort: 'a' }), lineOf({ serialPort: 'a', baudRate: 9600 }));
  });

  it('says that the deployed connection may have a bridge that takes one only', async () => {
    const { clock, link, users, deployed, test } = setUp();
    const bridge = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => bridge.listen(0, '127.0.0.1', resolve));
    const { port } = bridge.address() as AddressInfo;
    const running = new Bus({ link: Object.assign(link, { name: `bridge.local:${port}`, isNetwork: true }), clock });
    deployed['line'] = { ...deployed['line'], bus: running };
    users.add({ id: 'a' } as Node);
    running.open();
    await clock.tick(10);
    const properties = { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: port };
    const result = test(asked({ timeout: 100, retries: 0 }, { changed: true, properties }));
    let ended = false;
    void result.then(() => (ended = true));
    while (!ended) await clock.tick(100);
    const error = (await result) as BmsError;
    assert.equal(error.code, 'port_busy');
    assert.match(error.message, /held by this connection as it was deployed/);
    void running.close();
    await clock.tick(3000);
    await new Promise((resolve) => bridge.close(resolve));
  });

  it('replaces environment variables as a deploy does', async () => {
    const { test, tested } = setUp();
    assert.equal((await tested(asked({ protocol: '${SPEAKS}' }))).protocol, 'daly');
    const missing = (await test(asked({ protocol: '${NOT_SET}' }))) as BmsError;
    assert.equal(missing.code, 'bad_value');
    assert.match(missing.message, /NOT_SET/);
  });

  it('gives up after 30 s', async () => {
    const { clock, link, test } = setUp();
    link.script = () => undefined;
    let ended = false;
    const result = test(asked({ timeout: 20_000 })).finally(() => (ended = true));
    await clock.tick(29_000);
    assert.equal(ended, false);
    await clock.tick(3000);
    const error = (await result) as BmsError;
    assert.equal(error.code, 'timeout');
    assert.match(error.message, /30 s/);
    assert.equal(link.openChannels, 0);
    await clock.tick(60_000);
    assert.equal(clock.timers, 0);
  });

  it('tests a connection once at a time, and again afterwards', async () => {
    const { clock, test, tested } = setUp();
    const first = test(asked({}));
    await clock.tick(10);
    assert.equal(codeOf(await test(asked({ protocol: 'jbd' }))), 'port_busy');
    await clock.tick(5000);
    assert.equal(codeOf(await first), '');
    assert.equal(codeOf(await tested(asked({}))), '');
  });

  it('ends when the dialog goes away, and lets go of the line', async () => {
    const { clock, link, bus, test, hangUp } = setUp();
    link.script = () => undefined;
    const result = test(asked({ protocol: 'auto' }));
    await clock.tick(2000);
    hangUp();
    await clock.tick(0);
    assert.equal(codeOf(await result), 'closed');
    const sent = link.sent.length;
    await clock.tick(60_000);
    assert.equal(link.sent.length, sent);
    assert.deepEqual([bus.state.phase, link.openChannels, clock.timers], ['idle', 0, 0]);
    // Whoever comes next gets the rate it needs.
    assert.equal(bus.setNeeds({}, { baudRate: 115_200 }), 115_200);
  });

  it('ends when a deploy closes the connection', async () => {
    const { clock, link, bus, users, test } = setUp();
    link.script = () => undefined;
    const result = test(asked({}));
    await clock.tick(200);
    users.close();
    void bus.close();
    await clock.tick(2000);
    assert.equal(codeOf(await result), 'closed');
    assert.equal(clock.timers, 0);
  });

  it('tries a line once more that waits for better times', async () => {
    const { clock, link, users, tested } = setUp();
    users.add({ id: 'a' } as Node);
    link.refuse = new BmsError('port_not_found', say`no such port`);
    await clock.tick(100_000);
    const tries = link.rates.length;
    link.refuse = undefined;
    assert.equal(codeOf(await tested(asked({}))), '');
    assert.equal(link.rates.length, tries + 1);
  });

  it('says what is missing or wrong', async () => {
    const { clock, link, deployed, test, tested } = setUp();
    assert.equal(codeOf(await test({})), 'bad_value');
    assert.equal(codeOf(await test({ device: [], connection: 'line' })), 'bad_value');
    assert.equal(codeOf(await test(asked({ protocol: 'morse' }))), 'unsupported');
    assert.equal(codeOf(await test(asked({ address: 'x' }))), 'bad_value');
    assert.equal(codeOf(await test(asked({}, { id: 'new', properties: { transport: 'tcp' } }))), 'bad_value');
    link.refuse = new BmsError('permission', say`not allowed`);
    assert.equal(codeOf(await tested(asked({}), 1000)), 'permission');
    assert.equal(clock.timers, 0);
    deployed['line'] = {
      ...deployed['line'],
      bus: undefined,
      problem: new BmsError('unsupported', say`no such thing`),
    };
    assert.equal(codeOf(await test(asked({}))), 'unsupported');
  });
});
