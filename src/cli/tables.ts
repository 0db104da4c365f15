import { QUANTITIES, type QuantityKey } from '../battery/quantities';
import type { Reading } from '../battery/reading';

/** Rows as columns of equal width; numbers as they are. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A reading for people: each value with its unit, in the order of the contract. */
export function readingTable(reading: Readonly<Reading>): string {
  return table(Object.entries(reading).flatMap(([key, value]) => rowsOf(key, value)));
}

function rowsOf(key: string, value: unknown): string[][] {
  if (key === 'cellVoltages') return (value as number[]).map((volts, i) => [`cell ${i + 1}`, `${volts} V`]);
  if (key === 'cellResistances') return (value as number[]).map((ohms, i) => [`resistance ${i + 1}`, `${ohms} ohm`]);
  if (key === 'temperatures') {
    return (value as (number | null)[]).map((degrees, i) => [
      `sensor ${i + 1}`,
      degrees === null ? '-' : `${degrees} °C`,
    ]);
  }
  if (key === 'alarms') {
    const alarms = value as NonNullable<Reading['alarms']>;
    if (alarms.length === 0) return [['alarms', 'none']];
    return alarms.map(({ level, message }) => [level, message]);
  }
  if (key === 'errorCounts') {
    return Object.entries(value as Record<string, number>).map(([name, count]) => [`count ${name}`, String(count)]);
  }
  return [[key, `${textOf(value)}${unitOf(key)}`]];
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return String(value);
}

function unitOf(key: string): string {
  const unit = Object.hasOwn(QUANTITIES, key) ? QUANTITIES[key as QuantityKey].unit : '';
  return unit === '' ? '' : ` ${unit}`;
}

/** One line that says how a pack is. */
export function summary({
  voltage,
  current,
  soc,
  state,
  cellVoltageMin,
  cellVoltageMax,
  alarms,
}: Readonly<Reading>): string {
  const parts = [
    voltage === undefined ? undefined : `${voltage.toFixed(2)} V`,
    current === undefined ? undefined : `${current.toFixed(1)} A`,
    soc === undefined ? undefined : `${soc} %`,
    state,
    cellVoltageMin === undefined ? undefined : `cells ${cellVoltageMin} to ${cellVoltageMax} V`,
    alarms === undefined || alarms.length === 0 ? undefined : alarms.map(({ code }) => code).join(' '),
  ];
  return parts.filter((part) => part !== undefined).join('  ');
}
