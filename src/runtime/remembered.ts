import type { Node } from 'node-red';
import { protocolById } from '../codec';
import type { Found } from '../session/detect';

/** Where a device node keeps what it found out, so that it is asked first after a restart. */
const KEY = 'found';

/** What was found last time; undefined when there is nothing, or nothing that this version knows. */
export function recall(node: Node): Found | undefined {
  const kept: unknown = node.context().get(KEY);
  if (typeof kept !== 'object' || kept === null) return undefined;
  const { protocol: id, address } = kept as { protocol?: unknown; address?: unknown };
  const protocol = typeof id === 'string' ? protocolById(id) : undefined;
  return protocol !== undefined && typeof address === 'number' ? { protocol, address } : undefined;
}

/** Keeps what was found. */
export function remember(node: Node, { protocol, address }: Found): void {
  node.context().set(KEY, { protocol: protocol.id, address });
}
