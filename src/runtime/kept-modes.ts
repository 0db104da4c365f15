import type { Node } from 'node-red';
import { protocolById } from '../codec';
import type { OpenMode } from '../session/open-modes';
import { PersistedValue } from './persisted-value';

/** Modes that are open on a line, by where it leads. */
interface Kept {
  destination: string;
  modes: readonly OpenMode[];
}

const KEPT = new PersistedValue<Kept>({
  key: 'openModes',
  write: ({ destination, modes }) => ({
    destination,
    modes: modes.map(({ protocol, address, ending }) => ({
      ...{ protocol: protocol.id, address, ending: ending.request.toString('hex') },
    })),
  }),
  read: (kept) => {
    const { destination, modes } = recordOf(kept);
    if (typeof destination !== 'string' || !Array.isArray(modes)) return undefined;
    return { destination, modes: modes.map(modeIn).filter((mode) => mode !== undefined) };
  },
});

/** Those of this process, by destination: another connection may lead there after a deploy. */
const byDestination = new Map<string, readonly OpenMode[]>();

/** Calls `answer` once, as soon as it is known which modes were left open on the line of a connection. */
export function recallModes(node: Node, destination: string, answer: (modes: readonly OpenMode[]) => void): void {
  const present = byDestination.get(destination);
  if (present !== undefined) return answer(present);
  KEPT.recall(node, (kept) => answer(kept?.destination === destination ? kept.modes : []));
}

/** Keeps which modes are open on the line of a connection: in this process and, with a context store on disk, beyond. */
export function keepModes(node: Node, destination: string, modes: readonly OpenMode[]): void {
  if (modes.length > 0) byDestination.set(destination, modes);
  else byDestination.delete(destination);
  KEPT.keep(node, { destination, modes });
}

/** To be called when a connection is deleted; another one may still lead to the boards. */
export function forgetModes(node: Node): void {
  KEPT.forget(node);
}

/** Only what a protocol itself knows as an ending is ever sent. */
function modeIn(kept: unknown): OpenMode | undefined {
  const { protocol: id, address, ending: request } = recordOf(kept);
  const protocol = typeof id === 'string' ? protocolById(id) : undefined;
  const ending = protocol?.modeExits?.find((step) => step.request.toString('hex') === request);
  if (protocol === undefined || ending === undefined) return undefined;
  return typeof address === 'number' && Number.isInteger(address) ? { protocol, address, ending } : undefined;
}

function recordOf(kept: unknown): Readonly<Record<string, unknown>> {
  return typeof kept === 'object' && kept !== null ? (kept as Readonly<Record<string, unknown>>) : {};
}
