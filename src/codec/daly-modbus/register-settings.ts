import type { OrderingRule } from '../../battery/settings/ordering-rule';
import type { SettingKey, SettingRowValues } from '../../battery/settings/vocabulary';
import { currentLimit } from '../daly/current-limit';
import { choice, number, onOff, type Row } from '../kit/row';
import { parametersOf, type ParameterTerms } from '../kit/parameters';
import type { Parameter, SettingsBlock } from '../parameter';
import type { Target } from './memory';
import { at, NOT_IMPLEMENTED } from './tables';
import type { Station } from './wire';

/*
 * Tables of parameters that are registers: of each its number, its key and its scale.
 */

/** Registers that one request reads. */
export interface RegisterBlock extends SettingsBlock {
  readonly start: number;
  readonly count: number;
}

/** The settings of one of the two maps. */
export interface RegisterSettings {
  /** a response does not say which registers it brings: no two blocks are of the same length (daly-modbus.md 3) */
  readonly blocks: readonly RegisterBlock[];
  readonly parameters: readonly Parameter[];
  readonly rules: readonly OrderingRule[];
  /** Where a board is asked, and answers. */
  readonly stationOf: (target: Target) => Station;
}

/** A register, or two for a number of 32 bits, and what stands there. */
export interface Line {
  readonly register: number;
  /** @param offset of the register in the block; @param usual terms of lines that have none of their own */
  readonly parameters: (block: RegisterBlock, offset: number, usual: ParameterTerms) => readonly Parameter[];
}

type Own = Partial<ParameterTerms>;
type NumberKey = Parameters<typeof number<SettingRowValues>>[2];

export function registerBlock(start: number, count: number, optional = false): RegisterBlock {
  const id = start.toString(16);
  return { id, name: `settings (${id.padStart(4, '0')})`, start, count, ...(optional && { optional }) };
}

function line(register: number, rowAt: (offset: number) => Row<SettingRowValues>, own: Own = {}): Line {
  const terms = { register: register.toString(16), ...own };
  return {
    register,
    parameters: ({ id }, offset, usual) => parametersOf(id, 'big', usual, [[rowAt(offset), terms]]),
  };
}

/** How the number of a register becomes a value: see `Scale`. */
interface Steps {
  readonly divisor?: number;
  readonly offset?: number;
}

/** A number; ffff is none, unless it stands for never. */
export function quantity(register: number, key: NumberKey, steps: Steps = {}, own: Own = {}): Line {
  const notAvailable = own.never === undefined ? [NOT_IMPLEMENTED] : [];
  return line(register, (offset) => number(offset, 'u16', key, { ...steps, notAvailable }), own);
}

/** A number in two registers, the higher half in the first. */
export function wide(register: number, key: NumberKey, steps: Steps, own: Own = {}): Line {
  const none = NOT_IMPLEMENTED * 0x10001;
  const row = (offset: number) => number<SettingRowValues>(offset, 'u32', key, { ...steps, notAvailable: [none] });
  return line(register, row, { range: [0, (none - 1) / (steps.divisor ?? 1)], ...own });
}

/** A switch, which is set with an action, never as a setting. */
export function toggle(register: number, key: Parameters<typeof onOff<SettingRowValues>>[2]): Line {
  return line(register, (offset) => onOff(offset, 'u16', key), { access: 'read' });
}

/** A number that stands for the chemistry (settings-daly-modbus.md 1). */
export function chemistry(register: number): Line {
  return line(register, (offset) => choice(offset, 'u16', 'chemistry', ['lfp', 'nmc', 'lto']));
}

/** A limit of the current. @param usual see `CurrentLimitPlace` */
export function limit(register: number, key: SettingKey, usual: 1 | -1): Line {
  return {
    register,
    parameters: ({ id }, offset, terms) => [
      currentLimit(
        key,
        { block: id, at: offset, usual, none: NOT_IMPLEMENTED },
        { ...terms, register: register.toString(16) },
      ),
    ],
  };
}

/** The block that holds a register. */
export function blockWith(blocks: readonly RegisterBlock[], register: number): RegisterBlock | undefined {
  return blocks.find(({ start, count }) => register >= start && register < start + count);
}

/** The parameters of lines, in their order. @throws RangeError for a register that is in no block */
export function parametersIn(
  blocks: readonly RegisterBlock[],
  usual: ParameterTerms,
  lines: readonly Line[],
): Parameter[] {
  return lines.flatMap(({ register, parameters }) => {
    const block = blockWith(blocks, register);
    if (block === undefined) throw new RangeError(`no block for ${register.toString(16)}`);
    return parameters(block, at(register - block.start), usual);
  });
}
