import type { BmsError } from '../../battery/errors';
import type { Step } from '../protocol';
import { commandRefusal, refusalIn, refusalOf } from './results';
import {
  buildFrame,
  buildRead,
  dataOf,
  FUNCTIONS,
  isLoneSegment,
  isResponseTo,
  resultOf,
  writeFrames,
  type Result,
} from './wire';

/**
 * Commands, function 51 (ant.md 7). Those that demand level 9 (clearing counters and logs), presets, factory parameters and
 * switching Bluetooth off are left out: they cost thresholds, history, or the way back.
 */
export const COMMANDS = {
  dischargeOff: 0x01,
  dischargeOn: 0x03,
  chargeOff: 0x04,
  chargeOn: 0x06,
  save: 0x07,
  zeroCurrent: 0x08,
  restart: 0x09,
  shutdown: 0x0b,
  balanceOn: 0x0d,
  balanceOff: 0x0e,
} as const;

/** A command or a write is answered within 125 ms (ant.md 7, 11). */
const TIMEOUT_MS = 1500;

/** @param label in the words of a user, for messages */
export function commandStep(address: number, code: number, label: string): Step {
  const name = `${label} (51 ${code.toString(16).padStart(2, '0')})`;
  return {
    name,
    request: buildRead(address, FUNCTIONS.command, code, 0),
    isWrite: true,
    match(frame) {
      const data = dataOf(frame);
      if (!isResponseTo(frame, address, FUNCTIONS.command, code) || data.length < 2) return 'foreign';
      return commandRefusal(data.readUInt16LE(0), name) ?? 'complete';
    },
    timeoutMs: TIMEOUT_MS,
  };
}

/** Makes what was written last beyond a restart (ant.md 10.1). */
export function saveStep(address: number): Step {
  return commandStep(address, COMMANDS.save, 'save');
}

interface WriteOptions {
  /** the error for a result that is a refusal */
  readonly refusal: (result: Result) => BmsError | undefined;
  /** what becomes of an echo without a result: it counts, or one is waited for that comes by itself */
  readonly withoutResult: 'complete' | 'part';
}

/**
 * Writes some bytes. The response echoes them also when they are refused: only the result counts, where one comes
 * (ant.md 10.1). Over weak Bluetooth it may come behind the echo (settings-ant.md 4).
 */
export function writeStep(
  address: number,
  register: number,
  data: Buffer,
  name: string,
  { refusal, withoutResult }: WriteOptions = {
    refusal: (result) => refusalOf(result, name),
    withoutResult: 'complete',
  },
): Step {
  return {
    name,
    request: buildFrame(address, FUNCTIONS.write, register, data),
    isWrite: true,
    ...(withoutResult === 'part' && { frames: writeFrames }),
    match(frame, parts) {
      const isOurs = isLoneSegment(frame) ? parts.length > 0 : isResponseTo(frame, address, FUNCTIONS.write, register);
      if (!isOurs) return 'foreign';
      const result = resultOf(frame);
      return result === undefined ? withoutResult : (refusal(result) ?? 'complete');
    },
    timeoutMs: TIMEOUT_MS,
  };
}

/** Reads some bytes; the board may have fewer. @param wanted how many */
export function readStep(address: number, register: number, wanted: number, name: string): Step {
  return {
    name,
    request: buildRead(address, FUNCTIONS.read, register, wanted),
    isWrite: false,
    match(frame) {
      if (!isResponseTo(frame, address, FUNCTIONS.read, register)) return 'foreign';
      const { length } = dataOf(frame);
      return length > wanted ? 'foreign' : (refusalIn(frame, name) ?? 'complete');
    },
  };
}
