import assert from 'node:assert/strict';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import { assertDecoded, fieldVectors, isRejected } from '../support/expected';
import { readVector, type Vector } from '../support/vectors';

/*
 * Frames that owners have captured, from public reports. Each must decode to what its report says, in whatever pieces it
 * comes. `readVector` asks what the vector asks; the nodes are asked the same in test/runtime.
 */

/** Vectors whose `expect` is not what the bytes say, and why. */
const DISPUTED: Readonly<Record<string, readonly string[]>> = {
  // The sign is a matter of the wiring: the user turns it with a property of the device.
  'field/daly/8s-charging-raw-above-30000.json': ['current'],
  // The vector asks for a second sensor, which the session does not as the board says that it has one.
  'field/sinowealth/shifted-by-one-byte.json': ['temperatures'],
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

function check(protocol: Protocol, vector: Vector, disputed: readonly string[]): void {
  const { reading, errors, asked } = readVector(protocol, vector);
  assert.ok(asked > 0, 'no exchange of it is a query');
  if (isRejected(vector)) {
    assert.deepEqual(reading, {});
    assert.ok(errors.length > 0);
    return;
  }
  assertDecoded(reading, vector, disputed);
}

for (const { name, vectors } of fieldVectors()) {
  describe(`captures: ${name}`, () => {
    for (const vector of vectors) {
      const protocol = PROTOCOLS.find(({ id }) => id === vector.protocol);
      for (const [how, pieces] of Object.entries(CUTS)) {
        it(`${vector.file.replace('.json', '')}, ${how}`, () => {
          assert.ok(protocol, vector.protocol);
          check(protocol, cut(vector, pieces), DISPUTED[`${name}/${vector.file}`] ?? []);
        });
      }
    }
  });
}
