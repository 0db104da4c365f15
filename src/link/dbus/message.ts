import { Decoder } from './decode';
import { encode, Variant } from './encode';

/** Kinds of messages (specification, "Message Format"). */
export const KIND = { call: 1, answer: 2, error: 3, signal: 4 } as const;

const NO_ANSWER_WANTED = 1;
const LITTLE = 0x6c;
const VERSION = 1;
const FIXED_LENGTH = 16;

/** More than any list of objects has; the bus itself allows 128 MB. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Fields of the header: number and type. */
const FIELDS = {
  path: [1, 'o'],
  interface: [2, 's'],
  member: [3, 's'],
  errorName: [4, 's'],
  replySerial: [5, 'u'],
  destination: [6, 's'],
  sender: [7, 's'],
  signature: [8, 'g'],
} as const;

type Field = keyof typeof FIELDS;

const NAMES = new Map<number, Field>(Object.entries(FIELDS).map(([name, [number]]) => [number, name as Field]));

/** What a message says besides what it carries. */
export interface Header {
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly errorName?: string;
  readonly replySerial?: number;
  readonly destination?: string;
  readonly sender?: string;
  readonly signature?: string;
}

export interface Message extends Header {
  readonly kind: number;
  readonly serial: number;
  readonly isAnswerWanted: boolean;
  readonly body: readonly unknown[];
}

/** @throws RangeError when the body is not of its signature */
export function encodeMessage(kind: number, serial: number, header: Header, body: readonly unknown[] = []): Buffer {
  const { signature = '' } = header;
  const content = encode(signature, body);
  const fields = (Object.keys(FIELDS) as Field[])
    .filter((name) => (header[name] ?? '') !== '')
    .map((name) => [FIELDS[name][0], new Variant(FIELDS[name][1], header[name])]);
  const start = [LITTLE, kind, 0, VERSION, content.length, serial, fields];
  const head = encode('yyyyuua(yv)', start);
  return Buffer.concat([head, Buffer.alloc(-head.length & 7), content]);
}

/** Cuts what comes from the bus into messages. */
export class MessageReader {
  private pending: Buffer = Buffer.alloc(0);

  /** @returns the messages that are whole now. @throws RangeError when this is not D-Bus; nothing can be read then */
  push(bytes: Buffer): Message[] {
    this.pending = this.pending.length === 0 ? bytes : Buffer.concat([this.pending, bytes]);
    const messages: Message[] = [];
    for (;;) {
      const length = this.length();
      if (length === undefined || this.pending.length < length) return messages;
      messages.push(decodeMessage(this.pending.subarray(0, length)));
      this.pending = this.pending.subarray(length);
    }
  }

  /** How long the next message is; undefined while that is not known. */
  private length(): number | undefined {
    const { pending } = this;
    if (pending.length < FIXED_LENGTH) return undefined;
    const isLittle = pending.readUInt8(0) === LITTLE;
    const read = (at: number): number => (isLittle ? pending.readUInt32LE(at) : pending.readUInt32BE(at));
    const length = toEight(FIXED_LENGTH + read(12)) + read(4);
    if (pending.readUInt8(3) !== VERSION || length > MOST_BYTES) throw new RangeError('This is no message of D-Bus');
    return length;
  }
}

function decodeMessage(bytes: Buffer): Message {
  const isLittle = bytes.readUInt8(0) === LITTLE;
  const head = new Decoder(bytes, isLittle);
  const [, kind, flags, , , serial, fields] = head.values('yyyyuua(yv)') as [
    ...[number, number, number, number, number, number],
    (readonly [number, unknown])[],
  ];
  const header: Record<string, unknown> = {};
  for (const [number, value] of fields) {
    const name = NAMES.get(number);
    if (name === undefined) continue;
    if (typeof value !== (name === 'replySerial' ? 'number' : 'string')) throw new RangeError('A header that is wrong');
    header[name] = value;
  }
  const { signature = '' } = header as Header;
  const body = new Decoder(bytes, isLittle, toEight(head.position)).values(signature);
  return { ...header, kind, serial, isAnswerWanted: (flags & NO_ANSWER_WANTED) === 0, body };
}

function toEight(length: number): number {
  return Math.ceil(length / 8) * 8;
}
