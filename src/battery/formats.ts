import { highestLevel } from './alarm';
import type { Reading } from './reading';

export type Scalar = number | string | boolean;

/** The single values of a reading, or of what else is sent, by key; lists and tables are left out. */
export function scalars(reading: object): [string, Scalar][] {
  return Object.entries(reading).filter((entry): entry is [string, Scalar] => isScalar(entry[1]));
}

export interface Origin {
  device: string;
  protocol: string;
  /** bus address; '' where there is none */
  address: number | string;
}

/** A point for an InfluxDB out node: fields and tags. */
export type Point = [Record<string, Scalar>, Record<string, string>];

/** What identifies a pack rather than measures it: tags of a database point. */
const IDENTITY = new Set([
  'manufacturer',
  'model',
  'hardwareVersion',
  'softwareVersion',
  'serialNumber',
  'deviceName',
  'manufactureDate',
]);

/**
 * A reading as a point for an InfluxDB out node: `[fields, tags]`. Fields are the measured scalars, the lifetime
 * counts as `errorCounts_<name>`, and, for the alarms, `alarmCount` and the highest `alarmLevel`. Tags say which
 * pack it is; an empty one is left out, as InfluxDB refuses it.
 */
export function toInflux(reading: Reading, origin: Origin): Point {
  const fields: Record<string, Scalar> = {};
  const tags = tagsOf(origin);
  for (const [key, value] of scalars(reading)) {
    if (!IDENTITY.has(key)) fields[key] = value;
    else if (value !== '') tags[key] = String(value);
  }
  for (const [name, count] of Object.entries(reading.errorCounts ?? {})) fields[`errorCounts_${name}`] = count;
  if (reading.alarms !== undefined) {
    fields['alarmCount'] = reading.alarms.length;
    fields['alarmLevel'] = highestLevel(reading.alarms);
  }
  return [fields, tags];
}

/** The tags that say which battery a point is of. */
export function tagsOf({ device, protocol, address }: Origin): Record<string, string> {
  const tags = Object.entries({ device, protocol, address }).filter(([, value]) => value !== '');
  return Object.fromEntries(tags.map(([key, value]) => [key, String(value)]));
}

/** What never stands still: estimates of time, and clocks. A key without a value is not written. */
const RUNNING = { timeToEmpty: undefined, timeToFull: undefined, runtime: undefined, timeSinceCharge: undefined };

/** Whether something the device measures has changed; estimates of time and clocks, which never stand still, do not count. */
export function hasChanged(before: Reading | undefined, now: Reading): boolean {
  return before === undefined || measured(before) !== measured(now);
}

function measured(reading: Reading): string {
  return JSON.stringify({ ...reading, ...RUNNING });
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean';
}
