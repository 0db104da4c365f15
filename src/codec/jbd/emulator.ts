import type { Reading } from '../../battery/reading';
import type { AddressRange, EmulatedBoard, EmulatedResponse } from '../protocol';
import { COMMANDS, LOCK_BITS, MOSFET_CODES } from './actions';
import { stepsFor, wholeCapacity } from './basic';
import { canHold, isAlwaysRead, readSetting, writeSetting } from './emulated-settings';
import type { Register } from './tables';
import { READ, STATUS, WRITE, type Wire } from './wire';
import { REGISTERS } from './write';

const SILENCE = Buffer.alloc(0);

/** One kind of board, as the simulator knows it. */
export interface BoardKind {
  wire: Wire;
  registers: readonly Register[];
  address?: AddressRange;
  /** else it answers every write with status 80 */
  canBeCommanded: boolean;
}

/**
 * The board's side of both variants. What it does not have is answered with status 80 (jbd.md 3).
 * @param request bytes as they came over the line
 * @returns undefined when they are not one whole, valid request to an address that a board can have
 */
export function emulateRegisters(kind: BoardKind, request: Buffer): EmulatedResponse | undefined {
  const { wire, registers, address: range, canBeCommanded } = kind;
  if (request.length === 0 || wire.frames.measure(request, 0, request.length) !== request.length) return undefined;
  const address = wire.addressOf(request);
  if (range !== undefined && (address < range.min || address > range.max)) return undefined;
  const command = wire.headOf(request);
  if (command !== READ && command !== WRITE) return undefined;
  const number = wire.tailOf(request);
  const reply = (status: number, data?: Buffer): Buffer => wire.build(address, number, status, data);
  const commandable = (board?: EmulatedBoard): EmulatedBoard | undefined => (canBeCommanded ? board : undefined);
  if (command === WRITE) {
    const data = wire.dataOf(request);
    return {
      address,
      answer(pack, board) {
        const status = executeWrite(number, data, pack, commandable(board));
        return status === undefined ? SILENCE : reply(status);
      },
    };
  }
  const register = registers.find((entry) => entry.number === number);
  if (register !== undefined) return { address, answer: (pack) => reply(STATUS.done, register.encode(pack)) };
  return {
    address,
    answer(pack: Reading, board) {
      const value = readParameterOf(number, pack, commandable(board));
      return typeof value === 'number' ? reply(value) : reply(STATUS.done, value);
    },
  };
}

/** What a board remembers from one request to the next, and what kind of board it is. */
const MEMORY = {
  /** 1 while it is in factory mode */
  factoryMode: 'factoryMode',
  /** the password that it wants before it lets itself be changed; none when missing */
  password: 'password',
  /** 1 once it has been given that */
  unlocked: 'unlocked',
  /** 1 for a board that has fb in place of e1 */
  oneMosfet: 'oneMosfet',
  /** 1 for an old board that has no 0a and says 80 where others say 81 */
  old: 'old',
} as const;

const OFF: readonly number[] = [0, 1];
const SWITCHES = ['charge', 'discharge'] as const;

interface Write {
  /** bytes of its data */
  length: number;
  /** what has to come before it */
  needs?: 'factory mode' | 'nothing';
  /** @returns the status; undefined when the board is gone before it answers */
  execute(board: EmulatedBoard, data: Buffer, pack: Reading): number | undefined;
}

function set(board: EmulatedBoard, key: string, value: number): number {
  board.memory.set(key, value);
  return STATUS.done;
}

/** Switches what differs from the present state. */
function turn(board: EmulatedBoard, what: 'charge' | 'discharge' | 'balancing', on: boolean): void {
  if (board.switches[what] !== on) board.execute(what, on);
}

function is(board: EmulatedBoard, key: string): boolean {
  return board.memory.get(key) === 1;
}

function executeCommand(board: EmulatedBoard, data: Buffer): number | undefined {
  switch (is(board, MEMORY.old) ? undefined : data.readUInt16BE(0)) {
    case COMMANDS.clearCounters:
      board.execute('clearCounters', true);
      return STATUS.done;
    case COMMANDS.clearAlarms:
      board.execute('clearAlarms', true);
      return STATUS.done;
    case COMMANDS.restart:
      board.execute('restart', true);
      return undefined;
    case COMMANDS.shutdown:
      board.execute('shutdown', true);
      return STATUS.done;
    default:
      return STATUS.unknown;
  }
}

function switchOne(board: EmulatedBoard, data: Buffer): number {
  const what = SWITCHES.find((name) => MOSFET_CODES[name] === data.readUInt8(0));
  const off = data.readUInt8(1);
  if (!is(board, MEMORY.oneMosfet) || what === undefined || !OFF.includes(off)) return STATUS.unknown;
  turn(board, what, off === 0);
  return STATUS.done;
}

function switchBoth(board: EmulatedBoard, data: Buffer): number {
  if (is(board, MEMORY.oneMosfet)) return STATUS.unknown;
  if (is(board, MEMORY.old) && !is(board, MEMORY.factoryMode)) return STATUS.unknown;
  for (const what of SWITCHES) turn(board, what, (data.readUInt16BE(0) & LOCK_BITS[what]) === 0);
  return STATUS.done;
}

function takePassword(board: EmulatedBoard, data: Buffer): number {
  const given = Number(data.subarray(1).join(''));
  const wanted = board.memory.get(MEMORY.password);
  return wanted === undefined || wanted === given ? set(board, MEMORY.unlocked, 1) : STATUS.locked;
}

function setRemaining(board: EmulatedBoard, data: Buffer, pack: Reading): number {
  const whole = wholeCapacity(pack);
  const remaining = data.readUInt16BE(0) / stepsFor(pack);
  if (remaining > whole) return STATUS.invalid;
  board.execute('soc', whole === 0 ? 0 : (100 * remaining) / whole);
  return STATUS.done;
}

/**
 * Everything that can be written besides settings (jbd.md 5, 6). Whichever way factory mode is left, this board keeps its settings
 * and its event counters.
 */
const WRITES: ReadonlyMap<number, Write> = new Map<number, Write>([
  [
    REGISTERS.enter,
    {
      length: 2,
      needs: 'nothing',
      execute: (board, data) => (data.readUInt16BE(0) === 0x5678 ? set(board, MEMORY.factoryMode, 1) : STATUS.invalid),
    },
  ],
  [REGISTERS.leave, { length: 2, needs: 'nothing', execute: (board) => set(board, MEMORY.factoryMode, 0) }],
  [REGISTERS.password, { length: 7, needs: 'nothing', execute: takePassword }],
  [REGISTERS.command, { length: 2, execute: executeCommand }],
  [REGISTERS.mosfets, { length: 2, execute: switchBoth }],
  [REGISTERS.oneMosfet, { length: 2, execute: switchOne }],
  [REGISTERS.remaining, { length: 2, needs: 'factory mode', execute: setRemaining }],
]);

/** The status of a board that requires factory mode, or its password, first. */
function notYet(board: EmulatedBoard): number {
  return is(board, MEMORY.old) ? STATUS.unknown : STATUS.invalid;
}

function isShut(board: EmulatedBoard): boolean {
  return board.memory.has(MEMORY.password) && !is(board, MEMORY.unlocked);
}

/**
 * Does what a write asks.
 * @param board a board without it refuses everything
 * @returns the status of the acknowledgement; undefined when none comes
 */
function executeWrite(
  register: number,
  data: Buffer,
  pack: Reading,
  board: EmulatedBoard | undefined,
): number | undefined {
  if (board === undefined) return STATUS.unknown;
  const entry = WRITES.get(register) ?? settingWrite(register, data, board, pack);
  if (entry?.length !== data.length) return STATUS.unknown;
  if (entry.needs !== 'nothing' && isShut(board)) return STATUS.invalid;
  if (entry.needs === 'factory mode' && !is(board, MEMORY.factoryMode)) return notYet(board);
  return entry.execute(board, data, pack);
}

function settingWrite(register: number, data: Buffer, board: EmulatedBoard, pack: Reading): Write | undefined {
  if (!canHold(register, data, board, pack)) return undefined;
  return {
    length: data.length,
    needs: 'factory mode',
    execute(_board, written) {
      writeSetting(register, written, board, pack);
      return STATUS.done;
    },
  };
}

/** @returns what a parameter holds, or the status with which reading it is refused */
function readParameterOf(register: number, pack: Reading, board: EmulatedBoard | undefined): Buffer | number {
  const held = board && readSetting(register, board, pack);
  if (board === undefined || held === undefined) return STATUS.unknown;
  return is(board, MEMORY.factoryMode) || isAlwaysRead(register) ? held : notYet(board);
}
