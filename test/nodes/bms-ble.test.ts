import assert from 'node:assert/strict';
import type { Node } from 'node-red';
import helper from 'node-red-node-test-helper';
import { protocolById } from '../../src/codec';
import type { Protocol } from '../../src/codec/protocol';
import { SimulatedPack } from '../../src/simulator/pack';
import type { Adapter } from '../support/ble/adapter';
import { VirtualBms, type BmsOptions } from '../support/ble/bms';
import { chunksOf } from '../support/ble/cuts';
import { adapterFor } from '../support/ble/library';
import { KITS } from '../kits';
import { PROTOCOLS, type ProtocolId } from '../../src/codec/registry';
import { MODULES, type Module, type ModuleName } from '../support/ble/modules';
import { captured } from '../support/board';
import { assertDecoded } from '../support/expected';
import { FakeClock } from '../support/fake-clock';
import { flow, load, type Config, type Outbox } from '../support/helper-flow';
import { LockedModule } from '../support/jbd-module';
import { loadVector } from '../support/vectors';

const MAC = 'a4:c1:38:00:00:01';

interface Caught {
  error: { message: string; code: string };
}

function known(id: string): Protocol {
  const protocol = protocolById(id);
  assert.ok(protocol, id);
  return protocol;
}

function packOf(): SimulatedPack {
  return new SimulatedPack({
    ...{ cells: 8, chemistry: 'lfp', scenario: 'steady', speed: 1, seed: 7, clock: new FakeClock() },
  });
}

function bmsOf(module: ModuleName | Module, protocol: string, options: Partial<BmsOptions> = {}): VirtualBms {
  return new VirtualBms({ address: MAC, module, protocol: known(protocol), pack: packOf(), ...options });
}

/** A module in front of a board that answers as it was captured, and nothing else. */
function capturedBms(module: Module, protocol: string, family: string, files: readonly string[]): VirtualBms {
  const answers = captured(family, ...files);
  return bmsOf(module, protocol, {
    cut: chunksOf(module.mtu - 3),
    answer: (written) => Buffer.from(answers[written.toString('hex')] ?? '', 'hex'),
  });
}

const receive = (node: Node, message: Record<string, unknown>): void => node.receive(message);
const payloadOf = (message: object): Record<string, unknown> =>
  (message as { payload: Record<string, unknown> }).payload;
const errorOf = async (outbox: Outbox, n: number): Promise<Caught['error']> =>
  ((await outbox.nth(n)) as unknown as Caught).error;

/** Waits until nobody is connected. */
async function gone(bms: VirtualBms): Promise<void> {
  while (bms.connection !== undefined) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Whole readings as they were captured, by protocol: family, files whose answers belong together, module. */
const CAPTURES: readonly (readonly [
  protocol: string,
  family: string,
  files: readonly string[],
  module: Module,
  address?: number,
])[] = [
  ['jbd', 'jbd', ['sp04s034-ble-4s-280ah-idle'], MODULES.jbd],
  ['jbd', 'jbd', ['dh04sc02-ble-extended-47-1'], MODULES.jbdDh04],
  ['jbd', 'jbd', ['sp04s034-4s-5ah-idle'], MODULES.jbdLarge],
  ['jbd-up16s', 'jbd', ['up16s020-addr1-master'], MODULES.jbdLarge],
  ['ant', 'ant', ['01-16s-status-idle'], MODULES.ant],
  ['ant-legacy', 'ant-legacy', ['05-14s-discharging-8a'], MODULES.antLegacy],
  ['ant-legacy', 'ant-legacy', ['08-16s-2021-board-ble-request'], MODULES.antLegacy],
  [
    'daly',
    'daly',
    ['ble-16s-soc-and-ranges', 'ble-16s-mosfet-discharging', 'ble-16s-temperature-balancing-alarm'],
    MODULES.daly,
  ],
  ['daly-modbus', 'daly-modbus', ['d2-8s-idle-chunked-20'], MODULES.dalyModbus],
  ['daly-modbus', 'daly-modbus', ['d2-24s-idle'], MODULES.dalyNew],
  ['daly-modbus', 'daly-modbus', ['p81-16s-discharging'], MODULES.dalyModbus, 1],
  ['jk-ble', 'jk-ble', ['live-24s-bd6a24s10p-8.0.6G'], MODULES.jkOld],
  ['jk-ble', 'jk-ble', ['live-24s-bd6a17s6p-7.1.0H'], MODULES.jkNew],
  ['jk-ble', 'jk-ble', ['live-32s-pb2a16s20p-v15.41-at-junk'], MODULES.jkNew],
  ['jk-ble', 'jk-ble', ['live-jk04-b2a16s-3.3.0-20byte-chunks'], MODULES.jkOld],
  ['jk-ble', 'jk-ble', ['live-jk04-b5a24s-8.0.3M-odd-chunks'], MODULES.jkNew],
];

describe('nodes over Bluetooth', function () {
  this.timeout(15_000);
  let adapter: Adapter;
  let flows = 0;
  let deviceId = '';

  beforeEach(() => {
    adapter = adapterFor({ advertisingMs: 20 });
  });
  afterEach(async () => {
    await helper.unload();
    await adapter.close();
  });

  const connection = (props: Record<string, unknown> = {}): Record<string, unknown> => ({
    transport: 'ble',
    bleAddress: MAC.toUpperCase(),
    bleAdapter: adapter.property,
    bleDriver: 'hci',
    ...props,
  });

  /** Its device is another one in every test: what it remembers of its board outlasts a flow. */
  const bleFlow = (
    device: Record<string, unknown> = {},
    props: Record<string, unknown> = {},
    read: Record<string, unknown> = {},
  ): Config[] => {
    deviceId = `device-${++flows}`;
    const properties = { id: deviceId, timeout: 300, retries: 0, ...device };
    return flow(connection(props), properties, { device: deviceId, ...read });
  };

  describe('read simulated boards', () => {
    for (const { id } of PROTOCOLS) {
      const { module } = KITS[id as ProtocolId];
      if (module === undefined) continue;
      it(`${id}, by auto-detection`, async () => {
        adapter.controller.add(bmsOf(module, id));
        const { read, out } = await load(bleFlow({ protocol: 'auto', timeout: '' }));
        receive(read, { payload: '' });
        const { protocol } = (await out.nth(1))['bms'] as Record<string, unknown>;
        assert.equal(protocol, id);
      });
    }
  });

  describe('read captured boards', () => {
    for (const [protocol, family, files, module, busAddress = ''] of CAPTURES) {
      for (const mtu of [23, 247]) {
        it(`${protocol}: ${files.join(', ')} in notifications of ${mtu - 3} bytes`, async () => {
          const bms = capturedBms({ ...module, mtu }, protocol, family, files);
          adapter.controller.add(bms);
          const { read, out } = await load(bleFlow({ protocol, address: busAddress }));
          receive(read, { payload: '' });
          const message = await out.nth(1);
          for (const file of files) assertDecoded(payloadOf(message), loadVector(family, file));
          const { address, link, protocol: spoken } = message['bms'] as Record<string, unknown>;
          assert.deepEqual([address, spoken], [busAddress || MAC, protocol]);
          const { connects, drops, rssi, secondsSinceData } = link as Record<string, number>;
          assert.ok((secondsSinceData ?? Infinity) <= 10);
          assert.deepEqual([connects, drops, rssi], [1, 0, -60]);
        });
      }
    }
  });

  it('find the device by its name, and the protocol by asking', async () => {
    adapter.controller.add(bmsOf('jbd', 'jbd'));
    const configs = bleFlow({ protocol: 'auto', timeout: '' }, { bleAddress: 'xiaoxiang BMS' });
    const { read, out } = await load(configs);
    receive(read, { payload: '' });
    const message = await out.nth(1);
    assert.equal((message['bms'] as { protocol: string }).protocol, 'jbd');
    assert.equal(payloadOf(message)['cellCount'], 8);
  });

  it('read polls, and again after the board was out of reach', async () => {
    const bms = bmsOf('jbd', 'jbd');
    adapter.controller.add(bms);
    const { out } = await load(bleFlow({ pollInterval: 0.1 }, {}, { emit: 'poll' }));
    await out.nth(2);
    bms.drop();
    const { length } = out.messages;
    const message = await out.nth(length + 2);
    assert.equal((message['bms'] as { link: { drops: number } }).link.drops, 1);
  });

  describe('switch a board, and prove it', () => {
    for (const [protocol, module] of [
      ['jbd', 'jbd'],
      ['jbd', 'jbdLarge'],
      ['jk-ble', 'jkNew'],
      ['jk-ble', 'jkOld'],
    ] as const) {
      it(`${protocol} behind ${module}`, async () => {
        const bms = bmsOf(module, protocol, { cut: chunksOf(20) });
        adapter.controller.add(bms);
        const configs = bleFlow({ protocol, allowControl: true, timeout: '' });
        const control = { type: 'bms-control', z: 'tab', device: deviceId, action: 'charge', value: 'payload' };
        const { node, out } = await load([
          ...configs,
          { id: 'control', ...control, valueType: 'msg', topic: '', wires: [['out']] },
        ]);
        receive(node('control'), { payload: false });
        const { action, confirmed, before, after } = payloadOf(await out.nth(1));
        assert.deepEqual([action, confirmed, before, after], ['charge', true, true, false]);
        assert.equal(bms.pack.switches.charge, false);
      });
    }
  });

  describe('with a JBD module that has a password', () => {
    async function locked(password: string) {
      const module = new LockedModule(MAC, '123456');
      const bms = bmsOf('jbd', 'jbd', {
        answer: (written) => module.answer(written),
        onDisconnect: () => (module.open = false),
      });
      adapter.controller.add(bms);
      const configs = bleFlow({ timeout: 200, retries: 1 });
      return { module, ...(await load(configs, { [deviceId]: { password } })) };
    }

    it('read after the login', async () => {
      const { module, read, out } = await locked('123456');
      receive(read, { payload: '' });
      assert.equal(payloadOf(await out.nth(1))['cellCount'], 8);
      assert.equal(module.attempts.length, 1);
    });

    it('say that the password is wrong, having tried it once', async () => {
      const { module, read, caught } = await locked('654321');
      receive(read, { payload: '' });
      const { code, message } = await errorOf(caught, 1);
      assert.equal(code, 'denied');
      assert.ok(!message.includes('654321'));
      receive(read, { payload: '' });
      assert.equal((await errorOf(caught, 2)).code, 'denied');
      assert.equal(module.attempts.length, 1);
    });

    it('say that a password is wanted', async () => {
      const { module, read, caught } = await locked('');
      receive(read, { payload: '' });
      assert.match((await errorOf(caught, 1)).message, /enter it in the device/);
      assert.equal(module.attempts.length, 0);
    });
  });

  it('say that a module has to be paired that only repeats what it hears', async () => {
    adapter.controller.add(bmsOf('jbd', 'jbd', { answer: (written) => written }));
    const { read, caught } = await load(bleFlow({ timeout: 200 }));
    receive(read, { payload: '' });
    const { code, message } = await errorOf(caught, 1);
    assert.equal(code, 'timeout');
    assert.match(message, /pair it with the system/);
  });

  it('say that a device is no battery of the protocol', async () => {
    adapter.controller.add(bmsOf('jkNew', 'jk-ble'));
    const { read, caught } = await load(bleFlow({ protocol: 'jbd' }));
    receive(read, { payload: '' });
    assert.equal((await errorOf(caught, 1)).code, 'unsupported');
  });

  describe('share the board with a phone', () => {
    it('connect only to read, when that is wished', async () => {
      const bms = bmsOf('jbd', 'jbd');
      adapter.controller.add(bms);
      const { read, out, node } = await load(bleFlow({}, { bleOnDemand: true }));
      assert.equal(bms.connections, 0);
      receive(read, { payload: '' });
      await out.nth(1);
      assert.ok(bms.connection);
      await gone(bms);
      assert.equal(
        (node(deviceId) as Node & { battery: { condition: { phase: string } } }).battery.condition.phase,
        'fresh',
      );
      receive(read, { payload: '' });
      await out.nth(2);
      assert.equal(bms.connections, 2);
    });

    it('release it for a while and take it back', async () => {
      const bms = bmsOf('jbd', 'jbd');
      adapter.controller.add(bms);
      const { read, out, caught } = await load(bleFlow());
      receive(read, { payload: '' });
      await out.nth(1);
      receive(read, { _msgid: 'x', kept: 1, payload: { action: 'release', seconds: 60 } });
      const answer = await out.nth(2);
      assert.deepEqual(answer.payload, { released: true, seconds: 60 });
      assert.deepEqual([answer._msgid, answer['kept'], answer.topic], ['x', 1, 'Bank']);
      await gone(bms);
      const writes = bms.writes.length;
      receive(read, { payload: '' });
      const error = await errorOf(caught, 1);
      assert.equal(error.code, 'closed');
      assert.match(error.message, /released for \d+ s more/);
      assert.equal(bms.writes.length, writes);
      const statuses = (read.status as unknown as { args: [{ fill: string; text: string }][] }).args;
      assert.deepEqual(statuses.at(-1)?.[0], {
        fill: 'grey',
        shape: 'ring',
        text: '@openbms/node-red-bms/bms-device:bms-device.status.released',
      });
      receive(read, { payload: { action: 'release', seconds: 0 } });
      assert.deepEqual((await out.nth(3)).payload, { released: false, seconds: 0 });
      receive(read, { payload: '' });
      assert.equal(payloadOf(await out.nth(4))['cellCount'], 8);
    });

    it('take it back by itself', async () => {
      const bms = bmsOf('jbd', 'jbd');
      adapter.controller.add(bms);
      const { read, out } = await load(bleFlow({ pollInterval: 0.2 }, {}, { emit: 'poll' }));
      await out.nth(1);
      receive(read, { payload: { action: 'release', seconds: 1 } });
      while (!out.messages.some(({ payload }) => 'released' in (payload as object)))
        await out.nth(out.messages.length + 1);
      const { length } = out.messages;
      await out.nth(length + 1);
      assert.equal(bms.connections, 2);
    });

    it('refuse a time that is none', async () => {
      const bms = bmsOf('jbd', 'jbd');
      adapter.controller.add(bms);
      const { read, out, caught } = await load(bleFlow());
      receive(read, { payload: '' });
      await out.nth(1);
      const wrong = [undefined, null, -1, 0.5, 3601, Infinity, NaN, '60', true, {}];
      for (const [index, seconds] of wrong.entries()) {
        receive(read, { payload: { action: 'release', seconds } });
        assert.equal((await errorOf(caught, index + 1)).code, 'bad_value', `wrong ${index}`);
      }
      assert.ok(bms.connection);
    });
  });
});
