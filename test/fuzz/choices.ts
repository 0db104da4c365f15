/** Keys and words that have gone wrong in other programs. */
export const NASTY_WORDS = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'length', 'toJSON'],
  ...[
    '',
    ' ',
    '\0',
    '\x1b[2J\x1b[31mred',
    '\r\n',
    '<img src=x onerror=alert(1)>',
    '${HOME}',
    '${}',
    '../../etc/passwd',
  ],
  ...['NaN', 'Infinity', '-0', '1e999', '0x10', '１', 'true', 'off', 'null', 'undefined', '\ud800', '\u202e', '💥'],
] as const;

const NASTY_NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  255,
  65535,
  65536,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  1e308,
  NaN,
  Infinity,
  -Infinity,
];

/** Decisions taken from the bytes of an input, which a fuzzer mutates. Behind their end everything is 0. */
export class Choices {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** whether there are bytes left */
  get more(): boolean {
    return this.at < this.bytes.length;
  }

  byte(): number {
    return this.bytes[this.at++] ?? 0;
  }

  flag(): boolean {
    return this.byte() % 2 === 1;
  }

  below(limit: number): number {
    return limit <= 1 ? 0 : this.byte() % limit;
  }

  word(): number {
    return this.byte() + 256 * this.byte();
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  /** Bytes behind their length of 16 bits; see `blocks`. */
  block(): Buffer {
    const length = this.word();
    const block = Buffer.from(this.bytes.subarray(this.at, this.at + length));
    this.at += length;
    return block;
  }

  /** Any value that a flow, a message or a request may hold. @param depth of objects in objects */
  value(depth = 3): unknown {
    switch (this.below(depth > 0 ? 12 : 8)) {
      case 0:
        return undefined;
      case 1:
        return null;
      case 2:
        return this.flag();
      case 3:
        return this.byte();
      case 4:
        return NASTY_NUMBERS[this.below(NASTY_NUMBERS.length)];
      case 5:
        return NASTY_WORDS[this.below(NASTY_WORDS.length)];
      case 6:
        return Buffer.from(this.bytes.subarray(this.at, (this.at += this.below(20)))).toString('latin1');
      case 7:
        return String(this.byte());
      case 8:
        return Array.from({ length: this.below(4) }, () => this.value(depth - 1));
      case 9:
        return this.flag() ? Buffer.alloc(3) : new Date(NaN);
      default:
        return this.object(depth - 1);
    }
  }

  /** An object with own properties only, also of the name `__proto__`, as `JSON.parse` makes it. */
  object(depth = 2, words: readonly string[] = NASTY_WORDS): Record<string, unknown> {
    const entries = Array.from({ length: this.below(4) }, () => [words[this.below(words.length)], this.value(depth)]);
    return Object.fromEntries(entries) as Record<string, unknown>;
  }
}

/** Blocks as `Choices.block` takes them apart. */
export function blocks(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => [Buffer.from([part.length & 0xff, part.length >> 8]), part]));
}
