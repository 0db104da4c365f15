import type { Reading } from '../../battery/reading';
import { cellInfoFor32 } from '../jk-record/cell-info';
import { decodeDeviceInfo, DEVICE_INFO_LENGTH, encodeDeviceInfo, type SoftwareMemory } from '../jk-record/device-info';
import { deliveredSettings } from '../jk-record/delivered';
import { SWITCH_BITS_AT } from '../jk-record/parameters';
import type { Temperatures } from '../jk-record/sensors';
import { decodeCapacity, decodeSwitchBits, decodeSwitches, SETTINGS_LENGTH } from '../jk-record/settings';
import { tables } from '../jk-record/tables';
import { inData, RECORDS } from '../jk-record/wire';
import { number, type Endian } from '../kit/fields';
import { checkLength } from '../kit/malformed';
import type { Decoded } from '../protocol';

/** What a connection has learned of its board. */
export interface JkModbusMemory extends SoftwareMemory {
  /** once the board has answered a trigger with a frame */
  answersFrames?: boolean;
  /** once the board has answered with registers */
  answersRegisters?: boolean;
  /** whether another master is on the bus: then this host only listens */
  hasMaster?: boolean;
  /** how many answers came since that master was heard last */
  answersSinceMaster?: number;
  /** °C of the first two sensors, and the byte of those connected, for the answer that holds the others */
  firstTemperatures?: Temperatures;
  connectedSensors?: number;
  /** the word of switches as an action has read it: it goes back with one bit changed */
  switchBits?: number;
}

/**
 * One block of the board's memory, in both directions: the data of a record, whether it comes as that, where numbers
 * are little-endian, or as registers, where they are big-endian (jk-modbus.md 3, 4).
 */
export interface Block {
  /** address of its first byte as registers */
  readonly register: number;
  /** bytes that can be read as registers */
  readonly size: number;
  /** the register whose write asks for the block as a frame, and the type of that frame */
  readonly trigger: number;
  readonly type: number;
  /**
   * @param data the block from its first byte, as much of it as was read
   * @throws BmsError `malformed` when the content cannot be true
   */
  decode(data: Buffer, endian: Endian, memory: JkModbusMemory): Decoded<JkModbusMemory>;
  /** @param pack completed by `derive` @param data zeros, as long as a frame's data */
  encode(pack: Reading, data: Buffer, endian: Endian): void;
}

/** @param least bytes that a reading cannot do without: an answer that is shorter is malformed */
function block(what: string, least: number, rest: Block): Block {
  return {
    ...rest,
    decode(data, endian, memory) {
      checkLength(what, data, least);
      return rest.decode(data, endian, memory);
    },
  };
}

/** The voltage once more, in steps of 10 mV; only written, as the other one is finer (jk-modbus.md 5). */
const voltageAgain = tables<Reading>([number(234, 'u16', 'voltage', { divisor: 100 })]);

/** Block 1200: the state of the pack, its cells included. One read of registers brings all that it needs. */
export const live = block('live data', 0xd2, {
  register: 0x1200,
  size: 0x110,
  trigger: 0x1620,
  type: RECORDS.cellInfo,

  decode: (data, endian, memory) => ({ reading: cellInfoFor32.decode(data, endian, memory) }),

  encode(pack, data, endian) {
    cellInfoFor32.encode(pack, data, endian);
    voltageAgain[endian].encode(pack, data);
  },
});

const cellCount = tables<Reading>([number(114, 'u32', 'cellCount', { notAvailable: [0] })]);

/** The highest that can be set (jk-ble.md 9.1). */
const MOST_CELLS = 32;

/** Block 1000: the settings. */
export const settings = block('settings', SETTINGS_LENGTH, {
  register: 0x1000,
  size: 0x11a,
  trigger: 0x161e,
  type: RECORDS.settings,

  decode(data, endian) {
    const reading: Reading = {};
    decodeCapacity(data, endian, reading);
    cellCount[endian].decode(data, reading);
    if ((reading.cellCount ?? 0) > MOST_CELLS) reading.cellCount = Number.NaN;
    decodeSwitches(data, endian, reading);
    decodeSwitchBits(data, endian, reading);
    return { reading };
  },

  encode: (pack, data, endian) => void deliveredSettings(pack, endian).copy(data),
});

/** The data of record 01 as registers, or the other way round: the bytes of each number change places. */
export function inRegisterOrder(data: Buffer): Buffer {
  const turned = Buffer.from(data);
  const bitsAt = inData(SWITCH_BITS_AT);
  turned.subarray(0, bitsAt).swap32();
  turned.subarray(bitsAt, bitsAt + 2).swap16();
  return turned;
}

/** Block 1400: who the board is. */
export const information = block('device information', DEVICE_INFO_LENGTH, {
  register: 0x1400,
  size: 0xf0,
  trigger: 0x161c,
  type: RECORDS.deviceInfo,
  decode: decodeDeviceInfo,
  encode: encodeDeviceInfo,
});

/** Where a user's switches can be written (jk-modbus.md 6.1, 9): four bytes each, and a word with the heater's bit. */
export const SWITCH_REGISTERS = { charge: 0x1070, discharge: 0x1074, balancing: 0x1078, switchBits: 0x1114 } as const;
