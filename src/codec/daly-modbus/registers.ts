import type { Reading } from '../../battery/reading';
import { layout, type Layout } from '../kit/fields';
import { checkLength } from '../kit/malformed';
import { dataOf } from '../kit/modbus';
import type { EmulatedBoard, Group } from '../protocol';
import type { DalyModbusMemory, Decoded, Query, Target } from './memory';
import type { RegisterSettings } from './register-settings';
import { at, switchRegister } from './tables';
import { buildRead, matchRead, type Station } from './wire';

/** One of the two maps of registers. */
export interface RegisterMap {
  /** Whether the board is known to have it. */
  readonly has: (target: Target) => boolean;
  /** Where a board that has it is asked, and answers. */
  readonly stationOf: (target: Target) => Station;
  /** what is asked of it, besides the registers from 0000 on */
  readonly reads: readonly Read[];
  /** what an emulated board has */
  readonly blocks: readonly Block[];
  readonly settings: RegisterSettings;
}

/** One read: which registers, and what they mean. */
export interface Read {
  /** for messages: "settings (0100)" */
  readonly name: string;
  readonly group: Group;
  readonly optional?: boolean;
  readonly start: number;
  readonly count: number;
  /** Whether it is asked; when missing, of every board that is known to have the map. */
  readonly applies?: (target: Target) => boolean;
  /**
   * @param data all of these registers
   * @param base where register 0 would be in `data`
   * @throws BmsError `malformed`
   */
  decode(data: Buffer, base: number, memory: Readonly<DalyModbusMemory>): Decoded;
}

/** Registers that a board keeps together: it answers reads of any part of them. */
export interface Block {
  readonly start: number;
  readonly count: number;
  /**
   * @param data all of these registers at ffff: what the pack does not have, the board does not have
   * @param base where register 0 would be in `data`
   * @param board its switches, where it has some
   */
  encode(pack: Reading, data: Buffer, base: number, board?: EmulatedBoard): void;
}

/** Reads every row of a table. */
export function rowsOf(table: Layout<Reading>): (data: Buffer, base: number) => Reading {
  return (data, base) => {
    const reading: Reading = {};
    table.decode(data, reading, base);
    return reading;
  };
}

/** A read of what not every board has, once per connection: boards are silent to what they do not have (daly-modbus.md 3). */
export function identity(
  name: string,
  start: number,
  count: number,
  decode: (data: Buffer, base: number) => Reading,
): Read {
  const group = 'identity';
  return { name, group, optional: true, start, count, decode: (data, base) => ({ reading: decode(data, base) }) };
}

/**
 * The read of what the user has switched, apart from what the MOSFETs do. A response does not say which registers it brings, so
 * that no other read of a map may be as long as this one.
 * @param first the register of the charge switch; that of discharge follows
 */
export function mosfetSwitches(name: string, first: number, count: number): Read {
  const table = layout<Reading>([switchRegister(first, 'chargeSwitch'), switchRegister(first + 1, 'dischargeSwitch')]);
  return {
    name,
    // May be changed by others at any time.
    group: 'counters',
    optional: true,
    start: first,
    count,
    decode(data, base) {
      const reading = rowsOf(table)(data, base);
      const hasSwitches = reading.chargeSwitch !== undefined && reading.dischargeSwitch !== undefined;
      return { reading, memory: { hasSwitches } };
    },
  };
}

/** The query for one read of a map. */
export function queryOf({ name, group, optional, start, count, applies, decode }: Read, map: RegisterMap): Query {
  return {
    name,
    group,
    ...(optional !== undefined && { optional }),
    applies: (target) => (applies ?? map.has)(target),
    request: (target) => buildRead(map.stationOf(target), start, count),
    match: (frame, _parts, target) => matchRead(frame, map.stationOf(target), [count], name),
    decode([frame], { memory }) {
      const data = frame === undefined ? Buffer.alloc(0) : dataOf(frame);
      checkLength(name, data, at(count));
      return decode(data, -at(start), memory);
    },
  };
}
