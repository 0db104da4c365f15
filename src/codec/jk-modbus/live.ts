import type { Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import { flag, list, number, readerOf, type Endian } from '../fields';
import { alarmBits } from '../jk-record/alarms';
import { tables, untrue, type Block } from './block';
import { decodeSensors, encodeSensors } from './sensors';

const SLOTS = 32;
const MASK_AT = 0x40;
const RESISTANCES_AT = 0x4a;
const ALARMS_AT = 0xa0;
const BALANCER_AT = 0xa6;
/** up to the last value that a reading cannot do without: as much as one read of registers brings */
const SHORTEST = 0xd2;

const MILLI = { per: 1000 };
/** of a percentage: everything above 100 */
const PERCENT = { absent: [0xff, ...Array.from({ length: 0xff - 101 }, (_, i) => 101 + i)] };
/** V; what says more was damaged in a way that a sum of eight bits does not show */
const CELL_MAX = 5.5;

const BALANCER = { off: 0, charging: 1, discharging: 2 };

/** Offsets in block 1200 (jk-modbus 5). */
const values = tables<Reading>([
  number(0x90, 'u32', 'voltage', MILLI),
  number(0x98, 's32', 'current', MILLI),
  number(0xa4, 's16', 'balanceCurrent', MILLI),
  number(0xa7, 'u8', 'soc', PERCENT),
  number(0xa8, 's32', 'remainingCapacity', MILLI),
  // A full pack that holds nothing is one whose capacity is not known.
  number(0xac, 'u32', 'fullCapacity', { ...MILLI, absent: [0] }),
  number(0xb0, 'u32', 'cycles'),
  number(0xb4, 'u32', 'cycleCapacity', MILLI),
  number(0xb8, 'u8', 'soh', PERCENT),
  number(0xbc, 'u32', 'runtime'),
  flag(0xc0, 0, 'chargeEnabled'),
  flag(0xc1, 0, 'dischargeEnabled'),
  flag(0xd1, 0, 'heating'),
]);

/** What follows from other values, which is only written. The power has no sign on the wire. */
const summary = tables<Reading>([
  number(0x44, 'u16', 'cellVoltageAverage', MILLI),
  number(0x46, 'u16', 'cellVoltageDelta', MILLI),
  number(0x48, 'u8', 'maxCell', { zero: -1 }),
  number(0x49, 'u8', 'minCell', { zero: -1 }),
  number(0x94, 'u32', 'power', MILLI),
  number(0xe4, 'u16', 'voltage', { per: 100 }),
]);

const words = { big: list('u16', MILLI, 'big'), little: list('u16', MILLI, 'little') };
const masks = { big: readerOf('u32', 'big'), little: readerOf('u32', 'little') };

/** Block 1200: the state of the pack, its cells included. */
export const live: Block = {
  register: 0x1200,
  size: 0x110,
  trigger: 0x1620,
  type: 0x02,

  decode(data, endian, facts) {
    if (data.length < SHORTEST) throw untrue('live data', `${data.length} bytes are too few`);
    const connected = slotsOf(masks[endian](data, MASK_AT));
    const reading: Reading = {};
    reading.cellVoltages = pick(words[endian].decode(data, 0, SLOTS), connected);
    const wrong = reading.cellVoltages.findIndex((voltage) => voltage > CELL_MAX);
    if (wrong >= 0) throw untrue('live data', `${reading.cellVoltages[wrong]} V at cell ${wrong + 1}`);
    reading.cellCount = connected.length;
    reading.cellResistances = pick(words[endian].decode(data, RESISTANCES_AT, SLOTS), connected);
    values[endian].decode(data, reading);
    const sensors = decodeSensors(data, endian, facts, reading);
    reading.balancing = data.readUInt8(BALANCER_AT) !== BALANCER.off;
    const alarms: Alarm[] = [];
    alarmBits.decode(masks[endian](data, ALARMS_AT), alarms);
    reading.alarms = alarms;
    return { reading, facts: sensors };
  },

  encode(pack, data, endian) {
    const voltages = (pack.cellVoltages ?? []).slice(0, SLOTS);
    words[endian].encode(voltages, data, 0);
    words[endian].encode((pack.cellResistances ?? []).slice(0, voltages.length), data, RESISTANCES_AT);
    writeMask(2 ** voltages.length - 1, data, MASK_AT, endian);
    writeMask(alarmBits.encode(pack.alarms ?? []), data, ALARMS_AT, endian);
    values[endian].encode(pack, data);
    const { power, balancing = false, balanceCurrent = 0 } = pack;
    summary[endian].encode({ ...pack, ...(power !== undefined && { power: Math.abs(power) }) }, data);
    encodeSensors(pack, data, endian);
    const direction = balanceCurrent < 0 ? BALANCER.discharging : BALANCER.charging;
    data.writeUInt8(balancing ? direction : BALANCER.off, BALANCER_AT);
  },
};

/** The positions of the set bits of a mask, from 0. */
function slotsOf(mask: number): number[] {
  const slots: number[] = [];
  for (let slot = 0; slot < SLOTS; slot++) if (((mask >>> slot) & 1) === 1) slots.push(slot);
  return slots;
}

function pick(list: readonly number[], slots: readonly number[]): number[] {
  return slots.map((slot) => list[slot] ?? 0);
}

function writeMask(mask: number, data: Buffer, at: number, endian: Endian): void {
  if (endian === 'big') data.writeUInt32BE(mask, at);
  else data.writeUInt32LE(mask, at);
}
