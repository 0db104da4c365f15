import type { Reading } from '../../battery/reading';
import type { EmulatedBoard, Memory } from '../untyped';
import { number, type Endian } from '../kit/fields';
import { tables } from './tables';

/** Everything of a board that its user can switch on and off, whatever its protections make of it. */
export type Switches = EmulatedBoard['switches'];

/** The memory of an answer that tells of the switches; not those of a connection. */
interface Told {
  charge?: number;
  discharge?: number;
  balancing?: number;
  /** one switch per bit */
  bits?: number;
}

/** 1 = on (jk-ble.md 9.1, jk-modbus.md 6.1) */
const switches = tables<Told>([
  number(118, 'u32', 'charge'),
  number(122, 'u32', 'discharge'),
  number(126, 'u32', 'balancing'),
]);

/** Boards with room for 24 cells have nothing there. */
const bits = tables<Told>([number(282, 'u16', 'bits')]);

const HEATING = 1 << 0;

/**
 * The switches of charging, discharging and balancing, as memory for `switchOf`.
 * @param data of record 01, or of block 1000 of registers
 * @param from where in the block the data begins
 */
export function decodeSwitches(data: Buffer, endian: Endian, from = 0): Memory {
  const told: Told = {};
  switches[endian].decode(data, told, -from);
  return { ...told };
}

/** The word of switches that follows further on, the heater's among them; parameters as for `decodeSwitches`. */
export function decodeSwitchBits(data: Buffer, endian: Endian, from = 0): Memory {
  const told: Told = {};
  bits[endian].decode(data, told, -from);
  return { ...told };
}

/** Whether something is switched on; undefined where the memory do not tell, or tell neither of both. */
export function switchOf(name: keyof Switches, memory: Memory | undefined): boolean | undefined {
  const told: Told = memory ?? {};
  const value = name === 'heating' ? heatingIn(told.bits) : told[name];
  return value === 0 || value === 1 ? value === 1 : undefined;
}

function heatingIn(word: number | undefined): number | undefined {
  return word === undefined ? undefined : word & HEATING;
}

const KEYS = {
  charge: 'chargeSwitch',
  discharge: 'dischargeSwitch',
  balancing: 'balancingSwitch',
  heating: 'heatingSwitch',
} as const;

/** What the user has set, as far as the memory tell it. @param into completed in place */
export function readSwitches(memory: Memory, into: Reading): void {
  for (const name of ['charge', 'discharge', 'balancing', 'heating'] as const) {
    const told = switchOf(name, memory);
    if (told !== undefined) into[KEYS[name]] = told;
  }
}

/** The switches that a pack tells of; those that it does not tell are on, as boards are delivered. */
export function switchesOf(pack: Reading): Switches {
  const { chargeSwitch = true, dischargeSwitch = true, balancingSwitch = true, heatingSwitch = true } = pack;
  return { charge: chargeSwitch, discharge: dischargeSwitch, balancing: balancingSwitch, heating: heatingSwitch };
}

/** The word of switches; undefined where the memory do not tell it. */
export function switchBitsOf(memory: Memory | undefined): number | undefined {
  return (memory as Told | undefined)?.bits;
}

/** The word of switches with the heater's changed, and all others as they were. */
export function withHeating(word: number, on: boolean): number {
  return on ? word | HEATING : word & ~HEATING;
}

/** Fills the switches of record 01. @param data zeros */
export function encodeSwitches({ charge, discharge, balancing }: Switches, data: Buffer, endian: Endian): void {
  const told = { charge: Number(charge), discharge: Number(discharge), balancing: Number(balancing) };
  switches[endian].encode(told, data);
}

/** Fills the word of switches. @param word all of it */
export function encodeSwitchBits(word: number, data: Buffer, endian: Endian): void {
  bits[endian].encode({ bits: word }, data);
}
