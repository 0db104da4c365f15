import { BmsError } from '../../battery/errors';
import { quoted, shownValue } from '../../battery/quoted';
import { say, verbatim, type Sentence } from '../../battery/sentence';
import { isSettingKey, settingInfo, type SettingValue, type SettingValues } from '../../battery/settings/vocabulary';
import {
  DOCUMENT_PARTS,
  partOfClass,
  SETTINGS_FORMAT,
  type DocumentPart,
  type SettingsDocument,
  type SettingsHeader,
} from './document';

/*
 * Settings from outside: a file, a message. Nothing in it is trusted; what is passed on is made anew, of known keys and checked
 * values.
 */

/** What a document or a message with settings may hold at most: more is no settings of a battery. */
const LONGEST_TEXT = 200;
const LONGEST_LIST = 64;
const MOST_BLOCKS = 300;
const LONGEST_BLOCK = 8192;
const GREATEST_NUMBER = 1e12;

/** Settings from outside: a whole document, or some keys. */
export type WantedSettings =
  | { readonly kind: 'document'; readonly document: SettingsDocument }
  | { readonly kind: 'keys'; readonly values: SettingValues };

/** @throws BmsError `bad_value`, which names what cannot be */
export function parseWanted(input: unknown): WantedSettings {
  const fields = fieldsOf(input, say`The settings`);
  return fields.has('format')
    ? { kind: 'document', document: parseDocument(input) }
    : { kind: 'keys', values: parseValues(input, say`The settings`) };
}

/** @throws BmsError `bad_value`, which names the field */
export function parseDocument(input: unknown): SettingsDocument {
  const fields = fieldsOf(input, say`The settings document`);
  const format = fields.get('format');
  if (format !== SETTINGS_FORMAT) {
    throw bad(verbatim('format'), format, say`it is ${quoted(SETTINGS_FORMAT)}`);
  }
  const parts = DOCUMENT_PARTS.map((part) => [part, parsePart(part, fields.get(part))] as const);
  return {
    format: SETTINGS_FORMAT,
    ...parseHeader(fields),
    ...(Object.fromEntries(parts) as Record<DocumentPart, SettingValues>),
    raw: parseRaw(fields.get('raw')),
  };
}

/** Settings by their keys. @throws BmsError `bad_value`, which names the key */
export function parseValues(input: unknown, name: Sentence): SettingValues {
  const values: SettingValues = {};
  for (const [key, value] of fieldsOf(input, name)) {
    if (!isSettingKey(key)) throw unknownKey(key);
    values[key] = parseValue(key, value);
  }
  return values;
}

type Fields = ReadonlyMap<string, unknown>;

/** The own properties of an object that is nothing else. */
function fieldsOf(input: unknown, name: Sentence): Fields {
  if (typeof input !== 'object' || input === null || Array.isArray(input) || Buffer.isBuffer(input)) {
    throw bad(name, input, say`it is an object`);
  }
  return new Map(Object.entries(input));
}

const TEXTS = ['device', 'protocol', 'variant', 'model', 'softwareVersion', 'serialNumber'] as const;
const NUMBERS = ['taken', 'cellCount'] as const;

function parseHeader(fields: Fields): SettingsHeader {
  const header: Record<string, string | number> = {};
  for (const name of TEXTS) {
    const value = fields.get(name);
    if (value === undefined) continue;
    if (!isText(value)) throw bad(verbatim(name), value, say`it is a text of at most ${LONGEST_TEXT} characters`);
    header[name] = value;
  }
  for (const name of NUMBERS) {
    const value = fields.get(name);
    if (value === undefined) continue;
    if (!isNumber(value, 1e15)) throw bad(verbatim(name), value, say`it is a number`);
    header[name] = value;
  }
  return header;
}

function parsePart(part: DocumentPart, input: unknown): SettingValues {
  if (input === undefined) return {};
  const values = parseValues(input, verbatim(part));
  for (const key of Object.keys(values)) {
    const right = isSettingKey(key) ? partOfClass(settingInfo(key).class) : undefined;
    if (right !== part) throw new BmsError('bad_value', say`${key} does not belong in ${part}. Nothing was written.`);
  }
  return values;
}

function parseValue(key: keyof SettingValues, value: unknown): SettingValue {
  if (value === null) return null;
  switch (settingInfo(key).type) {
    case 'number':
      if (isNumber(value, GREATEST_NUMBER)) return value;
      throw bad(verbatim(key), value, say`it is a number`);
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw bad(verbatim(key), value, say`it is true or false`);
    case 'string':
      if (isText(value)) return value;
      throw bad(verbatim(key), value, say`it is a text of at most ${LONGEST_TEXT} characters`);
    case 'number[]':
      if (isList(value)) return [...value];
      throw bad(verbatim(key), value, say`it is a list of whole numbers`);
  }
}

function parseRaw(input: unknown): Record<string, string> {
  if (input === undefined) return {};
  const fields = fieldsOf(input, verbatim('raw'));
  if (fields.size > MOST_BLOCKS) throw bad(verbatim('raw'), input, say`it has at most ${MOST_BLOCKS} blocks`);
  const blocks = [...fields].map(([id, hex]): [string, string] => {
    const isBlock = typeof hex === 'string' && hex.length <= LONGEST_BLOCK && /^([0-9a-f]{2})*$/i.test(hex);
    if (!/^[0-9a-z][0-9a-z+.:-]{0,31}$/i.test(id) || !isBlock)
      throw bad(verbatim('raw'), hex, say`its blocks are bytes in hexadecimal`);
    return [id, hex];
  });
  return Object.fromEntries(blocks);
}

function isNumber(value: unknown, greatest: number): value is number {
  return typeof value === 'number' && Math.abs(value) <= greatest;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_TEXT;
}

function isList(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= LONGEST_LIST && value.every((entry) => Number.isSafeInteger(entry));
}

function unknownKey(key: string): BmsError {
  return new BmsError('bad_value', say`There is no setting ${quoted(key)}. Nothing was written.`);
}

function bad(name: Sentence, value: unknown, why: Sentence): BmsError {
  return new BmsError('bad_value', say`${name} cannot be ${shownValue(value)}: ${why}. Nothing was written.`);
}
