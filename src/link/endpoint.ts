import { isIPv6 } from 'node:net';
import { BmsError } from '../battery/errors';
import { quoted } from '../battery/quoted';
import { say } from '../battery/sentence';

/** Where a bridge listens. */
export interface Endpoint {
  /** name or address, an IPv6 address without brackets */
  host: string;
  /** undefined where the text has none */
  port: number | undefined;
}

/** A host as users write it: `[::1]:8899`, `192.168.1.5:8899`, `bridge`, `fe80::1`. */
const BRACKETED = /^\[([^[\]]+)\](?::(\d+))?$/;
const PLAIN = /^([^:[\]]+)(?::(\d+))?$/;

/**
 * Splits what a user has written for the host of a bridge.
 * @throws BmsError `bad_value` for a web address, and for what is no host, with the right form
 */
export function parseEndpoint(text: string): Endpoint {
  const wrong = (): BmsError =>
    new BmsError('bad_value', say`${quoted(text)} is no host; write it as ${quoted(rightForm(text))}.`);
  if (/[\s/\\]/.test(text)) throw wrong();
  if (isIPv6(text)) return { host: text, port: undefined };
  const bracketed = BRACKETED.exec(text);
  const [, host, digits] = bracketed ?? PLAIN.exec(text) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (
    host === undefined ||
    (bracketed !== null && !isIPv6(host)) ||
    (port !== undefined && !(port >= 1 && port <= 65_535))
  )
    throw wrong();
  return { host, port };
}

/** A host and a port as one name. */
export function endpointName(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What is left of a web address when all is taken off that a bridge has not got. */
function rightForm(text: string): string {
  const host = text.replace(/^[a-z][a-z\d+.-]*:\/\//i, '').replace(/[\s/\\].*$/s, '');
  return PLAIN.test(host) || BRACKETED.test(host) ? host : '192.168.1.50';
}
