import { heapAfterCollection } from './faults/heap';

/** What of this process must not grow, by kind: the heap when nothing is left to collect, and what is open. */
export function processFigures(): Record<string, number> {
  return { 'heap MB': heapAfterCollection() / 2 ** 20, ...openResources() };
}

/** Over with the next turn of the event loop, and by chance many: Node-RED hands on each message with one. */
const PASSING = 'Immediate';

/** How often each kind of resource is open: timers, sockets, files. */
export function openResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind !== PASSING) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
