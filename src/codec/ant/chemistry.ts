import { say } from '../../battery/sentence';
import { badSetting, blockOf, checkSetting } from '../kit/parameters';
import type { Parameter } from '../parameter';

/** What the register holds for each chemistry (settings-ant.md 2). */
export const CHEMISTRY_CODES = {
  ...{ nmc: 0xfaf1, lfp: 0xfaf2, lto: 0xfaf3, custom: 0xfaf4, sodium: 0xfaf6, lmfp: 0xfaf7 },
} as const satisfies Record<string, number>;

const WORDS: ReadonlyMap<number, string> = new Map(Object.entries(CHEMISTRY_CODES).map(([word, code]) => [code, word]));

/** Old firmware has small numbers, whose meaning no document tells: they are shown as custom, and never written. */
const LEAST_CODE = 0xfa00;
const NOT_THERE = 0xffff;

const KEY = 'chemistry';

/** The chemistry of the cells. @param at place of its register in the block */
export function chemistryParameter({
  at,
  ...terms
}: Pick<Parameter, 'block' | 'register' | 'access' | 'confidence'> & { readonly at: number }): Parameter {
  const decode: Parameter['decode'] = (image) => {
    const data = image.get(terms.block);
    const code = data === undefined || at + 2 > data.length ? NOT_THERE : data.readUInt16LE(at);
    return code === NOT_THERE ? undefined : (WORDS.get(code) ?? 'custom');
  };
  return {
    ...terms,
    key: KEY,
    decode,
    encode(value, image) {
      checkSetting(KEY, value);
      const data = Buffer.from(blockOf(image, terms.block, KEY));
      if (decode(image) === value) return data;
      const code = (CHEMISTRY_CODES as Readonly<Record<string, number>>)[String(value)];
      if (code === undefined) throw badSetting(KEY, value, say`it can be ${Object.keys(CHEMISTRY_CODES).join(', ')}`);
      if (data.readUInt16LE(at) < LEAST_CODE) {
        throw badSetting(KEY, value, say`the firmware of this board numbers chemistries in a way that is not known`);
      }
      data.writeUInt16LE(code, at);
      return data;
    },
  };
}
