import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Decoder } from '../../../src/link/dbus/decode';
import { encode, Variant } from '../../../src/link/dbus/encode';
import { encodeMessage, KIND, MessageReader, type Message } from '../../../src/link/dbus/message';
import { typesOf } from '../../../src/link/dbus/signature';

/** A value with its signature, and what it is when it comes back. */
interface Sample {
  signature: string;
  value: unknown;
  back: unknown;
}

const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''));

function plain(signature: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<Sample> {
  return values.map((value) => ({ signature, value, back: value }));
}

/** Values of all types that are written, nested. */
const { sample } = fc.letrec<{ sample: Sample }>((tie) => ({
  sample: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    plain('y', fc.nat(255)),
    plain('b', fc.boolean()),
    plain('n', fc.integer({ min: -0x8000, max: 0x7fff })),
    plain('q', fc.nat(0xffff)),
    plain('i', fc.integer()),
    plain('u', fc.nat()),
    plain('s', text),
    plain(
      'ay',
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    ),
    tie('sample').map(({ signature, value, back }) => ({
      signature: 'v',
      value: new Variant(signature, value),
      back,
    })),
    fc.array(tie('sample'), { minLength: 1, maxLength: 3 }).map((inner) => ({
      signature: `(${inner.map(({ signature }) => signature).join('')})`,
      value: inner.map(({ value }) => value),
      back: inner.map(({ back }) => back),
    })),
    fc.tuple(fc.array(text, { maxLength: 3 }), tie('sample')).map(([keys, { signature, value, back }]) => ({
      signature: `a{s${signature}}`,
      value: Object.fromEntries(keys.map((key) => [key, value])),
      back: Object.assign(Object.create(null), Object.fromEntries(keys.map((key) => [key, back]))) as unknown,
    })),
    fc.tuple(fc.nat(3), tie('sample')).map(([count, { signature, value, back }]) => ({
      signature: `a${signature}`,
      value: Array<unknown>(count).fill(value),
      // Bytes come as a Buffer.
      back: signature === 'y' ? Buffer.alloc(count, Number(back)) : Array<unknown>(count).fill(back),
    })),
  ),
}));

describe('D-Bus: values and messages', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 4 }), (samples) => {
        const signature = samples.map((each) => each.signature).join('');
        const values = samples.map(({ value }) => value);
        assert.deepEqual(
          new Decoder(encode(signature, values), true).values(signature),
          samples.map(({ back }) => back),
        );
      }),
    );
  });

  it('are cut out of whatever pieces they come in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(sample, text), { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (samples, sizes) => {
          const stream = Buffer.concat(
            samples.map(([{ signature, value }, member], index) =>
              encodeMessage(KIND.signal, index + 1, { path: '/a', interface: 'b.c', member, signature }, [value]),
            ),
          );
          const reader = new MessageReader();
          const messages: Message[] = [];
          for (let at = 0; at < stream.length;) {
            const size = Number(sizes.next().value ?? 1);
            messages.push(...reader.push(stream.subarray(at, at + size)));
            at += size;
          }
          assert.deepEqual(
            messages.map(({ serial, body }) => [serial, body]),
            samples.map(([{ back }], index) => [index + 1, [back]]),
          );
        },
      ),
    );
  });

  it('are written as the specification has it', () => {
    const header = { path: '/', interface: 'a.b', member: 'C', destination: 'd.e', signature: 's' };
    assert.equal(
      encodeMessage(KIND.call, 7, header, ['hi']).toString('hex'),
      [
        '6c010001' + '07000000' + '07000000' + '47000000', // little, call, version 1; body, serial, fields
        '01016f00' + '01000000' + '2f00000000000000', // path /
        '02017300' + '03000000' + '612e620000000000', // interface a.b
        '03017300' + '01000000' + '4300000000000000', // member C
        '06017300' + '03000000' + '642e650000000000', // destination d.e
        '08016700' + '01730000', // signature s
        '02000000' + '686900', // body
      ].join(''),
    );
  });

  it('are read in both orders of bytes', () => {
    const big = Buffer.from(
      ['42040001', '00000004', '00000001', '00000007', '08016700', '01750000', '01020304'].join(''),
      'hex',
    );
    const [message] = new MessageReader().push(big);
    assert.deepEqual([message?.kind, message?.body], [KIND.signal, [0x01020304]]);
  });

  it('that are damaged end in an error, in no time, and never in a prototype', () => {
    const good = encodeMessage(KIND.signal, 1, { path: '/a', interface: 'b.c', member: 'd', signature: 'a{sv}' }, [
      { __proto: new Variant('s', 'x'), ['__proto__']: new Variant('a{sv}', { polluted: new Variant('b', true) }) },
    ]);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.uint8Array({ maxLength: 200 }), (at, byte, noise) => {
        const damaged = Buffer.concat([good, good, noise]);
        damaged[at] = byte;
        try {
          new MessageReader().push(damaged);
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error));
        }
        assert.equal(({} as { polluted?: unknown }).polluted, undefined);
      }),
      { numRuns: 2000 },
    );
  });

  for (const signature of [
    'a',
    '(',
    '()',
    '{sv}',
    'a{s}',
    'a{svv}',
    'z',
    'v)',
    '('.repeat(40) + 'y' + ')'.repeat(40),
  ]) {
    it(`"${signature}" is no signature`, () => {
      assert.throws(() => typesOf(signature), RangeError);
    });
  }

  it('do not nest without end', () => {
    let value: Variant = new Variant('y', 1);
    for (let depth = 0; depth < 100; depth++) value = new Variant('v', value);
    const bytes = encode('v', [value]);
    assert.throws(() => new Decoder(bytes, true).values('v'), RangeError);
  });
});
