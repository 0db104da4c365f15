import { cellInfoFor24, cellInfoFor32, type CellInfo } from '../../jk-record/cell-info';
import { deliveredSettings } from '../../jk-record/delivered';
import { SWITCH_BITS_AT } from '../../jk-record/parameters';
import {
  decodeCapacity,
  decodeSwitchBits,
  decodeSwitches,
  encodeSwitchBits,
  encodeSwitches,
  withHeating,
} from '../../jk-record/settings';
import { dataOf, inData, RECORD_LENGTH } from '../../jk-record/wire';
import type { RecordLayout, Registers } from './layout';

/** jk-ble.md 9.1, 10 */
const REGISTERS: Registers = {
  charge: { number: 0x1d, width: 4 },
  discharge: { number: 0x1e, width: 4 },
  balancing: { number: 0x1f, width: 4 },
  restart: { number: 0x66, width: 0 },
  shutdown: { number: 0x65, width: 0 },
};

const BITS_AT = inData(SWITCH_BITS_AT);

/** The charge profile, and all that lies behind the connections of 32 cells (jk-ble.md 9.1). */
const ABSENT_ON_24 = [
  [30, 46],
  [270, RECORD_LENGTH - 1],
] as const;

/** Boards with a current sensor and MOSFETs (jk-ble.md 6). */
function jk02(cellInfo: CellInfo, registers: Registers): RecordLayout {
  const hasHeater = registers.heating !== undefined;
  return {
    registers,

    fits: (record) => cellInfo.fits(dataOf(record)),

    decodeCells: (record, memory) => cellInfo.decode(dataOf(record), 'little', memory),

    encodeCells(pack, record) {
      // The variant shows in a voltage that is the sum of the cells.
      const { cellVoltages = [], voltage = sumOf(cellVoltages.slice(0, cellInfo.slots)) } = pack;
      cellInfo.encode({ ...pack, voltage }, dataOf(record), 'little');
    },

    decodeCapacity: (settings, into) => decodeCapacity(dataOf(settings), 'little', into),

    decodeSwitches(settings, into) {
      const data = dataOf(settings);
      decodeSwitches(data, 'little', into);
      if (hasHeater) decodeSwitchBits(data, 'little', into);
    },

    encodeSwitches(switches, settings) {
      const data = dataOf(settings);
      encodeSwitches(switches, data, 'little');
      if (hasHeater) encodeSwitchBits(withHeating(data.readUInt16LE(BITS_AT), switches.heating), data, 'little');
    },

    deliveredSettings(pack) {
      const data = deliveredSettings(pack, 'little');
      if (cellInfo.slots === 24) for (const [from, upTo] of ABSENT_ON_24) data.fill(0, inData(from), inData(upTo));
      return data;
    },
  };
}

/** Software 4 to 10. */
export const jk02For24 = jk02(cellInfoFor24, REGISTERS);
/** Software from 11 on. */
export const jk02For32 = jk02(cellInfoFor32, { ...REGISTERS, heating: { number: 0x27, width: 4 } });

function sumOf(voltages: readonly number[]): number {
  return voltages.reduce((sum, voltage) => sum + voltage, 0);
}
