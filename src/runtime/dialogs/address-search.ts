import type { NodeAPI } from 'node-red';
import { BmsError } from '../../battery/errors';
import { quoted } from '../../battery/quoted';
import { say } from '../../battery/sentence';
import { systemClock } from '../../clock';
import { protocolById } from '../../codec';
import type { Protocol } from '../../codec/protocol';
import type { Bus } from '../../session/bus';
import { scanAddresses, type Scan } from '../../session/address-scan';
import type { DialogRequest } from './admin-endpoints';
import { connectionNode, type BmsConnectionNode } from '../bms-nodes';

/** What the dialog of a device gets. */
export interface AddressSearch extends Scan {
  /** the rate at which boards of the protocol usually work, bits per second */
  usualBaudRate: number;
}

/** Lines that are being searched now. */
const searched = new WeakSet<Bus>();

/**
 * Finds the addresses at which boards answer on a deployed connection. Readings and requests of its devices go on; a
 * line that is not in use is opened for the search only. It ends when the dialog goes away.
 * @param request with the parameters `connection` (a node's id) and `protocol`
 * @throws BmsError `not_found` for a connection that is not deployed, `bad_value`, `port_busy` while the line is being
 *   searched already, or what keeps the line from being used
 */
export async function searchAddresses(
  nodes: Pick<NodeAPI['nodes'], 'getNode'>,
  request: DialogRequest,
  clock = systemClock,
): Promise<AddressSearch> {
  const protocol = protocolOf(request);
  const { connection, bus } = lineOf(nodes, request);
  if (searched.has(bus)) {
    throw new BmsError('port_busy', say`${bus.name} is being searched already; wait for the end of that search.`);
  }
  searched.add(bus);
  const letGo = connection.borrow();
  try {
    const scan = await scanAddresses({ bus, protocol, clock, isStopped: () => request.isGone() });
    return { ...scan, usualBaudRate: protocol.profile.baudRate };
  } finally {
    await letGo();
    searched.delete(bus);
  }
}

function protocolOf(request: DialogRequest): Protocol {
  const id = request.text('protocol');
  const protocol = protocolById(id);
  if (protocol?.address !== undefined) return protocol;
  throw new BmsError('bad_value', say`The protocol ${quoted(id)} has no addresses to search; choose one that has.`);
}

function lineOf(
  nodes: Pick<NodeAPI['nodes'], 'getNode'>,
  request: DialogRequest,
): { connection: BmsConnectionNode; bus: Bus } {
  const connection = connectionNode(nodes, request.text('connection'));
  if (connection === null) {
    throw new BmsError('not_found', say`The connection is not running; deploy it, then search again.`);
  }
  const { bus, problem } = connection;
  if (bus === undefined) throw problem ?? new BmsError('bad_value', say`The connection cannot be used.`);
  return { connection, bus };
}
