import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { Clock } from '../../clock';
import { isControllerNamed } from './adapters';
import { Bluez } from './bluez/bluez';
import { BluezCentral } from './bluez/central';
import { hasLibrary, loadNoble, type AdapterChoice } from './noble-loader';
import type { BleLimits } from './limits';
import { NobleCentral } from './noble/central';
import type { Central } from './peripheral';

export interface DriverOptions {
  readonly clock: Clock;
  readonly limits: BleLimits;
  /** for tests: another way to the library */
  readonly load?: typeof loadNoble;
  /** whether there is a library */
  readonly has?: typeof hasLibrary;
}

/**
 * Starts the driver of an adapter: BlueZ where it runs and is wanted, else the Bluetooth library.
 * @throws BmsError `adapter_missing`, `permission`, `port_busy`, with what to do about it
 */
export async function startCentral(
  choice: AdapterChoice,
  { clock, limits, load = loadNoble, has = hasLibrary }: DriverOptions,
): Promise<Central> {
  const { driver, adapter } = choice;
  if (mayBeBluez(choice)) {
    const bluez = await Bluez.find(clock);
    if (bluez instanceof Bluez) return BluezCentral.start({ bluez, clock, limits }, adapter);
    // What lacks is BlueZ: it needs nothing to be installed in Node-RED.
    if (driver === 'dbus' || !has()) throw bluez;
  }
  return NobleCentral.start({ loaded: await load(choice, clock), clock, limits });
}

/** @throws BmsError when D-Bus is wanted where there is none */
function mayBeBluez({ driver, adapter }: AdapterChoice): boolean {
  if (driver === 'hci') return false;
  if (driver === 'auto') return process.platform === 'linux' && !isControllerNamed() && !isPort(adapter);
  if (isPort(adapter)) {
    const message = say`BlueZ knows no Bluetooth adapter ${adapter}; choose the driver HCI, or an adapter such as hci0.`;
    throw new BmsError('adapter_missing', message);
  }
  return true;
}

function isPort(adapter: string): boolean {
  return /^(\/|COM)/.test(adapter.trim());
}
