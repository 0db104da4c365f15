import assert from 'node:assert/strict';
import type { Node, NodeAPI } from 'node-red';
import { BmsError } from '../../../src/battery/errors';
import { say } from '../../../src/battery/sentence';
import { searchAddresses, type AddressSearch } from '../../../src/runtime/dialogs/address-search';
import type { DialogRequest } from '../../../src/runtime/dialogs/admin-endpoints';
import type { BmsConnectionNode } from '../../../src/runtime/bms-nodes';
import { RefCount } from '../../../src/runtime/ref-count';
import { Bus } from '../../../src/session/bus';
import { FakeClock } from '../../support/fake-clock';
import { ScriptedLink } from '../../support/scripted-link';
import { boardOf, known } from '../../support/device-line';

type Nodes = Pick<NodeAPI['nodes'], 'getNode'>;

/** A deployed connection with boards at two addresses on its line. */
function setUp() {
  const clock = new FakeClock();
  const { script } = boardOf(clock, known('daly'), { hears: (address) => [2, 5].includes(address) });
  const link = new ScriptedLink(clock, script);
  const bus = new Bus({ link, clock });
  const users = new RefCount(
    () => bus.open(),
    () => bus.release(),
    clock,
  );
  const connection = { id: 'line', type: 'bms-connection', bus, borrow: () => users.borrow() };
  const nodes: Nodes = {
    getNode: (id: string) => (id === 'line' ? connection : id === 'other' ? { id, type: 'inject' } : null) as Node,
  };
  const search = (query: Record<string, string>, isGone = () => false): Promise<AddressSearch | string> => {
    const request: DialogRequest = {
      text: (name) => query[name] ?? '',
      body: {},
      isGone,
      whenGone: () => undefined,
    };
    return searchAddresses(nodes, request, clock).catch((error: unknown) => (error as BmsError).code);
  };
  return { clock, link, bus, users, connection, search };
}

const LINE = { connection: 'line', protocol: 'daly' };

describe('searchAddresses', () => {
  it('opens a line that nobody uses, tells who answers, and lets go of it', async () => {
    const { clock, link, bus, search } = setUp();
    const result = search(LINE);
    await clock.tick(60_000);
    const { asked, ...rest } = (await result) as AddressSearch;
    assert.deepEqual(rest, { found: [2, 5], baudRate: 9600, usualBaudRate: 9600 });
    assert.equal(asked.length, 31);
    assert.equal(bus.state.phase, 'idle');
    assert.equal(link.openChannels, 0);
    assert.equal(clock.timers, 0);
  });

  it('leaves a line open that a node uses', async () => {
    const { clock, link, bus, users, search } = setUp();
    users.add({ id: 'a' } as Node);
    const result = search(LINE);
    await clock.tick(60_000);
    await result;
    assert.equal(bus.state.phase, 'ready');
    assert.deepEqual([link.opened, link.openChannels], [1, 1]);
  });

  it('searches a line once at a time, and again afterwards', async () => {
    const { clock, search } = setUp();
    const first = search(LINE);
    await clock.tick(1000);
    assert.equal(await search({ ...LINE, protocol: 'jk-modbus' }), 'port_busy');
    await clock.tick(60_000);
    assert.deepEqual(((await first) as AddressSearch).found, [2, 5]);
    const next = search(LINE);
    await clock.tick(60_000);
    assert.deepEqual(((await next) as AddressSearch).found, [2, 5]);
  });

  it('ends when the dialog goes away, and lets go of the line', async () => {
    const { clock, link, bus, search } = setUp();
    let gone = false;
    const result = search(LINE, () => gone);
    await clock.tick(2000);
    gone = true;
    await clock.tick(2000);
    assert.equal(await result, 'closed');
    assert.equal(bus.state.phase, 'idle');
    assert.equal(link.openChannels, 0);
  });

  it('ends when a deploy closes the connection', async () => {
    const { clock, bus, users, search } = setUp();
    const result = search(LINE);
    await clock.tick(2000);
    users.close();
    void bus.close();
    await clock.tick(2000);
    assert.equal(await result, 'closed');
    assert.equal(bus.state.phase, 'closed');
    assert.equal(clock.timers, 0);
  });

  it('says what is missing or wrong', async () => {
    const { clock, link, connection, search } = setUp();
    assert.equal(await search({ ...LINE, connection: 'gone' }), 'not_found');
    assert.equal(await search({ ...LINE, connection: 'other' }), 'not_found');
    assert.equal(await search({ ...LINE, protocol: 'jbd' }), 'bad_value');
    assert.equal(await search({ ...LINE, protocol: 'auto' }), 'bad_value');
    assert.equal(await search({}), 'bad_value');
    link.refuse = new BmsError('permission', say`not allowed`);
    const refused = search(LINE);
    await clock.tick(1000);
    assert.equal(await refused, 'permission');
    assert.equal(clock.timers, 0);
    const broken = connection as Partial<BmsConnectionNode>;
    broken.bus = undefined;
    broken.problem = new BmsError('unsupported', say`no such transport`);
    assert.equal(await search(LINE), 'unsupported');
  });
});
