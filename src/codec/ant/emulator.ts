import type { ActionName, ActionValue } from '../../battery/action';
import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { forgetUnsaved, saveSettings } from '../kit/emulated-settings';
import type { EmulatedBoard, EmulatedResponse } from '../protocol';
import { withBalancer } from './codes';
import { logEntry, noteCommand } from './emulated-log';
import { holdsSettings, readSettings, writeSetting } from './emulated-settings';
import { LEVELS } from './levels';
import { BLOCKS, type Block } from './queries';
import { COMMANDS } from './requests';
import { CODES, RESULTS } from './results';
import { encodeStatus } from './status';
import { CHIP_ID_LENGTH, counters, packName, REMAINING, STATUS, versions } from './tables';
import {
  addressOf,
  answerTo,
  buildFrame,
  dataOf,
  frames,
  FUNCTIONS,
  functionOf,
  registerOf,
  wantedOf,
  type Result,
} from './wire';

/** The data of a response and, where there is one, its result segment (ant.md 3). */
interface Response {
  readonly data: Buffer;
  readonly result?: Result;
}

/** What a board answers. @param request the frame; @returns undefined for silence */
type Answer = (request: Buffer, pack: Reading, board: EmulatedBoard | undefined) => Response | undefined;

/** What a board remembers; tests lock one, or give it older firmware, by setting these. */
export const BOARD_MEMORY = {
  /** the level of permission in force */
  level: 'level',
  /** 1: only registers of two bytes can be written */
  wordsOnly: 'wordsOnly',
  /** the lower half of a value whose upper half has not come yet */
  lowWord: 'lowWord',
} as const;

/** Levels of permission, as on a board that was reported (ant.md 9.1): as delivered, for commands, for the remaining capacity. */
const NEEDED = { delivered: 5, command: 1, remaining: 5 };

function levelOf(board: EmulatedBoard | undefined): number {
  return board?.memory.get(BOARD_MEMORY.level) ?? NEEDED.delivered;
}

/** What a command asks of the board; nothing for the one that saves. */
const EXECUTE: ReadonlyMap<number, readonly [ActionName, ActionValue] | undefined> = new Map([
  [COMMANDS.dischargeOff, ['discharge', false]],
  [COMMANDS.dischargeOn, ['discharge', true]],
  [COMMANDS.chargeOff, ['charge', false]],
  [COMMANDS.chargeOn, ['charge', true]],
  [COMMANDS.save, undefined],
  [COMMANDS.zeroCurrent, ['zeroCurrent', true]],
  [COMMANDS.restart, ['restart', true]],
  [COMMANDS.shutdown, ['shutdown', true]],
  [COMMANDS.balanceOn, ['balancing', true]],
  [COMMANDS.balanceOff, ['balancing', false]],
] as const);

function word(value: number): Buffer {
  return Buffer.from([value & 0xff, value >> 8]);
}

/** The answer to a command; undefined for one that the board does not have. */
function commandAnswer(code: number): Answer | undefined {
  if (!EXECUTE.has(code)) return undefined;
  return (_request, pack, board) => ({ data: word(resultOf(code, pack, board)) });
}

/** Carries out a command. A board that only reads fails to do it. */
function resultOf(code: number, pack: Reading, board: EmulatedBoard | undefined): number {
  if (board === undefined) return RESULTS.failed;
  if (levelOf(board) < NEEDED.command) return RESULTS.noPermission;
  const asked = EXECUTE.get(code);
  const hasEffect = asked === undefined || board.execute(...asked);
  noteCommand(code, pack, board);
  if (code === COMMANDS.save) saveSettings(board);
  if (code === COMMANDS.restart || code === COMMANDS.shutdown) forgetUnsaved(board);
  // A MOSFET that a protection holds open is switched all the same, and its command taken (ant.md 7).
  return code === COMMANDS.zeroCurrent && !hasEffect ? RESULTS.wrongState : RESULTS.done;
}

/** What the factory's passwords begin with: as many of these as the level has characters (ant.md 9.2). */
const FACTORY_PASSWORD = '123456789012';

/** The answer to a password: the level in force, which a wrong one leaves as it is. */
function passwordAnswer(register: number): Answer | undefined {
  const found = LEVELS.find(({ slot }) => slot?.register === register);
  if (found?.slot === undefined) return undefined;
  const { level, slot } = found;
  return (request, _pack, board) => {
    if (board === undefined) return undefined;
    const isRight = dataOf(request).toString('latin1') === FACTORY_PASSWORD.slice(0, slot.length);
    if (isRight) board.memory.set(BOARD_MEMORY.level, level);
    return { data: word(levelOf(board)), ...(!isRight && { result: { code: CODES.wrongPassword } }) };
  };
}

/** The answer to a write, which echoes the data, also when they are refused. */
function writeAnswer(register: number): Answer | undefined {
  if (!holdsSettings(register, 2)) return undefined;
  return (request, pack, board) => {
    const data = dataOf(request);
    if (board === undefined) return { data, result: { code: CODES.mismatch } };
    const isRemaining = register === REMAINING.register || register === REMAINING.highRegister;
    const result = isRemaining
      ? { code: writeRemaining(register, data, pack.designCapacity ?? 0, board) }
      : writeSetting(register, data, pack, board, levelOf(board));
    return { data, result };
  };
}

/** Writes it, whole, or its lower and then its upper half. @returns the code of the result segment */
function writeRemaining(register: number, data: Buffer, capacity: number, board: EmulatedBoard): number {
  const { memory } = board;
  if (levelOf(board) < NEEDED.remaining) return CODES.noPermission;
  const set = (value: number): void => void board.execute('soc', (value / REMAINING.perAh / capacity) * 100);
  if (data.length === 4 && register === REMAINING.register && !memory.has(BOARD_MEMORY.wordsOnly)) {
    set(data.readUInt32LE(0));
  } else if (data.length !== 2) return CODES.unknownAddress;
  else if (register === REMAINING.register) memory.set(BOARD_MEMORY.lowWord, data.readUInt16LE(0));
  else set(data.readUInt16LE(0) * 0x10000 + (memory.get(BOARD_MEMORY.lowWord) ?? 0));
  return CODES.set;
}

function encodeChipId({ serialNumber = '' }: Reading): Buffer {
  const numbers = serialNumber.split('.').map(Number);
  const fits = numbers.length === CHIP_ID_LENGTH && numbers.every((n) => Number.isInteger(n) && n >= 0 && n <= 255);
  return Buffer.alloc(CHIP_ID_LENGTH, fits ? Buffer.from(numbers) : 0xff);
}

/** Data of a table. */
function encoded<T>(table: { size: number; encode(from: T, data: Buffer): void }, from: T): Buffer {
  const data = Buffer.alloc(table.size);
  table.encode(from, data);
  return data;
}

/** What can be read: absent values become "not available" where the table has such a value, else 0. */
const ENCODE: ReadonlyMap<Block, (pack: Reading) => Buffer> = new Map<Block, (pack: Reading) => Buffer>([
  [BLOCKS.status, encodeStatus],
  [BLOCKS.counters, ({ errorCounts = {} }) => encoded(counters, errorCounts)],
  [BLOCKS.deviceInfo, (pack) => encoded(versions, { ...pack, hardwareVersion: pack.model ?? pack.hardwareVersion })],
  [BLOCKS.chipId, encodeChipId],
  [BLOCKS.packId, (pack) => encoded(packName, pack)],
]);

function readAnswer(func: number, register: number, wanted: number): Answer | undefined {
  const [block, encode] = [...ENCODE].find(([entry]) => entry.func === func && entry.register === register) ?? [];
  if (encode === undefined) return func === FUNCTIONS.read ? settingsAnswer(register, wanted) : undefined;
  return (_request, pack, board) => {
    const isStatus = block === BLOCKS.status;
    const shown = isStatus ? withBalancer(pack, board) : pack;
    // A board finds out power, state and extremes by itself; it sends what it has, but no more than is wanted.
    const data = encode(summarise({ ...shown })).subarray(0, wanted);
    if (isStatus && board !== undefined) data.writeUInt8(levelOf(board), STATUS.level);
    return { data, ...(func === FUNCTIONS.read && { result: { code: CODES.read } }) };
  };
}

function settingsAnswer(register: number, wanted: number): Answer | undefined {
  if (!holdsSettings(register, wanted)) return undefined;
  return (_request, pack, board) => {
    return { data: readSettings(register, wanted, pack, board, levelOf(board)), result: { code: CODES.read } };
  };
}

/** A board that only reads has no log. */
const logAnswer: Answer = (request, pack, board) => {
  if (board === undefined) return undefined;
  return { data: logEntry(registerOf(request), pack, board) };
};

function answerOf(request: Buffer): Answer | undefined {
  const func = functionOf(request);
  const register = registerOf(request);
  switch (func) {
    case FUNCTIONS.command:
      return commandAnswer(register);
    case FUNCTIONS.password:
      return passwordAnswer(register);
    case FUNCTIONS.log:
      return logAnswer;
    case FUNCTIONS.write:
      return writeAnswer(register);
    default:
      return readAnswer(func, register, wantedOf(request));
  }
}

/**
 * The board's side, for the simulator.
 * @param request bytes as they came over the line
 * @returns undefined for all but a whole, valid request that the board supports: then it is silent
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  if (request.length === 0 || frames.measure(request, 0, request.length) !== request.length) return undefined;
  const func = functionOf(request);
  const register = registerOf(request);
  const answer = answerOf(request);
  if (answer === undefined) return undefined;
  const address = addressOf(request);
  return {
    address,
    answer(pack, board) {
      const response = answer(request, pack, board);
      if (response === undefined) return Buffer.alloc(0);
      return buildFrame(address, answerTo(func), register, response.data, response.result);
    },
  };
}
