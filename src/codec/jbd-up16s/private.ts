import { oneRange, privateIn, sealCrc16, type Privacy, type PrivateRange } from '../kit/privacy';
import { namePlace, packStatus } from './pack-status';
import { CRC_LENGTH } from '../kit/modbus';
import { commandOf, DATA_AT, dataOf, INDIVIDUAL_STATUS, startOf, WRITE } from './wire';

/** Written values stand behind a prefix (jbd.md 11.1). */
const WRITTEN_AT = DATA_AT + 4;

/** Individual status: a block of its own, with the code of the pack (jbd.md 11.5). */
const PACK_CODE = { from: 66, to: 96 } as const;

/**
 * By address: serial number, code of the pack and the customer's text in block 1c00, and what the module for Wi-Fi keeps
 * in block 2400, of which nothing else is known (jbd.md 11.5).
 */
const MEMORY: readonly PrivateRange[] = [
  { from: 0x1c10, to: 0x1c2e, kind: 'text' },
  { from: 0x1c34, to: 0x1c52, kind: 'text' },
  { from: 0x1c58, to: 0x1c76, kind: 'text' },
  { from: 0x2400, to: 0x2500, kind: 'bytes' },
];

/** Where private bytes may stand in a request or an answer: both name the block and carry its data alike. */
function ofFrame(frame: Buffer): readonly PrivateRange[] {
  if (commandOf(frame) === INDIVIDUAL_STATUS) {
    return oneRange(DATA_AT + PACK_CODE.from, Math.min(DATA_AT + PACK_CODE.to, frame.length - CRC_LENGTH), 'text');
  }
  const start = startOf(frame);
  const data = dataOf(frame);
  const name = start === packStatus.start ? namePlace(data) : undefined;
  if (name !== undefined) return oneRange(DATA_AT + name.from, DATA_AT + name.to, 'name');
  const at = commandOf(frame) === WRITE ? WRITTEN_AT : DATA_AT;
  return privateIn(MEMORY, start, frame.length - CRC_LENGTH - at, at);
}

export const privacy: Privacy = {
  sent: (request) => (request.length < WRITTEN_AT ? [] : ofFrame(request)),
  received: (frame) => ofFrame(frame),
  asksFor(request) {
    if (request.length < DATA_AT) return undefined;
    const length = request.readUInt16BE(4) - startOf(request);
    if (commandOf(request) === INDIVIDUAL_STATUS || startOf(request) === packStatus.start) return 'text';
    return privateIn(MEMORY, startOf(request), length, 0)[0]?.kind;
  },
  seal: (frame) => sealCrc16(frame, 0, frame.length - CRC_LENGTH),
};
