import { ALARM_LEVELS } from '../../battery/alarm';
import { BmsError, toBmsError } from '../../battery/errors';
import { isQuantityKey, isSingleQuantity, type QuantityKey } from '../../battery/quantities';
import { OPERATORS, ruleId, type Condition, type Rule } from '../../battery/rule';
import type { AlarmSettings } from '../../battery/rules';
import { say, sequenceOf, type Sentence } from '../../battery/sentence';
import { badValue, booleanProperty, choiceProperty, numberProperty, textProperty, type Config } from './properties';

/** The rules of a bms-alarm that can be judged, and what is wrong with the others. */
export interface CheckedSettings {
  settings: AlarmSettings;
  /** numbers of the rules that cannot be judged, from 1 */
  wrongRules: number[];
  /** `bad_value` with everything that is wrong */
  problem: BmsError | undefined;
}

/** No sensible figure lies beyond. */
const HIGHEST_FIGURE = 1e9;
const LONGEST_HOLD_S = 604_800;

/** The properties of a bms-alarm, checked: what is wrong takes its default, or in a rule makes it void. */
export function alarmSettings(config: Config): CheckedSettings {
  const problems: Sentence[] = [];
  const attempt = <T>(make: () => T, rule?: number): T | undefined => {
    try {
      return make();
    } catch (error) {
      const { sentence } = toBmsError(error, 'bad_value');
      problems.push(rule === undefined ? sentence : say`Rule ${rule}: ${sentence}`);
      return undefined;
    }
  };
  const includeDevice = attempt(() => booleanProperty(config, 'includeDevice', true)) ?? true;
  const wrongRules: number[] = [];
  const numbers = new Map<string, number>();
  const rules = (attempt(() => listOf(config)) ?? []).flatMap((entry, i) => {
    const rule = attempt(() => uniqueRule(entry, i + 1, numbers), i + 1);
    if (rule === undefined) wrongRules.push(i + 1);
    return rule ?? [];
  });
  const problem = problems.length === 0 ? undefined : new BmsError('bad_value', sequenceOf(problems));
  return { settings: { rules, includeDevice }, wrongRules, problem };
}

function listOf(config: Config): unknown[] {
  const rules = config['rules'] ?? [];
  if (!Array.isArray(rules)) throw badValue('rules', rules, say`a list`);
  return rules;
}

/** @param numbers the rules before this one, by their identity */
function uniqueRule(entry: unknown, number: number, numbers: Map<string, number>): Rule {
  const rule = ruleOf(entry);
  const id = ruleId(rule);
  const other = numbers.get(id);
  if (other !== undefined) {
    throw new BmsError('bad_value', say`It has the code, field and operator of rule ${other}; give it another code.`);
  }
  numbers.set(id, number);
  return rule;
}

/** A rule as a flow file holds it. @throws BmsError `bad_value` */
function ruleOf(entry: unknown): Rule {
  if (typeof entry !== 'object' || entry === null) {
    throw new BmsError('bad_value', say`It must be an object with code, field, operator and limit.`);
  }
  const config = entry as Config;
  const code = textProperty(config, 'code');
  if (code === '') throw badValue('code', config['code'], say`a word, such as soc_low`);
  const { field, operator, limit } = conditionOf(config, isQuantityKey, say`a number of the reading, such as soc`);
  const [min, max] = operator === '<' ? [limit, HIGHEST_FIGURE] : [-HIGHEST_FIGURE, limit];
  const onlyWhile = secondCondition(config);
  return {
    code,
    field,
    operator,
    limit,
    clear: numberProperty(config, 'clear', { fallback: limit, min, max }),
    hold: numberProperty(config, 'hold', { fallback: 0, min: 0, max: LONGEST_HOLD_S }),
    level: choiceProperty(config, 'level', ALARM_LEVELS, 'warning'),
    message: textProperty(config, 'message'),
    ...(onlyWhile === undefined ? {} : { onlyWhile }),
  };
}

/**
 * What `onlyWhile` of a rule says; undefined where the rule has none.
 * @throws BmsError `bad_value`
 */
function secondCondition(rule: Config): Condition | undefined {
  const entry = rule['onlyWhile'] ?? undefined;
  if (entry === undefined || entry === '') return undefined;
  try {
    if (typeof entry !== 'object') {
      throw new BmsError('bad_value', say`It must be an object with field, operator and limit.`);
    }
    return conditionOf(entry as Config, isSingleQuantity, say`a single number of the reading, such as cellVoltageMax`);
  } catch (error) {
    throw new BmsError('bad_value', say`Only while: ${toBmsError(error, 'bad_value').sentence}`);
  }
}

/**
 * @param isField which keys may be compared
 * @param wanted what these are
 * @throws BmsError `bad_value`
 */
function conditionOf(config: Config, isField: (word: string) => word is QuantityKey, wanted: Sentence): Condition {
  const field = textProperty(config, 'field');
  if (!isField(field)) throw badValue('field', config['field'], wanted);
  const word = textProperty(config, 'operator');
  const operator = OPERATORS.find((known) => known === word);
  if (operator === undefined) throw badValue('operator', config['operator'], say`one of ${'<, >'}`);
  const limit = numberProperty(config, 'limit', { fallback: undefined, min: -HIGHEST_FIGURE, max: HIGHEST_FIGURE });
  if (limit === undefined) throw badValue('limit', config['limit'], say`a number`);
  return { field, operator, limit };
}
