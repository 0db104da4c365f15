import { daly } from './daly';
import { jbd, jbdAddressed } from './jbd';
import { jbdUp16s } from './jbd-up16s';
import type { Protocol } from './protocol';

/**
 * Every protocol, in the order in which lists show them and in which an unknown board is asked: those whose requests
 * could disturb other boards come last. A new one is one folder and one line here.
 */
export const PROTOCOLS: readonly Protocol[] = [jbd, jbdAddressed, jbdUp16s, daly];

/** @returns undefined when no protocol has that id */
export function protocolById(id: string): Protocol | undefined {
  return PROTOCOLS.find((protocol) => protocol.id === id);
}
