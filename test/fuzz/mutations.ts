import type { Random } from './random';

/** Longer inputs find nothing that shorter ones do not, and are slow. */
export const LONGEST_INPUT = 6000;

const INTERESTING = [0, 1, 2, 4, 8, 16, 0x20, 0x7f, 0x80, 0xa5, 0xaa, 0xdd, 0xfe, 0xff];

/** Makes one input of another. */
type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  (bytes, random) => changed(bytes, random, (byte) => byte ^ (1 << random.below(8))),
  (bytes, random) => changed(bytes, random, () => random.below(256)),
  (bytes, random) => changed(bytes, random, (byte) => byte + random.below(33) - 16),
  (bytes, random) => changed(bytes, random, () => INTERESTING[random.below(INTERESTING.length)] ?? 0),
  // several at once, side by side: lengths, counts and figures have two bytes and more
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    const at = random.below(copy.length);
    return copy.fill(random.below(3) * 0x7f + random.below(2), at, Math.min(copy.length, at + 1 + random.below(8)));
  },
  (bytes, random) => inserted(bytes, random, random.bytes(1 + random.below(12))),
  (bytes, random, other) => inserted(bytes, random, part(other, random)),
  (bytes, random) => inserted(bytes, random, part(bytes, random)),
  (bytes, random) => {
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(30))]);
  },
  (bytes, random, other) => {
    const copy = Buffer.from(bytes);
    part(other, random).copy(copy, random.below(copy.length));
    return copy;
  },
  (bytes, random, other) => Buffer.concat([bytes.subarray(0, random.below(bytes.length)), part(other, random)]),
];

/** @param other an input to take parts of */
export function mutated(bytes: Buffer, other: Buffer, random: Random): Buffer {
  let result = bytes;
  for (let left = 1 << random.below(5); left > 0; left--) {
    result = (MUTATIONS[random.below(MUTATIONS.length)] ?? MUTATIONS[0])(result, random, other);
  }
  return result.subarray(0, LONGEST_INPUT);
}

function changed(bytes: Buffer, random: Random, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  const at = random.below(copy.length);
  if (at < copy.length) copy[at] = change(copy[at] ?? 0) & 0xff;
  return copy;
}

function inserted(bytes: Buffer, random: Random, more: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

function part(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  return bytes.subarray(at, at + 1 + random.below(64));
}
