import assert from 'node:assert/strict';
import { VirtualController } from '../../support/ble/controller';
import { VirtualPeripheral } from '../../support/ble/peripheral';
import { FakeClock } from '../../support/fake-clock';

/** LE Create Connection, with the kind of the address before it (Core Specification, Vol 4 Part E 7.8.12). */
const connectTo = (kind: 'public' | 'random'): string =>
  `010d20196000300000${kind === 'random' ? '01' : '00'}01000038c1a4` + '00060012000000' + '2a0004000600';
const CANCEL = '010e2000';
const SCAN = '010c20020100';
/** A write to the client configuration of ff01 on the first link, handle 0007: notifications. */
const SUBSCRIBE = '0240000900050004001207000100';

/** What comes back: events of a connection and of an advertisement, and data of a link. */
const CONNECTED = /^043e1301/;
const ADVERTISED = /^043e..02/;
const DATA = /^024020/;

/** The emulator is what it is taken for: tests of the link show nothing where it is kinder than modules are. */
describe('emulated Bluetooth controller', () => {
  const clock = new FakeClock();
  let controller: VirtualController;
  let device: VirtualPeripheral;
  let heard: string[];
  let send: (bytes: Buffer) => void;

  function begin(addressType: 'public' | 'random'): void {
    const services = [{ uuid: 'ff00', characteristics: [{ uuid: 'ff01', properties: ['notify'] as const }] }];
    device = new VirtualPeripheral({ address: 'a4:c1:38:00:00:01', addressType, name: 'bms', services });
    heard = [];
    const stream = {
      write: (bytes: Buffer) => void heard.push(bytes.toString('hex')),
      onData: (listener: (bytes: Buffer) => void) => void (send = listener),
    };
    controller = new VirtualController(stream, { clock });
    controller.add(device);
  }
  afterEach(() => controller.close());

  /** What comes back for some bytes, and in the second after, of one kind. */
  async function after(hex: string, kind: RegExp): Promise<string[]> {
    heard.length = 0;
    send(Buffer.from(hex, 'hex'));
    await clock.tick(1000);
    return heard.filter((packet) => kind.test(packet));
  }

  it('notifies only a host that has subscribed', async () => {
    begin('public');
    assert.equal((await after(connectTo('public'), CONNECTED)).length, 1);
    device.notify('ff01', Buffer.of(1));
    assert.deepEqual([heard.filter((packet) => DATA.test(packet)), device.isSubscribed('ff01')], [[], false]);
    await after(SUBSCRIBE, DATA);
    assert.equal(device.isSubscribed('ff01'), true);
    device.notify('ff01', Buffer.of(2));
    assert.match(heard.at(-1) ?? '', /1b060002$/);
  });

  it('connects to an address of the right kind only', async () => {
    begin('random');
    assert.deepEqual(await after(connectTo('public'), CONNECTED), []);
    assert.deepEqual([controller.openConnections, device.connections], [0, 0]);
    await after(CANCEL, CONNECTED);
    assert.equal((await after(connectTo('random'), CONNECTED)).length, 1);
    assert.equal(device.connections, 1);
  });

  it('has no advertisement of a module that is connected', async () => {
    begin('public');
    assert.ok((await after(SCAN, ADVERTISED)).length > 5);
    await after(connectTo('public'), CONNECTED);
    assert.deepEqual(await after('', ADVERTISED), []);
    device.drop();
    assert.ok((await after('', ADVERTISED)).length > 5);
  });
});
