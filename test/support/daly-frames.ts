import type { AlarmCode, AlarmLevel } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { daly } from '../../src/codec/daly';
import type { Query } from '../../src/codec/protocol';
import type { DalyMemory } from '../../src/codec/daly/tables';
import { total } from '../kits/checks';
import { answer } from './vectors';

/** The data of a request. */
export const NO_DATA = '0000000000000000';

/** A Daly frame with its sum, put together by hand: `first` is a board or a host, `data` eight bytes in hex. */
export function frame(first: number, id: number, data: string): Buffer {
  const head = [0xa5, first, id, 0x08, ...Buffer.from(data, 'hex')];
  return Buffer.from([...head, total(Buffer.from(head)) & 0xff]);
}

/** Frame number `number` of an answer to 95, from board 1: three cells in mV and a left-over byte. */
export function cellFrame(number: number, millivolts: readonly number[], stale = 0x20): Buffer {
  const data = Buffer.alloc(8);
  data.writeUInt8(number, 0);
  millivolts.forEach((value, i) => data.writeUInt16BE(value, 1 + 2 * i));
  data.writeUInt8(stale, 7);
  return frame(1, 0x95, data.toString('hex'));
}

/** Some alarms of classic and D2 boards, in the order in which their first bits stand on the wire (daly.md 5, daly-modbus.md 6.1). */
export const FLAGGED: readonly (readonly [AlarmCode, AlarmLevel])[] = [
  ['cell_overvoltage', 'warning'],
  ['cell_overvoltage', 'protection'],
  ['pack_undervoltage', 'protection'],
  ['discharge_undertemperature', 'protection'],
  ['soc_low', 'warning'],
  ['temperature_imbalance', 'protection'],
  ['sensor_fault', 'fault'],
  ['communication_fault', 'fault'],
  ['short_circuit', 'protection'],
  ['software_lock', 'warning'],
];

/** The query for an id, which its name ends with: `(90)`. */
export function queryFor(id: number): Query<DalyMemory> {
  const found = daly.queries.find((query) => query.name.endsWith(`(${id.toString(16)})`));
  if (found === undefined) throw new Error(`no query for ${id.toString(16)}`);
  return found;
}

/** What the query for an id makes of the bytes that came, as a session would. */
export function read(id: number, chunks: readonly Buffer[], memory: DalyMemory = {}, address = 1): Reading {
  return answer(daly, queryFor(id), { address, memory }, chunks).reading;
}

/** What the query for an id makes of these eight bytes of data, in hex, from board 1. */
export function readOne(id: number, data: string): Reading {
  return read(id, [frame(1, id, data)]);
}
