import { CRC_LENGTH, MODBUS } from '../kit/modbus';
import { privateIn, sealCrc16, type Privacy, type PrivateRange } from '../kit/privacy';
import { D2, writeFrames } from './wire';

const { readHoldingRegisters: READ, writeRegister: WRITE_ONE, writeRegisters: WRITE_MANY } = MODBUS;
const START_AT = 2;
const COUNT_AT = 4;
/** Where the registers of a frame begin, by its function. */
const DATA_AT: Readonly<Record<number, number>> = { [READ]: 3, [WRITE_ONE]: 4, [WRITE_MANY]: 7 };

function registers(first: number, last: number, kind: PrivateRange['kind']): PrivateRange {
  return { from: 2 * first, to: 2 * (last + 1), kind };
}

/** IMEI of a mobile module, machine code, password of the settings (daly-modbus.md 4.1, 4.2). */
const D2_MEMORY = [registers(0x60, 0x69, 'bytes'), registers(0xb9, 0xc8, 'name'), registers(0xc9, 0xcb, 'text')];

/** Password of the settings, serial number (daly-modbus.md 5.2). */
const P81_MEMORY = [registers(0x126, 0x128, 'text'), registers(0x18d, 0x198, 'text')];

function memoryOf(frame: Buffer): readonly PrivateRange[] {
  return frame[0] === D2 ? D2_MEMORY : P81_MEMORY;
}

function writtenIn(frame: Buffer): readonly PrivateRange[] {
  const at = DATA_AT[frame[1] ?? 0];
  if (at === undefined || frame[1] === READ) return [];
  return privateIn(memoryOf(frame), 2 * frame.readUInt16BE(START_AT), frame.length - CRC_LENGTH - at, at);
}

function isRead(request: Buffer): boolean {
  return request.length >= COUNT_AT + 2 && request[1] === READ;
}

/** A response does not name its registers: they are those of the request, if they are as many (daly-modbus.md 3). */
function readIn(frame: Buffer, request: Buffer): readonly PrivateRange[] {
  if (!isRead(request) || frame[2] !== 2 * request.readUInt16BE(COUNT_AT)) return [];
  return privateIn(memoryOf(request), 2 * request.readUInt16BE(START_AT), frame[2], DATA_AT[READ] ?? 0);
}

export const privacy: Privacy = {
  sent: (request) => (request.length < COUNT_AT + 2 ? [] : writtenIn(request)),
  received: (frame, request) => (frame[1] === READ ? readIn(frame, request) : writtenIn(frame)),
  asksFor(request) {
    if (!isRead(request)) return undefined;
    const [start, count] = [request.readUInt16BE(START_AT), request.readUInt16BE(COUNT_AT)];
    return privateIn(memoryOf(request), 2 * start, 2 * count, 0)[0]?.kind;
  },
  frames: [writeFrames],
  seal: (frame) => sealCrc16(frame, 0, frame.length - CRC_LENGTH),
};
