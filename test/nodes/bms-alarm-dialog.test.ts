import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ALARM_PRESETS } from '../../src/battery/alarm-presets';
import { alarmSettings } from '../../src/runtime/settings/alarm-settings';
import { verdictIn } from '../support/node-types';

const catalogue = JSON.parse(readFileSync(join(process.cwd(), 'nodes/locales/en-US/bms-alarm.json'), 'utf8')) as object;

/** As the editor looks texts up. */
function text(key: string, values: Record<string, unknown> = {}): string {
  const found = key.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], catalogue);
  assert.equal(typeof found, 'string', key);
  return String(found).replace(/__(\w+)__/g, (_match, name: string) => String(values[name]));
}

describe('dialog of bms-alarm', () => {
  const verdict = (rules: unknown): true | string => verdictIn('bms-alarm', 'rules', rules, { _: text });
  const RULE = { code: 'soc_low', field: 'soc', operator: '<', limit: 20, clear: '', hold: '', level: '', message: '' };

  it('takes what has been saved', () => {
    for (const rules of [undefined, '', [], [RULE], ...Object.values(ALARM_PRESETS)])
      assert.equal(verdict(rules), true);
    const variables = { ...RULE, limit: '${LIMIT}', clear: '${CLEAR}', hold: '${HOLD}', level: '${LEVEL}' };
    assert.equal(verdict([variables]), true);
    const onlyWhile = { field: '${FIELD}', operator: '${OPERATOR}', limit: '${LIMIT}' };
    for (const condition of [onlyWhile, '', null]) assert.equal(verdict([{ ...RULE, onlyWhile: condition }]), true);
  });

  it('names the rule and what is wrong', () => {
    assert.equal(verdict('soc'), 'The rules must be a list.');
    assert.equal(verdict([RULE, null]), 'Rule 2: it is not a rule.');
    assert.equal(verdict([RULE, { ...RULE, limit: 5 }]), `Rule 2: ${text('bms-alarm.fault.twice')}`);
    assert.equal(verdict([{ ...RULE, clear: 10 }]), `Rule 1: ${text('bms-alarm.fault.clearBelow')}`);
    assert.equal(verdict([{ ...RULE, operator: '>', clear: 30 }]), `Rule 1: ${text('bms-alarm.fault.clearAbove')}`);
  });

  it('agrees with the node', () => {
    const figure = fc.constantFrom('', 0, -5, 20, '20', '20.5', 25, ' 30 ', 'low', 1e10);
    const condition = fc.oneof(
      fc.constantFrom(undefined, null, '', 7, 'soc > 5', {}),
      fc.record({
        field: fc.constantFrom('current', 'cellVoltageMax', 'cellVoltageMax', ''),
        operator: fc.constantFrom('<', '>', '>', '='),
        limit: figure,
      }),
    );
    const rule = fc.record({
      onlyWhile: condition,
      code: fc.constantFrom('a', 'b', ' ', ' a'),
      field: fc.constantFrom('soc', 'voltage', ''),
      operator: fc.constantFrom('<', '>', '', '='),
      limit: figure,
      clear: figure,
      hold: fc.constantFrom('', 0, 60, '1.5', -1, 604801, 'long'),
      level: fc.constantFrom('', 'warning', 'fault', 'none'),
      message: fc.constantFrom('', 'Low.'),
    });
    const usual = fc.record({
      onlyWhile: condition,
      code: fc.constantFrom('a', 'b'),
      operator: fc.constantFrom('<', '>'),
      limit: figure,
    });
    const rules = fc.array(
      fc.oneof(
        rule,
        usual.map((change) => ({ ...RULE, ...change })),
      ),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(rules, (list) => {
        const { problem, wrongRules } = alarmSettings({ rules: list });
        const said = verdict(list);
        assert.equal(said === true, problem === undefined, `${said} / ${problem?.message}`);
        if (said !== true) assert.ok(said.startsWith(`Rule ${wrongRules[0]}: `), said);
      }),
      { numRuns: 1000 },
    );
  });
});
