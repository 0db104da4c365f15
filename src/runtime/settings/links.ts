import { resolve } from 'node:path';
import { BmsError } from '../../battery/errors';
import { say, type Sentence } from '../../battery/sentence';
import type { Clock } from '../../clock';
import type { AdapterChoice } from '../../link/ble';
import { parseEndpoint } from '../../link/endpoint';
import type { Link } from '../../link/link';
import { Rfc2217Link } from '../../link/rfc2217';
import { SerialLink } from '../../link/serial';
import { TcpLink } from '../../link/tcp';
import { bleLinks, replayLinks, simulatorLinks } from '../loaded-late';
import {
  badValue,
  booleanProperty,
  choiceProperty,
  numberProperty,
  settledText,
  textProperty,
  type Config,
} from './properties';

/** Ways to a pack. */
export const TRANSPORTS = ['serial', 'tcp', 'ble', 'simulator', 'replay'] as const;

type Transport = (typeof TRANSPORTS)[number];

/** What a TCP bridge speaks: the bytes of the serial line, or Telnet by which its port is set. */
export const TCP_MODES = ['raw', 'rfc2217'] as const;

export const BLE_DRIVERS = ['auto', 'hci', 'dbus'] as const;

/** The number of an adapter, or the serial port of one. */
const BLE_ADAPTER = /^(?:|(?:hci)?\d+|(?:\/dev\/|COM).+)$/;

/** How the properties of a connection become a link, by transport. */
const MAKERS: Record<Transport, (config: Config, clock: Clock, userDir: string) => Link> = {
  serial: (config, clock) =>
    new SerialLink(required(config, 'serialPort', say`Name the serial port in the connection.`), clock),
  tcp: (config, clock) => {
    const endpoint = parseEndpoint(required(config, 'tcpHost', say`Name the host of the bridge in the connection.`));
    const own = numberProperty(config, 'tcpPort', { fallback: undefined, min: 1, max: 65535, integer: true });
    const { host, port = own } = endpoint;
    if (port === undefined) throw new BmsError('bad_value', say`Give the port number of the bridge in the connection.`);
    const mode = choiceProperty(config, 'tcpMode', TCP_MODES, 'raw');
    if (mode === 'raw') return new TcpLink({ host, port, clock });
    return new Rfc2217Link(new TcpLink({ host, port, clock, isTelnet: true }), clock);
  },
  ble: (config, clock) => {
    const { BleLink } = bleLinks();
    const device = required(config, 'bleAddress', say`Name the Bluetooth device in the connection.`);
    return new BleLink(device, adapterOf(config), clock);
  },
  simulator: (config, clock) => simulatorLinks().simulatorLink(config, clock),
  replay: (config, clock, userDir) => {
    const { ReplayLink } = replayLinks();
    const file = required(config, 'replayFile', say`Name the file of the recording in the connection.`);
    return new ReplayLink(resolve(userDir, file), clock);
  },
};

/** The properties that say where a line leads; what else a connection has says how. */
const LEADS_TO: Record<Transport, readonly string[]> = {
  serial: ['serialPort'],
  tcp: ['tcpHost', 'tcpPort'],
  ble: ['bleAddress'],
  simulator: ['simCells', 'simChemistry'],
  replay: ['replayFile'],
};

/** The properties that say how a line is used that leads there. */
const USED_BY: Record<Transport, readonly string[]> = {
  serial: ['baudRate'],
  tcp: ['tcpMode', 'baudRate'],
  ble: ['bleAdapter', 'bleDriver'],
  simulator: ['simScenario', 'simSpeed'],
  replay: [],
};

/** What a property means that an older flow file lacks. */
const USUALLY: Readonly<Record<string, string>> = {
  tcpMode: 'raw',
  bleDriver: 'auto',
  simCells: '16',
  simChemistry: 'lfp',
  simScenario: 'day',
  simSpeed: '1',
};

/** The property that has a line open only on demand. */
const ON_DEMAND: Partial<Record<Transport, string>> = { tcp: 'tcpOnDemand', ble: 'bleOnDemand' };

/**
 * A line by the user's choice: two connections with the same are one line, whatever they are called.
 * @throws BmsError `bad_value`
 */
export function lineOf(config: Config): string {
  const transport = transportOf(config);
  const keys = [...LEADS_TO[transport], ...USED_BY[transport]];
  return [transport, ...keys.map((key) => textProperty(config, key) || USUALLY[key])].join(' ');
}

/** Where a line leads by the user's choice. @throws BmsError `bad_value` */
export function destinationOf(config: Config): string {
  const transport = transportOf(config);
  return [transport, ...LEADS_TO[transport].map((key) => textProperty(config, key))].join(' ');
}

/**
 * The link that a connection's properties describe.
 * @param userDir from which relative paths lead: Node-RED's user directory
 * @throws BmsError `bad_value`
 */
export function makeLink(config: Config, clock: Clock, userDir = ''): Link {
  return MAKERS[transportOf(config)](config, clock, userDir);
}

/** Whether the line is open only on demand. @throws BmsError `bad_value` */
export function isOnDemand(config: Config): boolean {
  const key = ON_DEMAND[transportOf(config)];
  return key !== undefined && booleanProperty(config, key, false);
}

function transportOf(config: Config): Transport {
  return choiceProperty(config, 'transport', TRANSPORTS, 'serial');
}

/** The serial rate; undefined leaves it to the protocol. @throws BmsError `bad_value` */
export function baudRateOf(config: Config): number | undefined {
  return numberProperty(config, 'baudRate', { fallback: undefined, min: 300, max: 4_000_000, integer: true });
}

function required(config: Config, key: string, request: Sentence): string {
  const value = settledText(config, key);
  if (value === '') throw new BmsError('bad_value', request);
  return value;
}

/** The adapter that the properties of a connection name. @throws BmsError `bad_value` */
export function adapterOf(config: Config): AdapterChoice {
  const adapter = textProperty(config, 'bleAdapter');
  if (!BLE_ADAPTER.test(adapter)) throw badValue('bleAdapter', adapter, say`blank, such as hci1, or a serial port`);
  return { adapter, driver: choiceProperty(config, 'bleDriver', BLE_DRIVERS, 'auto') };
}
