import { integer, type Lottery } from '../../../src/simulator/seeded';
import type { Profile } from '../../../src/codec/protocol';
import type { Answer, FaultyLink } from './faulty-link';

/** Bytes that come out of the line together. */
export interface Piece {
  /** since the request, ms */
  afterMs: number;
  bytes: Buffer;
  /** what they are of; undefined for what no board of the line has said */
  of?: Answer | undefined;
  /** what others have sent in them, the host's own request among it: nothing of that answers anything */
  others?: readonly Buffer[];
  /** `merged`: they wait for the next piece and come in one with it; `behind`: they come right after the next piece */
  place?: 'merged' | 'behind' | undefined;
}

/** What a fault has to do with: one answer, and the line that it travels on. */
export interface Scene {
  readonly draw: Lottery;
  /** of the board; pieces are always in the order in which they come */
  readonly profile: Profile;
  /** as the host sent it */
  readonly request: Buffer;
  readonly answer: Answer;
  /** the answer as the frames that it is made of */
  readonly frames: readonly Buffer[];
  readonly line: FaultyLink;
}

/** Something that goes wrong with an answer, or with the line or the board while it is under way. */
export interface Fault {
  readonly name: string;
  /** whether a session that does its work loses no answer to it */
  readonly harmless?: boolean;
  change?(pieces: readonly Piece[], scene: Scene): Piece[];
  happen?(scene: Scene): void;
}

/** As long as the session may still be asking: a late answer may come to any of the tries of a read. */
function longestDelayMs({ timeoutMs, retryGapMs, retries }: Profile): number {
  return (1 + retries) * (timeoutMs + retryGapMs);
}

/** The same for an answer that was held back and repeated as well, each once, and came in pieces. */
export function longestAgeMs(profile: Profile): number {
  return longestDelayMs(profile) + 3 * profile.timeoutMs + 1000;
}

function between(draw: Lottery, min: number, max: number): number {
  return min + (max - min) * draw();
}

/** Each piece in pieces of any size. They come fast enough for the answer to be whole in time. */
function cut(pieces: readonly Piece[], { draw, profile }: Scene): Piece[] {
  const limit = Math.min(profile.timeoutMs, 400) / 2;
  return pieces.flatMap((piece) => {
    const sizes: number[] = [];
    const most = integer(draw, 1, 30);
    for (let rest = piece.bytes.length; rest > 0; rest -= sizes.at(-1) ?? rest) sizes.push(integer(draw, 1, most));
    const pauseMs = Math.min(profile.quietMs * 0.8, limit / sizes.length) * draw();
    let at = 0;
    return sizes.map((size, i) => {
      const bytes = piece.bytes.subarray(at, (at += size));
      return { ...piece, bytes, afterMs: piece.afterMs + i * pauseMs };
    });
  });
}

/** Pieces with the bytes of one of them changed. */
function damage(pieces: readonly Piece[], { draw }: Scene, change: (bytes: Buffer) => Buffer): Piece[] {
  const victim = integer(draw, 0, pieces.length - 1);
  return pieces.map((piece, i) => (i === victim ? { ...piece, bytes: change(Buffer.from(piece.bytes)) } : piece));
}

/*
 * One bit only: every checksum finds that for sure, while a sum misses one in sixteen pairs of flipped bits.
 */
function flip(pieces: readonly Piece[], scene: Scene): Piece[] {
  return damage(pieces, scene, (bytes) => {
    const at = integer(scene.draw, 0, bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << integer(scene.draw, 0, 7));
    return bytes;
  });
}

function loseBytes(pieces: readonly Piece[], scene: Scene): Piece[] {
  return damage(pieces, scene, (bytes) => {
    const at = integer(scene.draw, 0, bytes.length - 1);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + integer(scene.draw, 1, 3))]);
  });
}

function insertBytes(pieces: readonly Piece[], scene: Scene): Piece[] {
  return damage(pieces, scene, (bytes) => {
    const at = integer(scene.draw, 0, bytes.length);
    return Buffer.concat([bytes.subarray(0, at), noise(scene.draw, integer(scene.draw, 1, 3)), bytes.subarray(at)]);
  });
}

export function noise(draw: Lottery, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => integer(draw, 0, 255)));
}

/**
 * The frames of an answer in another order; an answer of one frame changes places with the next. Bytes inside a frame
 * stay in order: no line moves those, and a sum would not find it.
 */
function reorder(pieces: readonly Piece[], { draw, frames, answer }: Scene): Piece[] {
  if (frames.length < 2) return pieces.map((piece) => ({ ...piece, place: 'behind' }));
  const shuffled = frames.map((bytes) => ({ bytes, rank: draw() })).sort((a, b) => a.rank - b.rank);
  return shuffled.map(({ bytes }, i) => ({ afterMs: 10 + i, bytes, of: answer }));
}

/** Everything from one piece on comes later, by up to what all tries of a read take. */
function delay(pieces: readonly Piece[], { draw, profile }: Scene): Piece[] {
  const from = integer(draw, 0, pieces.length - 1);
  const laterMs = draw() < 0.5 ? draw() * profile.timeoutMs * 2 : draw() * (longestDelayMs(profile) - 100);
  return pieces.map((piece, i) => (i < from ? piece : { ...piece, afterMs: piece.afterMs + laterMs }));
}

function duplicate(pieces: readonly Piece[], { draw, profile }: Scene): Piece[] {
  const laterMs = draw() < 0.5 ? 0 : draw() * profile.timeoutMs;
  return [...pieces, ...pieces.map((piece) => ({ ...piece, afterMs: piece.afterMs + laterMs }))];
}

/** What others say, whole, at any time around the answer. */
function chatter(pieces: readonly Piece[], { draw, line, profile }: Scene): Piece[] {
  const talk = Array.from({ length: integer(draw, 1, 4) }, () => {
    const at = draw() * profile.timeoutMs;
    return line.stranger.talk().map((bytes, i) => ({ afterMs: at + 5 * i, bytes, others: [bytes] }));
  });
  return [...pieces, ...talk.flat()];
}

/** Another board's answer right in front of the answer or behind it, as if it were part of it. */
function foreign(pieces: readonly Piece[], { draw, line }: Scene): Piece[] {
  const frame = line.stranger.talk().at(-1);
  const [first] = pieces;
  if (frame === undefined || first === undefined) return [...pieces];
  const bytes = Buffer.concat(draw() < 0.6 ? [frame, first.bytes] : [first.bytes, frame]);
  return [{ ...first, bytes, others: [frame] }, ...pieces.slice(1)];
}

function echo(pieces: readonly Piece[], { draw, request }: Scene): Piece[] {
  const [first, ...rest] = pieces;
  if (first === undefined || draw() < 0.5) return [{ afterMs: 1, bytes: request, others: [request] }, ...pieces];
  return [{ ...first, bytes: Buffer.concat([request, first.bytes]), others: [request] }, ...rest];
}

/** What can go wrong, in the words of the issue of a user who has it. */
export const FAULTS: readonly Fault[] = [
  { name: 'cut', harmless: true, change: cut },
  { name: 'merged', change: (pieces) => pieces.map((piece) => ({ ...piece, place: 'merged' })) },
  { name: 'delayed', change: delay },
  { name: 'duplicated', harmless: true, change: duplicate },
  { name: 'reordered', change: reorder },
  { name: 'bit flipped', change: flip },
  { name: 'bytes lost', change: loseBytes },
  { name: 'bytes inserted', change: insertBytes },
  { name: 'foreign frames', harmless: true, change: foreign },
  { name: 'echoed', harmless: true, change: echo },
  { name: 'chatty stranger', harmless: true, change: chatter },
  { name: 'answer lost', change: () => [] },
  { name: 'silent', happen: ({ draw, line }) => line.silence(between(draw, 100, 45_000)) },
  { name: 'hangs until opened anew', happen: ({ line }) => line.hang() },
  {
    name: 'closed in mid-exchange',
    change: (pieces, scene) => {
      const [half, ...rest] = cut(pieces, scene);
      scene.line.dropIn((half?.afterMs ?? 0) + scene.draw() * 20);
      return half === undefined ? rest : [half, ...rest];
    },
  },
  { name: 'port gone for a while', happen: ({ draw, line }) => line.vanish(between(draw, 50, 60_000)) },
  {
    name: 'port under another name for a while',
    happen: ({ draw, line }) => line.replug(between(draw, 50, 2000), between(draw, 2000, 60_000)),
  },
  { name: 'wrong baud rate', happen: ({ draw, line }) => line.garble(between(draw, 100, 40_000)) },
  { name: 'restarts with other cells', happen: ({ draw, line }) => line.restart(between(draw, 100, 5000)) },
];
