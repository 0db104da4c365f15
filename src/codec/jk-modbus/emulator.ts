import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { encodeSwitchBits, encodeSwitches, withHeating } from '../jk-record/settings';
import { DATA_LENGTH } from '../jk-record/wire';
import type { Endian } from '../kit/fields';
import { buildException, buildReadResponse, buildWriteResponse, MODBUS, parseRequest } from '../kit/modbus';
import type { EmulatedBoard, EmulatedResponse } from '../protocol';
import { information, live, settings, SWITCH_REGISTERS, type Block } from './tables';
import { buildAnswer, buildTrigger, LAST_ADDRESS, MASTER, READ, REFUSALS, WRITE } from './wire';

const BLOCKS: readonly Block[] = [live, settings, information];

/** More fail (jk-modbus.md 3). */
const MOST_REGISTERS = 120;

/** Switches that are written with a value of four bytes. */
const SWITCHES: ReadonlyMap<number, 'charge' | 'discharge' | 'balancing'> = new Map([
  [SWITCH_REGISTERS.charge, 'charge'],
  [SWITCH_REGISTERS.discharge, 'discharge'],
  [SWITCH_REGISTERS.balancing, 'balancing'],
]);

/** Where a board keeps its word of switches, and the word of a new board: display, storage, protections (15.41). */
const SWITCH_BITS = 'jk-modbus switch bits';
const USUAL_BITS = 0x3310;

/**
 * The board's side, for the simulator: triggers, reads of registers and writes of switches. A board is silent on a wrong
 * address or CRC, and refuses the function that writes one register (jk-modbus.md 3); other settings it does not have.
 * @param request bytes as they came over the line
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  const parsed = parseRequest(request);
  if (parsed === undefined || parsed.unit === MASTER || parsed.unit > LAST_ADDRESS) return undefined;
  const { unit, func, register, count, data } = parsed;
  switch (func) {
    case READ:
      return serveRegisters(unit, register, count);
    case MODBUS.writeRegister:
      return refuse(unit, func, REFUSALS.register);
    case WRITE:
      return serveFrame(unit, request) ?? serveWrite({ address: unit, register, data });
    default:
      return undefined;
  }
}

function serveFrame(address: number, request: Buffer): EmulatedResponse | undefined {
  const block = BLOCKS.find((entry) => buildTrigger(address, entry.trigger).equals(request));
  return (
    block && {
      address,
      answer: (pack, board) => buildAnswer(address, block.type, imageOf(block, pack, 'little', board)),
    }
  );
}

interface Write {
  readonly address: number;
  readonly register: number;
  /** whole registers */
  readonly data: Buffer;
}

/** @returns undefined for registers that are no settings */
function serveWrite(write: Write): EmulatedResponse | undefined {
  const { address, register } = write;
  if (register < settings.register || register >= settings.register + settings.size) return undefined;
  return { address, answer: (_pack, board) => obeyed(write, board) };
}

/** Does what a write asks for. @returns the acknowledgement, or a refusal */
function obeyed({ address, register, data }: Write, board: EmulatedBoard | undefined): Buffer {
  const acknowledgement = buildWriteResponse(address, register, data.length / 2);
  const name = SWITCHES.get(register);
  const isBits = register === SWITCH_REGISTERS.switchBits;
  const isKnown = (name !== undefined && data.length === 4) || (isBits && data.length === 2);
  if (board === undefined || !isKnown) return buildException(address, WRITE, REFUSALS.register);
  const value = data.readUIntBE(0, data.length);
  if (name === undefined) {
    board.memory.set(SWITCH_BITS, value);
    board.execute('heating', value === withHeating(value, true));
    return acknowledgement;
  }
  if (value > 1) return buildException(address, WRITE, REFUSALS.value);
  board.execute(name, value === 1);
  return acknowledgement;
}

function serveRegisters(address: number, register: number, count: number): EmulatedResponse {
  if (count === 0 || count > MOST_REGISTERS) return refuse(address, READ, REFUSALS.value);
  const end = register + 2 * count;
  const block = BLOCKS.find((entry) => register >= entry.register && end <= entry.register + entry.size);
  if (block === undefined) return refuse(address, READ, REFUSALS.register);
  const from = register - block.register;
  return {
    address,
    answer: (pack, board) =>
      buildReadResponse(address, READ, imageOf(block, pack, 'big', board).subarray(from, from + 2 * count)),
  };
}

function refuse(address: number, func: number, code: number): EmulatedResponse {
  return { address, answer: () => buildException(address, func, code) };
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
