import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { encodeSwitchBits, encodeSwitches, withHeating } from '../jk-record/settings';
import { DATA_LENGTH } from '../jk-record/wire';
import type { Endian } from '../kit/fields';
import type { EmulatedBoard, EmulatedResponse } from '../protocol';
import { REFUSALS } from './refusal';
import { information, live, settings, SWITCH_REGISTERS, type Block } from './tables';
import {
  answer,
  hasCrc,
  LAST_ADDRESS,
  MASTER,
  READ,
  READ_LENGTH,
  refusalFrame,
  registers,
  trigger,
  WRITE,
  WRITE_ONE,
} from './wire';
import { decodeWrite, writeAcknowledgement, type Write } from './write';

const BLOCKS: readonly Block[] = [live, settings, information];

/** More fail (jk-modbus.md 3). */
const MOST_REGISTERS = 120;
const SHORTEST = 4;

/** Switches that are written with a value of four bytes. */
const SWITCHES: ReadonlyMap<number, 'charge' | 'discharge' | 'balancing'> = new Map([
  [SWITCH_REGISTERS.charge, 'charge'],
  [SWITCH_REGISTERS.discharge, 'discharge'],
  [SWITCH_REGISTERS.balancing, 'balancing'],
]);

/** Where a board remembers its word of switches, and how it is delivered: display, storage, protections (15.41). */
const SWITCH_BITS = 'jk-modbus switch bits';
const USUAL_BITS = 0x3310;

/**
 * The board's side, for the simulator: triggers, reads of registers and writes of switches. A board is silent on a wrong
 * address or CRC, and refuses the function that writes one register (jk-modbus.md 3); other settings it does not have.
 * @param request bytes as they came over the line
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  if (request.length < SHORTEST || !hasCrc(request, 0, request.length)) return undefined;
  const address = request.readUInt8(0);
  if (address === MASTER || address > LAST_ADDRESS) return undefined;
  switch (request[1]) {
    case READ:
      if (request.length !== READ_LENGTH) return undefined;
      return serveRegisters(address, request.readUInt16BE(2), request.readUInt16BE(4));
    case WRITE_ONE:
      return refuse(address, WRITE_ONE, REFUSALS.register);
    default:
      return serveFrame(address, request) ?? serveWrite(request);
  }
}

function serveFrame(address: number, request: Buffer): EmulatedResponse | undefined {
  const block = BLOCKS.find((entry) => trigger(address, entry.trigger).equals(request));
  return (
    block && { address, answer: (pack, board) => answer(address, block.type, imageOf(block, pack, 'little', board)) }
  );
}

function serveWrite(request: Buffer): EmulatedResponse | undefined {
  const write = decodeWrite(request);
  return write && { address: write.address, answer: (_pack, board) => obeyed(write, board) };
}

/** Does what a write asks for. @returns the acknowledgement, or a refusal */
function obeyed(write: Write, board: EmulatedBoard | undefined): Buffer {
  const { address, register, data } = write;
  const name = SWITCHES.get(register);
  const isBits = register === SWITCH_REGISTERS.switchBits;
  const isKnown = (name !== undefined && data.length === 4) || (isBits && data.length === 2);
  if (board === undefined || !isKnown) return refusalFrame(address, WRITE, REFUSALS.register);
  const value = data.readUIntBE(0, data.length);
  if (name === undefined) {
    board.memory.set(SWITCH_BITS, value);
    board.execute('heating', value === withHeating(value, true));
    return writeAcknowledgement(write);
  }
  if (value > 1) return refusalFrame(address, WRITE, REFUSALS.value);
  board.execute(name, value === 1);
  return writeAcknowledgement(write);
}

function serveRegisters(address: number, register: number, count: number): EmulatedResponse {
  if (count === 0 || count > MOST_REGISTERS) return refuse(address, READ, REFUSALS.value);
  const end = register + 2 * count;
  const block = BLOCKS.find((entry) => register >= entry.register && end <= entry.register + entry.size);
  if (block === undefined) return refuse(address, READ, REFUSALS.register);
  const from = register - block.register;
  return {
    address,
    answer: (pack, board) => registers(address, imageOf(block, pack, 'big', board).subarray(from, from + 2 * count)),
  };
}

function refuse(address: number, command: number, code: number): EmulatedResponse {
  return { address, answer: () => refusalFrame(address, command, code) };
}

function imageOf(block: Block, pack: Reading, endian: Endian, board?: EmulatedBoard): Buffer {
  const data = Buffer.alloc(DATA_LENGTH);
  block.encode(summarise({ ...pack }), data, endian);
  if (block === settings && board !== undefined) {
    encodeSwitches(board.switches, data, endian);
    const word = board.memory.get(SWITCH_BITS) ?? USUAL_BITS;
    encodeSwitchBits(withHeating(word, board.switches.heating), data, endian);
  }
  return data;
}
