import { sum } from '../kit/checksum';
import type { Privacy, PrivateRange } from '../kit/privacy';
import { REQUEST_LENGTH, seal, shortFrames, STATUS_LENGTH, UNLOCK } from './wire';

const REGISTER_AT = 2;
const VALUE_AT = 3;
const SUM_AT = 5;

/** What brings two characters of a password each: the commands that unlock, and registers 102 to 105 (ant-legacy.md 5, 6). */
const PASSWORD_PARTS: ReadonlySet<number> = new Set([...UNLOCK, 102, 103, 104, 105]);

/** Commands and writes are six bytes, and several may come in one piece. */
function partsOf(bytes: Buffer): readonly PrivateRange[] {
  const ranges: PrivateRange[] = [];
  for (let at = 0; at + REQUEST_LENGTH <= bytes.length; at += REQUEST_LENGTH) {
    if (!PASSWORD_PARTS.has(bytes.readUInt8(at + REGISTER_AT))) continue;
    ranges.push({ from: at + VALUE_AT, to: at + SUM_AT, kind: 'text' });
  }
  return ranges;
}

function isShort(bytes: Buffer): boolean {
  return bytes.length % REQUEST_LENGTH === 0;
}

export const privacy: Privacy = {
  sent: (request) => (isShort(request) ? partsOf(request) : []),
  received: (frame) => (frame.length === STATUS_LENGTH ? [] : partsOf(frame)),
  // A board that takes the password sends it back.
  asksFor: (request) => (isShort(request) && partsOf(request).length > 0 ? 'text' : undefined),
  frames: [shortFrames],
  seal(frame) {
    if (frame.length === STATUS_LENGTH) seal(frame);
    else for (let at = 0; at < frame.length; at += REQUEST_LENGTH) sealShort(frame, at);
  },
};

function sealShort(frame: Buffer, at: number): void {
  frame[at + SUM_AT] = sum(frame, at + REGISTER_AT, at + SUM_AT) & 0xff;
}
