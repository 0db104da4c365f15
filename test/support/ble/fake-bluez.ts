import { systemClock, type Timer } from '../../../src/clock';
import type { Message } from './dbus-library';
import { variantsOf, type Properties, ServedObjects } from './served-objects';

const SUFFIX = '-0000-1000-8000-00805f9b34fb';
const ADAPTER = 'org.bluez.Adapter1';
const DEVICE = 'org.bluez.Device1';
const SERVICE = 'org.bluez.GattService1';
const CHARACTERISTIC = 'org.bluez.GattCharacteristic1';

/** How often a device advertises, ms. */
const ADVERTISING_MS = 10;

export interface FakeService {
  readonly uuid: string;
  /** in their order; the name of an object is its index */
  readonly characteristics: readonly { readonly uuid: string; readonly flags: readonly string[] }[];
}

/** A refusal: what comes after `org.bluez.Error.`, and the text. */
export type Refusal = readonly [kind: string, text: string];

export interface FakeDevice {
  address: string;
  name: string;
  services: readonly FakeService[];
  /** company id and what follows */
  manufacturerData?: readonly [number, Buffer];
  /** BlueZ knows it from earlier */
  isKnown?: boolean;
  /** it is out of range */
  isAbsent?: boolean;
  /** BlueZ holds a connection to it from earlier, such as that of a process that has crashed */
  isConnected?: boolean;
  /** packets, bytes; it is not told when there is none */
  mtu?: number;
  /** what happens instead, by method; `hangs` until the device is disconnected */
  refusals?: Partial<Record<'Connect' | 'StartNotify' | 'WriteValue', Refusal | 'hangs'>>;
  /** its services are never told */
  isSilent?: boolean;
  /** index of the service that does not let itself be subscribed, whatever its flags say */
  deaf?: number;
  /** @param service index of the service that was written to */
  onWrite?(bytes: Buffer, service: number): Buffer | undefined;
}

export interface FakeAdapter {
  readonly name: string;
  powered: boolean;
}

export interface FakeBluezOptions {
  adapters?: readonly FakeAdapter[];
}

/**
 * BlueZ on a private bus, with its manners as far as a central meets them: devices come by InterfacesAdded when they
 * are heard first, strengths of signals only while it listens and only when they change unless duplicates are wanted,
 * services after the connection and never in one piece with it, what is not connected or not flagged is refused.
 */
export class FakeBluez {
  readonly calls: string[] = [];
  /** options of the writes, in their order */
  readonly writes: { type: unknown; length: number }[] = [];
  /** the error with which it answers when it is asked for its objects */
  denial: string | undefined;
  /** how often StartDiscovery is still refused as being in progress */
  busy = 0;
  isDiscovering = false;
  private wantsDuplicates = false;
  private readonly objects: ServedObjects;
  private readonly subscribed = new Set<string>();
  private readonly hanging = new Map<string, Message[]>();
  private timer: Timer | undefined;
  private isStopped = false;

  private constructor(
    address: string,
    private readonly devices: readonly FakeDevice[],
    readonly adapters: readonly FakeAdapter[],
  ) {
    this.objects = new ServedObjects(address, (message) => this.serve(message));
    for (const { name, powered } of adapters) {
      this.objects.add(`/org/bluez/${name}`, ADAPTER, { Address: ['s', '00:1A:7D:DA:71:13'], Powered: ['b', powered] });
    }
    for (const device of devices) if (device.isKnown === true || device.isConnected === true) this.know(device);
    for (const device of devices) if (device.isConnected === true) this.resolve(device);
  }

  static async start(
    address: string,
    devices: readonly FakeDevice[],
    { adapters = [{ name: 'hci0', powered: true }] }: FakeBluezOptions = {},
  ): Promise<FakeBluez> {
    const bluez = new FakeBluez(address, devices, adapters);
    await bluez.objects.bus.requestName('org.bluez', 0);
    return bluez;
  }

  /** The daemon ends. */
  async stop(): Promise<void> {
    this.timer?.cancel();
    if (this.isStopped) return;
    this.isStopped = true;
    await this.objects.bus.releaseName('org.bluez').catch(() => undefined);
    this.objects.bus.disconnect();
  }

  /** The connection to a device ends, for whatever reason. */
  drop(device: FakeDevice): void {
    const path = this.pathOf(device);
    device.isConnected = false;
    for (const message of this.hanging.get(path)?.splice(0) ?? []) {
      this.refuse(message, ['Failed', 'le-connection-abort-by-local']);
    }
    for (const subscribed of [...this.subscribed]) {
      if (subscribed.startsWith(`${path}/`)) this.subscribed.delete(subscribed);
    }
    this.objects.change(path, DEVICE, { Connected: ['b', false], ServicesResolved: ['b', false] });
    this.objects.removeUnder(path);
  }

  switchOff(name = 'hci0'): void {
    this.objects.change(`/org/bluez/${name}`, ADAPTER, { Powered: ['b', false] });
  }

  /** The adapter is unplugged; the daemon goes on. */
  removeAdapter(): void {
    this.objects.remove('/org/bluez/hci0');
  }

  isConnected(device: FakeDevice): boolean {
    return device.isConnected === true;
  }

  /** How many characteristics notify. */
  get subscriptions(): number {
    return this.subscribed.size;
  }

  private serve(message: Message): true {
    const { path, member } = message;
    this.calls.push(member);
    if (member === 'GetManagedObjects') {
      if (this.denial !== undefined) return this.objects.refuse(message, this.denial, 'no');
      return this.objects.answer(message, 'a{oa{sa{sv}}}', [this.objects.all]);
    }
    const device = this.devices.find((candidate) => path.startsWith(this.pathOf(candidate)));
    if (device !== undefined) return this.serveDevice(message, device);
    return this.serveAdapter(message);
  }

  private serveAdapter(message: Message): true {
    const { member } = message;
    if (member === 'SetDiscoveryFilter') {
      const filter = message.body[0] as Record<string, { value: unknown } | undefined>;
      this.wantsDuplicates = filter['DuplicateData']?.value === true;
    } else if (member === 'StartDiscovery') {
      if (this.busy > 0) {
        this.busy--;
        return this.refuse(message, ['InProgress', 'Operation already in progress']);
      }
      if (this.isDiscovering) return this.refuse(message, ['InProgress', 'Operation already in progress']);
      this.isDiscovering = true;
      this.advertise(true);
    } else if (member === 'StopDiscovery') {
      if (!this.isDiscovering) return this.refuse(message, ['Failed', 'No discovery started']);
      this.isDiscovering = false;
      this.timer?.cancel();
      for (const device of this.devices) this.objects.change(this.pathOf(device), DEVICE, {}, ['RSSI']);
    } else {
      return this.objects.refuse(message, 'org.freedesktop.DBus.Error.UnknownMethod', `No ${member}`);
    }
    return this.objects.answer(message);
  }

  private serveDevice(message: Message, device: FakeDevice): true {
    const { member } = message;
    if (member === 'Disconnect') {
      const hangs = (this.hanging.get(this.pathOf(device)) ?? []).length > 0;
      if (device.isConnected !== true && !hangs) return this.refuse(message, ['NotConnected', 'Not Connected']);
      this.drop(device);
      return this.objects.answer(message);
    }
    if (member === 'StopNotify') {
      this.subscribed.delete(message.path);
      return this.objects.answer(message);
    }
    const refusal = device.refusals?.[member as 'Connect'];
    const isHopeless = member === 'Connect' && device.isAbsent === true;
    if (refusal === 'hangs' || isHopeless) {
      const path = this.pathOf(device);
      this.hanging.set(path, [...(this.hanging.get(path) ?? []), message]);
      return true;
    }
    if (refusal !== undefined) return this.refuse(message, refusal);
    if (member === 'Connect') return this.connect(message, device);
    return this.serveCharacteristic(message, device);
  }

  private serveCharacteristic(message: Message, device: FakeDevice): true {
    const { path, member } = message;
    if (device.isConnected !== true) return this.refuse(message, ['NotConnected', 'Not Connected']);
    const [, service = '', index = ''] = /service(\d+)\/char(\d+)$/.exec(path) ?? [];
    const flags = device.services[Number(service)]?.characteristics[Number(index)]?.flags ?? [];
    if (member === 'StartNotify') {
      if (device.deaf === Number(service)) return this.refuse(message, ['NotPermitted', 'Write not permitted']);
      if (!flags.includes('notify')) return this.refuse(message, ['NotSupported', 'Operation is not supported']);
      this.subscribed.add(path);
      return this.objects.answer(message);
    }
    const [bytes, options] = message.body as [Uint8Array, Record<string, { value: unknown } | undefined>];
    const type = options['type']?.value;
    this.writes.push({ type, length: bytes.length });
    const needed = type === 'command' ? 'write-without-response' : 'write';
    if (!flags.includes(needed)) return this.refuse(message, ['NotSupported', 'Operation is not supported']);
    if (bytes.length > (device.mtu ?? 23) - 3) return this.refuse(message, ['Failed', 'Failed to initiate write']);
    this.objects.answer(message);
    this.say(device, Number(service), device.onWrite?.(Buffer.from(bytes), Number(service)));
    return true;
  }

  private connect(message: Message, device: FakeDevice): true {
    if (device.isConnected === true) return this.refuse(message, ['AlreadyConnected', 'Already Connected']);
    device.isConnected = true;
    this.objects.change(this.pathOf(device), DEVICE, { Connected: ['b', true] });
    this.objects.answer(message);
    systemClock.after(5, () => {
      if (device.isConnected === true && !this.isStopped) this.resolve(device);
    });
    return true;
  }

  /** BlueZ knows the services of a connected device now. */
  private resolve(device: FakeDevice): void {
    const path = this.pathOf(device);
    if (device.isSilent === true) return;
    device.services.forEach(({ uuid, characteristics }, at) => {
      this.objects.add(`${path}/service${at}`, SERVICE, { UUID: ['s', long(uuid)], Primary: ['b', true] });
      characteristics.forEach((characteristic, index) => {
        this.objects.add(`${path}/service${at}/char${index}`, CHARACTERISTIC, {
          UUID: ['s', long(characteristic.uuid)],
          Flags: ['as', [...characteristic.flags]],
          ...(device.mtu !== undefined && { MTU: ['q', device.mtu] as const }),
        });
      });
    });
    this.objects.change(path, DEVICE, { ServicesResolved: ['b', true] });
  }

  private say(device: FakeDevice, service: number, bytes: Buffer | undefined): void {
    if (bytes === undefined) return;
    const size = (device.mtu ?? 23) - 3;
    for (const path of this.subscribed) {
      if (!path.startsWith(`${this.pathOf(device)}/service${service}/`)) continue;
      for (let at = 0; at < bytes.length; at += size) {
        this.objects.change(path, CHARACTERISTIC, { Value: ['ay', bytes.subarray(at, at + size)] });
      }
    }
  }

  /** @param isFirst since it listens */
  private advertise(isFirst: boolean): void {
    for (const device of this.devices) {
      if (device.isAbsent === true || device.isConnected === true) continue;
      const isNew = this.objects.all[this.pathOf(device)] === undefined;
      if (isNew) this.know(device, { RSSI: ['n', -60] });
      else if (isFirst || this.wantsDuplicates) this.objects.change(this.pathOf(device), DEVICE, { RSSI: ['n', -60] });
    }
    this.timer = systemClock.after(ADVERTISING_MS, () => this.advertise(false));
  }

  private know(device: FakeDevice, more: Properties = {}): void {
    const { address, name, services, manufacturerData, isConnected = false } = device;
    this.objects.add(this.pathOf(device), DEVICE, {
      Address: ['s', address.toUpperCase()],
      AddressType: ['s', 'public'],
      Name: ['s', name],
      UUIDs: ['as', services.map(({ uuid }) => long(uuid))],
      Connected: ['b', isConnected],
      ServicesResolved: ['b', false],
      ...(manufacturerData !== undefined && {
        ManufacturerData: [
          'a{qv}',
          { [manufacturerData[0]]: variantsOf({ data: ['ay', manufacturerData[1]] })['data'] },
        ],
      }),
      ...more,
    });
  }

  /** Devices are heard by the first adapter that is on. */
  private pathOf({ address }: FakeDevice): string {
    const { name = 'hci0' } = this.adapters.find(({ powered }) => powered) ?? {};
    return `/org/bluez/${name}/dev_${address.toUpperCase().replaceAll(':', '_')}`;
  }

  private refuse(message: Message, [kind, text]: Refusal): true {
    return this.objects.refuse(message, `org.bluez.Error.${kind}`, text);
  }
}

function long(uuid: string): string {
  return `0000${uuid}${SUFFIX}`;
}
