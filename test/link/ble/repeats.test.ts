import assert from 'node:assert/strict';
import { assert as property, array, boolean, integer, property as forAll, record, uint8Array } from 'fast-check';
import { Repeats } from '../../../src/link/ble/repeats';

/** What is left of pieces that come at times. */
function left(repeats: Repeats, pieces: readonly (readonly [Buffer, number])[]): Buffer[] {
  return pieces.filter(([bytes, at]) => !repeats.isRepeat(bytes, at)).map(([bytes]) => bytes);
}

function asText(pieces: readonly Buffer[]): string {
  return pieces.map((piece) => piece.toString('latin1')).join(' ');
}

/** Pieces, one after the other, each so many ms after the one before. */
function paced(text: string, everyMs: number): [Buffer, number][] {
  return text.split(' ').map((piece, index) => [Buffer.from(piece, 'latin1'), 1000 + index * everyMs]);
}

describe('Repeats', () => {
  let repeats: Repeats;

  beforeEach(() => {
    repeats = new Repeats();
    repeats.asked(990);
  });

  it('drops the second of each two once enough have come in pairs, also where pieces are alike', () => {
    const twice = 'H H a a b b z z z z z z t t';
    assert.equal(asText(left(repeats, paced(twice, 1))), 'H H a a b z z z t');
    repeats.asked(2000);
    assert.equal(asText(left(repeats, paced(twice, 1))), 'H a b z z z t');
  });

  for (const [what, text, everyMs] of [
    ['an answer with pieces alike in it', 'H z z z z z z t', 1],
    ['an answer of nothing but pieces alike', 'z z z z z z z z', 1],
    ['pairs that are slow', 'H H a a b b c c', 51],
    ['two pairs only', 'H H a a b c', 1],
  ] as const) {
    it(`leaves ${what} alone`, () => {
      assert.equal(asText(left(repeats, paced(text, everyMs))), text);
    });
  }

  it('leaves alone what follows when something comes once again', () => {
    assert.equal(asText(left(repeats, paced('H H a a b b c d d e e f f', 1))), 'H H a a b c d d e e f f');
  });

  it('leaves the rest of an answer alone that begins after a pause', () => {
    left(repeats, paced('H z', 1));
    assert.equal(
      asText(
        left(
          repeats,
          paced('z z y y x x w w', 1).map(([b, at]) => [b, at + 500]),
        ),
      ),
      'z z y y x x w w',
    );
  });

  it('never drops anything of a connection on which nothing comes twice', () => {
    const answer = record({ body: array(integer({ min: 0, max: 2 }), { maxLength: 30 }), asks: boolean() });
    property(
      forAll(array(answer, { maxLength: 10 }), (answers) => {
        const each = new Repeats();
        let now = 0;
        for (const { body, asks } of answers) {
          now += 100;
          if (asks) each.asked(now);
          // Every answer begins with something of its own, and may be of pieces alike from then on.
          for (const piece of [`H${now}`, ...body.map(String)]) {
            assert.equal(each.isRepeat(Buffer.from(piece), ++now), false);
          }
        }
      }),
    );
  });

  it('leaves each piece once of a connection on which all come twice, from the third answer on at the latest', () => {
    property(
      forAll(array(array(uint8Array({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 20 })), (answers) => {
        const each = new Repeats();
        let now = 0;
        const starts = ['H1', 'H2', 'H3'].map((text) => [Buffer.from(text)]);
        for (const [index, answer] of [
          ...starts,
          ...answers.map((all) => all.map((one) => Buffer.from(one))),
        ].entries()) {
          now += 100;
          each.asked(now);
          const heard = left(
            each,
            answer.flatMap((piece) => [
              [piece, ++now],
              [piece, ++now],
            ]),
          );
          if (index > 2) assert.deepEqual(heard, answer);
        }
      }),
    );
  });
});
