import { cellInfoFor24, cellInfoFor32, type CellInfo } from '../jk-record/cell-info';
import { dataOf } from '../jk-record/record';
import type { CellRecord } from './cell-record';

/** The cell record of boards with a current sensor (jk-ble.md 6). */
function jk02(cellInfo: CellInfo): CellRecord {
  return {
    fits: (record) => cellInfo.fits(dataOf(record)),

    decode: (record, memory) => cellInfo.decode(dataOf(record), 'little', memory),

    encode(pack, record) {
      // The variant shows in a voltage that is the sum of the cells.
      const { cellVoltages = [], voltage = sumOf(cellVoltages.slice(0, cellInfo.slots)) } = pack;
      cellInfo.encode({ ...pack, voltage }, dataOf(record), 'little');
    },
  };
}

/** Software 4 to 10. */
export const jk02For24 = jk02(cellInfoFor24);
/** Software from 11 on. */
export const jk02For32 = jk02(cellInfoFor32);

function sumOf(voltages: readonly number[]): number {
  return voltages.reduce((sum, voltage) => sum + voltage, 0);
}
