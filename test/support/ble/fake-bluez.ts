import { Message, sessionBus, Variant, type MessageBus } from 'dbus-next';
import { systemClock, type Timer } from '../../../src/clock';

const SUFFIX = '-0000-1000-8000-00805f9b34fb';
const ADAPTER = 'org.bluez.Adapter1';
const DEVICE = 'org.bluez.Device1';
const SERVICE = 'org.bluez.GattService1';
const CHARACTERISTIC = 'org.bluez.GattCharacteristic1';
const MANAGER = 'org.freedesktop.DBus.ObjectManager';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

const METHODS: Readonly<Record<string, string>> = {
  [MANAGER]: `<method name="GetManagedObjects"><arg type="a{oa{sa{sv}}}" direction="out"/></method>
    <signal name="InterfacesAdded"><arg type="o"/><arg type="a{sa{sv}}"/></signal>
    <signal name="InterfacesRemoved"><arg type="o"/><arg type="as"/></signal>`,
  [PROPERTIES]: '<signal name="PropertiesChanged"><arg type="s"/><arg type="a{sv}"/><arg type="as"/></signal>',
  [ADAPTER]: `<method name="SetDiscoveryFilter"><arg type="a{sv}" direction="in"/></method>
    <method name="StartDiscovery"/><method name="StopDiscovery"/>`,
  [DEVICE]: '<method name="Connect"/><method name="Disconnect"/>',
  [SERVICE]: '',
  [CHARACTERISTIC]: `<method name="StartNotify"/><method name="StopNotify"/>
    <method name="WriteValue"><arg type="ay" direction="in"/><arg type="a{sv}" direction="in"/></method>`,
};

type Props = Record<string, Variant>;

export interface FakeDevice {
  address: string;
  name: string;
  service: string;
  /** in their order; the name of an object is its index */
  characteristics: readonly { uuid: string; flags: readonly string[] }[];
  /** BlueZ knows it from earlier, but it is out of range */
  isAbsent?: boolean;
  /** what happens at Connect instead of a connection */
  connect?: 'fails' | 'hangs';
  onWrite?(bytes: Buffer): Buffer | undefined;
}

/** A service of BlueZ on a private bus, as far as a central needs one. */
export class FakeBluez {
  readonly calls: string[] = [];
  /** the error with which it answers when it is asked for its objects */
  denial: string | undefined;
  private readonly bus: MessageBus;
  private readonly objects = new Map<string, Record<string, Props>>();
  private readonly subscribed = new Set<string>();
  private timer: Timer | undefined;
  private rssi = -60;
  private isStopped = false;

  private constructor(
    address: string,
    private readonly devices: readonly FakeDevice[],
    { adapters = ['hci0'], powered = true }: { adapters?: readonly string[]; powered?: boolean },
  ) {
    this.bus = sessionBus({ busAddress: address });
    this.bus.on('error', () => undefined);
    for (const name of adapters) {
      const props = { Address: new Variant('s', '00:1A:7D:DA:71:13'), Powered: new Variant('b', powered) };
      this.objects.set(`/org/bluez/${name}`, { [ADAPTER]: props });
    }
    for (const device of devices) this.objects.set(pathOf(device), { [DEVICE]: propsOf(device) });
    this.bus.addMethodHandler((message: Message) => this.serve(message));
  }

  static async start(
    address: string,
    devices: readonly FakeDevice[],
    options: { adapters?: readonly string[]; powered?: boolean } = {},
  ): Promise<FakeBluez> {
    const bluez = new FakeBluez(address, devices, options);
    await bluez.bus.requestName('org.bluez', 0);
    return bluez;
  }

  /** The daemon ends. */
  async stop(): Promise<void> {
    this.timer?.cancel();
    if (this.isStopped) return;
    this.isStopped = true;
    await this.bus.releaseName('org.bluez').catch(() => undefined);
    this.bus.disconnect();
  }

  drop(device: FakeDevice): void {
    this.change(pathOf(device), DEVICE, {
      Connected: new Variant('b', false),
      ServicesResolved: new Variant('b', false),
    });
  }

  switchOff(): void {
    this.change('/org/bluez/hci0', ADAPTER, { Powered: new Variant('b', false) });
  }

  /** The adapter is unplugged; the daemon goes on. */
  removeAdapter(): void {
    this.objects.delete('/org/bluez/hci0');
    this.signal('/', MANAGER, 'InterfacesRemoved', 'oas', ['/org/bluez/hci0', [ADAPTER]]);
  }

  isConnected(device: FakeDevice): boolean {
    return this.objects.get(pathOf(device))?.[DEVICE]?.['Connected']?.value === true;
  }

  private serve(message: Message): boolean {
    const { path, member } = message;
    if (member === 'Introspect') return this.answer(message, 's', [this.introspect(path)]);
    this.calls.push(member);
    if (member === 'GetManagedObjects') {
      if (this.denial !== undefined) return this.refuse(message, this.denial);
      return this.answer(message, 'a{oa{sa{sv}}}', [Object.fromEntries(this.objects)]);
    }
    if (member === 'StartDiscovery') this.advertise();
    if (member === 'StopDiscovery') this.timer?.cancel();
    const device = this.devices.find((candidate) => path.startsWith(pathOf(candidate)));
    if (device === undefined || path === '/') return this.answer(message);
    return this.serveDevice(message, device);
  }

  private serveDevice(message: Message, device: FakeDevice): boolean {
    const { path, member } = message;
    if (member === 'Connect') return this.connect(message, device);
    if (member === 'Disconnect') this.drop(device);
    const characteristic = device.characteristics[Number(path.slice(-1))];
    const can = (...flags: string[]): boolean => flags.some((flag) => characteristic?.flags.includes(flag));
    if (member === 'StartNotify') {
      if (!can('notify')) return this.refuse(message, 'org.bluez.Error.NotSupported');
      this.subscribed.add(path);
    }
    if (member === 'WriteValue' && !can('write', 'write-without-response')) {
      return this.refuse(message, 'org.bluez.Error.NotSupported');
    }
    this.answer(message);
    if (member === 'WriteValue') this.say(device, device.onWrite?.(Buffer.from(message.body[0] as Uint8Array)));
    return true;
  }

  private connect(message: Message, device: FakeDevice): boolean {
    if (device.connect === 'hangs' || device.isAbsent === true) return true;
    if (device.connect === 'fails') return this.refuse(message, 'org.bluez.Error.Failed');
    const path = pathOf(device);
    this.change(path, DEVICE, { Connected: new Variant('b', true) });
    this.add(`${path}/service0`, SERVICE, { UUID: long(device.service), Primary: new Variant('b', true) });
    device.characteristics.forEach(({ uuid, flags }, index) => {
      const props = { UUID: long(uuid), Flags: new Variant('as', [...flags]) };
      this.add(`${path}/service0/char${index}`, CHARACTERISTIC, props);
    });
    this.change(path, DEVICE, { ServicesResolved: new Variant('b', true) });
    return this.answer(message);
  }

  private say(device: FakeDevice, bytes: Buffer | undefined): void {
    if (bytes === undefined) return;
    for (const path of this.subscribed) {
      if (!path.startsWith(pathOf(device))) continue;
      for (let at = 0; at < bytes.length; at += 20) {
        this.change(path, CHARACTERISTIC, { Value: new Variant('ay', bytes.subarray(at, at + 20)) });
      }
    }
  }

  private advertise(): void {
    this.timer?.cancel();
    this.rssi = this.rssi === -60 ? -61 : -60;
    for (const device of this.devices) {
      if (device.isAbsent !== true && !this.isConnected(device)) {
        this.signal(pathOf(device), PROPERTIES, 'PropertiesChanged', 'sa{sv}as', [
          DEVICE,
          { RSSI: new Variant('n', this.rssi) },
          [],
        ]);
      }
    }
    this.timer = systemClock.after(10, () => this.advertise());
  }

  private add(path: string, type: string, props: Props): void {
    this.objects.set(path, { [type]: props });
    this.signal('/', MANAGER, 'InterfacesAdded', 'oa{sa{sv}}', [path, { [type]: props }]);
  }

  private change(path: string, type: string, changed: Props): void {
    Object.assign(this.objects.get(path)?.[type] ?? {}, changed);
    this.signal(path, PROPERTIES, 'PropertiesChanged', 'sa{sv}as', [type, changed, []]);
  }

  private signal(path: string, type: string, name: string, signature: string, body: unknown[]): void {
    this.bus.send(Message.newSignal(path, type, name, signature, body));
  }

  private answer(message: Message, signature = '', body: unknown[] = []): true {
    this.bus.send(Message.newMethodReturn(message, signature, body));
    return true;
  }

  private refuse(message: Message, error: string): true {
    this.bus.send(Message.newError(message as unknown as string, error, 'no'));
    return true;
  }

  private introspect(path: string): string {
    const types = path === '/' ? [MANAGER] : [...Object.keys(this.objects.get(path) ?? {}), PROPERTIES];
    const interfaces = types.map((type) => `<interface name="${type}">${METHODS[type]}</interface>`);
    return `<node>${interfaces.join('')}</node>`;
  }
}

function pathOf({ address }: FakeDevice): string {
  return `/org/bluez/hci0/dev_${address.toUpperCase().replaceAll(':', '_')}`;
}

function propsOf({ address, name, service }: FakeDevice): Props {
  return {
    Address: new Variant('s', address.toUpperCase()),
    AddressType: new Variant('s', 'public'),
    Name: new Variant('s', name),
    UUIDs: new Variant('as', [`0000${service}${SUFFIX}`]),
    Connected: new Variant('b', false),
    ServicesResolved: new Variant('b', false),
  };
}

function long(uuid: string): Variant {
  return new Variant('s', `0000${uuid}${SUFFIX}`);
}
