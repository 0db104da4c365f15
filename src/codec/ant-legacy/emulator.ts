import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { withBalancer } from '../ant/codes';
import type { EmulatedBoard, EmulatedResponse } from '../untyped';
import { COMMANDS, UNLOCK } from './commands';
import { isStatusRequest, REQUEST_LENGTH, writeFrame, writtenOf } from './frame';
import { encodeStatus } from './status';

/** What a board remembers: 1 while it is locked, which tests set; and what was written but is not yet whole. */
export const LOCKED = 'locked';
const WRITTEN = 'written';

const FACTORY_PASSWORD = Buffer.from('12345678', 'latin1');
const PER_AH = 1e6;

type EmulatedCommand = (value: number, board: EmulatedBoard, pack: Reading) => number;

/** What commands ask of a board; they return the value that the echo has. */
const EXECUTE: ReadonlyMap<number, EmulatedCommand> = new Map<number, EmulatedCommand>([
  [COMMANDS.charge, (value, board) => obeyed(value, () => board.execute('charge', value === 1))],
  [COMMANDS.discharge, (value, board) => obeyed(value, () => board.execute('discharge', value === 1))],
  [COMMANDS.balance, (_value, board, pack) => toggleBalance(board, pack)],
  [COMMANDS.zeroCurrent, (value, board) => obeyed(value, () => board.execute('zeroCurrent', true))],
  [COMMANDS.restart, (value, board) => obeyed(value, () => board.execute('restart', true))],
  [COMMANDS.shutdown, (value, board) => obeyed(value, () => board.execute('shutdown', true))],
  [COMMANDS.remainingLow, (value, board) => keep(COMMANDS.remainingLow, value, board)],
  [COMMANDS.remainingHigh, (value, board) => keep(COMMANDS.remainingHigh, value, board)],
  [COMMANDS.apply, (value, board, pack) => obeyed(value, () => apply(board, pack))],
]);

function obeyed(value: number, deed: () => void): number {
  deed();
  return value;
}

function toggleBalance(board: EmulatedBoard, pack: Reading): number {
  const wanted = withBalancer(pack, board).balancing !== true;
  board.execute('balancing', wanted);
  return wanted ? 1 : 0;
}

function keep(register: number, value: number, { memory }: EmulatedBoard): number {
  memory.set(`${WRITTEN}${register}`, value);
  return value;
}

function kept(register: number, { memory }: EmulatedBoard): number | undefined {
  return memory.get(`${WRITTEN}${register}`);
}

function apply(board: EmulatedBoard, { designCapacity }: Reading): void {
  const low = kept(COMMANDS.remainingLow, board);
  const high = kept(COMMANDS.remainingHigh, board);
  if (low === undefined || high === undefined || designCapacity === undefined) return;
  board.execute('soc', ((high * 0x10000 + low) / PER_AH / designCapacity) * 100);
}

const isLocked = ({ memory }: EmulatedBoard): boolean => memory.get(LOCKED) === 1;

/** One of the four with a password: only the last decides, and a wrong one locks a board that was open. */
function takePassword(register: number, value: number, board: EmulatedBoard): void {
  keep(register, value, board);
  if (register !== UNLOCK.at(-1)) return;
  const isRight = UNLOCK.every((command, i) => kept(command, board) === FACTORY_PASSWORD.readUInt16BE(2 * i));
  board.memory.set(LOCKED, isRight ? 0 : 1);
}

function answerTo(request: Buffer, pack: Reading, board: EmulatedBoard): Buffer {
  const { register = 0, value = 0 } = writtenOf(request) ?? {};
  if (UNLOCK.includes(register)) takePassword(register, value, board);
  if (isLocked(board)) return writeFrame(COMMANDS.locked, 1);
  const deed = EXECUTE.get(register);
  return deed === undefined ? request : writeFrame(register, deed(value, board, pack));
}

/** Several commands may come in one packet (ant-legacy.md 3.1). @returns undefined when one of them is not known */
function commandsOf(request: Buffer): Buffer[] | undefined {
  const frames: Buffer[] = [];
  for (let at = 0; at < request.length; at += REQUEST_LENGTH) {
    const frame = request.subarray(at, at + REQUEST_LENGTH);
    const register = writtenOf(frame)?.register;
    if (register === undefined || !(EXECUTE.has(register) || UNLOCK.includes(register))) return undefined;
    frames.push(frame);
  }
  return frames.length === 0 ? undefined : frames;
}

/**
 * The board's side, for the simulator. A board that only reads says nothing to commands.
 * @param request bytes as they came over the line
 * @returns undefined when they do not ask for the status, and are no commands that the board knows
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  if (isStatusRequest(request)) {
    // A board finds out power and extremes by itself.
    return { address: 0, answer: (pack, board) => encodeStatus(summarise({ ...withBalancer(pack, board) })) };
  }
  const commands = commandsOf(request);
  if (commands === undefined) return undefined;
  return {
    address: 0,
    answer: (pack, board) =>
      board === undefined ? Buffer.alloc(0) : Buffer.concat(commands.map((command) => answerTo(command, pack, board))),
  };
}
