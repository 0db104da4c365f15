import type { Alarm } from '../../battery/alarm';
import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { flag, layout, number, type Row } from '../kit/fields';
import type { Group, Memory } from '../untyped';
import { batteryStatus } from './alarms';
import { MEMORY } from './memory';
import { isLarge, MAX_CELLS, MIN_CELLS, refusal, type Register } from './register';
import type { Width } from './wire';

const MILLI = { divisor: 1000 };
const MAX_SOC = 100;
const MAX_CURRENT = 500;

interface Value {
  command: number;
  width: Width;
  name: string;
  group: Group;
  row: Row<Reading>;
  /** @throws BmsError `malformed` when the value cannot be true (sinowealth.md 9) */
  check?(reading: Reading): void;
}

/** A register that is one number. */
function value({ command, width, name, group, row, check }: Value): Register {
  const table = layout<Reading>([row]);
  return {
    command,
    width,
    name,
    group,
    applies: ({ memory }) => !isLarge(memory),
    decode(data) {
      const reading: Reading = {};
      table.decode(data, reading);
      check?.(reading);
      return { reading };
    },
    encode(pack) {
      const data = Buffer.alloc(width);
      table.encode(pack, data);
      return data;
    },
  };
}

const millivolts = layout<Reading>([number(0, 'u16', 'voltage', MILLI)]);

/** Register 0b (sinowealth.md 4): the pack, or the eleventh cell of a large board (sinowealth.md 8). */
export const packVoltage: Register = {
  command: 0x0b,
  width: 2,
  name: 'pack voltage (0b)',
  group: 'fast',
  decode(data, memory) {
    const packMillivolts = data.readUInt16BE(0);
    if (packMillivolts === 0) throw refusal(packVoltage.name, 'the voltage is 0 V');
    const known = { ...memory, [MEMORY.packMillivolts]: packMillivolts };
    const reading: Reading = {};
    if (!isLarge(known)) millivolts.decode(data, reading);
    return { reading, memory: { [MEMORY.packMillivolts]: packMillivolts } };
  },
  encode(pack) {
    const data = Buffer.alloc(2);
    millivolts.encode(pack, data);
    return data;
  },
};

export const soc = value({
  command: 0x13,
  width: 2,
  name: 'SOC (13)',
  group: 'fast',
  row: number(0, 'u16', 'soc'),
  check(reading) {
    if ((reading.soc ?? 0) > MAX_SOC) throw refusal(soc.name, `a state of charge of ${reading.soc ?? 0} %`);
  },
});

const current = value({
  command: 0x10,
  width: 4,
  name: 'current (10)',
  group: 'fast',
  row: number(0, 's32', 'current', MILLI),
  check(reading) {
    if (Math.abs(reading.current ?? 0) > MAX_CURRENT) throw refusal(current.name, `${reading.current ?? 0} A`);
  },
});

const CHARGING = 1 << 2;
const DISCHARGING = 1 << 3;

/** The lower byte of register 15; what else is in it has no name in a reading (sinowealth.md 4). */
const mosfets = layout<Reading>([flag(1, 0, 'chargeEnabled'), flag(1, 1, 'dischargeEnabled')]);

const packStatus: Register = {
  command: 0x15,
  width: 2,
  name: 'pack status (15)',
  group: 'fast',
  applies: ({ memory }) => !isLarge(memory),
  decode(data) {
    const reading: Reading = {};
    mosfets.decode(data, reading);
    const bits = data.readUInt16BE(0) & (CHARGING | DISCHARGING);
    // Both at once: the sign of the current tells.
    if (bits === 0) reading.state = 'idle';
    else if (bits === CHARGING) reading.state = 'charging';
    else if (bits === DISCHARGING) reading.state = 'discharging';
    return { reading };
  },
  encode(pack) {
    const data = Buffer.alloc(2);
    mosfets.encode(pack, data);
    const { state } = summarise({ state: pack.state, current: pack.current });
    if (state === 'charging') data.writeUInt8(data.readUInt8(1) | CHARGING, 1);
    if (state === 'discharging') data.writeUInt8(data.readUInt8(1) | DISCHARGING, 1);
    return data;
  },
};

const alarms: Register = {
  command: 0x16,
  width: 2,
  name: 'battery status (16)',
  group: 'fast',
  applies: ({ memory }) => !isLarge(memory),
  decode(data) {
    const found: Alarm[] = [];
    batteryStatus.decode(data.readUInt16BE(0), found);
    return { reading: { alarms: found } };
  },
  encode(pack) {
    const data = Buffer.alloc(2);
    data.writeUInt16BE(batteryStatus.encode(pack.alarms ?? []) & 0xffff, 0);
    return data;
  },
};

const CELLS_MASK = 7;
const TWO_SENSORS = 1 << 6;

/**
 * Register 17 (sinowealth.md 4): bit 6 alone tells the sensors, whatever the other bits are (sinowealth.md 8). With every
 * poll, because everything else is understood by it: a number that noise has told must not last.
 */
export const configuration: Register = {
  command: 0x17,
  width: 2,
  name: 'pack configuration (17)',
  group: 'fast',
  unanswered: (isKnown): Memory => (isKnown ? {} : { [MEMORY.isUnconfigured]: 1 }),
  decode(data) {
    const bits = data.readUInt16BE(0);
    const cellCount = (bits & CELLS_MASK) + MIN_CELLS;
    const sensorCount = (bits & TWO_SENSORS) === 0 ? 1 : 2;
    return {
      reading: { cellCount },
      memory: { [MEMORY.cellCount]: cellCount, [MEMORY.sensorCount]: sensorCount },
    };
  },
  encode(pack) {
    const cellCount = pack.cellCount ?? pack.cellVoltages?.length ?? 0;
    // A number of cells that it cannot say: the host counts them when nothing comes.
    if (cellCount < MIN_CELLS) return undefined;
    const data = Buffer.alloc(2);
    const sensorBit = (pack.temperatures?.length ?? 0) > 1 ? TWO_SENSORS : 0;
    data.writeUInt16BE((Math.min(cellCount, MAX_CELLS) - MIN_CELLS) | sensorBit, 0);
    return data;
  },
};

/** What stands in one register each (sinowealth.md 4). The registers of chip temperatures tell nothing of the battery. */
export const pollRegisters: readonly Register[] = [
  current,
  value({
    command: 0x12,
    width: 4,
    name: 'remaining capacity (12)',
    group: 'fast',
    row: number(0, 's32', 'remainingCapacity', MILLI),
  }),
  soc,
  packStatus,
  alarms,
];

export const slowRegisters: readonly Register[] = [
  value({
    command: 0x11,
    width: 4,
    name: 'full capacity (11)',
    group: 'counters',
    row: number(0, 's32', 'fullCapacity', { ...MILLI, notAvailable: [0] }),
  }),
  value({ command: 0x14, width: 2, name: 'cycles (14)', group: 'counters', row: number(0, 'u16', 'cycles') }),
];
