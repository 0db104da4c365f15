import { BmsError } from '../../../battery/errors';
import { say } from '../../../battery/sentence';
import type { Clock } from '../../../clock';
import { Variant } from '../../dbus/encode';
import type { Listening, Peripheral } from '../peripheral';
import type { Bluez } from './bluez';
import type { BluezDevice } from './device';
import { isBluezError, reasonOf, refusalOf } from './errors';
import { ADAPTER, DEVICE } from './names';
import type { Change } from './objects';

/** BlueZ refuses for a moment while it begins or ends to listen for somebody else. */
const AGAIN_MS = 500;
const MOST_TIMES = 5;

/** What a device says of itself when it is heard. */
const HEARD = ['RSSI', 'ManufacturerData', 'ServiceData', 'AdvertisingFlags'];

/** Bluetooth LE only, and every advertisement: also those that say nothing new. */
const FILTER = { Transport: new Variant('s', 'le'), DuplicateData: new Variant('b', true) };

/** How BlueZ listens, for us and for the others that use it. */
export class BluezListening implements Listening {
  private listener: (peripheral: Peripheral) => void = () => undefined;

  constructor(
    private readonly bluez: Bluez,
    private readonly clock: Clock,
    private readonly adapter: string,
    private readonly deviceAt: (path: string) => BluezDevice,
  ) {
    bluez.watch((change) => this.onChange(change));
  }

  onDiscover(listener: (peripheral: Peripheral) => void): void {
    this.listener = listener;
  }

  async begin(begun: () => void): Promise<void> {
    let isBegun = false;
    const tell = (isThere: (device: BluezDevice) => boolean): void => {
      if (!isBegun) begun();
      isBegun = true;
      const devices = this.bluez.objects.under(this.adapter, DEVICE).map(this.deviceAt);
      for (const device of devices) if (isThere(device)) this.listener(device);
    };
    for (let times = 1; ; times++) {
      try {
        await this.call('SetDiscoveryFilter', 'a{sv}', FILTER);
        await this.call('StartDiscovery');
        // What BlueZ holds a connection to does not advertise.
        return tell(({ isConnected }) => isConnected);
      } catch (error) {
        if (!isBluezError(error, 'InProgress') || times === MOST_TIMES) throw error;
        // As nobody can tell who is there, all that BlueZ knows may be.
        if (times === 1) tell(() => true);
      }
      await new Promise<void>((resolve) => this.clock.after(AGAIN_MS, resolve));
    }
  }

  async end(): Promise<void> {
    try {
      await this.call('StopDiscovery');
    } catch {
      // It did not listen, or not any more.
    }
  }

  reset(): Promise<void> {
    return this.end();
  }

  /** BlueZ forgets by itself. */
  forget(): void {
    return undefined;
  }

  forgetHalfHeard(): void {
    return undefined;
  }

  refused(thrown: unknown): BmsError {
    const message = say`BlueZ does not begin to listen: ${reasonOf(thrown)}; end what else searches ("bluetoothctl scan off"), or restart it ("sudo systemctl restart bluetooth").`;
    return refusalOf(thrown) ?? new BmsError('port_busy', message, thrown);
  }

  private call(member: string, signature = '', ...body: readonly unknown[]): Promise<readonly unknown[]> {
    return this.bluez.call(this.adapter, ADAPTER, member, signature, ...body);
  }

  private onChange({ path, interface: type, changed }: Change): void {
    if (type !== DEVICE || changed === undefined || !path.startsWith(`${this.adapter}/`)) return;
    if (HEARD.some((name) => changed[name] !== undefined)) this.listener(this.deviceAt(path));
  }
}
