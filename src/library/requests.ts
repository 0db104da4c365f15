import { requireProtocol } from '../codec';

/** A request that reads. */
export interface ReadRequest {
  /** in the words of the protocol's documentation */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * The requests that read a board, for programs that send bytes themselves and `decode` what comes back. Requests that
 * need something a board has told before, such as its number of cells, are left out: `openPack` sends these too.
 *
 * @param protocol id of a protocol, see `listProtocols`
 * @param address bus address; the one that boards are delivered with, when missing
 * @throws BmsError `unsupported` for an unknown protocol
 *
 * @example
 * ```ts
 * for (const { name, bytes } of readRequests('jbd')) console.log(name, Buffer.from(bytes).toString('hex'));
 * ```
 */
export function readRequests(protocol: string, address?: number): ReadRequest[] {
  const { queries, address: range, memory } = requireProtocol(protocol);
  const target = { address: address ?? range?.initial ?? 0, memory: memory?.() ?? {} };
  return queries
    .filter((query) => query.applies?.(target) !== false)
    .map((query) => ({ name: query.name, bytes: new Uint8Array(query.request(target)) }))
    .filter(({ bytes }) => bytes.length > 0);
}
