import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { withBalancer } from '../ant/codes';
import { forgetUnsaved, saveSettings } from '../kit/emulated-settings';
import type { EmulatedBoard, EmulatedResponse } from '../protocol';
import { isSetting, readRegister, writeRegister } from './emulated-settings';
import { encodeStatus } from './tables';
import {
  buildReadRegister,
  buildWrite,
  COMMANDS,
  isStatusRequest,
  LOCKED,
  parseRead,
  parseWrite,
  PER_AH,
  REQUEST_LENGTH,
  UNLOCK,
} from './wire';

/** What a board remembers: 1 while it is locked, which tests set; and what was written but is not yet whole. */
export const IS_LOCKED = 'locked';
const WRITTEN = 'written';

const FACTORY_PASSWORD = Buffer.from('12345678', 'latin1');

/** Does what a command asks. @returns the value in the response, where it is not that of the request */
type Execute = (value: number, board: EmulatedBoard, pack: Reading) => number | undefined;

const run =
  (execute: (board: EmulatedBoard, value: number) => unknown): Execute =>
  (value, board) => {
    execute(board, value);
    return undefined;
  };

const EXECUTE: ReadonlyMap<number, Execute> = new Map<number, Execute>([
  [COMMANDS.charge, run((board, value) => board.execute('charge', value === 1))],
  [COMMANDS.discharge, run((board, value) => board.execute('discharge', value === 1))],
  [COMMANDS.balance, toggleBalance],
  [COMMANDS.zeroCurrent, run((board) => board.execute('zeroCurrent', true))],
  [COMMANDS.restart, run((board) => (board.execute('restart', true), forgetUnsaved(board)))],
  [COMMANDS.shutdown, run((board) => (board.execute('shutdown', true), forgetUnsaved(board)))],
  [COMMANDS.remainingLow, run((board, value) => keep(COMMANDS.remainingLow, value, board))],
  [COMMANDS.remainingHigh, run((board, value) => keep(COMMANDS.remainingHigh, value, board))],
  [COMMANDS.apply, apply],
]);

function toggleBalance(_value: number, board: EmulatedBoard, pack: Reading): number {
  const isOn = withBalancer(pack, board).balancing !== true;
  board.execute('balancing', isOn);
  return isOn ? 1 : 0;
}

function keep(register: number, value: number, { memory }: EmulatedBoard): void {
  memory.set(`${WRITTEN}${register}`, value);
}

function kept(register: number, { memory }: EmulatedBoard): number | undefined {
  return memory.get(`${WRITTEN}${register}`);
}

function apply(_value: number, board: EmulatedBoard, { designCapacity }: Reading): undefined {
  saveSettings(board);
  const low = kept(COMMANDS.remainingLow, board);
  const high = kept(COMMANDS.remainingHigh, board);
  if (low === undefined || high === undefined || designCapacity === undefined) return undefined;
  board.execute('soc', ((high * 0x10000 + low) / PER_AH / designCapacity) * 100);
  return undefined;
}

const isLocked = ({ memory }: EmulatedBoard): boolean => memory.get(IS_LOCKED) === 1;

/** One of the four with a password: only the last decides, and a wrong one locks a board that was open. */
function takePassword(register: number, value: number, board: EmulatedBoard): void {
  keep(register, value, board);
  if (register !== UNLOCK.at(-1)) return;
  const isRight = UNLOCK.every((command, i) => kept(command, board) === FACTORY_PASSWORD.readUInt16BE(2 * i));
  board.memory.set(IS_LOCKED, isRight ? 0 : 1);
}

function answerTo(request: Buffer, pack: Reading, board: EmulatedBoard): Buffer {
  const { register = 0, value = 0 } = parseWrite(request) ?? {};
  if (UNLOCK.includes(register)) takePassword(register, value, board);
  if (isLocked(board)) return LOCKED;
  const execute = EXECUTE.get(register);
  if (execute === undefined && isSetting(register)) writeRegister(register, value, pack, board);
  const answered = execute?.(value, board, pack);
  return answered === undefined ? request : buildWrite(register, answered);
}

function isKnown(register: number): boolean {
  return EXECUTE.has(register) || UNLOCK.includes(register) || isSetting(register);
}

/** Several commands may come in one packet (ant-legacy.md 3.1). @returns undefined when one of them is not known */
function commandsOf(request: Buffer): Buffer[] | undefined {
  const frames: Buffer[] = [];
  for (let at = 0; at < request.length; at += REQUEST_LENGTH) {
    const frame = request.subarray(at, at + REQUEST_LENGTH);
    const register = parseWrite(frame)?.register;
    if (register === undefined || !isKnown(register)) return undefined;
    frames.push(frame);
  }
  return frames.length === 0 ? undefined : frames;
}

function registerAnswer(register: number, pack: Reading, board: EmulatedBoard | undefined): Buffer {
  if (board !== undefined && isLocked(board)) return LOCKED;
  return buildReadRegister(register, readRegister(register, pack, board));
}

/**
 * The board's side, for the simulator. Without a board that obeys, commands are not answered.
 * @param request bytes as they came over the line
 * @returns undefined for all but a request for the status and commands that the board has
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  if (isStatusRequest(request)) {
    // A board finds out power and extremes by itself.
    return { address: 0, answer: (pack, board) => encodeStatus(summarise({ ...withBalancer(pack, board) })) };
  }
  const asked = parseRead(request)?.register;
  if (asked !== undefined && isSetting(asked)) {
    return { address: 0, answer: (pack, board) => registerAnswer(asked, pack, board) };
  }
  const commands = commandsOf(request);
  if (commands === undefined) return undefined;
  return {
    address: 0,
    answer: (pack, board) =>
      board === undefined ? Buffer.alloc(0) : Buffer.concat(commands.map((command) => answerTo(command, pack, board))),
  };
}
