import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { PLUG_IN } from './error-texts';

const DEFAULT_UART_RATE = 115_200;

/** Where Linux lists its Bluetooth adapters. */
const ADAPTERS = '/sys/class/bluetooth';

/** The library's own environment variables that name a controller outside of the kernel. */
const CONTROLLER_VARIABLES = ['BLUETOOTH_HCI_SOCKET_UART_PORT', 'BLUETOOTH_HCI_SOCKET_USB_VID'];

/** Whether the user has named a controller by the library's own environment variables. */
export function isControllerNamed(): boolean {
  return [...CONTROLLER_VARIABLES, 'NOBLE_HCI_DEVICE_ID'].some(isSet);
}

/**
 * What the library wants to know of a controller on a serial port; undefined when the name is not that of a port.
 * @throws BmsError `adapter_missing`, `permission`
 */
export function controllerBindings(adapter: string): object | undefined {
  const [, port, rate] = /^((?:\/dev\/|\/tmp\/|COM)[^:]+)(?::(\d+))?$/.exec(adapter.trim()) ?? [];
  if (port === undefined) return undefined;
  if (port.startsWith('/')) checkPort(port);
  const baudRate = rate === undefined ? DEFAULT_UART_RATE : Number(rate);
  return { hciDriver: 'uart', bindParams: { uart: { port, baudRate } } };
}

function checkPort(port: string): void {
  if (!existsSync(port)) {
    throw new BmsError(
      'adapter_missing',
      say`There is no Bluetooth adapter at ${port}; plug it in, or check its name.`,
    );
  }
  try {
    accessSync(port, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new BmsError(
      'permission',
      say`This process may not use the Bluetooth adapter at ${port}; add its user to the group of the port ("sudo usermod -aG dialout $USER") and log in again.`,
      error,
    );
  }
}

/** Adapters that the kernel has: `hci0`, `hci1`. Empty where it does not tell. */
export function presentAdapters(folder: string = ADAPTERS): string[] {
  if (process.platform !== 'linux' || !existsSync(folder)) return [];
  return readdirSync(folder).filter((entry) => /^hci\d+$/.test(entry));
}

/**
 * One name for each adapter, as far as that can be known.
 * @param adapter as the user entered it
 * @param present what there is; an empty name is the only one of them
 * @returns `hci0`, a serial port, or '' for whichever comes first
 */
export function adapterName(adapter: string, present: readonly string[] = presentAdapters()): string {
  const name = adapter.trim().replace(/^(?=\d+$)/, 'hci');
  if (name !== '' || present.length !== 1 || isControllerNamed()) return name;
  return present[0] ?? '';
}

/** Adapters that are driven in this process: by which driver, and how often. */
const used = new Map<string, { driver: string; times: number }>();

/**
 * Takes an adapter for a driver: two on one disturb each other. BlueZ shares it among all that ask.
 * @param name as of `adapterName`; one that is not known, or not of the kernel, is nobody's
 * @param driver `dbus` for BlueZ
 * @returns gives it back
 * @throws BmsError `port_busy`
 */
export function takeAdapter(name: string, driver: string): () => void {
  if (!/^hci\d+$/.test(name) || isControllerNamed()) return () => undefined;
  const user = used.get(name) ?? { driver, times: 0 };
  if (user.times > 0 && (driver !== 'dbus' || user.driver !== driver)) {
    throw new BmsError(
      'port_busy',
      say`The Bluetooth adapter ${name} is in use with another driver or name; choose the same adapter and the same driver in all connections.`,
    );
  }
  user.times++;
  used.set(name, user);
  return () => {
    if (--user.times === 0) used.delete(name);
  };
}

/**
 * What the library wants to know of an adapter of the kernel. The library would print advice at every attempt when
 * there is none: it is looked for first.
 * @param adapter '' or `hci1` or `1`
 * @throws BmsError `adapter_missing`
 */
export function checkAdapter(adapter: string, folder: string = ADAPTERS): { deviceId?: number } {
  const name = adapter.trim().replace(/^hci/, '');
  if (name !== '' && !/^\d+$/.test(name)) {
    throw new BmsError(
      'adapter_missing',
      say`"${adapter}" is no Bluetooth adapter; leave it empty, or say hci0 or hci1.`,
    );
  }
  if (process.platform === 'linux' && existsSync('/sys/class') && !CONTROLLER_VARIABLES.some(isSet)) {
    const present = presentAdapters(folder);
    const isThere = name === '' ? present.length > 0 : present.includes(`hci${name}`);
    if (!isThere) throw noAdapter(name === '' ? '' : `hci${name}`, present);
  }
  return name === '' ? {} : { deviceId: Number(name) };
}

/** @param which '' for any */
export function noAdapter(which: string, present: readonly string[]): BmsError {
  const missing = which === '' ? say`There is no Bluetooth adapter` : say`There is no Bluetooth adapter ${which}`;
  const message =
    present.length === 0 ? say`${missing}; ${PLUG_IN}.` : say`${missing} (there is ${present.join(', ')}); ${PLUG_IN}.`;
  return new BmsError('adapter_missing', message);
}

function isSet(name: string): boolean {
  return (process.env[name] ?? '') !== '';
}
