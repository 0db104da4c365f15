import { ClauseError } from '../../../battery/errors';
import { say } from '../../../battery/sentence';
import { within, type Clock } from '../../../clock';
import type { BleLimits } from '../limits';
import type { Peripheral } from '../peripheral';
import type { GattRoute, RoutedPort } from '../route';
import type { Bluez } from './bluez';
import { isBluezError, reasonOf, refusalOf, wantsPairing } from './errors';
import { Gatt } from './gatt';
import { DEVICE, type Properties } from './names';

export interface BluezDeviceOptions {
  readonly bluez: Bluez;
  readonly clock: Clock;
  readonly limits: BleLimits;
  readonly path: string;
}

/** A device that BlueZ knows. */
export class BluezDevice implements Peripheral {
  private readonly gatt: Gatt;
  /** give up to wait for a property */
  private readonly waits = new Set<(error: Error) => void>();

  constructor(private readonly options: BluezDeviceOptions) {
    const { bluez, path } = options;
    this.gatt = new Gatt(bluez, path, (error) => this.failure(error));
  }

  get id(): string {
    return this.address.toLowerCase().replaceAll(':', '');
  }

  get address(): string {
    return textIn(this.properties['Address']);
  }

  get name(): string {
    return textIn(this.properties['Name']);
  }

  get services(): readonly string[] {
    const { UUIDs: uuids } = this.properties;
    return Array.isArray(uuids) ? uuids.map(String) : [];
  }

  get manufacturerData(): Buffer | undefined {
    const [first] = Object.entries(this.properties['ManufacturerData'] ?? {});
    const [company, data] = first ?? [];
    if (company === undefined || !Buffer.isBuffer(data)) return undefined;
    const id = Buffer.alloc(2);
    id.writeUInt16LE(Number(company));
    return Buffer.concat([id, data]);
  }

  get rssi(): number {
    const { RSSI: rssi } = this.properties;
    return typeof rssi === 'number' ? rssi : 0;
  }

  get isConnected(): boolean {
    return this.properties['Connected'] === true;
  }

  get mtu(): number {
    return this.gatt.mtu;
  }

  /** One that is connected already is taken as it is: BlueZ keeps connections when a process ends. */
  async connect(): Promise<void> {
    if (this.isConnected) return;
    try {
      await this.call('Connect');
    } catch (error) {
      // Somebody else on this machine connects to it, or has done so.
      if (isBluezError(error, 'InProgress', 'AlreadyConnected')) return this.until('Connected');
      throw this.failure(error);
    }
  }

  async release(): Promise<void> {
    const { clock, limits } = this.options;
    const gone = this.call('Disconnect').then(
      () => undefined,
      // It was not connected, or BlueZ has gone, and the connection with it.
      () => undefined,
    );
    const late = new Error('It does not disconnect');
    await within(clock, limits.disconnectMs, gone, late).catch(() => undefined);
    for (const giveUp of [...this.waits]) giveUp(new ClauseError(say`the connection was given up`));
  }

  whenDisconnected(listener: () => void): () => void {
    const { bluez, path } = this.options;
    const stop = bluez.watch((change) => {
      if (change.path !== path || change.interface !== DEVICE) return;
      if (change.changed !== undefined && change.changed['Connected'] !== false) return;
      stop();
      // When the adapter goes, BlueZ tells of its connections first: then that is the reason.
      queueMicrotask(listener);
    });
    return stop;
  }

  async ports(routes: readonly GattRoute[], name: string): Promise<RoutedPort[]> {
    await this.until('ServicesResolved');
    return this.gatt.ways(routes, name);
  }

  /** BlueZ tells of it only while it listens. */
  measureRssi(listener: (rssi: number) => void): void {
    if (this.rssi !== 0) listener(this.rssi);
  }

  private get properties(): Properties {
    return this.options.bluez.objects.properties(this.options.path, DEVICE) ?? {};
  }

  /** Waits until a property is true. @throws Error when the device goes before */
  private async until(property: string): Promise<void> {
    if (this.properties[property] === true) return;
    const { bluez, path } = this.options;
    let stop: () => void = () => undefined;
    let giveUp: (error: Error) => void = () => undefined;
    const come = new Promise<void>((resolve, reject) => {
      giveUp = reject;
      stop = bluez.watch(({ path: where, interface: type, changed }) => {
        if (where !== path || type !== DEVICE) return;
        if (changed === undefined || changed['Connected'] === false)
          reject(new ClauseError(say`the connection was lost`));
        if (changed?.[property] === true) resolve();
      });
    });
    this.waits.add(giveUp);
    try {
      await come;
    } finally {
      stop();
      this.waits.delete(giveUp);
    }
  }

  private async call(member: string): Promise<void> {
    await this.options.bluez.call(this.options.path, DEVICE, member);
  }

  /** What BlueZ said of this device, and what to do about it. */
  private failure(error: unknown): Error {
    const reason = reasonOf(error);
    const clause = wantsPairing(error)
      ? say`${reason}; pair it with the system ("bluetoothctl pair ${this.address}")`
      : reason;
    return refusalOf(error) ?? new ClauseError(clause, { cause: error });
  }
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
