import { PRIVATE_RANGES, privateInRecord } from '../jk-record/device-info';
import { RECORD_LENGTH, RECORD_START, withSum } from '../jk-record/wire';
import { privateIn, sealCrc16, type Privacy, type PrivateRange } from '../kit/privacy';
import { READ, WRITE } from './wire';

const REGISTER_AT = 2;
const COUNT_AT = 4;
const READ_AT = 3;
const WRITTEN_AT = 7;
const CRC_LENGTH = 2;
const REQUEST_LENGTH = 8;

/** The registers are the record without its head of six bytes (jk-modbus.md 6.2). */
const MEMORY: readonly PrivateRange[] = PRIVATE_RANGES.map(({ from, to, kind }) => ({
  from: 0x1400 + from - 6,
  to: 0x1400 + to - 6,
  kind,
}));
/** Asks for record 03. */
const DEVICE_INFO_TRIGGER = 0x161c;

function isRead(request: Buffer): boolean {
  return request.length === REQUEST_LENGTH && request[1] === READ;
}

/** An answer does not name its registers: it has those of the request, if it has as many. */
function readIn(frame: Buffer, request: Buffer): readonly PrivateRange[] {
  if (frame[1] !== READ || !isRead(request) || frame[2] !== 2 * request.readUInt16BE(COUNT_AT)) return [];
  return privateIn(MEMORY, request.readUInt16BE(REGISTER_AT), frame[2], READ_AT);
}

export const privacy: Privacy = {
  sent(request) {
    if (request[1] !== WRITE || request.length < WRITTEN_AT + CRC_LENGTH) return [];
    const length = request.length - WRITTEN_AT - CRC_LENGTH;
    return privateIn(MEMORY, request.readUInt16BE(REGISTER_AT), length, WRITTEN_AT);
  },
  received: (frame, request) => (frame[0] === RECORD_START[0] ? privateInRecord(frame) : readIn(frame, request)),
  asksFor(request) {
    if (request.length < REQUEST_LENGTH) return undefined;
    const register = request.readUInt16BE(REGISTER_AT);
    if (!isRead(request)) return register === DEVICE_INFO_TRIGGER ? 'text' : undefined;
    return privateIn(MEMORY, register, 2 * request.readUInt16BE(COUNT_AT), 0)[0] && 'text';
  },
  // The acknowledgement behind a record has a CRC over itself alone.
  seal(frame) {
    if (frame[0] === RECORD_START[0]) withSum(frame.subarray(0, RECORD_LENGTH));
    else sealCrc16(frame, 0, frame.length - CRC_LENGTH);
  },
};
