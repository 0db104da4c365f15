import { resolve } from 'node:path';
import { BmsError } from '../battery/errors';
import { quoted } from '../battery/quoted';
import { say } from '../battery/sentence';
import type { Clock } from '../clock';
import { protocols } from '../codec';
import { BleLink } from '../link/ble';
import { parseEndpoint } from '../link/endpoint';
import type { Link } from '../link/link';
import { ReplayLink } from '../link/replay';
import { Rfc2217Link } from '../link/rfc2217';
import { SerialLink } from '../link/serial';
import { TcpLink } from '../link/tcp';
import { SimulatorLink } from '../simulator/link';
import type { TcpTransport, Transport } from './transport';

/** The link of a transport. @throws BmsError `bad_value`, `unsupported` */
export function linkOf(options: Transport, clock: Clock): Link {
  switch (options.transport) {
    case 'serial':
      return new SerialLink(options.path, clock);
    case 'tcp':
      return tcpLink(options, clock);
    case 'ble':
      return new BleLink(options.device, { adapter: options.adapter ?? '', driver: options.driver ?? 'auto' }, clock);
    case 'simulator':
      return new SimulatorLink({
        ...{ cells: options.cells ?? 16, chemistry: options.chemistry ?? 'lfp' },
        ...{ scenario: options.scenario ?? 'day', speed: options.speed ?? 1, clock, protocols: protocols() },
      });
    case 'replay':
      return new ReplayLink(resolve(options.file), clock);
    default:
      return unknown(options);
  }
}

/** From plain JavaScript anything may come; a transport without a case above does not compile. */
function unknown(options: never): never {
  const { transport } = options as { transport: unknown };
  throw new BmsError('unsupported', say`There is no transport ${quoted(String(transport))}.`);
}

function tcpLink({ host: text, port: own, mode = 'raw' }: TcpTransport, clock: Clock): Link {
  const { host, port = own } = parseEndpoint(text);
  if (port === undefined) throw new BmsError('bad_value', say`Give the port number of the bridge.`);
  if (mode === 'raw') return new TcpLink({ host, port, clock });
  return new Rfc2217Link(new TcpLink({ host, port, clock, isTelnet: true }), clock);
}
