import type { Reading } from './reading';
import { say, type Sentence } from './sentence';

/**
 * What distinguishes one board from another, as far as it is known. Whatever an update or a setting changes is excluded:
 * versions, capacities, names.
 */
export interface Identity {
  /** protocol id */
  readonly protocol: string;
  /** MAC address of its radio module, in capitals */
  readonly module?: string;
  readonly serialNumber?: string;
  readonly model?: string;
  readonly manufactureDate?: string;
  readonly cellCount?: number;
}

export type IdentityKey = keyof Identity;

/** In the order in which a difference is reported. */
const KEYS = ['protocol', 'serialNumber', 'model', 'manufactureDate', 'module', 'cellCount'] as const;

/** Cells by which the count may differ: a board does not count cells with broken wires. */
const MOST_MISSING = 2;

const LEAST_DISTINCT = 3;
const LEAST_LENGTH = 6;
const COUNTED = '01234567890123456789';

const MAC = /^(?:[0-9A-F]{2}:){5}[0-9A-F]{2}$/;

/**
 * The identity of a board by its reading.
 * @param peer address of the other end of the line; '' where it has none
 */
export function identityOf(protocol: string, reading: Reading, peer = ''): Identity {
  const { serialNumber, model, manufactureDate, cellVoltages, cellCount = cellVoltages?.length } = reading;
  const module = peer.toUpperCase().replaceAll('-', ':');
  return {
    protocol,
    ...(MAC.test(module) && { module }),
    ...(!isBlank(serialNumber) && { serialNumber }),
    ...(!isBlank(model) && { model }),
    ...(!isBlank(manufactureDate) && { manufactureDate }),
    // A board that measures no cell does not know their number.
    ...(cellCount !== undefined && cellCount > 0 && { cellCount }),
  };
}

/**
 * In what two identities differ; undefined when they may be one board. A value that only one of them has is no difference. A
 * serial number that is unique decides alone; otherwise all others count.
 */
export function differenceBetween(one: Identity, other: Identity): IdentityKey | undefined {
  const isSame = isTelling(one.serialNumber) && one.serialNumber === other.serialNumber;
  if (isSame) return missingCells(one, other) > MOST_MISSING ? 'cellCount' : undefined;
  return KEYS.find((key) => one[key] !== undefined && other[key] !== undefined && one[key] !== other[key]);
}

/** The known identity, completed or updated by a reported one. */
export function merged(known: Identity, reported: Identity): Identity {
  return { ...known, ...reported };
}

/** Whether a reported identity adds nothing to the known one. */
export function isPartOf(reported: Identity, known: Identity): boolean {
  return KEYS.every((key) => reported[key] === undefined || reported[key] === known[key]);
}

/** Whether a reported identity has every value of the known one. */
export function reportsAll(reported: Identity, known: Identity): boolean {
  return KEYS.every((key) => known[key] === undefined || reported[key] !== undefined);
}

/** An identity as a context store gives it back; undefined when it is not one. */
export function identityIn(kept: Readonly<Record<string, unknown>>): Identity | undefined {
  const { protocol, cellCount } = kept;
  if (typeof protocol !== 'string') return undefined;
  const texts = ['module', 'serialNumber', 'model', 'manufactureDate'].filter((key) => typeof kept[key] === 'string');
  return {
    protocol,
    ...Object.fromEntries(texts.map((key) => [key, kept[key]])),
    ...(typeof cellCount === 'number' && { cellCount }),
  };
}

const DIFFERENCES: Readonly<Record<IdentityKey, (present: string, known: string) => Sentence>> = {
  protocol: (present, known) => say`its protocol is ${present}, that of the known board is ${known}`,
  serialNumber: (present, known) => say`its serial number is ${present}, that of the known board is ${known}`,
  model: (present, known) => say`its model is ${present}, that of the known board is ${known}`,
  manufactureDate: (present, known) => say`its date of manufacture is ${present}, that of the known board is ${known}`,
  module: (present, known) => say`its Bluetooth module is ${present}, that of the known board is ${known}`,
  cellCount: (present, known) => say`its cell count is ${present}, that of the known board is ${known}`,
};

/** In what a board differs from the known one, as a clause. */
export function differenceText(key: IdentityKey, known: Identity, present: Identity): Sentence {
  return DIFFERENCES[key](shown(present[key]), shown(known[key]));
}

/** Texts come from boards. */
function shown(value: string | number | undefined): string {
  return typeof value === 'number' ? String(value) : JSON.stringify((value ?? '').slice(0, 40));
}

function missingCells({ cellCount: one }: Identity, { cellCount: other }: Identity): number {
  return one === undefined || other === undefined ? 0 : Math.abs(one - other);
}

/** Whether a serial number is likely to be unique: many boards are delivered with zeros, or with 123456. */
export function isTelling(serialNumber = ''): boolean {
  const text = serialNumber.trim();
  return text.length >= LEAST_LENGTH && new Set(text).size >= LEAST_DISTINCT && !COUNTED.includes(text);
}

function isBlank(text = ''): boolean {
  return text.trim() === '';
}
