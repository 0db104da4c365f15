import type { BmsError } from '../../battery/errors';
import { sum } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';
import type { Step } from '../untyped';

const START = Buffer.of(0xff, 0xaa);
/** start, command, length */
const HEADER = 4;
const CHECKSUM = 1;
const LONGEST_DATA = 64;

/** The answer of a module takes 11 to 59 ms (jbd.md 8); a module of another kind gives none. */
const TIMEOUT_MS = 1000;

/** What a Bluetooth module understands by itself; nothing of it reaches the board (jbd.md 10). */
export const COMMANDS = { appKey: 0x15, random: 0x17, password: 0x18 } as const;

/** `ff aa command length data checksum`, in both directions (jbd.md 10). */
export const moduleFrames: FrameFormat = {
  maxLength: HEADER + LONGEST_DATA + CHECKSUM,
  measure(bytes, at, end) {
    if (bytes[at] !== START[0] || (end - at > 1 && bytes[at + 1] !== START[1])) return NO_FRAME;
    if (end - at < HEADER) return INCOMPLETE;
    const dataLength = bytes[at + 3] ?? 0;
    if (dataLength > LONGEST_DATA) return NO_FRAME;
    const length = HEADER + dataLength + CHECKSUM;
    if (end - at < length) return INCOMPLETE;
    const last = at + length - 1;
    return (sum(bytes, at + START.length, last) & 0xff) === bytes[last] ? length : BAD_CHECKSUM;
  },
};

/** A frame for a module, or from one. */
export function moduleFrame(command: number, data: Buffer): Buffer {
  const content = Buffer.concat([START, Buffer.of(command, data.length), data]);
  return Buffer.concat([content, Buffer.of(sum(content, START.length, content.length) & 0xff)]);
}

/** The request of a command, which is answered with one byte. @param verdictOf what that byte says, if it is a no */
export function moduleStep(
  command: number,
  name: string,
  data: Buffer,
  verdictOf: (byte: number) => BmsError | undefined = () => undefined,
): Step {
  return {
    name,
    request: moduleFrame(command, data),
    isWrite: command === COMMANDS.password,
    frames: moduleFrames,
    timeoutMs: TIMEOUT_MS,
    match(frame) {
      // The echo of a request has another length.
      if (frame[2] !== command || frame[3] !== 1) return 'foreign';
      return verdictOf(byteOf([frame])) ?? 'complete';
    },
  };
}

/** The byte that a module has answered. */
export function byteOf([frame]: readonly Buffer[]): number {
  return frame?.[HEADER] ?? 0;
}
