import { alignmentOf, typesOf, type Type } from './signature';

/**
 * Values as they come: numbers (64 bits as bigint), booleans, strings; variants as what is in them; arrays of bytes as
 * a Buffer, other arrays and structures as an array; a dictionary as an object without prototype.
 */
export class Decoder {
  private depth = 0;

  /** @param bytes begin at a boundary of 8 */
  constructor(
    private readonly bytes: Buffer,
    private readonly isLittle: boolean,
    private at = 0,
  ) {}

  /** how much has been read, bytes */
  get position(): number {
    return this.at;
  }

  /** @throws RangeError when the bytes are not of this signature */
  values(signature: string): unknown[] {
    return typesOf(signature).map((type) => this.value(type));
  }

  align(boundary: number): void {
    this.at = Math.ceil(this.at / boundary) * boundary;
  }

  private value(type: Type): unknown {
    this.align(alignmentOf(type));
    switch (type.code) {
      case 'y':
        return this.take(1).readUInt8();
      case 'b':
        return this.uint32() !== 0;
      case 'n':
        return this.isLittle ? this.take(2).readInt16LE() : this.take(2).readInt16BE();
      case 'q':
        return this.isLittle ? this.take(2).readUInt16LE() : this.take(2).readUInt16BE();
      case 'i':
        return this.isLittle ? this.take(4).readInt32LE() : this.take(4).readInt32BE();
      case 'u':
      case 'h':
        return this.uint32();
      case 'x':
        return this.isLittle ? this.take(8).readBigInt64LE() : this.take(8).readBigInt64BE();
      case 't':
        return this.isLittle ? this.take(8).readBigUInt64LE() : this.take(8).readBigUInt64BE();
      case 'd':
        return this.isLittle ? this.take(8).readDoubleLE() : this.take(8).readDoubleBE();
      case 's':
      case 'o':
        return this.text(this.uint32());
      case 'g':
        return this.text(this.take(1).readUInt8());
      case 'v':
        return this.variant();
      case '(':
        return this.nested(() => type.inner.map((inner) => this.value(inner)));
      default:
        return this.nested(() => this.array(type.inner[0]));
    }
  }

  private array(of: Type | undefined): unknown {
    const length = this.uint32();
    if (of === undefined) throw new RangeError('An array of nothing');
    this.align(alignmentOf(of));
    if (of.code === 'y') return Buffer.from(this.take(length));
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('A message that is cut off');
    if (of.code === '{') return this.dictionary(of, end);
    const items: unknown[] = [];
    while (this.at < end) items.push(this.value(of));
    return items;
  }

  private dictionary({ inner }: Type, end: number): Record<string, unknown> {
    const entries = Object.create(null) as Record<string, unknown>;
    const [key, value] = inner;
    while (this.at < end && key !== undefined && value !== undefined) {
      this.align(8);
      const name = String(this.value(key));
      entries[name] = this.value(value);
    }
    return entries;
  }

  private variant(): unknown {
    const [type, ...more] = typesOf(this.text(this.take(1).readUInt8()));
    if (type === undefined || more.length > 0) throw new RangeError('A variant of more than one value');
    return this.nested(() => this.value(type));
  }

  /** Variants in variants nest as deeply as a message is long. */
  private nested<T>(read: () => T): T {
    if (++this.depth > 64) throw new RangeError('A message that is nested too deeply');
    const value = read();
    this.depth--;
    return value;
  }

  private uint32(): number {
    this.align(4);
    return this.isLittle ? this.take(4).readUInt32LE() : this.take(4).readUInt32BE();
  }

  private text(length: number): string {
    const text = this.take(length).toString('utf8');
    this.take(1); // the zero that ends it
    return text;
  }

  private take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('A message that is cut off');
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}
