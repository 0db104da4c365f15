import type { Clock } from '../../../clock';
import { BmsError } from '../../../battery/errors';
import { say } from '../../../battery/sentence';
import { noAdapter, takeAdapter } from '../adapters';
import type { BleLimits } from '../limits';
import type { Central, AdapterPlace } from '../peripheral';
import { switchedOff } from '../error-texts';
import { Scanner } from '../scanner';
import { Turns } from '../turns';
import type { Bluez } from './bluez';
import { BluezDevice } from './device';
import { BluezListening } from './listening';
import { ADAPTER, DEVICE, lastPart } from './names';
import type { Change } from './objects';
import { sharedController } from '../abort';

export interface BluezCentralOptions {
  readonly bluez: Bluez;
  readonly clock: Clock;
  readonly limits: BleLimits;
}

/** An adapter that BlueZ drives. */
export class BluezCentral implements Central {
  readonly place: AdapterPlace;
  readonly limits: BleLimits;
  readonly ending = sharedController();
  readonly scanner: Scanner;
  private readonly turns: Turns;
  private readonly devices = new Map<string, BluezDevice>();

  private constructor(
    private readonly options: BluezCentralOptions,
    private readonly path: string,
    private readonly leave: () => void,
  ) {
    const { bluez, clock, limits } = options;
    this.place = { driver: 'dbus', adapter: lastPart(path) };
    this.limits = limits;
    bluez.whenGone((error) => this.ending.abort(error));
    bluez.watch((change) => this.onChange(change));
    const listening = new BluezListening(bluez, clock, path, (at) => this.deviceAt(at));
    this.scanner = new Scanner({ listening, clock, limits, ending: this.ending });
    this.turns = new Turns(this.scanner);
  }

  /**
   * @param adapter '' for the first that is on; `hci1` or `1`
   * @throws BmsError `adapter_missing`, `port_busy` when another driver has it; BlueZ is closed then
   */
  static start(options: BluezCentralOptions, adapter: string): BluezCentral {
    const { bluez } = options;
    try {
      const path = bluez.adapter(adapter);
      return new BluezCentral(options, path, takeAdapter(lastPart(path), 'dbus'));
    } catch (error) {
      bluez.close();
      throw error;
    }
  }

  get isAwaited(): boolean {
    return this.turns.isAwaited;
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.turns.take(work);
  }

  /** BlueZ tells by itself when the adapter is gone. */
  showsLife(): void {
    return undefined;
  }

  async stop(): Promise<void> {
    await this.scanner.quiet();
    this.ending.abort(new BmsError('closed', say`Bluetooth was stopped.`));
    this.options.bluez.close();
    this.leave();
  }

  private deviceAt(path: string): BluezDevice {
    const device = this.devices.get(path) ?? new BluezDevice({ ...this.options, path });
    this.devices.set(path, device);
    return device;
  }

  private onChange({ path, interface: type, changed }: Change): void {
    if (type === DEVICE && changed === undefined) this.devices.delete(path);
    if (type !== ADAPTER || path !== this.path) return;
    if (changed === undefined) this.ending.abort(noAdapter(lastPart(path), []));
    if (changed?.['Powered'] === false) this.ending.abort(switchedOff());
  }
}
