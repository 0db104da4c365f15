import { alignmentOf, typesOf, type Type } from './signature';

/** A value that tells its type. */
export class Variant {
  constructor(
    readonly signature: string,
    readonly value: unknown,
  ) {}
}

/** Writes values, little-endian; what `Decoder` reads. */
class Encoder {
  private bytes = Buffer.alloc(256);
  private at = 0;

  get written(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  align(boundary: number): void {
    this.room(Math.ceil(this.at / boundary) * boundary - this.at).fill(0);
  }

  value(type: Type, value: unknown): void {
    this.align(alignmentOf(type));
    switch (type.code) {
      case 'y':
        return void this.room(1).writeUInt8(Number(value));
      case 'b':
        return this.uint32(value === true ? 1 : 0);
      case 'n':
        return void this.room(2).writeInt16LE(Number(value));
      case 'q':
        return void this.room(2).writeUInt16LE(Number(value));
      case 'i':
        return void this.room(4).writeInt32LE(Number(value));
      case 'u':
        return this.uint32(Number(value));
      case 's':
      case 'o':
        return this.text(String(value), (length) => this.uint32(length));
      case 'g':
        return this.text(String(value), (length) => void this.room(1).writeUInt8(length));
      case 'v':
        return this.variant(value);
      case 'a':
        return this.array(type.inner[0], value);
      case '(':
        return this.structure(type.inner, value as readonly unknown[]);
      default:
        throw new RangeError(`The type "${type.code}" is not written`);
    }
  }

  private variant(value: unknown): void {
    if (!(value instanceof Variant)) throw new RangeError('A value without a type');
    const [type] = typesOf(value.signature);
    if (type === undefined) throw new RangeError('A variant without a type');
    this.text(value.signature, (length) => void this.room(1).writeUInt8(length));
    this.value(type, value.value);
  }

  private structure(types: readonly Type[], values: readonly unknown[]): void {
    types.forEach((type, index) => this.value(type, values[index]));
  }

  private array(of: Type | undefined, value: unknown): void {
    if (of === undefined) throw new RangeError('An array of nothing');
    this.uint32(0);
    const lengthAt = this.at - 4;
    this.align(alignmentOf(of));
    const start = this.at;
    if (value instanceof Uint8Array) this.room(value.length).set(value);
    else if (of.code === '{') this.dictionary(of, value as Record<string, unknown>);
    else for (const item of value as readonly unknown[]) this.value(of, item);
    this.bytes.writeUInt32LE(this.at - start, lengthAt);
  }

  private dictionary({ inner }: Type, entries: Record<string, unknown>): void {
    for (const entry of Object.entries(entries)) {
      this.align(8);
      this.structure(inner, entry);
    }
  }

  private uint32(value: number): void {
    this.room(4).writeUInt32LE(value);
  }

  private text(text: string, writeLength: (length: number) => void): void {
    const bytes = Buffer.from(`${text}\0`, 'utf8');
    writeLength(bytes.length - 1);
    this.room(bytes.length).set(bytes);
  }

  private room(length: number): Buffer {
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) {
      const larger = Buffer.alloc(2 * this.at);
      this.bytes.copy(larger);
      this.bytes = larger;
    }
    return this.bytes.subarray(start, this.at);
  }
}

/** @throws RangeError when a value is not of its type, or has no type that is ever written */
export function encode(signature: string, values: readonly unknown[]): Buffer {
  const encoder = new Encoder();
  typesOf(signature).forEach((type, index) => encoder.value(type, values[index]));
  return encoder.written;
}
