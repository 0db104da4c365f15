import { oneRange, privateIn, sealCrc16, type Privacy, type PrivateRange } from '../kit/privacy';
import { answerTo, dataOf, FUNCTIONS, functionOf, isLoneSegment, registerOf, wantedOf, writeFrames } from './wire';

const DATA_AT = 6;
const HEAD_LENGTH = 6;
const CRC_LENGTH = 2;
const TAIL_LENGTH = 2;
const SEGMENT_HEAD = 4;

/** By the register, which is the address of a byte: the name of the pack, all passwords, the code key (ant.md 4, 10). */
const MEMORY: readonly PrivateRange[] = [
  { from: 262, to: 294, kind: 'name' },
  { from: 330, to: 378, kind: 'text' },
  { from: 576, to: 592, kind: 'bytes' },
];

/** Functions of frames whose data are a part of the memory. */
const CARRIERS: ReadonlySet<number> = new Set([answerTo(FUNCTIONS.read), FUNCTIONS.write, answerTo(FUNCTIONS.write)]);

function ofFrame(frame: Buffer): readonly PrivateRange[] {
  if (frame.length < HEAD_LENGTH || isLoneSegment(frame)) return [];
  const end = DATA_AT + dataOf(frame).length;
  switch (functionOf(frame)) {
    case FUNCTIONS.password:
      return oneRange(DATA_AT, end, 'text');
    case answerTo(FUNCTIONS.chipId):
      return oneRange(DATA_AT, end, 'bytes');
    default:
      return CARRIERS.has(functionOf(frame)) ? privateIn(MEMORY, registerOf(frame), end - DATA_AT, DATA_AT) : [];
  }
}

export const privacy: Privacy = {
  sent: ofFrame,
  received: ofFrame,
  asksFor(request) {
    if (request.length < HEAD_LENGTH) return undefined;
    if (functionOf(request) === FUNCTIONS.chipId) return 'bytes';
    if (functionOf(request) !== FUNCTIONS.read) return undefined;
    return privateIn(MEMORY, registerOf(request), wantedOf(request), 0)[0]?.kind;
  },
  frames: [writeFrames],
  // Segments have checksums of their own, and hold nothing private (ant.md 3).
  seal(frame) {
    if (isLoneSegment(frame)) return;
    const crcAt = DATA_AT + dataOf(frame).length;
    sealCrc16(frame, 1, crcAt);
    for (let at = crcAt + CRC_LENGTH; at + SEGMENT_HEAD < frame.length - TAIL_LENGTH;) {
      const end = at + SEGMENT_HEAD + frame.readUInt8(at + SEGMENT_HEAD - 1);
      sealCrc16(frame, at, end);
      at = end + CRC_LENGTH;
    }
  },
};
