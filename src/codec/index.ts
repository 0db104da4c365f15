import { BmsError } from '../battery/errors';
import { quoted } from '../battery/quoted';
import { say } from '../battery/sentence';
import type { Protocol } from './protocol';

/**
 * Every protocol, in the order of registry.ts. They are loaded when somebody asks first: a Node-RED without BMS nodes
 * starts without them.
 */
export function protocols(): readonly Protocol[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load them at once
  return (require('./registry') as typeof import('./registry')).PROTOCOLS;
}

/** @returns undefined when no protocol has that id */
export function protocolById(id: string): Protocol | undefined {
  return protocols().find((protocol) => protocol.id === id);
}

/** @throws BmsError `unsupported` with the ids that there are */
export function requireProtocol(id: string): Protocol {
  const protocol = protocolById(id);
  if (protocol !== undefined) return protocol;
  const known = protocols()
    .map((entry) => entry.id)
    .join(', ');
  throw new BmsError('unsupported', say`There is no protocol ${quoted(id)}; choose one of ${known}.`);
}
