import { existsSync } from 'node:fs';
import { BmsError } from '../../battery/errors';
import type { Clock } from '../../clock';
import { isBluezRunning } from './bluez';
import type { AdapterState, Noble } from './noble';

export type BleDriver = 'auto' | 'hci' | 'dbus';

export interface AdapterChoice {
  driver: BleDriver;
  /**
   * '' = the first; `hci1` or `1`; or the serial port of an HCI controller, with its rate if that is not 115200:
   * `/dev/ttyACM0` or `/dev/ttyACM0:1000000`
   */
  adapter: string;
}

/** The forks of noble, in the order in which they are looked for. */
const LIBRARIES = ['@stoprocent/noble', '@abandonware/noble'] as const;

interface Library {
  withBindings?(bindings: string, options: object): Noble;
}

/** noble's private parts that have to be reached, as far as this fork has them. */
interface Insides {
  _bindings?: {
    _bus?: { on(event: 'error', listener: (error: Error) => void): void } | null;
    _gap?: { _discoveries?: object };
  };
  _cleanupPeriperals?(id: string): void;
  _peripherals?: Map<string, unknown> | Record<string, unknown>;
  _discoveredPeripherals?: Set<string>;
}

const DEFAULT_UART_RATE = 115_200;

/**
 * A new instance of the Bluetooth library on an adapter. This is the only place that loads one, and it does so only
 * when the first Bluetooth connection opens.
 * @param onBroken told when what the instance stands on has failed for good
 * @throws BmsError `adapter_missing` when there is no library or it does not run here
 */
export async function loadNoble(choice: AdapterChoice, clock: Clock, onBroken: (error: Error) => void): Promise<Noble> {
  const { library, name } = await loadLibrary();
  try {
    const noble = await instantiate(library, choice, clock);
    // Only then is there a bus, whose errors nobody else listens to: they would end the process.
    startOf(noble);
    (noble as Noble & Insides)._bindings?._bus?.on('error', onBroken);
    noble.on('warning', () => undefined);
    return noble;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const remedy = 'check that a Bluetooth adapter is there and that this process may use it';
    throw new BmsError('adapter_missing', `${name} does not start: ${reason}; ${remedy}.`, error);
  }
}

async function instantiate(library: Library, { driver, adapter }: AdapterChoice, clock: Clock): Promise<Noble> {
  // The older fork has one instance, made when it is loaded, on the adapter that its environment variables name.
  if (library.withBindings === undefined) return library as Noble;
  const uart = uartOf(adapter);
  if (uart !== undefined) return library.withBindings('hci', { hciDriver: 'uart', bindParams: { uart } });
  if (process.platform !== 'linux') return library.withBindings('default', {});
  const deviceId = adapter === '' ? undefined : Number(adapter.replace(/^hci/, ''));
  const useDbus = driver === 'dbus' || (driver === 'auto' && !isControllerNamed() && (await isBluezRunning(clock)));
  if (useDbus) return library.withBindings('dbus', deviceId === undefined ? {} : { adapterId: `hci${deviceId}` });
  return library.withBindings('hci', deviceId === undefined ? {} : { deviceId });
}

/** Whether the user has named a controller by the library's own environment variables. */
function isControllerNamed(): boolean {
  return ['BLUETOOTH_HCI_SOCKET_UART_PORT', 'BLUETOOTH_HCI_SOCKET_USB_VID', 'NOBLE_HCI_DEVICE_ID'].some(
    (name) => (process.env[name] ?? '') !== '',
  );
}

function uartOf(adapter: string): { port: string; baudRate: number } | undefined {
  const [, port, rate] = /^((?:\/dev\/|COM)[^:]+)(?::(\d+))?$/.exec(adapter) ?? [];
  return port === undefined ? undefined : { port, baudRate: rate === undefined ? DEFAULT_UART_RATE : Number(rate) };
}

/** Looking at the state is what starts the library. */
function startOf(noble: Noble): AdapterState {
  return noble.state;
}

async function loadLibrary(): Promise<{ library: Library; name: string }> {
  for (const name of LIBRARIES) {
    if (!isInstalled(name)) continue;
    try {
      const { default: library } = (await import(name)) as { default: Library };
      return { library, name };
    } catch (error) {
      const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      throw new BmsError('adapter_missing', `${name} cannot be loaded (${reason}); install it again.`, error);
    }
  }
  const where = existsSync('/data/package.json') ? 'in the folder /data' : 'in your Node-RED user directory';
  throw new BmsError('adapter_missing', `Bluetooth needs a library: run "npm install ${LIBRARIES[0]}" ${where}.`);
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Lets go of what the library keeps of a device that is not connected: otherwise it keeps every one it ever saw. */
export function forget(noble: Noble, id: string, address: string): void {
  const insides = noble as Noble & Insides;
  if (typeof insides._cleanupPeriperals === 'function') insides._cleanupPeriperals(id);
  else if (insides._peripherals instanceof Map) insides._peripherals.delete(id);
  else if (insides._peripherals !== undefined) Reflect.deleteProperty(insides._peripherals, id);
  const discoveries = insides._bindings?._gap?._discoveries;
  if (discoveries !== undefined) Reflect.deleteProperty(discoveries, address);
}
