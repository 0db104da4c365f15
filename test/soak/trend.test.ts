import assert from 'node:assert/strict';
import { seeded } from '../../src/simulator/seeded';
import { growth, quarters } from './trend';

const flat = { share: 0.1, atLeast: 1 };

/** @param of the figure of each sample */
function run(of: (index: number) => number, count = 64): { heap: number }[] {
  return Array.from({ length: count }, (_, index) => ({ heap: of(index) }));
}

describe('the trend of a soak', () => {
  it('finds a slow leak in noise that is larger', () => {
    const draw = seeded(1);
    assert.equal(
      growth(
        run(() => 50 + 20 * draw()),
        () => flat,
      ).length,
      0,
    );
    const [grown] = growth(
      run((i) => 50 + 20 * draw() + i / 2),
      () => flat,
    );
    assert.match(grown ?? '', /^heap rose from \d+\.\d+ to \d+\.\d+, by more than \d/);
  });

  it('takes no notice of the beginning, of single peaks and of what falls', () => {
    assert.deepEqual(
      growth(
        run((i) => (i < 10 ? i : 60 - i / 10)),
        () => flat,
      ),
      [],
    );
    assert.deepEqual(
      growth(
        run((i) => (i > 60 ? 1000 : 50)),
        () => flat,
      ),
      [],
    );
  });

  it('finds what was not there before', () => {
    const samples = run(() => 1).map((sample, i) => (i < 40 ? sample : { ...sample, TCPSocketWrap: 3 }));
    assert.deepEqual(
      growth(samples, () => flat),
      ['TCPSocketWrap rose from 0 to 3, by more than 1'],
    );
  });

  it('lets a figure rise once, where that is fine, but not on and on', () => {
    const tolerance = { ...flat, onceIsFine: true };
    const learnt = run((i) => (i < 50 ? 50 : 80));
    assert.deepEqual(
      growth(learnt, () => tolerance),
      [],
    );
    assert.equal(growth(learnt, () => flat).length, 1);
    const leaking = run((i) => 50 + i / 2);
    assert.equal(growth(leaking, () => tolerance).length, 1);
  });

  it('does not judge by a few samples', () => {
    assert.throws(
      () =>
        growth(
          run(() => 1, 15),
          () => flat,
        ),
      /too few/,
    );
  });

  it('shows the medians of the quarters', () => {
    assert.deepEqual(quarters(run((i) => i, 16)), {
      heap: { 'quarter 1': 2, 'quarter 2': 6, 'quarter 3': 10, 'quarter 4': 14 },
    });
  });
});
