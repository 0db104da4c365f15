import type * as protocol from '../protocol';
import { boardStation, d2Station, FIRST_BOARD, LAST_BOARD, type Station } from './wire';

/** What is known of a board and needed for later requests and responses. */
export interface DalyModbusMemory {
  /** which map of registers it has, once it has answered */
  variant?: 'd2' | 'p81';
  /** of a D2 board: how many status registers it has sent: 62, or 80 on newer firmware */
  statusRegisters?: number;
  /** of a D2 board: false once its extended status was found to be empty */
  hasExtended?: boolean;
  /** of a D2 board: whether it says that it balances; counts in one read only */
  isBalancing?: boolean;
  cellCount?: number;
  /** whether it has the switches that its user sets, apart from what the MOSFETs do */
  hasSwitches?: boolean;
}

export type Decoded = protocol.Decoded<DalyModbusMemory>;
export type Query = protocol.Query<DalyModbusMemory>;
export type Target = protocol.Target<DalyModbusMemory>;

/**
 * Two maps of registers go by this name (daly-modbus.md 1). D2 boards have no board number; boards with one are asked by
 * it. Address 0 is a board of either kind: a D2 board or, where there is none, board 1.
 */
export const ANY = 0;
/** a D2 board and no other */
export const D2_ONLY = 0xd2;

export const ADDRESSES = { initial: ANY, min: ANY, max: LAST_BOARD, others: [D2_ONLY] };

export function mayBeD2({ address, memory }: Target): boolean {
  return address === D2_ONLY || (address === ANY && memory.variant !== 'p81');
}

export function isD2(target: Target): boolean {
  return mayBeD2(target) && target.memory.variant === 'd2';
}

export function mayBeP81({ address, memory }: Target): boolean {
  return address === ANY ? memory.variant !== 'd2' : address !== D2_ONLY;
}

export function isP81(target: Target): boolean {
  return mayBeP81(target) && (target.address !== ANY || target.memory.variant === 'p81');
}

/** Where a board with the p81 map is asked and answers. */
export function p81Station({ address }: Target): Station {
  return boardStation(address >= FIRST_BOARD && address <= LAST_BOARD ? address : FIRST_BOARD);
}

/** Where a D2 board is asked and answers: the same for all. */
export function d2StationOf(): Station {
  return d2Station;
}
