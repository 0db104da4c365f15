import assert from 'node:assert/strict';
import type { Characteristic, Peripheral } from '@stoprocent/noble';
import { stub } from 'sinon';
import { jbd } from '../../src/codec/jbd';
import { SimulatedPack } from '../../src/simulator/pack';
import { VirtualAdapter } from '../support/ble/adapter';
import { ATT_ERROR } from '../support/ble/att';
import { VirtualBms } from '../support/ble/bms';
import type { ControllerOptions } from '../support/ble/controller';
import { COMMAND, STATUS } from '../support/ble/hci';
import { Heard, isPending, NobleHost } from '../support/ble/noble';
import { until } from '../support/ble/until';
import { drop, once, refuse, silence, type Step } from '../support/ble/traps';
import { FakeClock } from '../support/fake-clock';

const READ = Buffer.from('dda50300fffd77', 'hex');

/** What each step of a start-up is to a host. */
const STEPS: readonly { step: Step; take(peripheral: Peripheral): Promise<unknown> }[] = [
  { step: 'mtu', take: (peripheral) => peripheral.discoverServicesAsync(['ff00']) },
  { step: 'services', take: (peripheral) => peripheral.discoverServicesAsync(['ff00']) },
  { step: 'characteristics', take: discover },
  { step: 'subscribe', take: subscribe },
  { step: 'write', take: async (peripheral) => (await subscribe(peripheral)).write.writeAsync(READ, false) },
];

describe('Bluetooth: faults of the virtual controller, as noble shows them', () => {
  let adapter: VirtualAdapter;
  let host: NobleHost;
  let board: VirtualBms;

  async function start(options?: ControllerOptions): Promise<void> {
    const clock = new FakeClock();
    const pack = new SimulatedPack({ cells: 4, chemistry: 'lfp', scenario: 'steady', speed: 1, seed: 1, clock });
    board = new VirtualBms({ address: 'a4:c1:38:00:00:01', module: 'jbdLarge', protocol: jbd, pack });
    adapter = new VirtualAdapter(options);
    adapter.controller.add(board);
    host = new NobleHost(adapter);
    await host.powerOn();
  }

  afterEach(() => host.close());

  for (const { step, take } of STEPS) {
    it(`drops at: ${step}; the next attempt gets through`, async () => {
      await start();
      board.traps.set(step, once(drop()));
      const peripheral = await host.connect(board.address);
      await assert.rejects(take(peripheral), /^Error: Disconnected 8$/);
      assert.deepEqual([peripheral.state, board.connection], ['disconnected', undefined]);
      await peripheral.connectAsync();
      await take(peripheral);
      assert.equal(peripheral.mtu, 247);
    });

    it(`falls silent at: ${step}`, async () => {
      await start();
      board.traps.set(step, silence());
      const peripheral = await host.connect(board.address);
      const attempt = take(peripheral);
      await until(() => board.sprung.includes(step));
      assert.equal(await isPending(attempt, peripheral), true);
      assert.equal(peripheral.state, 'connected');
    });
  }

  it('drops as soon as it is connected', async () => {
    await start();
    board.traps.set('connect', once(drop(STATUS.failedToEstablish)));
    const peripheral = await host.find(board.address);
    const reason = new Promise((resolve) => peripheral.once('disconnect', resolve));
    await peripheral.connectAsync();
    assert.equal(await reason, STATUS.failedToEstablish);
    await peripheral.connectAsync();
    assert.equal(peripheral.state, 'connected');
  });

  it('fails to connect with a status', async () => {
    await start();
    board.traps.set('connect', refuse(STATUS.failedToEstablish));
    const peripheral = await host.find(board.address);
    await assert.rejects(peripheral.connectAsync(), /Connection Failed to be Established \(0x3e\)/);
  });

  for (const [what, go] of [
    ['that is gone', () => (board.absent = true)],
    ['that does not react', () => board.traps.set('connect', once(silence()))],
  ] as const) {
    it(`waits for a device ${what} until cancelled; then it connects`, async () => {
      await start({ advertisingMs: 5 });
      const peripheral = await host.find(board.address);
      go();
      const attempt = peripheral.connectAsync();
      await commandSeen(COMMAND.leCreateConnection);
      peripheral.cancelConnect();
      await assert.rejects(attempt, /connection canceled/);
      board.absent = false;
      await peripheral.connectAsync();
      assert.equal(board.connections, 1);
    });
  }

  it('connects by itself when the device comes back during the attempt', async () => {
    await start({ advertisingMs: 5 });
    const peripheral = await host.find(board.address);
    board.absent = true;
    const attempt = peripheral.connectAsync();
    await commandSeen(COMMAND.leCreateConnection);
    board.absent = false;
    await attempt;
    assert.equal(board.connections, 1);
  });

  it('connects to an address of the right kind only', async () => {
    await start({ advertisingMs: 5 });
    const attempt = host.noble.connectAsync(board.address, { addressType: 'random' });
    await commandSeen(COMMAND.leCreateConnection);
    host.noble.cancelConnect(board.address);
    await assert.rejects(attempt, /connection canceled/);
    const peripheral = await host.noble.connectAsync(board.address, { addressType: 'public' });
    assert.equal(peripheral.state, 'connected');
  });

  it('refuses one connection more than it can have', async () => {
    await start({ mostConnections: 0 });
    const peripheral = await host.find(board.address);
    await assert.rejects(peripheral.connectAsync(), /0x9/);
  });

  it('refuses to exchange the MTU: 20 bytes a notification', async () => {
    await start();
    board.traps.set('mtu', refuse(ATT_ERROR.notSupported));
    const peripheral = await host.connect(board.address);
    const { notify, write } = await subscribe(peripheral);
    const heard = new Heard(notify);
    await write.writeAsync(READ, true);
    await heard.bytes(45);
    assert.deepEqual([peripheral.mtu, heard.pieces.map(({ length }) => length)], [23, [20, 20, 5]]);
  });

  it('shows no characteristic that is hidden, nor a service', async () => {
    await start();
    board.hidden.add('ff02');
    const peripheral = await host.connect(board.address);
    const { characteristics } = await discover(peripheral);
    assert.deepEqual(
      characteristics.map(({ uuid }) => uuid),
      ['ff01'],
    );
    board.hidden.add('ff00');
    await peripheral.disconnectAsync();
    await peripheral.connectAsync();
    await assert.rejects(discover(peripheral), (reason) => reason === 'Could not find all requested services');
  });

  it('has no services at all at the first look', async () => {
    await start();
    for (const uuid of ['ff00', '1800']) board.hidden.add(uuid);
    const peripheral = await host.connect(board.address);
    assert.deepEqual(await peripheral.discoverServicesAsync(), []);
  });

  it('refuses a write: noble never says so', async () => {
    await start();
    board.traps.set('write', refuse(ATT_ERROR.writeNotPermitted));
    const peripheral = await host.connect(board.address);
    const { write } = await subscribe(peripheral);
    const attempt = write.writeAsync(READ, false);
    await until(() => board.sprung.includes('write'));
    assert.equal(await isPending(attempt, peripheral), true);
    assert.equal(board.writes.length, 0);
  });

  it('wants a pairing and then has none: noble never says so', async () => {
    await start();
    board.traps.set('subscribe', refuse(ATT_ERROR.insufficientAuthentication)).set('pairing', refuse(0x05));
    const peripheral = await host.connect(board.address);
    const [notify] = (await discover(peripheral)).characteristics;
    const attempt = notify!.subscribeAsync();
    await until(() => board.sprung.includes('pairing'));
    assert.equal(await isPending(attempt, peripheral), true);
    assert.deepEqual([board.sprung, board.isSubscribed('ff01')], [['subscribe', 'pairing'], false]);
  });

  it('drops when a pairing is tried', async () => {
    await start();
    board.traps.set('subscribe', refuse(ATT_ERROR.insufficientEncryption)).set('pairing', drop(0x05));
    const peripheral = await host.connect(board.address);
    await assert.rejects(subscribe(peripheral), /Disconnected 5/);
  });

  it('drops in the middle of a frame', async () => {
    await start();
    const peripheral = await host.connect(board.address);
    const { notify, write } = await subscribe(peripheral);
    const heard = new Heard(notify);
    const reason = new Promise((resolve) => peripheral.once('disconnect', resolve));
    board.dropAfterBytes = 30;
    await write.writeAsync(READ, true);
    assert.equal(await reason, 8);
    assert.equal(heard.length, 30);
  });

  it('fails hard: noble does not notice', async () => {
    await start();
    const peripheral = await host.connect(board.address);
    adapter.controller.failHard();
    assert.equal(board.connection, undefined);
    assert.equal(await host.find(board.address).then(({ state }) => state), 'connected');
    assert.equal(peripheral.state, 'connected');
  });

  it('hangs: nothing is answered until it comes to', async () => {
    await start();
    const peripheral = await host.connect(board.address);
    adapter.controller.silent = true;
    const lost = peripheral.updateRssiAsync();
    await until(() => adapter.controller.lostBytes > 0);
    adapter.controller.silent = false;
    assert.equal(await isPending(lost, peripheral), true);
  });

  it('refuses commands: a scan that is refused never starts, and noble never says so', async () => {
    await start();
    const peripheral = await host.connect(board.address);
    adapter.controller.refusals.set(COMMAND.leSetScanEnable, STATUS.disallowed);
    assert.equal(await isPending(host.noble.startScanningAsync([], false), peripheral), true);
    adapter.controller.refusals.set(COMMAND.leCreateConnection, STATUS.limitedResources);
    await peripheral.disconnectAsync();
    await assert.rejects(peripheral.connectAsync(), /0xd/);
  });

  it('is too old for Bluetooth LE', async () => {
    const warnings = stub(console, 'log');
    try {
      adapter = new VirtualAdapter({ version: 5 });
      host = new NobleHost(adapter);
      const states: string[] = [];
      host.noble.on('stateChange', (state: string) => states.push(state));
      await until(() => states.includes('unsupported'));
      assert.deepEqual(states, ['poweredOff', 'unsupported']);
    } finally {
      warnings.restore();
    }
  });

  it('is pulled out: powered off, links gone; a new noble takes it when it is back', async () => {
    await start();
    const peripheral = await host.connect(board.address);
    const reason = new Promise((resolve) => peripheral.once('disconnect', resolve));
    const state = new Promise((resolve) => host.noble.once('stateChange', resolve));
    adapter.unplug();
    assert.deepEqual([await reason, await state], [0x03, 'poweredOff']);
    host.noble.stop();
    adapter.plugIn();
    host = new NobleHost(adapter);
    await host.powerOn();
    assert.equal((await host.connect(board.address)).state, 'connected');
  });

  it('still has the links of a noble that was stopped without closing them', async () => {
    await start();
    await host.connect(board.address);
    host.noble.stop();
    assert.equal(adapter.controller.openConnections, 1);
  });

  async function commandSeen(code: number): Promise<void> {
    await until(() => adapter.controller.received.includes(code));
  }
});

async function discover(peripheral: Peripheral): ReturnType<Peripheral['discoverAllServicesAndCharacteristicsAsync']> {
  return peripheral.discoverSomeServicesAndCharacteristicsAsync(['ff00'], []);
}

async function subscribe(peripheral: Peripheral): Promise<{ notify: Characteristic; write: Characteristic }> {
  const { characteristics } = await discover(peripheral);
  const [notify, write] = characteristics;
  await notify!.subscribeAsync();
  return { notify: notify!, write: write! };
}
