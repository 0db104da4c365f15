import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Reading } from '../../src/battery/reading';
import { Framer } from '../../src/codec/kit/framing';
import type { Protocol, Query, Target } from '../../src/codec/protocol';
import { answer } from './vectors';

export interface Subject {
  protocol: Protocol;
  /** packs whose values lie on the resolution of the wire, with exactly the keys that the protocol carries */
  pack: fc.Arbitrary<Reading>;
  /** positions of a frame that its checksum does not cover, where a flip is caught otherwise or not at all */
  uncovered: (frame: Buffer) => readonly number[];
  /** a byte that never starts a frame and never stands inside a header */
  noise: number;
}

/** One exchange with the board's side of the protocol, which stands for a device here. */
function ask(protocol: Protocol, query: Query, target: Target, pack: Reading): Buffer {
  const served = protocol.emulate(query.request(target));
  assert.ok(served, `${query.name}: the board does not understand the request`);
  assert.equal(served.address, target.address, `${query.name}: address`);
  return served.answer(pack);
}

function addresses(protocol: Protocol): fc.Arbitrary<number> {
  const range = protocol.address;
  return range === undefined ? fc.constant(0) : fc.integer({ min: range.min, max: range.max });
}

/** Everything that the protocol can read of a pack. */
export function readAll(protocol: Protocol, pack: Reading, address: number): Reading {
  let memory: object = {};
  let reading: Reading = {};
  for (const query of protocol.queries) {
    const target = { address, memory };
    if (query.applies?.(target) === false) continue;
    const got = answer(protocol, query, target, [ask(protocol, query, target, pack)]);
    memory = got.memory;
    reading = { ...reading, ...got.reading };
  }
  return reading;
}

/** All answers of a board to all queries, as frames, in one stream. */
function streamOf(protocol: Protocol, pack: Reading, address: number): { stream: Buffer; frames: Buffer[] } {
  let memory: object = {};
  const pieces: Buffer[] = [];
  for (const query of protocol.queries) {
    const target = { address, memory };
    if (query.applies?.(target) === false) continue;
    const bytes = ask(protocol, query, target, pack);
    memory = answer(protocol, query, target, [bytes]).memory;
    pieces.push(bytes);
  }
  const stream = Buffer.concat(pieces);
  return { stream, frames: new Framer(protocol.frames).push(stream) };
}

function cut(stream: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < stream.length; i++) {
    const size = sizes.length === 0 ? 1 : (sizes[i % sizes.length] ?? 1);
    pieces.push(stream.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** The properties that every protocol has; call inside a `describe`. */
export function describeProtocol({ protocol, pack, uncovered, noise }: Subject): void {
  const board = fc.tuple(pack, addresses(protocol));

  it('decodes what it encodes', () => {
    fc.assert(fc.property(board, ([state, address]) => assert.deepEqual(readAll(protocol, state, address), state)));
  });

  it('finds the same frames however the stream is cut', () => {
    fc.assert(
      fc.property(board, fc.array(fc.integer({ min: 1, max: 40 })), ([state, address], sizes) => {
        const { stream, frames } = streamOf(protocol, state, address);
        const framer = new Framer(protocol.frames);
        assert.deepEqual(
          cut(stream, sizes).flatMap((piece) => framer.push(piece)),
          frames,
        );
        assert.equal(framer.discarded, 0);
      }),
    );
  });

  it('loses no frame to noise before, between and after', () => {
    const noises = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(board, noises, ([state, address], gaps) => {
        const { frames } = streamOf(protocol, state, address);
        const gap = (i: number): Buffer => Buffer.from(gaps[i % gaps.length] ?? []);
        // The quiet byte ends a header that random bytes may have begun, so that they cannot form a frame together
        // with the good bytes that follow; what they promised is then taken back when the line goes quiet.
        const pieces = frames.flatMap((frame, i) => [gap(i), Buffer.alloc(protocol.frames.maxLength, noise), frame]);
        const framer = new Framer(protocol.frames);
        const found = [...framer.push(Buffer.concat([...pieces, gap(frames.length)])), ...framer.resync()];
        const missing = frames.filter((frame) => !found.some((other) => other.equals(frame)));
        assert.deepEqual(missing, []);
      }),
    );
  });

  it('finds a frame behind a header that promised more than came', () => {
    fc.assert(
      fc.property(board, fc.nat(), ([state, address], at) => {
        const { frames } = streamOf(protocol, state, address);
        const cutFrame = frames[at % frames.length] ?? Buffer.alloc(0);
        const whole = frames[(at + 1) % frames.length] ?? Buffer.alloc(0);
        const framer = new Framer(protocol.frames);
        const start = cutFrame.subarray(0, cutFrame.length - 1 - (at % (cutFrame.length - 1)));
        const found = [...framer.push(Buffer.concat([start, whole])), ...framer.resync()];
        // Once in many thousand runs the checksum of the mixture is right by chance, or the first bytes of the whole
        // frame are just those that were cut off: no receiver can tell such a frame from one that was sent.
        const byChance = (frame: Buffer): boolean =>
          frame.equals(cutFrame) || !frames.some((other) => other.equals(frame));
        assert.ok(found.some((frame) => frame.equals(whole) || byChance(frame)));
      }),
    );
  });

  it('accepts no frame with a flipped byte', () => {
    fc.assert(
      fc.property(board, fc.nat(), fc.integer({ min: 1, max: 255 }), ([state, address], at, flip) => {
        const { frames } = streamOf(protocol, state, address);
        const frame = Buffer.from(frames[at % frames.length] ?? []);
        const position = at % frame.length;
        if (uncovered(frame).includes(position)) return;
        frame[position] = (frame[position] ?? 0) ^ flip;
        const framer = new Framer(protocol.frames);
        assert.deepEqual([...framer.push(frame), ...framer.resync()], []);
      }),
    );
  });

  it('survives any bytes with a bounded buffer', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (chunks) => {
        const framer = new Framer(protocol.frames);
        let bytes = 0;
        let framed = 0;
        for (const chunk of chunks) {
          bytes += chunk.length;
          for (const frame of framer.push(Buffer.from(chunk))) framed += frame.length;
          assert.ok(framer.pending <= protocol.frames.maxLength);
        }
        assert.equal(framed + framer.discarded + framer.pending, bytes);
      }),
    );
  });
}
