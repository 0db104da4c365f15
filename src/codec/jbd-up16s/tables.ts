import type { Reading } from '../../battery/reading';
import { alarmWord } from '../kit/alarm-bits';
import { dateParts, dateText } from '../kit/date';
import { layout, number, text } from '../kit/fields';
import { checkLength } from '../kit/malformed';
import type { Decoded, Group } from '../protocol';

/** What one block says and another one needs. */
export interface Up16sMemory {
  /** major number of the firmware; 0 for a slave whose status the master forwards */
  firmware?: number;
}

/** One block that is read: where it lies and what it means, in both directions. */
export interface Block {
  readonly start: number;
  /** the offset behind its last byte */
  readonly end: number;
  /** for messages: "pack status (1000)" */
  readonly name: string;
  readonly group: Group;
  /** boards stay silent on blocks that they do not offer (jbd.md 11.1) */
  readonly optional?: boolean;
  /** see `Query.overrides` */
  readonly overrides?: readonly (keyof Reading)[];
  /** see `Query.applies` */
  applies?(memory: Readonly<Up16sMemory>): boolean;
  /** @throws BmsError `malformed` when the length cannot be right */
  decode(data: Buffer): Decoded<Up16sMemory>;
  /** The block of a board in this state; absent values become 0. */
  encode(pack: Reading): Buffer;
}

const FIRST_FIRMWARE = 12;

/** What the pack has taken and given in its life; the latter is its throughput (jbd.md 11.5). */
const throughputTable = layout<Reading>([
  number(0, 'u16', 'soc', { divisor: 100 }),
  number(10, 'u32', 'chargedCapacity', { divisor: 10 }),
  number(14, 'u32', 'dischargedCapacity', { divisor: 10 }),
  number(14, 'u32', 'cycleCapacity', { divisor: 10 }),
]);

/**
 * Block 2006: state of charge in fine steps and throughput, each poll (jbd.md 11.2). It lies in the group of the pack
 * status, because its `soc` replaces that one's and both have to be of the same moment. The larger block from 2000
 * on is left alone: reading it makes some firmware drop the discharge limit for a moment.
 */
export const throughput: Block = {
  start: 0x2006,
  end: 0x2018,
  name: 'throughput (2006)',
  group: 'fast',
  optional: true,
  overrides: ['soc'],
  applies: ({ firmware = 0 }) => firmware >= FIRST_FIRMWARE,

  decode(data) {
    checkLength(throughput.name, data, throughputTable.size);
    const reading: Reading = {};
    throughputTable.decode(data, reading);
    return { reading };
  },

  encode(pack) {
    const data = Buffer.alloc(throughputTable.size);
    throughputTable.encode(pack, data);
    return data;
  },
};

const serialNumberText = layout<Reading>([text(16, 30, 'serialNumber')]);
const DATE_AT = 46;
const DATE_END = 52;
/** as long as the one captured answer */
const PARAMETERS_LENGTH = 134;

/** Block 1c00: serial number and date of the board (jbd.md 11.5). Codes and dates of the pack have no name in a reading. */
export const parameters: Block = {
  start: 0x1c00,
  end: 0x1ca0,
  name: 'pack parameters (1c00)',
  group: 'identity',
  optional: true,

  decode(data) {
    checkLength(parameters.name, data, DATE_END);
    const reading: Reading = {};
    serialNumberText.decode(data, reading);
    const date = dateText(data.readUInt16BE(DATE_AT), data.readUInt16BE(DATE_AT + 2), data.readUInt16BE(DATE_AT + 4));
    if (date !== undefined) reading.manufactureDate = date;
    return { reading };
  },

  encode(pack) {
    const data = Buffer.alloc(PARAMETERS_LENGTH);
    serialNumberText.encode(pack, data);
    dateParts(pack.manufactureDate).forEach((part, i) => data.writeUInt16BE(part, DATE_AT + 2 * i));
    return data;
  },
};

const VERSION_AT = 4;
const VERSION_PARTS = 3;
const modelText = layout<Reading>([text(12, 16, 'model')]);
const PRODUCT_LENGTH = 44;

/** Block 2810: model and whole version (jbd.md 11.5). */
export const product: Block = {
  start: 0x2810,
  end: 0x283c,
  name: 'product information (2810)',
  group: 'identity',
  optional: true,
  // With its patch number, which the pack status lacks.
  overrides: ['softwareVersion'],

  decode(data) {
    checkLength(product.name, data, modelText.size);
    const reading: Reading = {};
    modelText.decode(data, reading);
    const version = Array.from({ length: VERSION_PARTS }, (_, i) => data.readUInt16BE(VERSION_AT + 2 * i));
    reading.softwareVersion = version.join('.');
    return { reading };
  },

  encode(pack) {
    const data = Buffer.alloc(PRODUCT_LENGTH);
    modelText.encode(pack, data);
    versionNumbers(pack.softwareVersion)
      .slice(0, VERSION_PARTS)
      .forEach((part, i) => data.writeUInt16BE(part & 0xffff, VERSION_AT + 2 * i));
    return data;
  },
};

/** The first numbers of a version such as "12.4.1"; 0 for what is missing or no number. */
export function versionNumbers(version: string | undefined): readonly number[] {
  return (version ?? '').split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : 0));
}

/**
 * The version in the pack status. A slave that the master forwards has major 0 and is shown by its minor number
 * alone (jbd.md 11.3).
 */
export function shortVersion(major: number, minor: number): string {
  return major === 0 ? `${minor}` : `${major}.${minor}`;
}

/** The two numbers that stand for a version in the pack status: a single number is a minor one. */
export function shortNumbers(version: string | undefined): readonly [major: number, minor: number] {
  const [first = 0, second] = versionNumbers(version);
  return second === undefined ? [0, first & 0xff] : [first & 0xff, second & 0xff];
}

/** Word at offset 24 of the pack status: protections and faults (jbd.md 11.4). */
export const protections = alarmWord('protection', {
  0: ['cell_overvoltage', 'protection'],
  1: ['cell_undervoltage', 'protection'],
  2: ['pack_overvoltage', 'protection'],
  3: ['pack_undervoltage', 'protection'],
  4: ['charge_overcurrent', 'protection'],
  5: ['charge_overcurrent', 'protection'],
  6: ['discharge_overcurrent', 'protection'],
  7: ['discharge_overcurrent', 'protection'],
  8: ['charge_overtemperature', 'protection'],
  9: ['charge_undertemperature', 'protection'],
  10: ['discharge_overtemperature', 'protection'],
  11: ['discharge_undertemperature', 'protection'],
  12: ['mos_overtemperature', 'protection'],
  13: ['ambient_overtemperature', 'protection'],
  14: ['ambient_undertemperature', 'protection'],
  15: ['cell_imbalance', 'protection'],
  16: ['temperature_imbalance', 'protection'],
  17: ['soc_low', 'protection'],
  18: ['short_circuit', 'protection'],
  19: ['cell_disconnected', 'fault'],
  20: ['sensor_fault', 'fault'],
  21: ['charge_mos_fault', 'fault'],
  22: ['discharge_mos_fault', 'fault'],
  23: ['current_limiter_fault', 'fault'],
  24: ['fire_detector_fault', 'fault'],
  25: ['full_charge_protection', 'warning'],
  26: ['afe_fault', 'fault'],
  27: ['reverse_connection', 'protection'],
});

/** Word at offset 28 of the pack status: alarms (jbd.md 11.4). */
export const warnings = alarmWord('alarm', {
  0: ['cell_overvoltage', 'warning'],
  1: ['cell_undervoltage', 'warning'],
  2: ['pack_overvoltage', 'warning'],
  3: ['pack_undervoltage', 'warning'],
  4: ['charge_overcurrent', 'warning'],
  5: ['discharge_overcurrent', 'warning'],
  6: ['charge_overtemperature', 'warning'],
  7: ['charge_undertemperature', 'warning'],
  8: ['discharge_overtemperature', 'warning'],
  9: ['discharge_undertemperature', 'warning'],
  10: ['mos_overtemperature', 'warning'],
  11: ['ambient_overtemperature', 'warning'],
  12: ['ambient_undertemperature', 'warning'],
  13: ['cell_imbalance', 'warning'],
  14: ['temperature_imbalance', 'warning'],
  15: ['soc_low', 'warning'],
  16: ['eeprom_fault', 'warning'],
  17: ['rtc_fault', 'warning'],
  18: ['full_charge_protection', 'warning'],
});
