import { bits } from './sums';
import { chargeEnabled, dischargeEnabled, voltageOf, type Truth } from './truth';

/**
 * The records of JK boards, as jk-modbus.md 5 and 6 and jk-ble.md 5, 6 and 9 list them. The offset is that of the
 * register block; in a frame of 300 bytes it stands 6 further on. Registers are big-endian, frames little-endian.
 */
export type Field = readonly [
  offset: number,
  type: 'u8' | 'u16' | 'i16' | 'u32' | 'i32' | 'text',
  value: number | string,
];

const SENSOR_ABSENT = -2000;

/** Bits of the alarm word, jk-ble.md 8. */
const ALARMS: Record<string, number> = {
  wire_resistance_high: 0,
  mos_overtemperature: 1,
  cell_count_mismatch: 2,
  current_sensor_fault: 3,
  cell_overvoltage: 4,
  pack_overvoltage: 5,
  charge_overcurrent: 6,
  short_circuit: 7,
  charge_overtemperature: 8,
  charge_undertemperature: 9,
  communication_fault: 10,
  cell_undervoltage: 11,
  pack_undervoltage: 12,
  discharge_overcurrent: 13,
  discharge_overtemperature: 15,
  charge_mos_fault: 16,
  discharge_mos_fault: 17,
  password_default: 19,
};

/** Live data, block 1200. */
export function liveFields(truth: Truth): Field[] {
  const { cells, resistances, temperatures } = truth;
  const volts = voltageOf(truth, 0.001);
  const millivolts = cells.map((cell) => Math.round(cell * 1000));
  const max = Math.max(...millivolts);
  const min = Math.min(...millivolts);
  const average = Math.round(millivolts.reduce((total, cell) => total + cell, 0) / cells.length);
  const sensor = (i: number): number => {
    const value = temperatures[i];
    return value === undefined || value === null ? SENSOR_ABSENT : Math.round(value * 10);
  };
  const present = [0, 1, 2, 4, 5].filter((_, k) => k === 0 || (temperatures[k - 1] ?? null) !== null);
  return [
    ...millivolts.map((value, i) => [2 * i, 'u16', value] as const),
    [0x40, 'u32', 2 ** cells.length - 1],
    [0x44, 'u16', average],
    [0x46, 'u16', max - min],
    [0x48, 'u8', millivolts.indexOf(max)],
    [0x49, 'u8', millivolts.indexOf(min)],
    ...resistances.map((value, i) => [0x4a + 2 * i, 'u16', Math.round(value * 1000)] as const),
    [0x8a, 'i16', Math.round(truth.mosTemperature * 10)],
    [0x90, 'u32', Math.round(volts * 1000)],
    [0x94, 'u32', Math.round(Math.abs(volts * truth.current) * 1000)],
    [0x98, 'i32', Math.round(truth.current * 1000)],
    [0x9c, 'i16', sensor(0)],
    [0x9e, 'i16', sensor(1)],
    [0xa0, 'u32', bits(truth.alarms.map(({ code }) => alarmBit(code)))],
    [0xa4, 'i16', Math.round(truth.balanceCurrent * 1000)],
    [0xa6, 'u8', truth.balanceCurrent > 0 ? 1 : truth.balanceCurrent < 0 ? 2 : 0],
    [0xa7, 'u8', truth.soc],
    [0xa8, 'i32', Math.round(truth.remainingCapacity * 1000)],
    [0xac, 'u32', Math.round(truth.fullCapacity * 1000)],
    [0xb0, 'u32', truth.cycles],
    [0xb4, 'u32', Math.round(truth.cycleCapacity * 1000)],
    [0xb8, 'u8', truth.soh],
    [0xbc, 'u32', truth.runtime],
    [0xc0, 'u8', chargeEnabled(truth) ? 1 : 0],
    [0xc1, 'u8', dischargeEnabled(truth) ? 1 : 0],
    [0xd0, 'u8', bits(present)],
    [0xe4, 'u16', Math.round(volts * 100)],
    [0xef, 'u8', truth.chargerConnected ? 1 : 0],
    [0xf0, 'u32', truth.runtime * 10],
    [0xf8, 'i16', Math.round(truth.mosTemperature * 10)],
    [0xfa, 'i16', sensor(2)],
    [0xfc, 'i16', sensor(3)],
  ];
}

/** Settings, block 1000; what a board is set to besides, that of a 16S LFP pack. */
export function settingFields(truth: Truth, address: number): Field[] {
  const volts = [3500, 2600, 2650, 3650, 3419, 7, 3425, 2640, 3437, 3430, 2500];
  const rest = [200_000, 3, 60, 200_000, 300, 60, 5, 2000, 700, 600, 700, 600, -200, -100, 1000, 800];
  return [
    ...[...volts, ...rest].map((value, i) => [4 * i, 'i32', value] as const),
    [0x6c, 'u32', truth.cells.length],
    [0x70, 'u32', truth.chargeSwitch ? 1 : 0],
    [0x74, 'u32', truth.dischargeSwitch ? 1 : 0],
    [0x78, 'u32', truth.balancingSwitch ? 1 : 0],
    [0x7c, 'u32', Math.round(truth.designCapacity * 1000)],
    [0x80, 'u32', 1500],
    [0x84, 'u32', 3410],
    [0x108, 'u32', address],
    [0x114, 'u16', truth.heatingSwitch ? 1 : 0],
    [0x116, 'u8', 60],
    [0x117, 'u8', 50],
    [0x118, 'u8', 24],
    [0x119, 'u8', 254],
  ];
}

/** Device information, block 1400. */
export function infoFields(truth: Truth): Field[] {
  return [
    [0x00, 'text', truth.model],
    [0x10, 'text', truth.hardwareVersion],
    [0x18, 'text', truth.softwareVersion],
    [0x20, 'u32', Math.floor(truth.runtime / 300) * 300],
    [0x24, 'u32', 9],
    [0x28, 'text', truth.deviceName],
    [0x38, 'text', '1234'],
    [0x48, 'text', truth.manufactureDate.replaceAll('-', '').slice(2)],
    [0x50, 'text', truth.serialNumber],
    [0x60, 'text', 'Input Userdata'],
    [0x70, 'text', '123456'],
    [0xb2, 'u8', 1],
    [0xe4, 'u8', 9],
  ];
}

/** A frame of 300 bytes. */
export function recordFrame(type: number, counter: number, fields: readonly Field[]): Buffer {
  const frame = Buffer.alloc(300);
  frame.set([0x55, 0xaa, 0xeb, 0x90, type, counter & 0xff]);
  for (const [offset, kind, value] of fields) put(frame, offset + 6, kind, value, 'little');
  frame[299] = frame.subarray(0, 299).reduce((total, byte) => total + byte, 0) & 0xff;
  return frame;
}

/** The block as registers hold it. */
export function registerBlock(length: number, fields: readonly Field[]): Buffer {
  const block = Buffer.alloc(length);
  for (const [offset, kind, value] of fields) put(block, offset, kind, value, 'big');
  return block;
}

function put(bytes: Buffer, at: number, type: Field[1], value: number | string, order: 'little' | 'big'): void {
  if (typeof value === 'string') return void bytes.write(value, at, 'ascii');
  const number = type.startsWith('u') || value >= 0 ? value : value + (type === 'i16' ? 0x10000 : 2 ** 32);
  const length = { u8: 1, u16: 2, i16: 2, u32: 4, i32: 4, text: 0 }[type];
  if (order === 'little') bytes.writeUIntLE(number, at, length);
  else bytes.writeUIntBE(number, at, length);
}

function alarmBit(code: string): number {
  const bit = ALARMS[code];
  if (bit === undefined) throw new Error(`a JK board does not report ${code}`);
  return bit;
}
