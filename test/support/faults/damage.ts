import { integer } from '../../../src/simulator/seeded';
import type { Protocol } from '../../../src/codec/protocol';
import { kitOf } from '../../kits';
import type { Fault, Piece, Scene } from './faults';

/*
 * Damage to answers of which much keeps a sum: bytes that change places, one that rises by what another falls. No line
 * does this often; who asks for long meets it. Such answers are told from true ones only by what they say.
 */

export interface DamageTally {
  answers: number;
  damaged: number;
  /** of them, those whose checksum is still right and that say something else */
  passed: number;
}

type Damage = (frame: Buffer, scene: Scene) => Buffer;

function flip(frame: Buffer, { draw }: Scene): Buffer {
  for (let bits = integer(draw, 1, 4); bits > 0; bits--) {
    const at = integer(draw, 0, frame.length - 1);
    frame[at] = (frame[at] ?? 0) ^ (1 << integer(draw, 0, 7));
  }
  return frame;
}

function twoOf(frame: Buffer, { draw }: Scene): [number, number] {
  const first = integer(draw, 0, frame.length - 2);
  return [first, draw() < 0.5 ? first + 1 : integer(draw, 0, frame.length - 1)];
}

function swap(frame: Buffer, scene: Scene): Buffer {
  const [a, b] = twoOf(frame, scene);
  const [first = 0, second = 0] = [frame[a], frame[b]];
  frame[a] = second;
  frame[b] = first;
  return frame;
}

function raiseAndLower(frame: Buffer, scene: Scene): Buffer {
  const [a, b] = twoOf(frame, scene);
  const by = integer(scene.draw, 1, 128);
  const [first = 0, second = 0] = [frame[a], frame[b]];
  if (a === b || first + by > 255 || second < by) return swap(frame, scene);
  frame[a] = first + by;
  frame[b] = second - by;
  return frame;
}

const DAMAGES: readonly Damage[] = [flip, swap, swap, raiseAndLower, raiseAndLower];

/** Damages one frame of an answer; now and then it comes late, or with the next one, or another board speaks. */
export function damage(protocol: Protocol, chance: number, others: readonly Fault[], tally: DamageTally): Fault {
  return {
    name: 'damaged',
    change(pieces, scene) {
      tally.answers++;
      const { draw, frames, request } = scene;
      if (draw() >= chance) return [...pieces];
      tally.damaged++;
      const other = others[integer(draw, 0, 2 * others.length - 1)];
      if (other?.change !== undefined) return other.change(pieces, scene);
      const victim = integer(draw, 0, frames.length - 1);
      const hurt = frames.map((frame, i) => {
        const change = DAMAGES[integer(draw, 0, DAMAGES.length - 1)] ?? flip;
        return i === victim && frame.length > 2 ? change(Buffer.from(frame), scene) : frame;
      });
      const [was, is] = [frames[victim], hurt[victim]];
      if (was !== undefined && is !== undefined && !is.equals(was) && kitOf(protocol).isWhole(is, request))
        tally.passed++;
      const [first] = pieces;
      const piece: Piece = { afterMs: first?.afterMs ?? 0, bytes: Buffer.concat(hurt) };
      return [piece];
    },
  };
}
