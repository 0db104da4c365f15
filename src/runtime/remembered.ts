import type { Node } from 'node-red';
import { protocolById } from '../codec';
import type { Found } from '../session/detect';
import { Keeper } from './keeper';

/** What device nodes found out, so that it is asked first after a deploy or a restart. */
const boards = new Keeper<Found>({
  key: 'found',
  write: ({ protocol, address }) => ({ protocol: protocol.id, address }),
  read: foundIn,
});

/**
 * Tells what was found last time, as soon as the context store has it; nothing when there is nothing, or nothing that
 * this version knows.
 */
export function recall(node: Node, tell: (found: Found) => void): void {
  boards.recall(node, (found) => {
    if (found !== undefined) tell(found);
  });
}

/** Keeps what was found. */
export function remember(node: Node, found: Found): void {
  boards.keep(node, found);
}

/** To be called when a device is deleted. */
export function forget(node: Node): void {
  boards.forget(node);
}

function foundIn(kept: unknown): Found | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined;
  const { protocol: id, address } = kept as { protocol?: unknown; address?: unknown };
  const protocol = typeof id === 'string' ? protocolById(id) : undefined;
  return protocol !== undefined && typeof address === 'number' ? { protocol, address } : undefined;
}
