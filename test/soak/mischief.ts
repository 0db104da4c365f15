import { integer, type Lottery } from '../../src/simulator/seeded';

/** What can befall an answer on its way. The line and the board suffer other things besides. */
const BEFALL: readonly ((answer: Buffer, draw: Lottery) => Buffer[])[] = [
  // lost
  () => [],
  // damaged
  (answer, draw) => {
    const damaged = Buffer.from(answer);
    const at = integer(draw, 0, Math.max(0, answer.length - 1));
    if (at < damaged.length) damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << integer(draw, 0, 7)), at);
    return [damaged];
  },
  // cut off
  (answer, draw) => [answer.subarray(0, integer(draw, 0, answer.length))],
  // in pieces
  (answer, draw) => {
    const at = integer(draw, 0, answer.length);
    return [answer.subarray(0, at), answer.subarray(at)];
  },
  // doubled
  (answer) => [answer, answer],
  // behind noise, in front of noise
  (answer, draw) => [noise(draw), answer],
  (answer, draw) => [answer, noise(draw)],
];

/** How many answers of a thousand something befalls. */
const PER_MILLE = 40;

function noise(draw: Lottery): Buffer {
  return Buffer.from(Array.from({ length: integer(draw, 1, 300) }, () => integer(draw, 0, 255)));
}

/** @returns the pieces in which an answer arrives: as a rule, itself */
export function befall(answer: Buffer, draw: Lottery): Buffer[] {
  if (draw() * 1000 >= PER_MILLE) return [answer];
  const happens = BEFALL[integer(draw, 0, BEFALL.length - 1)];
  return happens?.(answer, draw) ?? [answer];
}
