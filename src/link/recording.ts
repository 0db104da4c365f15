import { BmsError } from '../battery/errors';
import { say, type Sentence } from '../battery/sentence';
import { RESULTS, type Result } from './frame-log';
import type { Route } from './link';

/** Names the format in the first line of a recording; the number rises when older readers would misunderstand it. */
export const RECORDING_FORMAT = 'openbms-recording/1';

/** The first line of a recording: the keys of a test vector but for its exchanges, with versions and settings. */
export interface RecordingHeader {
  readonly format: string;
  /** in a few words, for people */
  readonly name: string;
  /** where it comes from */
  readonly source: string;
  /** of all exchanges that name none */
  readonly protocol?: string;
  readonly transport?: string;
  readonly [key: string]: unknown;
}

/** One request and what came of it. Times are ms; those with `At` count from `at`. */
export interface RecordedExchange {
  /** since the beginning of the recording; undefined where the times are not known */
  readonly at?: number;
  readonly protocol?: string;
  readonly address?: number;
  /** the request, in the words of its protocol */
  readonly what?: string;
  /** in hex; empty where nothing was sent */
  readonly tx: string;
  /** in hex, in the pieces in which it came */
  readonly rx: readonly string[];
  readonly rxAt?: readonly number[];
  readonly endedAt?: number;
  readonly result?: Result;
  readonly foreign?: number;
  readonly damaged?: number;
  /** earlier requests whose answers came after they were given up */
  readonly late?: readonly string[];
  /** bytes of `tx` that are masked, or a checksum over such: from, and how many */
  readonly masked?: readonly (readonly [number, number])[];
}

/** See `Channel`; masked like everything else. */
export interface OtherEnd {
  readonly peer?: string;
  readonly name?: string;
  readonly services?: readonly string[];
  readonly route?: Route;
}

/** A recording, or a test vector: both have the same keys. */
export interface Recording {
  readonly header: RecordingHeader;
  /** in the order in which they ended; those with an empty `tx` are what came unasked */
  readonly exchanges: readonly RecordedExchange[];
  /** the other end, as it was when the connection opened first */
  readonly otherEnd: OtherEnd;
  /** whether the last line was cut off, as by a power cut */
  readonly isCut: boolean;
}

/**
 * Reads a recording (`docs/recording.md`): JSON Lines, or a test vector, which is one JSON document.
 * @param name of the file, for messages
 * @throws BmsError `malformed`, with the line that cannot be read
 */
export function parseRecording(text: string, name: string): Recording {
  const whole = parsed(text);
  if (isObject(whole) && Array.isArray(whole['exchanges'])) return fromVector(whole, name);
  const lines = text.split('\n').map((line) => line.trim());
  const last = lines.findLastIndex((line) => line !== '');
  const header = parsed(lines[0] ?? '');
  if (!isObject(header) || header['format'] !== RECORDING_FORMAT) throw unreadable(name, 1, say`it is no recording`);
  const exchanges: RecordedExchange[] = [];
  let isCut = false;
  let otherEnd: OtherEnd | undefined;
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line === '') continue;
    const entry = parsed(line);
    if (entry === undefined && index === last) isCut = true;
    else if (!isObject(entry)) throw unreadable(name, index + 1, say`it is no JSON`);
    else if (!('event' in entry)) exchanges.push(exchangeOf(entry, name, index + 1));
    else if (entry['event'] === 'opened') otherEnd ??= otherEndOf(entry);
  }
  return { header: header as RecordingHeader, exchanges, otherEnd: otherEnd ?? {}, isCut };
}

/** A vector has what came unasked in a list of its own. */
function fromVector(vector: Record<string, unknown>, name: string): Recording {
  const listed = vector['exchanges'] as unknown[];
  const unsolicited = Array.isArray(vector['unsolicited']) ? (vector['unsolicited'] as unknown[]) : [];
  const entries = [...unsolicited.map((hex) => ({ tx: '', rx: [hex] })), ...listed];
  const exchanges = entries.map((entry) => exchangeOf(isObject(entry) ? entry : {}, name, 1));
  return { header: vector as RecordingHeader, exchanges, otherEnd: {}, isCut: false };
}

function otherEndOf({ peer, name, services, route }: Record<string, unknown>): OtherEnd {
  const isText = (value: unknown): value is string => typeof value === 'string';
  const end = isObject(route) ? [route['service'], route['notify'], route['write']] : [];
  const [service, notify, write] = end;
  return {
    ...(isText(peer) && { peer }),
    ...(isText(name) && { name }),
    ...(isListOf(services, isText) && { services }),
    ...(isText(service) && isText(notify) && isText(write) && { route: { service, notify, write } }),
  };
}

function exchangeOf(entry: Record<string, unknown>, name: string, line: number): RecordedExchange {
  const { tx = '', rx = [], at, rxAt, result, masked } = entry;
  if (!isHex(tx) || !isListOf(rx, isHex)) throw unreadable(name, line, say`its bytes are not in hex`);
  if (at !== undefined && !isTime(at)) throw unreadable(name, line, say`its time is no number`);
  if (rxAt !== undefined && !isListOf(rxAt, isTime)) throw unreadable(name, line, say`its times are no numbers`);
  if (result !== undefined && !RESULTS.some((known) => known === result)) {
    throw unreadable(name, line, say`its result is none of ${RESULTS.join(', ')}`);
  }
  if (masked !== undefined && !isListOf(masked, (range) => isListOf(range, isTime) && range.length === 2)) {
    throw unreadable(name, line, say`what it masks is no list of places`);
  }
  return { ...entry, tx, rx };
}

function unreadable(name: string, line: number, why: Sentence): BmsError {
  return new BmsError(
    'malformed',
    say`Line ${line} of the recording ${name} cannot be read, ${why}; record it again, or choose another file.`,
  );
}

/** @returns undefined for what is no JSON */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isHex(value: unknown): value is string {
  return typeof value === 'string' && /^([0-9a-f]{2})*$/i.test(value);
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isListOf<T>(value: unknown, is: (item: unknown) => item is T): value is T[];
function isListOf(value: unknown, is: (item: unknown) => boolean): value is unknown[];
function isListOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}
