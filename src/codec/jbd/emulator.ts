import type { Reading } from '../../battery/reading';
import type { AddressRange, EmulatedBoard, EmulatedResponse } from '../untyped';
import { obeyWrite, readParameterOf } from './commands';
import { STATUS } from './refusal';
import type { Register } from './register';
import { READ, WRITE, type Wire } from './wire';

const SILENCE = Buffer.alloc(0);

/** One kind of board, as the simulator knows it. */
export interface BoardKind {
  wire: Wire;
  registers: readonly Register[];
  address?: AddressRange;
  /** whether it can be commanded; else it answers every write with status 80 */
  obeys: boolean;
}

/**
 * The board's side of both variants. What it does not have is answered with status 80 (jbd.md 3).
 * @param request bytes as they came over the line
 * @returns undefined when they are not one whole, valid request to an address that a board can have
 */
export function emulateRegisters(kind: BoardKind, request: Buffer): EmulatedResponse | undefined {
  const { wire, registers, address: range, obeys } = kind;
  if (request.length === 0 || wire.frames.measure(request, 0, request.length) !== request.length) return undefined;
  const address = wire.addressOf(request);
  if (range !== undefined && (address < range.min || address > range.max)) return undefined;
  const command = wire.headOf(request);
  if (command !== READ && command !== WRITE) return undefined;
  const number = wire.tailOf(request);
  const reply = (status: number, data?: Buffer): Buffer => wire.build(address, number, status, data);
  const able = (board?: EmulatedBoard): EmulatedBoard | undefined => (obeys ? board : undefined);
  if (command === WRITE) {
    const data = wire.dataOf(request);
    return {
      address,
      answer(pack, board) {
        const status = obeyWrite(number, data, pack, able(board));
        return status === undefined ? SILENCE : reply(status);
      },
    };
  }
  const register = registers.find((entry) => entry.number === number);
  if (register !== undefined) return { address, answer: (pack) => reply(STATUS.done, register.encode(pack)) };
  return {
    address,
    answer(pack: Reading, board) {
      const value = readParameterOf(number, pack, able(board));
      return typeof value === 'number' ? reply(value) : reply(STATUS.done, value);
    },
  };
}
