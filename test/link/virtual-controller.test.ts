import assert from 'node:assert/strict';
import type { Characteristic, Peripheral } from '@stoprocent/noble';
import { ant } from '../../src/codec/ant';
import { antLegacy } from '../../src/codec/ant-legacy';
import { daly } from '../../src/codec/daly';
import { dalyModbus } from '../../src/codec/daly-modbus';
import { jbd } from '../../src/codec/jbd';
import { jkBle } from '../../src/codec/jk-ble';
import { SimulatedPack } from '../../src/simulator/pack';
import { VirtualAdapter } from '../support/ble/adapter';
import { VirtualBms, type BmsOptions } from '../support/ble/bms';
import type { ControllerOptions } from '../support/ble/controller';
import { chunksOf, glued, oddCuts } from '../support/ble/cuts';
import { COMMAND } from '../support/ble/hci';
import { MODULES } from '../support/ble/modules';
import { Heard, NobleHost } from '../support/ble/noble';
import { VirtualPeripheral } from '../support/ble/peripheral';
import { FakeClock } from '../support/fake-clock';
import { loadVectors } from '../support/vectors';

const READ = Buffer.from('dda50300fffd77', 'hex');
const CAPTURED = loadVectors('jbd').find(({ file }) => file.includes('overkill-ble-4s-two-notifications'))!;
const PIECES = CAPTURED.exchanges.find(({ tx }) => tx === READ.toString('hex'))!.rx;

function packOf(seed = 1): SimulatedPack {
  return new SimulatedPack({ cells: 4, chemistry: 'lfp', scenario: 'steady', speed: 1, seed, clock: new FakeClock() });
}

function bmsAt(last: number, options: Partial<BmsOptions> = {}): VirtualBms {
  const address = `a4:c1:38:00:00:${last.toString(16).padStart(2, '0')}`;
  return new VirtualBms({ address, module: 'jbd', protocol: jbd, pack: packOf(last), ...options });
}

/** What `board` answers to the basic read, whole. */
function frameOf(board: VirtualBms): Buffer {
  return jbd.emulate(READ)!.answer(board.pack.read());
}

describe('Bluetooth: noble on the virtual controller', () => {
  let adapter: VirtualAdapter;
  let host: NobleHost;

  async function start(peripherals: VirtualPeripheral[], options?: ControllerOptions): Promise<void> {
    adapter = new VirtualAdapter(options);
    adapter.controller.add(...peripherals);
    host = new NobleHost(adapter);
    await host.powerOn();
  }

  afterEach(() => host.close());

  it('powers on and tells the address of the adapter', async () => {
    await start([], { address: '00:11:22:33:44:55' });
    assert.equal(host.noble.state, 'poweredOn');
    assert.equal(host.noble.address, '00:11:22:33:44:55');
  });

  it('leaves no handlers of signals behind', async () => {
    const before = process.listenerCount('SIGINT');
    await start([]);
    assert.equal(process.listenerCount('SIGINT'), before + 1);
    host.noble.stop();
    assert.equal(process.listenerCount('SIGINT'), before);
  });

  it('finds a device with name, service, manufacturer data, kind of address and RSSI', async () => {
    await start([bmsAt(1, { module: 'jkNew', addressType: 'random', rssi: -71 })]);
    const { addressType, advertisement, rssi } = await host.find('a4:c1:38:00:00:01');
    assert.deepEqual([addressType, rssi, advertisement.localName], ['random', -71, 'JK_B2A8S20P']);
    assert.deepEqual(advertisement.serviceUuids, ['ffe0']);
    assert.equal(advertisement.manufacturerData.readUInt16LE(0), 0x0b65);
  });

  it('advertises services of 128 bits, and shortens a name that does not fit', async () => {
    const uuid = '02f00000-0000-0000-0000-00000000fe00';
    const name = 'a name of more than twenty-nine bytes';
    await start([
      new VirtualPeripheral({ address: 'a4:c1:38:00:00:01', name, services: [{ uuid, characteristics: [] }] }),
    ]);
    const { advertisement } = await host.find('a4:c1:38:00:00:01');
    assert.deepEqual(advertisement.serviceUuids, [uuid.replaceAll('-', '')]);
    assert.equal(advertisement.localName, name.slice(0, 29));
  });

  it('hears a device that comes within reach during the scan', async () => {
    const late = bmsAt(2);
    late.absent = true;
    await start([bmsAt(1), late], { advertisingMs: 5 });
    const found = host.find(late.address);
    late.absent = false;
    assert.equal((await found).advertisement.localName, 'xiaoxiang BMS');
  });

  it('connects, agrees upon the MTU, finds the characteristics with their properties', async () => {
    await start([bmsAt(1, { module: 'jbdLarge' })]);
    const { peripheral, notify, write } = await connectTo('a4:c1:38:00:00:01', 'ff00');
    assert.equal(peripheral.mtu, 247);
    assert.deepEqual([notify.uuid, notify.properties], ['ff01', ['read', 'notify']]);
    assert.deepEqual([write.uuid, write.properties], ['ff02', ['writeWithoutResponse', 'write']]);
  });

  it('finds characteristics of 128 bits and their descriptors, and reads a long value in pieces', async () => {
    const value = Buffer.from('a value that is longer than one packet of 23 bytes');
    const uuid = '02f00000000000000000' + '00000000ff01';
    const characteristics = [{ uuid, properties: ['read', 'notify'] as const, value, description: 'data' }];
    const services = [{ uuid: '02f00000000000000000' + '00000000fe00', characteristics }];
    await start([new VirtualPeripheral({ address: 'a4:c1:38:00:00:01', name: 'x', services, mtu: 23 })]);
    const peripheral = await host.connect('a4:c1:38:00:00:01');
    const found = await peripheral.discoverAllServicesAndCharacteristicsAsync();
    const characteristic = found.characteristics.find((candidate) => candidate.uuid === uuid)!;
    assert.deepEqual(await characteristic.readAsync(), value);
    const descriptors = await characteristic.discoverDescriptorsAsync();
    assert.deepEqual(
      descriptors.map((descriptor) => descriptor.uuid),
      ['2902', '2901'],
    );
    assert.equal((await descriptors[1]!.readValueAsync()).toString(), 'data');
  });

  it('gives back a captured answer in the same two notifications', async () => {
    const captured = Buffer.from(PIECES.join(''), 'hex');
    await start([bmsAt(1, { answer: (written) => (written.equals(READ) ? captured : undefined) })]);
    const { notify, write } = await connectTo('a4:c1:38:00:00:01', 'ff00');
    const heard = new Heard(notify);
    await notify.subscribeAsync();
    await write.writeAsync(READ, true);
    await heard.bytes(captured.length);
    assert.deepEqual(
      heard.pieces.map((piece) => piece.toString('hex')),
      PIECES,
    );
  });

  it('says nothing to those who have not subscribed', async () => {
    const board = bmsAt(1);
    await start([board]);
    const { peripheral, notify, write } = await connectTo(board.address, 'ff00');
    const heard = new Heard(notify);
    await write.writeAsync(READ, true);
    await peripheral.updateRssiAsync();
    assert.deepEqual([board.writes.length, heard.length, board.isSubscribed('ff01')], [1, 0, false]);
    await notify.subscribeAsync();
    assert.equal(board.isSubscribed('ff01'), true);
    await notify.unsubscribeAsync();
    assert.equal(board.isSubscribed('ff01'), false);
  });

  for (const [what, cut, sizes] of [
    ['in odd cuts', oddCuts(1, 19, 3), [1, 19, 3, 1, 19, 2]],
    ['in chunks', chunksOf(16), [16, 16, 13]],
    ['never more than the MTU holds', chunksOf(Infinity), [20, 20, 5]],
  ] as const) {
    it(`sends answers ${what}`, async () => {
      const board = bmsAt(1, { cut });
      await start([board]);
      const { notify, write } = await connectTo(board.address, 'ff00');
      const heard = new Heard(notify);
      await notify.subscribeAsync();
      await write.writeAsync(READ, true);
      assert.deepEqual(await heard.bytes(45), frameOf(board));
      assert.deepEqual(
        heard.pieces.map(({ length }) => length),
        sizes,
      );
    });
  }

  it('glues the end of one answer to the beginning of the next', async () => {
    const board = bmsAt(1, { cut: glued(20) });
    await start([board]);
    const { notify, write } = await connectTo(board.address, 'ff00');
    const heard = new Heard(notify);
    await notify.subscribeAsync();
    await write.writeAsync(READ, true);
    await heard.bytes(40);
    await write.writeAsync(READ, true);
    const both = Buffer.concat([frameOf(board), frameOf(board)]);
    assert.deepEqual(await heard.bytes(80), both.subarray(0, 80));
    assert.deepEqual(heard.pieces[2], both.subarray(40, 60));
  });

  it('takes a request in pieces, written with response, after noise', async () => {
    const board = bmsAt(1, { module: 'jbdLarge' });
    await start([board]);
    const { notify, write } = await connectTo(board.address, 'ff00');
    const heard = new Heard(notify);
    await notify.subscribeAsync();
    for (const piece of [Buffer.of(0xff), READ.subarray(0, 3), READ.subarray(3)]) await write.writeAsync(piece, false);
    assert.deepEqual(await heard.bytes(45), frameOf(board));
    assert.equal(board.heldBytes, 0);
  });

  it('takes a value that is longer than one write', async () => {
    const board = bmsAt(1, { module: 'jbdDh04' });
    await start([board]);
    const { notify, write } = await connectTo(board.address, 'fff0');
    const heard = new Heard(notify);
    await notify.subscribeAsync();
    await write.writeAsync(Buffer.concat([Buffer.alloc(30), READ]), false);
    assert.deepEqual(await heard.bytes(45), frameOf(board));
    assert.equal(board.writes[0]!.bytes.length, 37);
  });

  it('lets indications wait for each other', async () => {
    const characteristics = [{ uuid: 'ff01', properties: ['indicate'] as const }];
    const device = new VirtualPeripheral({
      address: 'a4:c1:38:00:00:01',
      name: 'x',
      services: [{ uuid: 'ff00', characteristics }],
      cut: chunksOf(2),
    });
    await start([device]);
    const { notify } = await connectTo(device.address, 'ff00');
    const heard = new Heard(notify);
    await notify.subscribeAsync();
    device.notify('ff01', Buffer.from('123456'));
    assert.equal((await heard.bytes(6)).toString(), '123456');
    assert.equal(heard.pieces.length, 3);
  });

  it('carries long packets in fragments of 27 bytes, both ways', async () => {
    const board = bmsAt(1, { module: 'jbdLarge' });
    await start([board], { buffer: { length: 27, packets: 1 } });
    adapter.controller.refusals.set(COMMAND.leSetDataLength, 0x1a);
    const { notify, write } = await connectTo(board.address, 'ff00');
    const heard = new Heard(notify);
    await notify.subscribeAsync();
    await write.writeAsync(Buffer.concat([Buffer.alloc(200), READ]), false);
    assert.deepEqual(await heard.bytes(45), frameOf(board));
    assert.deepEqual([heard.pieces.length, board.connection?.dataLength], [1, 27]);
  });

  for (const [module, protocol] of [
    ['daly', daly],
    ['dalyModbus', dalyModbus],
    ['dalyNew', dalyModbus],
    ['ant', ant],
    ['antLegacy', antLegacy],
    ['jkOld', jkBle],
  ] as const) {
    it(`has the module ${module}, which answers ${protocol.id}`, async () => {
      const board = bmsAt(1, { module, protocol });
      const address = protocol.address?.initial ?? 0;
      const request = protocol.queries[0]!.request({ address, memory: {} });
      const answer = protocol.emulate(request)!.answer(board.pack.read(), board.pack);
      await start([board]);
      const { notify, write } = await connectTo(board.address, MODULES[module].service);
      const heard = new Heard(notify);
      await notify.subscribeAsync();
      await write.writeAsync(request, true);
      assert.deepEqual(await heard.bytes(answer.length), answer);
      assert.ok(heard.pieces.every(({ length }) => length <= MODULES[module].mtu - 3));
    });
  }

  it('streams by itself until the connection ends', async () => {
    const clock = new FakeClock();
    const board = bmsAt(1, { module: 'jkNew', protocol: jkBle, clock });
    await start([board]);
    const { peripheral, notify } = await connectTo(board.address, 'ffe0');
    const heard = new Heard(notify);
    await notify.subscribeAsync();
    // noble knows but the last of two characteristics with one UUID: the other is written to by its handle.
    await peripheral.writeHandleAsync(6, Buffer.from('aa5590eb96000000000000000000000000000010', 'hex'), true);
    const asked = (await heard.bytes(600)).length;
    await clock.tick(1000);
    assert.ok((await heard.bytes(asked + 600)).length >= asked + 600);
    await peripheral.disconnectAsync();
    assert.equal(clock.timers, 0);
  });

  it('ends a connection from either side and takes the next', async () => {
    const board = bmsAt(1);
    await start([board]);
    const peripheral = await host.connect(board.address);
    const reason = new Promise((resolve) => peripheral.once('disconnect', resolve));
    board.drop(0x13);
    assert.equal(await reason, 0x13);
    await peripheral.connectAsync();
    assert.equal(await peripheral.updateRssiAsync(), -60);
    await peripheral.disconnectAsync();
    assert.deepEqual([board.connection, board.connections, adapter.controller.openConnections], [undefined, 2, 0]);
  });

  it('is not seen by others while connected', async () => {
    const [first, second] = [bmsAt(1), bmsAt(2)];
    await start([first, second]);
    await host.connect(first.address);
    const seen: string[] = [];
    host.noble.on('discover', ({ address }: Peripheral) => seen.push(address));
    await host.find(second.address);
    assert.deepEqual(seen, [second.address]);
  });

  it('serves sixteen devices at once', async () => {
    const boards = Array.from({ length: 16 }, (_, index) => bmsAt(index + 1));
    await start(boards);
    const ends: { notify: Characteristic; write: Characteristic; board: VirtualBms }[] = [];
    for (const board of boards) ends.push({ board, ...(await connectTo(board.address, 'ff00')) });
    assert.equal(adapter.controller.openConnections, 16);
    const answers = await Promise.all(
      ends.map(async ({ notify, write, board }) => {
        const heard = new Heard(notify);
        await notify.subscribeAsync();
        await write.writeAsync(READ, true);
        return heard.bytes(frameOf(board).length);
      }),
    );
    assert.deepEqual(answers, boards.map(frameOf));
    assert.equal(new Set(answers.map((answer) => answer.toString('hex'))).size, 16);
  });

  async function connectTo(
    address: string,
    service: string,
  ): Promise<{ peripheral: Peripheral; notify: Characteristic; write: Characteristic }> {
    const peripheral = await host.connect(address);
    const { characteristics } = await peripheral.discoverSomeServicesAndCharacteristicsAsync([service], []);
    const notify = characteristics.find(({ properties }) =>
      properties.some((property) => /notify|indicate/.test(property)),
    );
    const write = characteristics.find(({ properties }) => properties.some((property) => property.startsWith('write')));
    return { peripheral, notify: notify!, write: write ?? notify! };
  }
});
