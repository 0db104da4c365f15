import assert from 'node:assert/strict';
import { dropImplausible } from '../../src/battery/plausible';
import type { Reading } from '../../src/battery/reading';
import { PROTOCOLS } from '../../src/codec/registry';
import { readAll } from '../support/protocol-properties';

const CELLS = [3.3, 3.301, 3.302, 3.303, 3.304, 3.305, 3.306, 3.307];

const PACK: Reading = {
  voltage: 26.4,
  current: 0,
  soc: 50,
  remainingCapacity: 50,
  fullCapacity: 100,
  designCapacity: 100,
  cellCount: 8,
  cellVoltages: CELLS,
  temperatures: [20],
  chargeEnabled: true,
  dischargeEnabled: true,
};

const CAPACITIES = ['remainingCapacity', 'fullCapacity', 'designCapacity'] as const;

/** Capacities that the numbers of a protocol can tell although no pack has them. */
const BEYOND: Readonly<Record<string, number>> = {
  daly: 2,
  jk: 2,
  'jk-ble': 3,
  'jk-modbus': 3,
  sinowealth: 2,
};

/** What users see of a pack, and how much was left out. */
function seen(protocol: (typeof PROTOCOLS)[number], change: Reading): { reading: Reading; dropped: number } {
  const { cellVoltages = CELLS } = change;
  const voltage = cellVoltages.reduce((sum, cell) => sum + cell, 0);
  const reading = readAll(protocol, { ...PACK, voltage, ...change }, protocol.address?.initial ?? 0);
  return { dropped: dropImplausible(reading), reading };
}

for (const protocol of PROTOCOLS) {
  describe(`limits: ${protocol.id}`, () => {
    it('a cell of 5 V passes; with one of more the cells are left out and counted, and the rest is told', () => {
      const possible = seen(protocol, { cellVoltages: [...CELLS.slice(0, 7), 5] });
      assert.deepEqual([possible.reading.cellVoltages?.[7], possible.dropped], [5, 0]);
      const wrong = seen(protocol, { cellVoltages: [...CELLS.slice(0, 7), 5.001] });
      assert.deepEqual([wrong.reading.cellVoltages, wrong.dropped], [undefined, 1]);
      assert.ok((wrong.reading.voltage ?? 0) > 28);
    });

    it('a capacity above 20,000 Ah is left out and counted', () => {
      const large = { remainingCapacity: 20_001, fullCapacity: 20_001, designCapacity: 20_001 };
      const { reading, dropped } = seen(protocol, large);
      for (const key of CAPACITIES) assert.ok((reading[key] ?? 0) <= 20_000, `${key} ${reading[key]}`);
      assert.equal(dropped, BEYOND[protocol.id] ?? 0);
    });
  });
}
