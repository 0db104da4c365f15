import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import { Framer } from '../../src/codec/kit/framing';
import type { Protocol } from '../../src/codec/protocol';
import { PROTOCOLS } from '../../src/codec/registry';
import { kitOf } from '../kits';
import { SENSORS, type Seam } from '../kits/seam';
import { framesOf, partsOf, pollAnswers } from '../support/poll-answers';

/** The answer of a pack with one code written over. */
function withCode(protocol: Protocol, { query: name, at, bytes, little = false }: Seam, raw: number | Buffer): Reading {
  const { id } = protocol;
  const found = pollAnswers(protocol).find(({ query }) => query.name.includes(name));
  assert.ok(found, `${id} does not ask ${name}`);
  const { query, target } = found;
  const parts = partsOf(query, new Framer(framesOf(protocol, query, target)).push(found.bytes), target);
  // The checksum, which comes to be wrong, has been looked at by the framer.
  const frame = Buffer.from(parts.at(-1) ?? []);
  if (typeof raw !== 'number') raw.copy(frame, at);
  else if (little) frame.writeUIntLE(raw, at, bytes);
  else frame.writeUIntBE(raw, at, bytes);
  const { memory } = target;
  // Sensors are told once the last of them has come.
  return query.decode([...parts.slice(0, -1), frame], {
    ...target,
    memory: { ...memory, sensorCount: id === 'sinowealth' ? 1 : SENSORS },
  }).reading;
}

describe('seams of folded and offset codes', () => {
  for (const protocol of PROTOCOLS) {
    for (const seam of kitOf(protocol).seams) {
      it(`${protocol.id} ${seam.query} at ${seam.at}`, () => {
        for (const [raw, value] of seam.codes) {
          assert.equal(
            seam.told(withCode(protocol, seam, raw)),
            value,
            typeof raw === 'number' ? raw.toString(16) : raw.toString('latin1'),
          );
        }
      });
    }
  }
});
