import type { Reading } from '../../battery/reading';
import { number, onOff, type Endian } from '../kit/fields';
import type { EmulatedBoard } from '../protocol';
import { tables } from './tables';

/*
 * Record 01, and block 1000 of registers: of the settings, the nominal capacity and what the user has switched on
 * (jk-ble.md 9.1, jk-modbus.md 6.1).
 */

export type Switches = EmulatedBoard['switches'];

const capacity = tables<Reading>([number(130, 'u32', 'designCapacity', { divisor: 1000, notAvailable: [0] })]);

/** bytes of data up to the end of the capacity */
export const SETTINGS_LENGTH = capacity.little.size;

/** 1 = on; any other value than 0 and 1 says nothing. */
const switches = tables<Reading>([
  onOff(118, 'u32', 'chargeSwitch'),
  onOff(122, 'u32', 'dischargeSwitch'),
  onOff(126, 'u32', 'balancingSwitch'),
]);

/** One switch per bit. Boards with room for 24 cells have nothing there. */
interface SwitchBits {
  switchBits?: number;
}

const switchBits = tables<SwitchBits>([number(282, 'u16', 'switchBits')]);

/** The only one of the bits that is read and written. */
const HEATING = 1 << 0;

/** The nominal capacity. @param into completed in place */
export function decodeCapacity(data: Buffer, endian: Endian, into: Reading): void {
  capacity[endian].decode(data, into);
}

/**
 * The switches of charging, discharging and balancing.
 * @param data of record 01, or of block 1000 of registers
 * @param into completed in place
 * @param from where in the block the data begins
 */
export function decodeSwitches(data: Buffer, endian: Endian, into: Reading, from = 0): void {
  switches[endian].decode(data, into, -from);
}

/**
 * The word of further switches; parameters as for `decodeSwitches`.
 * @param into gets what the word says of the heater
 * @returns the whole word; undefined when the data ends before it
 */
export function decodeSwitchBits(data: Buffer, endian: Endian, into: Reading, from = 0): number | undefined {
  const found: SwitchBits = {};
  switchBits[endian].decode(data, found, -from);
  if (found.switchBits !== undefined) into.heatingSwitch = isHeating(found.switchBits);
  return found.switchBits;
}

/** Whether a word of switches has that of the heater on. */
export function isHeating(word: number): boolean {
  return (word & HEATING) !== 0;
}

/** The word of switches with the heater's changed, and all others as they were. */
export function withHeating(word: number, on: boolean): number {
  return on ? word | HEATING : word & ~HEATING;
}

/** The switches that a pack reports; those that it does not report are on, as boards are delivered. */
export function switchesOf(pack: Reading): Switches {
  const { chargeSwitch = true, dischargeSwitch = true, balancingSwitch = true, heatingSwitch = true } = pack;
  return { charge: chargeSwitch, discharge: dischargeSwitch, balancing: balancingSwitch, heating: heatingSwitch };
}

/** Fills the switches of charging, discharging and balancing. @param data zeros */
export function encodeSwitches({ charge, discharge, balancing }: Switches, data: Buffer, endian: Endian): void {
  const set: Reading = { chargeSwitch: charge, dischargeSwitch: discharge, balancingSwitch: balancing };
  switches[endian].encode(set, data);
}

/** Fills the word of further switches. @param word all of it, the heater's bit included */
export function encodeSwitchBits(word: number, data: Buffer, endian: Endian): void {
  switchBits[endian].encode({ switchBits: word }, data);
}
