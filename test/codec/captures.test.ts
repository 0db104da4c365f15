import assert from 'node:assert/strict';
import { protocolById } from '../../src/codec';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import { assertDecoded, fieldVectors, isRejected } from '../support/expected';
import { kitOf } from '../kits';
import { loadVectors, readVector, type Vector } from '../support/vectors';

/*
 * Captured frames: of the sheets, and in `field` those of owners, from public reports. Each must decode to what it says, in
 * whatever pieces it comes. `readVector` asks what the vector asks; the nodes are asked the same in test/runtime.
 */

/** Vectors whose `expect` is not what the bytes say, and why. */
const DISPUTED: Readonly<Record<string, readonly string[]>> = {
  // The sign is a matter of the wiring: the user turns it with a property of the device.
  'field/daly/8s-charging-raw-above-30000': ['current'],
  // The vector asks for a second sensor, which the session does not as the board says that it has one.
  'field/sinowealth/shifted-by-one-byte': ['temperatures'],
};

/** How the bytes of an answer are cut. */
const CUTS: Readonly<Record<string, (chunks: readonly string[]) => string[]>> = {
  'as captured': (chunks) => [...chunks],
  'in one piece': (chunks) => [chunks.join('')],
  'byte by byte': (chunks) => chunks.join('').match(/../g) ?? [],
  'in pieces of 20 bytes': (chunks) => chunks.join('').match(/.{1,40}/g) ?? [],
  'cut behind every start byte': (chunks) => chunks.join('').split(/(?<=^(?:..)*(?:a5|dd|55|7e|4e|d2|aa))/),
};

function cut(vector: Vector, pieces: (chunks: readonly string[]) => string[]): Vector {
  const { exchanges, unsolicited } = vector;
  return {
    ...vector,
    exchanges: exchanges.map((exchange) => ({ ...exchange, rx: pieces(exchange.rx) })),
    ...(unsolicited && { unsolicited: pieces(unsolicited) }),
  };
}

/** What a vector is expected to give. */
interface Expected {
  readonly isRejected: boolean;
  readonly errors?: readonly string[] | undefined;
  readonly notRead?: readonly string[] | undefined;
}

function check(protocol: Protocol, vector: Vector, expected: Expected): void {
  const { reading, errors, asked } = readVector(protocol, vector);
  assert.ok(asked > 0, 'no exchange of it is a query');
  if (expected.isRejected) {
    assert.deepEqual(reading, {});
    assert.ok(errors.length > 0);
    return;
  }
  assertDecoded(reading, vector, expected.notRead);
  if (expected.errors !== undefined)
    assert.deepEqual(
      errors.map(({ code }) => code),
      expected.errors,
    );
}

function describeVectors(folder: string, vectors: readonly Vector[], expectedOf: (vector: Vector) => Expected): void {
  describe(`captures: ${folder}`, () => {
    for (const vector of vectors) {
      const protocol = protocolById(vector.protocol);
      for (const [how, pieces] of Object.entries(CUTS)) {
        it(`${nameOf(vector)}, ${how}`, () => {
          assert.ok(protocol, vector.protocol);
          check(protocol, cut(vector, pieces), expectedOf(vector));
        });
      }
    }
  });
}

const nameOf = ({ file }: Vector): string => file.replace('.json', '');

for (const { name, vectors } of fieldVectors()) {
  const notRead = (vector: Vector): readonly string[] | undefined => DISPUTED[`${name}/${nameOf(vector)}`];
  describeVectors(name, vectors, (vector) => ({ isRejected: isRejected(vector), notRead: notRead(vector) }));
}

for (const protocol of PROTOCOLS) {
  const { folder, others = [], errors = {}, notRead = {} } = kitOf(protocol).captures;
  const vectors = loadVectors(folder).filter((vector) => vector.protocol === protocol.id);
  describeVectors(
    protocol.id,
    vectors.filter((vector) => !others.includes(nameOf(vector))),
    (vector) => ({
      isRejected: vector.reject === true,
      errors: errors[nameOf(vector)] ?? [],
      notRead: notRead[nameOf(vector)],
    }),
  );
}

describe('captures that make no reading', () => {
  it('are all there', () => {
    for (const protocol of PROTOCOLS) {
      const { folder, others = [] } = kitOf(protocol).captures;
      const files = loadVectors(folder).map(nameOf);
      for (const file of others) assert.ok(files.includes(file), `${protocol.id}: ${file}`);
    }
  });
});
