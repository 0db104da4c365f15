import type { Node } from 'node-red';
import { protocolById } from '../codec';
import type { Found } from '../session/detect';

/** Where a device node keeps what it found out, so that it is asked first after a restart. */
const KEY = 'found';

/**
 * The same for as long as this process lives: without a context store that the user has set up, Node-RED forgets a
 * node's context with every deploy.
 */
const inProcess = new Map<string, Found>();

/**
 * Tells what was found last time, as soon as the context store has it; nothing when there is nothing, or nothing that
 * this version knows.
 */
export function recall(node: Node, tell: (found: Found) => void): void {
  const present = inProcess.get(node.id);
  if (present !== undefined) return tell(present);
  node.context().get(KEY, (error, kept) => {
    if (error instanceof Error) node.debug(error.message);
    const found = foundIn(kept);
    if (found !== undefined) tell(found);
  });
}

/** Keeps what was found. */
export function remember(node: Node, found: Found): void {
  inProcess.set(node.id, found);
  const { protocol, address } = found;
  node.context().set(KEY, { protocol: protocol.id, address }, (error) => {
    if (error instanceof Error) node.debug(error.message);
  });
}

/** To be called when a device is deleted. */
export function forget(node: Node): void {
  inProcess.delete(node.id);
}

function foundIn(kept: unknown): Found | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined;
  const { protocol: id, address } = kept as { protocol?: unknown; address?: unknown };
  const protocol = typeof id === 'string' ? protocolById(id) : undefined;
  return protocol !== undefined && typeof address === 'number' ? { protocol, address } : undefined;
}
