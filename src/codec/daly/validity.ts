import { BmsError } from '../../battery/errors';
import type { Reading } from '../../battery/reading';
import { DATA_AT, DATA_LENGTH } from './frame';
import { MAX_CELLS, MAX_SENSORS, type Counts } from './tables';

/*
 * Well-formed answers that cannot be true (daly.md 8): boards and adapters that lost their data answer zeros, and a
 * sum of 8 bits lets one damaged frame in 256 pass. They are refused as a whole, never shown in part.
 */

const VOLTAGE_MIN = 5;
const VOLTAGE_MAX = 250;
const CURRENT_LIMIT = 1500;
const SOC_MAX = 100;

function refuse(query: string, why: string): never {
  throw new BmsError(
    'malformed',
    `The answer to "${query}" cannot be true: ${why}. Check the wiring and wake the pack.`,
  );
}

/**
 * For the ids that are never all zero: 90 and 94 because of what they hold, 93 because of its heartbeat.
 * @throws BmsError `malformed`
 */
export function checkData(query: string, frame: Buffer): void {
  for (let at = DATA_AT; at < DATA_AT + DATA_LENGTH; at++) if ((frame[at] ?? 0) !== 0) return;
  refuse(query, 'it holds no data');
}

/** 90. @throws BmsError `malformed` */
export function checkPack(query: string, { voltage = 0, current = 0, soc = 0 }: Reading): void {
  if (voltage < VOLTAGE_MIN || voltage > VOLTAGE_MAX) refuse(query, `${voltage} V`);
  // An empty raw value, 0, stands for 3000 A and is refused here as well.
  if (Math.abs(current) >= CURRENT_LIMIT) refuse(query, `${current} A`);
  if (soc > SOC_MAX) refuse(query, `a state of charge of ${soc} %`);
}

/** 94. @throws BmsError `malformed` */
export function checkCounts(query: string, { cellCount = 0, sensorCount = 0 }: Counts): void {
  if (cellCount === 0 || cellCount > MAX_CELLS) refuse(query, `${cellCount} cells`);
  if (sensorCount > MAX_SENSORS) refuse(query, `${sensorCount} temperature sensors`);
}

/** 95. @param cells V; @throws BmsError `malformed` when one of them was not measured */
export function checkCells(query: string, cells: readonly number[]): void {
  const wrong = cells.indexOf(0);
  if (wrong >= 0) refuse(query, `0 V at cell ${wrong + 1}`);
}

/** 93. @returns the state that the board names; @throws BmsError `malformed` when there is no such state */
export function checkState<T>(query: string, state: T | undefined): T {
  return state ?? refuse(query, 'it names a state that does not exist');
}
