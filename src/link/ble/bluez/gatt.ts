import type { GattPort, GattRoute, RoutedPort } from '../route';
import { noService } from '../services';
import { shortUuid } from '../advertisement';
import { Variant } from '../../dbus/encode';
import type { Bluez } from './bluez';
import { CHARACTERISTIC, SERVICE, type Properties } from './names';

/** What fits into a packet where nothing else was agreed. */
const LEAST_MTU = 23;

interface Characteristic {
  readonly path: string;
  readonly uuid: string;
  readonly flags: readonly string[];
}

/** The services of a connected device, as BlueZ has found them. */
export class Gatt {
  /** the characteristic that is written to */
  private writesTo = '';

  constructor(
    private readonly bluez: Bluez,
    private readonly device: string,
    private readonly failure: (error: unknown) => Error,
  ) {}

  get mtu(): number {
    const { MTU: mtu } = this.propertiesOf(this.writesTo);
    return Math.max(LEAST_MTU, typeof mtu === 'number' ? mtu : LEAST_MTU);
  }

  /**
   * Finds the routes that the device has, at least one. A service that is there twice gives two ways.
   * @throws BmsError `unsupported` when it has none of them
   */
  ways(routes: readonly GattRoute[], name: string): RoutedPort[] {
    const services = this.bluez.objects.under(this.device, SERVICE).map((path) => ({
      path,
      uuid: shortUuid(String(this.bluez.objects.properties(path, SERVICE)?.['UUID'])),
    }));
    const found = routes.flatMap((route) =>
      services
        .filter(({ uuid }) => uuid === route.service)
        .flatMap(({ path }, copy) => this.endsIn(path, route).map((ends) => ({ ...ends, route, copy }))),
    );
    if (found.length > 0) return found;
    throw noService(
      name,
      services.map(({ uuid }) => uuid),
    );
  }

  private endsIn(service: string, route: GattRoute): GattPort[] {
    const all = this.bluez.objects.under(service, CHARACTERISTIC).map((path): Characteristic => {
      const { UUID: uuid, Flags: flags } = this.propertiesOf(path);
      return { path, uuid: shortUuid(String(uuid)), flags: Array.isArray(flags) ? flags.map(String) : [] };
    });
    const notify = all.find(({ uuid, flags }) => uuid === route.notify && canNotify(flags));
    const writable = all.filter(({ uuid, flags }) => uuid === route.write && canWrite(flags));
    // Newer JK modules have two characteristics with the same UUID, one to write and one that notifies (jk-ble.md 2).
    const write = writable.find((candidate) => candidate !== notify) ?? writable[0];
    if (notify === undefined || write === undefined) return [];
    return [
      { subscribe: (onData) => this.subscribe(notify, write, onData), write: (bytes) => this.write(write, bytes) },
    ];
  }

  private async subscribe(
    { path }: Characteristic,
    write: Characteristic,
    onData: (bytes: Buffer) => void,
  ): Promise<() => void> {
    this.writesTo = write.path;
    const stop = this.bluez.watch(({ path: where, interface: type, changed }) => {
      const value = changed?.['Value'];
      if (where === path && type === CHARACTERISTIC && Buffer.isBuffer(value)) onData(value);
    });
    try {
      await this.call(path, 'StartNotify');
    } catch (error) {
      stop();
      throw error;
    }
    return () => {
      stop();
      // The connection may have gone already.
      this.call(path, 'StopNotify').catch(() => undefined);
    };
  }

  private write({ path, flags }: Characteristic, bytes: Buffer): Promise<void> {
    const type = flags.includes('write-without-response') ? 'command' : 'request';
    return this.call(path, 'WriteValue', 'aya{sv}', bytes, { type: new Variant('s', type) });
  }

  private async call(path: string, member: string, signature = '', ...body: readonly unknown[]): Promise<void> {
    try {
      await this.bluez.call(path, CHARACTERISTIC, member, signature, ...body);
    } catch (error) {
      throw this.failure(error);
    }
  }

  private propertiesOf(path: string): Properties {
    return this.bluez.objects.properties(path, CHARACTERISTIC) ?? {};
  }
}

function canNotify(flags: readonly string[]): boolean {
  return flags.includes('notify') || flags.includes('indicate');
}

function canWrite(flags: readonly string[]): boolean {
  return flags.includes('write-without-response') || flags.includes('write');
}
