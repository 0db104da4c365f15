import { join, u16, u8, uuidText } from './bytes';
import type { Attribute, Characteristic, GattTable, Property } from './gatt';
import { TYPE } from './gatt';
import type { Step, Trap } from './traps';

/** Opcodes of the attribute protocol (Core Specification, Vol 3 Part F 3.4.8). */
export const ATT = {
  error: 0x01,
  mtuRequest: 0x02,
  mtuResponse: 0x03,
  readByType: 0x08,
  read: 0x0a,
  readBlob: 0x0c,
  readByGroupType: 0x10,
  write: 0x12,
  notification: 0x1b,
  writeCommand: 0x52,
} as const;

/** Error codes (3.4.1.1). */
export const ATT_ERROR = {
  invalidHandle: 0x01,
  readNotPermitted: 0x02,
  writeNotPermitted: 0x03,
  invalidPdu: 0x04,
  insufficientAuthentication: 0x05,
  notSupported: 0x06,
  invalidOffset: 0x07,
  attributeNotFound: 0x0a,
  invalidLength: 0x0d,
  insufficientEncryption: 0x0f,
  unsupportedGroupType: 0x10,
} as const;

export const SMALLEST_MTU = 23;

/** The bit of an opcode that says: a command, nobody answers it. */
const COMMAND_FLAG = 0x40;

/** What the server asks of the connection that it serves. */
export interface AttHost {
  /** the most that the peripheral offers */
  readonly mtu: number;
  send(pdu: Buffer): void;
  /** what happens at a step instead of what should */
  trapAt(step: Step): Trap | undefined;
  drop(reason: number): void;
  written(characteristic: Characteristic, bytes: Buffer): void;
}

interface Request {
  /** bytes with the opcode, without what may follow */
  least: number;
  step(server: AttServer, pdu: Buffer): Step | undefined;
  /** @returns what answers it, if anything; @throws AttError */
  serve(server: AttServer, pdu: Buffer): Buffer | undefined;
}

class AttError extends Error {
  constructor(
    readonly code: number,
    readonly handle: number,
  ) {
    super(`ATT error ${code} at ${handle}`);
  }
}

const REQUESTS: ReadonlyMap<number, Request> = new Map<number, Request>([
  [ATT.mtuRequest, { least: 3, step: () => 'mtu', serve: (server, pdu) => server.exchangeMtu(pdu.readUInt16LE(1)) }],
  [
    ATT.readByType,
    {
      least: 7,
      step: (_, pdu) => (uuidText(pdu.subarray(5)) === TYPE.characteristic ? 'characteristics' : undefined),
      serve: (server, pdu) => server.readByType(pdu),
    },
  ],
  [ATT.readByGroupType, { least: 7, step: () => 'services', serve: (server, pdu) => server.readByGroupType(pdu) }],
  [ATT.read, { least: 3, step: () => 'read', serve: (server, pdu) => server.read(pdu.readUInt16LE(1), 0) }],
  [
    ATT.readBlob,
    {
      least: 5,
      step: () => 'read',
      serve: (server, pdu) => server.read(pdu.readUInt16LE(1), pdu.readUInt16LE(3)),
    },
  ],
  [ATT.write, { least: 3, step: stepOfWrite, serve: (server, pdu) => server.write(pdu, 'write') }],
  [
    ATT.writeCommand,
    { least: 3, step: stepOfWrite, serve: (server, pdu) => server.write(pdu, 'writeWithoutResponse') },
  ],
]);

/** The same question about the attributes from the first one on. */
function fromTheStart(pdu: Buffer): Buffer {
  const anew = Buffer.from(pdu);
  anew.writeUInt16LE(1, 1);
  return anew;
}

/** The attribute server of one connection, with everything that it forgets when that ends. */
export class AttServer {
  /** what both sides have agreed upon */
  mtu = SMALLEST_MTU;

  private readonly configurations = new Map<number, number>();

  constructor(
    private readonly table: GattTable,
    private readonly host: AttHost,
  ) {}

  receive(pdu: Buffer): void {
    const [opcode] = pdu;
    if (opcode === undefined) return;
    const request = REQUESTS.get(opcode);
    const step = request?.step(this, pdu);
    const trap = step && this.host.trapAt(step);
    if (trap?.does === 'drop') return this.host.drop(trap.code);
    if (trap?.does === 'silence') return;
    try {
      if (request === undefined) throw new AttError(ATT_ERROR.notSupported, 0);
      if (pdu.length < request.least) throw new AttError(ATT_ERROR.invalidPdu, 0);
      if (trap?.does === 'refuse') throw new AttError(trap.code, pdu.length >= 3 ? pdu.readUInt16LE(1) : 0);
      const answer = request.serve(this, trap?.does === 'anew' ? fromTheStart(pdu) : pdu);
      if (answer !== undefined) this.host.send(answer);
    } catch (error) {
      if (!(error instanceof AttError)) throw error;
      if ((opcode & COMMAND_FLAG) === 0) this.host.send(join(u8(ATT.error, opcode), u16(error.handle), u8(error.code)));
    }
  }

  /** The value of a characteristic's configuration: bit 0 notifications. */
  configurationOf(characteristic: Characteristic): number {
    const attribute = this.table.attributes.find(
      (candidate) => candidate.type === TYPE.clientConfiguration && candidate.characteristic === characteristic,
    );
    return attribute === undefined ? 0 : (this.configurations.get(attribute.handle) ?? 0);
  }

  attribute(handle: number): Attribute | undefined {
    return this.table.at(handle);
  }

  exchangeMtu(asked: number): Buffer {
    const { mtu } = this.host;
    this.mtu = Math.max(SMALLEST_MTU, Math.min(asked, mtu));
    return join(u8(ATT.mtuResponse), u16(mtu));
  }

  readByType(pdu: Buffer): Buffer {
    const found = this.range(pdu, uuidText(pdu.subarray(5)));
    const refused = found.findIndex(({ readable }) => !readable);
    if (refused === 0) throw new AttError(ATT_ERROR.readNotPermitted, found[0]!.handle);
    const entries = found
      .slice(0, refused === -1 ? found.length : refused)
      .map((attribute) => join(u16(attribute.handle), this.valueOf(attribute).subarray(0, this.mtu - 4)));
    return join(u8(ATT.readByType + 1, entries[0]!.length), this.sameLength(entries));
  }

  readByGroupType(pdu: Buffer): Buffer {
    const type = uuidText(pdu.subarray(5));
    if (type !== TYPE.primaryService) throw new AttError(ATT_ERROR.unsupportedGroupType, pdu.readUInt16LE(1));
    const entries = this.range(pdu, type).map(({ handle, end, value }) => join(u16(handle, end), value));
    return join(u8(ATT.readByGroupType + 1, entries[0]!.length), this.sameLength(entries));
  }

  read(handle: number, offset: number): Buffer {
    const attribute = this.needed(handle);
    if (!attribute.readable) throw new AttError(ATT_ERROR.readNotPermitted, handle);
    const value = this.valueOf(attribute);
    if (offset > value.length) throw new AttError(ATT_ERROR.invalidOffset, handle);
    const opcode = offset === 0 ? ATT.read + 1 : ATT.readBlob + 1;
    return join(u8(opcode), value.subarray(offset, offset + this.mtu - 1));
  }

  /** @param how the property that the characteristic must have for it */
  write(pdu: Buffer, how: Property): Buffer | undefined {
    const attribute = this.writable(pdu.readUInt16LE(1), how);
    // Answered first: what the peripheral has to say to it comes after.
    if (how === 'write') this.host.send(u8(ATT.write + 1));
    this.store(attribute, pdu.subarray(3));
    return undefined;
  }

  private store({ handle, type, characteristic }: Attribute, bytes: Buffer): void {
    if (type === TYPE.clientConfiguration) this.configurations.set(handle, bytes.readUInt16LE(0));
    else if (characteristic !== undefined) this.host.written(characteristic, Buffer.from(bytes));
  }

  private writable(handle: number, how: Property): Attribute {
    const attribute = this.needed(handle);
    if (attribute.type === TYPE.clientConfiguration) return attribute;
    const { characteristic } = attribute;
    const isValue = characteristic !== undefined && this.table.valueOf(characteristic) === attribute;
    if (isValue && characteristic.properties.includes(how)) return attribute;
    throw new AttError(ATT_ERROR.writeNotPermitted, handle);
  }

  private needed(handle: number): Attribute {
    const attribute = this.table.at(handle);
    if (attribute === undefined) throw new AttError(ATT_ERROR.invalidHandle, handle);
    return attribute;
  }

  /** The attributes, at least one, that a request with a range of handles means. */
  private range(pdu: Buffer, type?: string): Attribute[] {
    const start = pdu.readUInt16LE(1);
    const end = pdu.readUInt16LE(3);
    if (start === 0 || start > end) throw new AttError(ATT_ERROR.invalidHandle, start);
    const found = this.table.range(start, end).filter((attribute) => type === undefined || attribute.type === type);
    if (found.length === 0) throw new AttError(ATT_ERROR.attributeNotFound, start);
    return found;
  }

  private valueOf({ handle, type, value }: Attribute): Buffer {
    return type === TYPE.clientConfiguration ? u16(this.configurations.get(handle) ?? 0) : value;
  }

  /** As many entries of one length as an answer holds: an answer has one format for all of them. */
  private sameLength(entries: readonly Buffer[]): Buffer {
    const length = entries[0]!.length;
    const most = Math.floor((this.mtu - 2) / length);
    const other = entries.findIndex((entry) => entry.length !== length);
    return join(...entries.slice(0, other === -1 ? most : Math.min(most, other)));
  }
}

function stepOfWrite(server: AttServer, pdu: Buffer): Step {
  const attribute = pdu.length < 3 ? undefined : server.attribute(pdu.readUInt16LE(1));
  return attribute?.type === TYPE.clientConfiguration ? 'subscribe' : 'write';
}
