import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import type { Protocol, Query, Target } from '../../src/codec/protocol';
import { answer } from './vectors';

function closed(covered: Buffer, front: Buffer): Buffer {
  const total = covered.reduce((sum, byte) => sum + byte, 0);
  const end = Buffer.from([0, 0, 0x77]);
  end.writeUInt16BE((0x10000 - (total & 0xffff)) & 0xffff);
  return Buffer.concat([front, covered, end]);
}

/** A classic reply, built from the rule of jbd.md 3: register not covered by the checksum. */
export function classicReply(register: number, data: Buffer, status = 0): Buffer {
  return closed(Buffer.concat([Buffer.from([status, data.length]), data]), Buffer.from([0xdd, register]));
}

/** An addressed reply, built from the rule of jbd.md 9: everything between `dd` and the checksum covered. */
export function addressedReply(address: number, command: number, data: Buffer, status = 0): Buffer {
  return closed(Buffer.concat([Buffer.from([address, command, status, data.length]), data]), Buffer.from([0xdd]));
}

/** The query whose name ends in `(<code>)`. */
export function queryFor(protocol: Protocol, code: string): Query {
  const query = protocol.queries.find((entry) => entry.name.endsWith(`(${code})`));
  assert.ok(query, `no query ${code}`);
  return query;
}

/** Decodes what comes back to one query. */
export function read(protocol: Protocol, code: string, bytes: Buffer, target?: Partial<Target>): Reading {
  const whole = { address: protocol.address?.initial ?? 0, memory: {}, ...target };
  return answer(protocol, queryFor(protocol, code), whole, [bytes]).reading;
}
