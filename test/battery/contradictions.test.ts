import assert from 'node:assert/strict';
import fc from 'fast-check';
import { contradictions } from '../../src/battery/contradictions';
import type { Reading } from '../../src/battery/reading';
import { ChangingPack } from '../support/faults/changing-pack';

const GOOD: Reading = {
  voltage: 52.8,
  current: -10,
  soc: 60,
  remainingCapacity: 60,
  fullCapacity: 100,
  designCapacity: 100,
  cellCount: 16,
  cellVoltages: Array<number>(16).fill(3.3),
  balancingCells: [16],
  power: -528,
};

const cells = (...changed: number[]): number[] => [...changed, ...Array<number>(16 - changed.length).fill(3.3)];

/** What must show, by the keys that take part. */
const WRONG: readonly [what: string, change: Reading, among: keyof Reading][] = [
  ['a voltage that its cells deny', { voltage: 65.4 }, 'voltage'],
  ['a voltage of 0 V beside cells', { voltage: 0 }, 'voltage'],
  ['more cells than voltages', { cellCount: 4096 }, 'cellCount'],
  ['a cell that is balanced and is none', { balancingCells: [18] }, 'balancingCells'],
  ['one cell far above the others', { cellVoltages: cells(5.133), voltage: 54.6 }, 'cellVoltages'],
  ['one cell far below the others', { cellVoltages: cells(1.261), voltage: 50.8 }, 'cellVoltages'],
  ['more than fits in', { remainingCapacity: 125, soc: 100 }, 'remainingCapacity'],
  ['a state of charge that the capacities deny', { soc: 64 }, 'soc'],
  ['a power of something else', { power: 3000 }, 'power'],
  ['an extreme that no cell has', { cellVoltageMax: 3.6 }, 'cellVoltageMax'],
];

describe('contradictions', () => {
  it('finds none in a good reading', () => {
    assert.deepEqual(contradictions(GOOD), []);
  });

  for (const [what, change, key] of WRONG) {
    it(`finds ${what}`, () => {
      const found = contradictions({ ...GOOD, ...change });
      assert.ok(
        found.some(({ keys }) => keys.includes(key)),
        JSON.stringify(found),
      );
    });

    it(`takes for a way of the board, when it was so before: ${what}`, () => {
      const reading = { ...GOOD, ...change };
      assert.deepEqual(contradictions(reading, reading, reading), []);
    });
  }

  it('finds 0 V without cells beside a state of charge', () => {
    assert.equal(contradictions({ voltage: 0, soc: 57, current: 0 }).length, 1);
    assert.equal(contradictions({ voltage: 0, soc: 0, current: 0 }).length, 0);
  });

  it('finds what has become worse, though it was so before', () => {
    const known = { ...GOOD, soc: 65 };
    assert.deepEqual(contradictions({ ...GOOD, soc: 66 }, GOOD, known), []);
    assert.equal(contradictions({ ...GOOD, soc: 75 }, GOOD, known).length, 1);
  });

  it('looks only at those in which the answer takes part', () => {
    assert.deepEqual(contradictions({ soc: 60 }, { ...GOOD, voltage: 65 }), []);
  });

  it('finds none in a pack that lives, whatever it lacks', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.subarray(Object.keys(GOOD) as (keyof Reading)[]), (moment, lacking) => {
        const reading = new ChangingPack(16, 1).at(moment);
        for (const key of lacking) delete reading[key];
        assert.deepEqual(contradictions(reading), []);
      }),
    );
  });
});
