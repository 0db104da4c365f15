import assert from 'node:assert/strict';
import { derive, TimeEstimator } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';
import { Framer } from '../../src/codec/kit/framing';
import type { Protocol, Query, Target } from '../../src/codec/protocol';
import { exchangesOf } from '../support/captures';
import { answer, shown } from '../support/vectors';
import { blocks, Choices } from './choices';
import { assertBmsError, assertCleanPrototypes, assertPlain, assertReading } from './contract';
import { assertMessages } from './messages';
import { sealed } from '../kits';
import type { FuzzTarget } from './target';

const SEALED = 1;
const AGAIN = 2;

/**
 * A whole read of a board that answers with the bytes of the input: framing, matching, decoding, and the messages of
 * every format. One block per query, in which checksums are put right where the first byte says so.
 */
export function codecTarget(protocol: Protocol): FuzzTarget {
  const addresses = addressesOf(protocol);
  return {
    name: `codec/${protocol.id}`,
    seeds: () => seedsOf(protocol),
    run(input) {
      const choices = new Choices(input);
      const flags = choices.byte();
      const address = choices.pick(addresses);
      const size = choices.byte();
      let known: { reading: Reading; memory: object } = { reading: {}, memory: {} };
      for (const query of protocol.queries) {
        const stream = choices.block();
        const target = { address, memory: known.memory };
        if (!isAsked(query, target)) continue;
        const request = query.request(target, flags & AGAIN ? 2 : 1);
        const bytes = flags & SEALED ? sealed(protocol, stream, request) : stream;
        assertBounded(query.frames?.(target) ?? protocol.frames, bytes);
        const got = readOf(protocol, query, target, cut(bytes, size));
        known = { reading: { ...known.reading, ...got.reading }, memory: { ...known.memory, ...got.memory } };
        assertPlain(known.memory, 'memory');
      }
      assertComplete(known.reading);
    },
  };
}

/** The query as it is asked in a read. */
function isAsked(query: Query, target: Target): boolean {
  return query.applies?.(target) !== false;
}

function addressesOf({ address }: Protocol): [number, ...number[]] {
  return address === undefined ? [0] : [address.initial, address.min, address.max, ...(address.others ?? [])];
}

/** What one query makes of the bytes; nothing when it refuses them, as the session lets it. */
function readOf(
  protocol: Protocol,
  query: Query,
  target: Target,
  chunks: Buffer[],
): { reading: Reading; memory: object } {
  try {
    const { reading, memory } = answer(protocol, query, target, chunks);
    return { reading: shown(reading), memory };
  } catch (error) {
    assertBmsError(error);
    return { reading: {}, memory: {} };
  }
}

/** @param size of the pieces in which the bytes come; 0 = all at once */
function cut(bytes: Buffer, size: number): Buffer[] {
  if (size === 0) return [bytes];
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

function assertBounded(format: Protocol['frames'], bytes: Buffer): void {
  const framer = new Framer(format);
  let framed = 0;
  for (const frame of [...framer.push(bytes), ...framer.resync()]) framed += frame.length;
  assert.ok(framer.pending <= format.maxLength, `${framer.pending} bytes wait for the rest of a frame`);
  assert.equal(framed + framer.discarded + framer.pending, bytes.length, 'bytes were lost or made up');
}

function assertComplete(read: Reading): void {
  const reading = new TimeEstimator().complete(derive(read), 0);
  assertReading(reading);
  assertMessages(reading);
  assertCleanPrototypes();
}

/** What simulated boards answer, and what was captured of real ones. */
function seedsOf(protocol: Protocol): Buffer[] {
  const header = Buffer.from([SEALED, 0, 0]);
  return exchangesOf(protocol).map((answers) =>
    Buffer.concat([header, blocks(...protocol.queries.map((query) => answers.get(query) ?? Buffer.alloc(0)))]),
  );
}
