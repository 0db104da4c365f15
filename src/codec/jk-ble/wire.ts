import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';
import { beginsWith, hasSum, measureRecord, RECORD_LENGTH, RECORD_START, typeOf, withSum } from '../jk-record/wire';

/** What a host sends, and the board's acknowledgement (jk-ble.md 3): `aa 55 90 eb <command> <n> <13 bytes> <sum>`. */
const COMMAND_LENGTH = 20;
const COMMAND_START = [0xaa, 0x55, 0x90, 0xeb] as const;
const COMMAND_AT = 4;
const VALUE_LENGTH_AT = 5;
const VALUE_AT = 6;
const LONGEST_VALUE = 13;

export const ASK_CELL_INFO = 0x96;
export const ASK_DEVICE_INFO = 0x97;
export const ASK_LOG_BOOK = 0xa1;
const ACKNOWLEDGED = 0xc8;
const DONE = Buffer.of(1);

/**
 * Records and commands; the latter so that acknowledgements and echoes are recognised. Both sums have eight bits, so that
 * everything else that a header fixes is checked first (jk-ble.md 4).
 */
export const frames: FrameFormat = {
  maxLength: RECORD_LENGTH,
  measure(bytes, at, end) {
    switch (bytes[at]) {
      case RECORD_START[0]:
        return measureRecord(bytes, at, end);
      case COMMAND_START[0]:
        return measureCommand(bytes, at, end);
      default:
        return NO_FRAME;
    }
  },
};

function measureCommand(bytes: Buffer, at: number, end: number): number {
  if (!beginsWith(COMMAND_START, bytes, at, end)) return NO_FRAME;
  if (end - at > VALUE_LENGTH_AT && (bytes[at + VALUE_LENGTH_AT] ?? 0) > LONGEST_VALUE) return NO_FRAME;
  if (end - at < COMMAND_LENGTH) return INCOMPLETE;
  return hasSum(bytes, at, COMMAND_LENGTH) ? COMMAND_LENGTH : BAD_CHECKSUM;
}

/** Whether a frame is a record of that type; commands never are. */
export function isRecord(frame: Buffer, type: number): boolean {
  return frame.length === RECORD_LENGTH && typeOf(frame) === type;
}

/** @param value its bytes */
export function command(number: number, ...value: number[]): Buffer {
  const frame = Buffer.alloc(COMMAND_LENGTH);
  frame.set([...COMMAND_START, number, value.length, ...value]);
  return withSum(frame);
}

/** What follows every command that the board accepts, behind the records that it asks for (jk-ble.md 3). */
export const ACKNOWLEDGEMENT = command(ACKNOWLEDGED, ...DONE);

/** What a command says. */
export interface Command {
  number: number;
  value: Buffer;
}

/** Takes apart a whole, valid command; what pads it is left-over memory and means nothing. */
export function commandOf(bytes: Buffer): Command | undefined {
  if (bytes.length !== COMMAND_LENGTH || frames.measure(bytes, 0, COMMAND_LENGTH) !== COMMAND_LENGTH) return undefined;
  const length = bytes.readUInt8(VALUE_LENGTH_AT);
  return { number: bytes.readUInt8(COMMAND_AT), value: bytes.subarray(VALUE_AT, VALUE_AT + length) };
}

/** Whether a frame is the acknowledgement, whatever pads it. */
export function isAcknowledgement(frame: Buffer): boolean {
  const said = commandOf(frame);
  return said?.number === ACKNOWLEDGED && said.value.equals(DONE);
}
