import { existsSync } from 'node:fs';
import { BmsError } from '../battery/errors';
import { quoted } from '../battery/quoted';
import { say } from '../battery/sentence';
import { parseEndpoint } from '../link/endpoint';
import type { SimulatorTransport, Transport } from '../library/transport';

/** What may follow `ble:`, and a MAC address by itself. */
const MAC = /^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;
const SERIAL_PORT = /^(?:\/|COM\d+$|\\\\\.\\)/i;
const RECORDING = /\.jsonl?$/i;

/** Options of a line that are not in its name. */
export interface LineOptions {
  /** bits per second */
  baud?: number;
  adapter?: string;
  cells?: number;
  chemistry?: SimulatorTransport['chemistry'];
  scenario?: SimulatorTransport['scenario'];
  speed?: number;
}

/**
 * Where a line leads, by the form of its name: a serial port, HOST:PORT, a Bluetooth address or `ble:NAME`, `simulator`, or
 * a recording.
 * @throws BmsError `bad_value` for what is none of these, with the forms that are
 */
export function transportOf(line: string, options: LineOptions = {}): Transport {
  const { baud, adapter, ...simulated } = options;
  if (line === 'simulator') return { transport: 'simulator', ...simulated };
  if (line.startsWith('ble:') || MAC.test(line)) {
    return { transport: 'ble', device: line.replace(/^ble:/, ''), adapter };
  }
  if (RECORDING.test(line) && existsSync(line)) return { transport: 'replay', file: line };
  if (SERIAL_PORT.test(line)) return { transport: 'serial', path: line, baudRate: baud };
  const { host, port } = line.includes(':') ? parseEndpoint(line) : { host: line, port: undefined };
  if (port === undefined) {
    const text = quoted(line);
    throw new BmsError(
      'bad_value',
      say`${text} is no line. It may be a serial port (/dev/ttyUSB0, COM3), a bridge (192.168.1.50:8899), Bluetooth (A4:C1:38:00:00:01, ble:NAME), "simulator", or the file of a recording (*.jsonl).`,
    );
  }
  return { transport: 'tcp', host, port };
}
