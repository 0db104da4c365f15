import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import type { Protocol, Query, Target } from '../../src/codec/protocol';
import { answer, loadVectors, readVector, type Vector } from './vectors';
import { assertDecoded } from './expected';

/** Marks of vectors that do not read: logins, writes, parameters, refusals. */
const NOT_READING = ['ack', 'authenticated', 'request', 'parameters', 'faParameters', 'status'];

/** The vectors of one protocol that read. */
export function readingVectors(protocol: Protocol): Vector[] {
  return loadVectors('jbd').filter(
    (vector) => vector.protocol === protocol.id && !NOT_READING.some((key) => key in vector.expect),
  );
}

/**
 * Reads a vector and compares all that it states.
 * @param skipped keys that its board tells in a block which is not asked
 * @param errors codes of the exchanges that fail
 */
export function checkVector(
  protocol: Protocol,
  vector: Vector,
  skipped: readonly string[] = [],
  errors: readonly string[] = [],
): void {
  const got = readVector(protocol, vector);
  assert.ok(got.asked > 0, 'no exchange of it is a query');
  assertDecoded(got.reading, vector, skipped);
  assert.deepEqual(
    got.errors.map((error) => error.code),
    errors,
  );
}

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
