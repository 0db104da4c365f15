import { advertisement } from './advertising';
import type { Connection } from './connection';
import { chunksOf, type Cut } from './cuts';
import type { Characteristic, Service } from './gatt';
import { STATUS } from './hci';
import type { Step, Trap } from './traps';

export interface PeripheralOptions {
  /** `a4:c1:38:00:00:01` */
  address: string;
  /** `public` when missing */
  addressType?: 'public' | 'random';
  name: string;
  /** UUIDs in the advertisement; those of `services` when missing */
  advertised?: readonly string[];
  manufacturerData?: { company: number; data: Buffer };
  services: readonly Service[];
  /** dBm */
  rssi?: number;
  /** what the module answers to the exchange, 23 to 517; 247 when missing */
  mtu?: number;
  /** how what it has to say becomes notifications; as large as the MTU permits, when missing */
  cut?: Cut;
  /** called when a host is there, and when it has gone */
  onConnect?(): void;
  onDisconnect?(): void;
}

const GENERIC_ACCESS = '1800';
const DEVICE_NAME = '2a00';

/** Opcode and handle of a notification. */
const NOTIFICATION_HEADER = 3;

/** A device within reach. Its faults can be set and cleared at any time. */
export class VirtualPeripheral {
  readonly address: string;
  readonly addressType: 'public' | 'random';
  name: string;
  rssi: number;
  mtu: number;
  cut: Cut;

  /** Out of reach, asleep or taken by somebody else: neither advertises nor accepts a connection. */
  absent = false;
  /** what goes wrong at which step */
  readonly traps = new Map<Step, Trap>();
  /** which of them were met, in order */
  readonly sprung: Step[] = [];
  /** UUIDs of services and characteristics that the next connection does not show */
  readonly hidden = new Set<string>();
  /** ends the connection when so many bytes were notified, even within a frame */
  dropAfterBytes: number | undefined;

  /** what was written, in order, with the UUID of the characteristic */
  readonly writes: { uuid: string; bytes: Buffer }[] = [];
  /** how often a host was connected */
  connections = 0;
  connection: Connection | undefined;

  constructor(private readonly options: PeripheralOptions) {
    this.address = options.address.toLowerCase();
    this.addressType = options.addressType ?? 'public';
    this.name = options.name;
    this.rssi = options.rssi ?? -60;
    this.mtu = options.mtu ?? 247;
    this.cut = options.cut ?? chunksOf(Infinity);
  }

  /** A module in use is not seen by others. */
  get isAdvertising(): boolean {
    return !this.absent && this.connection === undefined;
  }

  /** the size that both sides have agreed upon */
  get agreedMtu(): number | undefined {
    return this.connection?.att.mtu;
  }

  advertisement(): { data: Buffer; response: Buffer } {
    const { manufacturerData, services } = this.options;
    const advertised = this.options.advertised ?? services.map(({ uuid }) => uuid);
    return advertisement({ name: this.name, services: advertised, manufacturerData });
  }

  /** With the generic access service, which every device has. */
  visibleServices(): Service[] {
    const name: Characteristic = { uuid: DEVICE_NAME, properties: ['read'], value: Buffer.from(this.name) };
    return [{ uuid: GENERIC_ACCESS, characteristics: [name] }, ...this.options.services]
      .filter(({ uuid }) => !this.hidden.has(uuid))
      .map(({ uuid, characteristics }) => ({
        uuid,
        characteristics: characteristics.filter((characteristic) => !this.hidden.has(characteristic.uuid)),
      }));
  }

  isSubscribed(uuid: string): boolean {
    return this.telling(uuid).some((characteristic) => (this.connection?.att.configurationOf(characteristic) ?? 0) > 0);
  }

  /**
   * Says something, cut as the module does it. What nobody has subscribed to is lost.
   * @param uuid of the characteristic
   */
  notify(uuid: string, bytes: Buffer): void {
    for (const characteristic of this.telling(uuid)) {
      for (const piece of this.cut(bytes)) this.say(characteristic, piece);
    }
  }

  /** The device ends the connection, or gets out of reach. */
  drop(reason: number = STATUS.connectionTimeout): void {
    this.connection?.end(reason);
  }

  /** For the connection: the trap of a step, used up if it is for once. */
  spring(step: Step): Trap | undefined {
    const trap = this.traps.get(step);
    if (trap === undefined) return undefined;
    this.sprung.push(step);
    if (trap.once === true) this.traps.delete(step);
    return trap;
  }

  connected(connection: Connection): void {
    this.connection = connection;
    this.connections++;
    this.options.onConnect?.();
  }

  disconnected(): void {
    this.connection = undefined;
    this.options.onDisconnect?.();
  }

  written(characteristic: Characteristic, bytes: Buffer): void {
    this.writes.push({ uuid: characteristic.uuid, bytes });
    characteristic.onWrite?.(bytes);
  }

  /** A piece that is too long for one notification goes in several. */
  private say(characteristic: Characteristic, piece: Buffer): void {
    const most = (this.agreedMtu ?? 0) - NOTIFICATION_HEADER;
    for (let at = 0; at < piece.length && this.connection !== undefined; at += most) {
      this.tell(characteristic, piece.subarray(at, at + most));
    }
  }

  private tell(characteristic: Characteristic, bytes: Buffer): void {
    const left = this.dropAfterBytes ?? Infinity;
    const part = bytes.subarray(0, Math.min(left, bytes.length));
    if (part.length > 0) this.connection?.tell(characteristic, part);
    if (this.dropAfterBytes === undefined) return;
    this.dropAfterBytes -= part.length;
    if (this.dropAfterBytes > 0) return;
    this.dropAfterBytes = undefined;
    this.drop();
  }

  private telling(uuid: string): Characteristic[] {
    return this.options.services
      .flatMap(({ characteristics }) => characteristics)
      .filter((characteristic) => characteristic.uuid === uuid)
      .filter(({ properties }) => properties.includes('notify'));
  }
}
