import type { AclData } from './h4';
import { join, u16 } from './bytes';

/** Fixed channels of an LE connection (Core Specification, Vol 3 Part A 2.1). */
export const CHANNEL = { attribute: 0x0004, signalling: 0x0005, security: 0x0006 } as const;

export interface L2capPacket {
  channel: number;
  payload: Buffer;
}

/** Puts the packets of one connection together again. */
export class L2capAssembler {
  private bytes: Buffer = Buffer.alloc(0);

  /** @returns the packet that this fragment completes */
  push({ first, data }: AclData): L2capPacket | undefined {
    this.bytes = first ? data : join(this.bytes, data);
    if (this.bytes.length < 4) return undefined;
    const length = this.bytes.readUInt16LE(0);
    if (this.bytes.length < 4 + length) return undefined;
    return { channel: this.bytes.readUInt16LE(2), payload: this.bytes.subarray(4, 4 + length) };
  }
}

/** @param size the most that fits into one fragment */
export function fragments({ channel, payload }: L2capPacket, size: number): Buffer[] {
  const packet = join(u16(payload.length, channel), payload);
  const pieces: Buffer[] = [];
  for (let at = 0; at < packet.length; at += size) pieces.push(packet.subarray(at, at + size));
  return pieces;
}
