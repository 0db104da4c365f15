import type { AddressRange, Served } from '../protocol';
import type { Register } from './register';
import { READ, WRITE, type Wire } from './wire';

const DONE = 0x00;
const UNKNOWN_COMMAND = 0x80;

/**
 * The board's side of both variants. A register that the board does not have, and any write, is answered with status
 * 80 (jbd 3).
 * @param request bytes as they came over the line
 * @returns undefined when they are not one whole, valid request to an address that a board can have
 */
export function serveRegisters(
  wire: Wire,
  registers: readonly Register[],
  range: AddressRange | undefined,
  request: Buffer,
): Served | undefined {
  if (request.length === 0 || wire.frames.measure(request, 0, request.length) !== request.length) return undefined;
  const address = wire.addressOf(request);
  if (range !== undefined && (address < range.min || address > range.max)) return undefined;
  const command = wire.headOf(request);
  if (command !== READ && command !== WRITE) return undefined;
  const number = wire.tailOf(request);
  const register = command === READ ? registers.find((entry) => entry.number === number) : undefined;
  return {
    address,
    answer: (pack) =>
      register === undefined
        ? wire.build(address, number, UNKNOWN_COMMAND)
        : wire.build(address, number, DONE, register.encode(pack)),
  };
}
