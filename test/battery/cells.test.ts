import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cellPoints, cellTable, haveCellsChanged, type CellTable } from '../../src/battery/cells';
import { derive } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';

const ORIGIN = { device: 'Bank', protocol: 'jbd', address: 3 };

function tableOf(reading: Reading): CellTable {
  const table = cellTable(reading);
  assert.ok(table);
  return table;
}

/** Cell voltages to 1 mV. */
const voltages = fc.array(
  fc.integer({ min: 0, max: 5000 }).map((millivolts) => millivolts / 1000),
  { minLength: 1, maxLength: 32 },
);

describe('cellTable', () => {
  it('says how far each cell is from the average', () => {
    assert.deepEqual(cellTable({ cellVoltages: [3.3, 3.31, 3.29, 3.3] }), {
      count: 4,
      min: 3.29,
      max: 3.31,
      average: 3.3,
      delta: 0.02,
      minCell: 3,
      maxCell: 2,
      cells: [
        { cell: 1, voltage: 3.3, deviation: 0 },
        { cell: 2, voltage: 3.31, deviation: 0.01 },
        { cell: 3, voltage: 3.29, deviation: -0.01 },
        { cell: 4, voltage: 3.3, deviation: 0 },
      ],
    });
  });

  it('says of each cell of a bank which cell of which pack it is', () => {
    const packs = [
      { pack: 'Front', state: 'fresh', cellCount: 1 },
      { pack: 'Rear', state: 'fresh', cellCount: 2 },
    ] as const;
    const table = cellTable({ cellVoltages: [3.3, 3.31, 3.29], packs: [...packs] }) ?? assert.fail();
    const place = ({ cell, pack, packCell }: CellTable['cells'][number]): unknown[] => [cell, pack, packCell];
    assert.deepEqual(table.cells.map(place), [
      [1, 'Front', 1],
      [2, 'Rear', 1],
      [3, 'Rear', 2],
    ]);
    const [, , point] = cellPoints(table, ORIGIN, 0);
    assert.deepEqual([point?.tags['pack'], point?.tags['cell'], point?.fields.packCell], ['Rear', '3', 2]);
  });

  it('has resistances and balancing only where the device reports them', () => {
    const cellVoltages = [3.3, 3.31];
    assert.deepEqual(tableOf({ cellVoltages, balancing: true }).cells[1], { cell: 2, voltage: 3.31, deviation: 0.005 });
    assert.deepEqual(
      tableOf({ cellVoltages, balancingCells: [2] }).cells.map(({ balancing }) => balancing),
      [false, true],
    );
    assert.deepEqual(
      tableOf({ cellVoltages, balancingCells: [] }).cells.map(({ balancing }) => balancing),
      [false, false],
    );
    const { cells } = tableOf({ cellVoltages, cellResistances: [0.0004] });
    assert.equal(cells[0]?.resistance, 0.0004);
    assert.ok(!('resistance' in (cells[1] ?? {})));
  });

  it('is of the voltages that it shows, whatever the device says of them', () => {
    const { min, minCell } = tableOf({ cellVoltages: [3.3, 3.2], cellVoltageMin: 3.1, minCell: 1 });
    assert.deepEqual([min, minCell], [3.2, 2]);
  });

  it('is absent without cell voltages', () => {
    assert.equal(cellTable({ voltage: 52.8, cellVoltageMin: 3.3 }), undefined);
    assert.equal(cellTable({ cellVoltages: [] }), undefined);
  });

  it('agrees with itself and with the reading', () => {
    fc.assert(
      fc.property(voltages, (cellVoltages) => {
        const reading = derive({ cellVoltages });
        const table = tableOf(reading);
        assert.equal(table.min, Math.min(...cellVoltages));
        assert.equal(table.max, Math.max(...cellVoltages));
        assert.equal(table.cells[table.minCell - 1]?.voltage, table.min);
        assert.equal(table.cells[table.maxCell - 1]?.voltage, table.max);
        assert.equal(cellVoltages.indexOf(table.min), table.minCell - 1);
        assert.equal(cellVoltages.indexOf(table.max), table.maxCell - 1);
        assert.deepEqual(
          [table.average, table.delta, table.count],
          [reading.cellVoltageAverage, reading.cellVoltageDelta, reading.cellCount],
        );
      }),
    );
  });

  it('has deviations to 1 mV that sum up to nothing but the rounding of the average', () => {
    fc.assert(
      fc.property(voltages, (cellVoltages) => {
        const { cells, count, average } = tableOf({ cellVoltages });
        const sum = cells.reduce((total, { deviation }) => total + deviation, 0);
        assert.ok(Math.abs(sum) <= 0.0005 * count + 1e-9, `${sum} V`);
        for (const { voltage, deviation } of cells) {
          assert.ok(Math.abs(voltage - average - deviation) < 1e-9);
          assert.equal(deviation, Number(deviation.toFixed(3)));
          assert.ok(!Object.is(deviation, -0));
        }
      }),
    );
  });
});

describe('cellPoints', () => {
  it('has one point per cell, as a batch node takes it', () => {
    const table = tableOf({ cellVoltages: [3.3, 3.31], balancingCells: [2], cellResistances: [0.0004, 0.0005] });
    const timestamp = Date.UTC(2026, 0, 2);
    assert.deepEqual(cellPoints(table, ORIGIN, timestamp), [
      {
        measurement: 'cell',
        fields: { voltage: 3.3, deviation: -0.005, resistance: 0.0004, balancing: false },
        tags: { device: 'Bank', cell: '1', protocol: 'jbd', address: '3' },
        timestamp: new Date(timestamp),
      },
      {
        measurement: 'cell',
        fields: { voltage: 3.31, deviation: 0.005, resistance: 0.0005, balancing: true },
        tags: { device: 'Bank', cell: '2', protocol: 'jbd', address: '3' },
        timestamp: new Date(timestamp),
      },
    ]);
  });

  it('leaves empty tags out', () => {
    const [point] = cellPoints(tableOf({ cellVoltages: [3.3] }), { ...ORIGIN, address: '' }, 0);
    assert.deepEqual(point?.tags, { device: 'Bank', cell: '1', protocol: 'jbd' });
  });
});

describe('haveCellsChanged', () => {
  const reading: Reading = { cellVoltages: [3.3, 3.31], balancingCells: [], current: 1 };

  it('sees a change of any cell, and of nothing else', () => {
    assert.ok(haveCellsChanged(undefined, reading));
    assert.ok(!haveCellsChanged(reading, structuredClone(reading)));
    assert.ok(!haveCellsChanged(reading, { ...reading, current: 2, soc: 50 }));
    assert.ok(haveCellsChanged(reading, { ...reading, cellVoltages: [3.3, 3.311] }));
    assert.ok(haveCellsChanged(reading, { ...reading, balancingCells: [1] }));
    assert.ok(haveCellsChanged(reading, { ...reading, cellResistances: [0.0004, 0.0005] }));
  });
});
