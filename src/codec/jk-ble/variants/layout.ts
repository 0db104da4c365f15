import type { ActionName } from '../../../battery/action';
import type { Reading } from '../../../battery/reading';
import type { SoftwareMemory } from '../../jk-record/device-info';
import type { Switches } from '../../jk-record/settings';

/** A register that can be written, and how many bytes its value has. */
export interface Register {
  readonly number: number;
  readonly width: 0 | 1 | 4;
}

/** The registers of what a board can be asked to do. */
export type Registers = Readonly<Partial<Record<ActionName, Register>>>;

/** How one variant of the boards lays out its records, in both directions, and where it is written to. */
export interface RecordLayout {
  readonly registers: Registers;
  /** Whether a cell record has the structure of this variant; never without cells (jk-ble.md 1). */
  fits(record: Buffer): boolean;
  /** @returns what the cell record says, be it possible or not */
  decodeCells(record: Buffer, memory: SoftwareMemory): Reading;
  /** @param pack completed by `summarise`; absent values become 0, or what stands for "not reported" */
  encodeCells(pack: Reading, record: Buffer): void;
  /** The nominal capacity in record 01, where it has one. */
  decodeCapacity(settings: Buffer, into: Reading): void;
  /** What the user has switched on, in record 01. */
  decodeSwitches(settings: Buffer, into: Reading): void;
  encodeSwitches(switches: Switches, settings: Buffer): void;
  /** The data of record 01 of a new board for this pack. */
  deliveredSettings(pack: Reading): Buffer;
}
