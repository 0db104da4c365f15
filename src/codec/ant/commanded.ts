import type { ActionName, ActionValue } from '../../battery/action';
import type { Reading } from '../../battery/reading';
import type { EmulatedBoard } from '../untyped';
import { COMMANDS } from './actions';
import { REMAINING, REMAINING_HIGH } from './remaining';

/*
 * What a board does when it is commanded, for the simulator.
 */

/** One request as the board sees it. */
export interface Asked {
  readonly register: number;
  readonly data: Buffer;
  readonly wanted: number;
}

/** What a board says: the data and, where there is one, the code of the result segment (ant.md 3). */
export interface Said {
  data: Buffer;
  result?: number;
}

/** @returns undefined for silence */
export type Answer = (asked: Asked, pack: Reading, board: EmulatedBoard | undefined) => Said | undefined;

/** What a board remembers of itself; tests lock one, or give it older firmware, by setting these. */
export const MEMORY = {
  /** the level of permission in force; as delivered 5, which may everything (ant.md 9.1) */
  level: 'level',
  /** 1: only registers of two bytes can be written */
  wordsOnly: 'wordsOnly',
  /** the lower half of a value whose upper half has not come yet */
  lowWord: 'lowWord',
} as const;

const DELIVERED_LEVEL = 5;
/** Levels that are wanted for commands and for parameters, as on a board that was reported (ant.md 9.1). */
const COMMAND_LEVEL = 1;
const PARAMETER_LEVEL = 5;

/** The level of permission in force. */
export function levelOf(board: EmulatedBoard): number {
  return board.memory.get(MEMORY.level) ?? DELIVERED_LEVEL;
}

/** Results of commands, and codes of result segments (ant.md 7, 9.3). */
const RESULT = { done: 1, failed: 2, noPermission: 3, wrongState: 6 };
const CODE = { noPermission: 1, unknownAddress: 4, wrongPassword: 5, set: 10, read: 11, mismatch: 17 };

type EmulatedCommand = readonly [ActionName, ActionValue] | undefined;

const EXECUTE: ReadonlyMap<number, EmulatedCommand> = new Map<number, EmulatedCommand>([
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
]);

function word(value: number): Buffer {
  return Buffer.from([value & 0xff, value >> 8]);
}

/** The answer to a command; undefined for one that the board does not know. A board that only reads fails to do it. */
export function commandAnswer(register: number): Answer | undefined {
  if (!EXECUTE.has(register)) return undefined;
  const deed = EXECUTE.get(register);
  return (_asked, _pack, board) => {
    if (board === undefined) return { data: word(RESULT.failed) };
    if (levelOf(board) < COMMAND_LEVEL) return { data: word(RESULT.noPermission) };
    const hasEffect = deed === undefined || board.execute(...deed);
    // A MOSFET that a protection holds open is switched all the same, and its command taken (ant.md 7).
    const isRefused = register === COMMANDS.zeroCurrent && !hasEffect;
    return { data: word(isRefused ? RESULT.wrongState : RESULT.done) };
  };
}

/** The factory's passwords, by the register of their level (ant.md 9.2). */
const PASSWORDS: ReadonlyMap<number, { level: number; password: string }> = new Map([
  [330, { level: 1, password: '12345678' }],
  [362, { level: 5, password: '123456789012' }],
]);

/** The answer to a password for the level of that register: the level in force, which a wrong one leaves as it is. */
export function passwordAnswer(register: number): Answer | undefined {
  const slot = PASSWORDS.get(register);
  if (slot === undefined) return undefined;
  return ({ data }, _pack, board) => {
    if (board === undefined) return undefined;
    const isRight = data.toString('latin1') === slot.password;
    if (isRight) board.memory.set(MEMORY.level, slot.level);
    return { data: word(levelOf(board)), ...(!isRight && { result: CODE.wrongPassword }) };
  };
}

const PER_AH = 1e6;

/** The answer to a write: only the remaining capacity can be written, whole, or its lower and then its upper half. */
export function writeAnswer(register: number): Answer | undefined {
  if (register !== REMAINING && register !== REMAINING_HIGH) return undefined;
  return ({ data }, { designCapacity = 0 }, board) => {
    if (board === undefined) return { data, result: CODE.mismatch };
    if (levelOf(board) < PARAMETER_LEVEL) return { data, result: CODE.noPermission };
    const value = valueOf(register, data, board.memory);
    if (value === undefined) return { data, result: CODE.unknownAddress };
    if (value !== UNFINISHED) board.execute('soc', (value / PER_AH / designCapacity) * 100);
    return { data, result: CODE.set };
  };
}

const UNFINISHED = -1;

/** @returns the whole value, UNFINISHED for its lower half alone, undefined for a length that the board does not take */
function valueOf(register: number, data: Buffer, memory: Map<string, number>): number | undefined {
  if (data.length === 4 && register === REMAINING && !memory.has(MEMORY.wordsOnly)) return data.readUInt32LE(0);
  if (data.length !== 2) return undefined;
  const half = data.readUInt16LE(0);
  if (register === REMAINING_HIGH) return half * 0x10000 + (memory.get(MEMORY.lowWord) ?? 0);
  memory.set(MEMORY.lowWord, half);
  return UNFINISHED;
}

/** The register that writing the remaining capacity changes. */
export function readRemaining({ remainingCapacity = 0 }: Reading): Said {
  const data = Buffer.alloc(4);
  data.writeUInt32LE(Math.round(remainingCapacity * PER_AH));
  return { data, result: CODE.read };
}
