import assert from 'node:assert/strict';
import type { BankReading } from '../../../src/battery/bank/reading';
import type { BankSettings } from '../../../src/battery/bank/settings';
import type { Reading } from '../../../src/battery/reading';
import { BankBench, type Given } from '../../support/bank';
import { A, B, FIRST_12V, SECOND_12V } from '../../support/bank-packs';

/** A worked example of bank.md 8 that needs one step only: number, settings, packs, some values of the bank. */
type Row = readonly [
  number: string,
  settings: Partial<BankSettings>,
  packs: readonly Reading[],
  expected: { readonly [K in keyof BankReading]: BankReading[K] | 'absent' },
];

const half = { fullCapacity: 100, remainingCapacity: 50 };

const ROWS: readonly Row[] = [
  [
    '1',
    {},
    [A, B],
    { voltage: 53.18, current: 16, power: 850.96, remainingCapacity: 218, fullCapacity: 380, soc: 57.4 },
  ],
  [
    '2',
    {},
    [A, B],
    // The sheet says 3.3235 here, and at most three decimals of a volt in its section 2.
    {
      ...{ cellCount: 32, seriesCells: 16, cellVoltageMin: 3.318, minCell: 18, minCellPack: 'B', cellVoltageMax: 3.33 },
      ...{ maxCell: 9, maxCellPack: 'A', cellVoltageAverage: 3.324, cellVoltageDelta: 0.012 },
      ...{ temperatureMin: 18, temperatureMax: 22 },
    },
  ],
  ['3', {}, [A, { ...B, fullCapacity: undefined, designCapacity: 105 }], { fullCapacity: 385, soc: 57.3 }],
  ['4', {}, [A, { ...B, soc: undefined }], { soc: 'absent', current: 16 }],
  [
    '5',
    {},
    [
      { soc: 50, fullCapacity: 300 },
      { soc: 25, fullCapacity: 100 },
    ],
    { soc: 43.8 },
  ],
  [
    '6',
    {},
    [
      { soc: 77.1, fullCapacity: 100 },
      { soc: 99.8, fullCapacity: 100 },
    ],
    { soc: 88.4 },
  ],
  [
    '8',
    { topology: 'series' },
    [FIRST_12V, SECOND_12V],
    {
      ...{ voltage: 26.5, current: 5.1, power: 135.14, remainingCapacity: 50, fullCapacity: 90, soc: 55.6 },
      ...{ remainingEnergy: 1325 },
    },
  ],
  [
    '10',
    { topology: 'strings' },
    [FIRST_12V, SECOND_12V, { remainingCapacity: 80, fullCapacity: 100 }, { remainingCapacity: 70, fullCapacity: 100 }],
    { remainingCapacity: 120, fullCapacity: 180, soc: 66.7 },
  ],
  ['15', {}, [{ ...A, dischargeEnabled: false, soc: 0 }, B], { soc: 50, packsBlockingDischarge: 1 }],
  ['15, all', { socOf: 'all' }, [{ ...A, dischargeEnabled: false, soc: 0 }, B], { soc: 13.2 }],
  ['16', {}, [{ chargeEnabled: true }, { chargeEnabled: false }], { chargeEnabled: true }],
  ['16, S', { topology: 'series' }, [{ chargeEnabled: true }, { chargeEnabled: false }], { chargeEnabled: false }],
  ['17', {}, [{}, { chargeEnabled: false }], { chargeEnabled: 'absent' }],
  ['17, S', { topology: 'series' }, [{}, { chargeEnabled: false }], { chargeEnabled: false }],
  [
    '18',
    {},
    [
      { ...half, fullCapacity: 280, current: 12 },
      { ...half, fullCapacity: 280, current: -12 },
    ],
    { current: 0, state: 'idle' },
  ],
];

describe('the values of a bank', () => {
  for (const [number, settings, packs, expected] of ROWS) {
    it(`are those of row ${number}`, () => {
      const groups = packs.map((_pack, i) => ({ group: settings.topology === 'strings' && i > 1 ? '2' : '1' }));
      const { reading } = new BankBench(settings, groups).step(packs);
      for (const [key, value] of Object.entries(expected)) {
        assert.deepEqual(reading?.[key as keyof BankReading], value === 'absent' ? undefined : value, key);
      }
    });
  }

  it('list cells and sensors of all packs one after the other, and numbers by their place', () => {
    const one: Given = { cellCount: 2, cellVoltages: [3.2, 3.3], balancingCells: [2], temperatures: [20, null] };
    const { reading } = new BankBench().step([one, { ...one, balancingCells: [1] }]);
    assert.deepEqual(reading?.cellVoltages, [3.2, 3.3, 3.2, 3.3]);
    assert.deepEqual(reading.balancingCells, [2, 3]);
    assert.deepEqual(reading.temperatures, [20, null, 20, null]);
  });

  it('are those of the stages in a row, and of the packs side by side in each', () => {
    const packs = [FIRST_12V, FIRST_12V, SECOND_12V, SECOND_12V];
    const groups = [{ group: '1' }, { group: '1' }, { group: '2' }, { group: '2' }];
    const { reading } = new BankBench({ topology: 'stages' }, groups).step(packs);
    assert.equal(reading?.voltage, 26.5);
    assert.equal(reading.current, 10.2);
    assert.equal(reading.remainingCapacity, 100);
  });

  it('leave out a pack that is excluded, as if it were not there', () => {
    const bench = new BankBench({ excluded: ['A'] });
    const { reading, packs } = bench.step([A, B]);
    assert.equal(reading?.current, 6);
    assert.equal(reading.packCount, 1);
    assert.equal(reading.minCell, 2);
    assert.deepEqual(
      packs.map(({ state }) => state),
      ['excluded', 'fresh'],
    );
  });
});
