import assert from 'node:assert/strict';
import fc from 'fast-check';
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

export const whole = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

export const scaled = (min: number, max: number, divisor: number): fc.Arbitrary<number> =>
  whole(min, max).map((raw) => raw / divisor);

export const label = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme-ascii', maxLength })
    .map((value) => value.trim())
    .filter((value) => value !== '');

export const date = (lastYear: number): fc.Arbitrary<string> =>
  fc
    .date({ min: new Date('2000-01-01'), max: new Date(`${lastYear}-12-31`), noInvalidDate: true })
    .map((day) => day.toISOString().slice(0, 10));

/** Cells with those of them that are being balanced. */
export const cells = (max: number, balanced = max): fc.Arbitrary<Reading> =>
  fc
    .array(scaled(0, 0xffff, 1000), { minLength: 1, maxLength: max })
    .chain((cellVoltages) =>
      fc
        .subarray(cellVoltages.map((_, i) => i + 1).slice(0, balanced))
        .map((balancingCells) => ({ cellVoltages, balancingCells, cellCount: cellVoltages.length })),
    );
