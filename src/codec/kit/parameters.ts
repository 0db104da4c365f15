import { BmsError } from '../../battery/errors';
import { shownValue } from '../../battery/quoted';
import { say, type Sentence } from '../../battery/sentence';
import {
  settingInfo,
  type SettingKey,
  type SettingRowValues,
  type SettingValue,
} from '../../battery/settings/vocabulary';
import type { Confidence, Parameter, ParameterAccess, SettingsImage } from '../parameter';
import { rawReader, type ByteOrder } from './raw';
import { endOf, type AnyRow, type Row } from './row';
import { decoderOf } from './row-decoder';
import { encoderOf } from './row-encoder';

/*
 * Tables of parameters: what `fields.ts` is to responses. A row says where a setting stands in its block; beside it stands
 * how it may be written. The same rows read, write and emulate.
 */

/** What is true of a parameter beside its place. */
export interface ParameterTerms {
  readonly access: ParameterAccess;
  readonly confidence: Confidence;
  /** see `Parameter.range` */
  readonly range?: readonly [number, number];
  /** what goes out in one write, where it is not the block */
  readonly register?: string;
  /** see `Parameter.isDoubtful` */
  readonly isDoubtful?: boolean;
  /** the raw number that stands for never or off, and is null as a value */
  readonly never?: number;
}

/** One line of a table of parameters. */
export interface ParameterRow extends ParameterTerms {
  readonly row: Row<SettingRowValues>;
}

/** A line of a table, where its terms differ from those of the table. */
export function parameter(
  row: Row<SettingRowValues>,
  terms: Partial<ParameterTerms> = {},
): [Row<SettingRowValues>, Partial<ParameterTerms>] {
  return [row, terms];
}

/**
 * The parameters of a block.
 * @param block its id
 * @param order of the bytes of its numbers
 * @param usual terms of the rows that have none of their own
 * @param rows places count from the first byte of the block
 */
export function parametersOf(
  block: string,
  order: ByteOrder,
  usual: ParameterTerms,
  rows: readonly (readonly [Row<SettingRowValues>, Partial<ParameterTerms>])[],
): Parameter[] {
  return rows.map(([row, own]) => {
    const { never, register = block, ...terms } = { ...usual, ...own };
    return { key: row.key, block, register, ...terms, ...coderOf(block, row, order, terms.range, never) };
  });
}

/** A setting that no answer is known to show: it is not read, and so not written, as nothing would prove it. */
export function unreadable(key: SettingKey, block: string, confidence: Confidence): Parameter {
  return {
    ...{ key, block, register: block, access: 'read', confidence },
    decode: () => undefined,
    encode() {
      throw new BmsError(
        'unsupported',
        say`No answer of the board shows ${key}, so that nothing would prove a write. Nothing was written.`,
      );
    },
  };
}

type Coder = Pick<Parameter, 'decode' | 'encode'>;

function coderOf(
  block: string,
  row: AnyRow,
  order: ByteOrder,
  range: readonly [number, number] | undefined,
  never: number | undefined,
): Coder {
  const key = row.key as SettingKey;
  const read = decoderOf([row], order);
  const write = encoderOf(row, row.order ?? order, true);
  const rawOf = rawOfRow(row, order);
  const isNever = (data: Buffer): boolean => never !== undefined && rawOf?.(data) === never;
  return {
    decode(image) {
      const data = image.get(block);
      if (data === undefined || endOf(row) > data.length) return undefined;
      if (isNever(data)) return null;
      const into: Record<string, unknown> = {};
      read(data, into, 0, data.length);
      const value = into[row.key] as SettingValue | undefined;
      return typeof value === 'number' ? rounded(value) : value;
    },
    encode(value, image, wasHeld) {
      const data = Buffer.from(blockOf(image, block, key));
      if (endOf(row) > data.length) throw notThere(key);
      if (value === null) {
        if (never === undefined) throw badSetting(key, value, say`the board has no number for never`);
        writeNever(row, order, data, never);
        return data;
      }
      checkSetting(key, value, wasHeld === true ? undefined : range);
      write({ [row.key]: value }, data, 0);
      if (isNever(data)) throw badSetting(key, value, say`on this board that number means never; use null for that`);
      return data;
    },
  };
}

function writeNever(row: AnyRow, order: ByteOrder, data: Buffer, never: number): void {
  if (row.kind !== 'number') return;
  encoderOf({ ...row, divisor: 1, offset: 0, notAvailable: [] }, row.order ?? order, true)(
    { [row.key]: never },
    data,
    0,
  );
}

function rawOfRow(row: AnyRow, order: ByteOrder): ((data: Buffer) => number) | undefined {
  if (row.kind !== 'number') return undefined;
  const read = rawReader(row.type, row.order ?? order);
  return (data) => read(data, row.at);
}

/** The bytes of a block. @throws BmsError `unsupported` where the board does not have it */
export function blockOf(image: SettingsImage, block: string, key: SettingKey): Buffer {
  const data = image.get(block);
  if (data === undefined) throw notThere(key);
  return data;
}

/** What cannot be written exactly in binary may lie beside the end of a range. */
const ROUNDING = 1e-9;

/** @throws BmsError `bad_value` when a value is of another type than its key, or out of range */
export function checkSetting(key: SettingKey, value: SettingValue, range?: readonly [number, number]): void {
  const { type, unit } = settingInfo(key);
  const isRight = type === 'number[]' ? Array.isArray(value) && value.every(Number.isInteger) : typeof value === type;
  if (!isRight || (typeof value === 'number' && !Number.isFinite(value))) {
    throw badSetting(
      key,
      value,
      {
        number: say`it is a number`,
        boolean: say`it is true or false`,
        string: say`it is a text`,
        'number[]': say`it is a list of whole numbers`,
      }[type],
    );
  }
  if (typeof value !== 'number' || range === undefined) return;
  const [least, most] = range;
  if (value < least - ROUNDING || value > most + ROUNDING)
    throw badSetting(key, value, say`it can be ${least} to ${most} ${unit}`);
}

/** A value that is not written. @returns BmsError `bad_value` */
export function badSetting(key: SettingKey, value: SettingValue, why: Sentence): BmsError {
  return new BmsError('bad_value', say`${key} cannot be ${shownValue(value)}: ${why}. Nothing was written.`);
}

function notThere(key: SettingKey): BmsError {
  return new BmsError('unsupported', say`The board does not have ${key}. Nothing was written.`);
}

/** To 9 significant digits: what a step of the board gives, without the dust of binary fractions. */
export function rounded(value: number): number {
  return Number(value.toPrecision(9)) + 0;
}
