import { join, u16, u8 } from './bytes';

/** Packet indicators of the UART transport (Core Specification, Vol 4 Part A 2). */
const COMMAND = 0x01;
const ACL_DATA = 0x02;
const EVENT = 0x04;

/** Packet boundary flags of ACL data (Vol 4 Part E 5.4.2). */
const CONTINUING = 0b01;
const FIRST_TO_HOST = 0b10;

const HANDLE = 0x0fff;

export interface Command {
  kind: 'command';
  opcode: number;
  parameters: Buffer;
}

export interface AclData {
  kind: 'acl';
  handle: number;
  /** whether an L2CAP packet begins here */
  first: boolean;
  data: Buffer;
}

/** Cuts what a host sends into packets. */
export class H4Reader {
  private bytes: Buffer = Buffer.alloc(0);

  /** @throws Error when the host sends what no host may send: the two have lost step */
  push(bytes: Buffer): (Command | AclData)[] {
    this.bytes = join(this.bytes, bytes);
    const packets: (Command | AclData)[] = [];
    for (let packet = this.next(); packet !== undefined; packet = this.next()) packets.push(packet);
    return packets;
  }

  /** What is left of a packet will never be whole. */
  clear(): void {
    this.bytes = Buffer.alloc(0);
  }

  private next(): Command | AclData | undefined {
    const [kind] = this.bytes;
    if (kind === undefined) return undefined;
    if (kind !== COMMAND && kind !== ACL_DATA) throw new Error(`The host sent a packet of kind ${kind}`);
    const header = kind === COMMAND ? 4 : 5;
    if (this.bytes.length < header) return undefined;
    const length = kind === COMMAND ? this.bytes.readUInt8(3) : this.bytes.readUInt16LE(3);
    if (this.bytes.length < header + length) return undefined;
    const word = this.bytes.readUInt16LE(1);
    const data = this.bytes.subarray(header, header + length);
    this.bytes = this.bytes.subarray(header + length);
    if (kind === COMMAND) return { kind: 'command', opcode: word, parameters: data };
    return { kind: 'acl', handle: word & HANDLE, first: ((word >> 12) & 0b11) !== CONTINUING, data };
  }
}

export function eventPacket(code: number, parameters: Buffer): Buffer {
  return join(u8(EVENT, code, parameters.length), parameters);
}

/** @param first whether an L2CAP packet begins here */
export function aclPacket(handle: number, first: boolean, data: Buffer): Buffer {
  const flags = first ? FIRST_TO_HOST : CONTINUING;
  return join(u8(ACL_DATA), u16((handle & HANDLE) | (flags << 12), data.length), data);
}
