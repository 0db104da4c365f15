import assert from 'node:assert/strict';
import { ALARM_CODES } from '../../../src/battery/alarm';
import { isBeyondLimit, ruleId } from '../../../src/battery/rule';
import { ALARM_PRESETS } from '../../../src/battery/alarm-presets';
import { alarmSettings } from '../../../src/runtime/settings/alarm-settings';
import { booleanProperty } from '../../../src/runtime/settings/properties';
import { CELL_TYPES } from '../../../src/simulator/chemistry';

const RULE = { code: 'soc_low', field: 'soc', operator: '<', limit: 20 };
const WHOLE = { ...RULE, clear: 20, hold: 0, level: 'warning', message: '' };

describe('properties of bms-alarm', () => {
  it('take their defaults', () => {
    for (const config of [{}, { includeDevice: '', rules: null }, { rules: [] }]) {
      const expected = { settings: { rules: [], includeDevice: true }, wrongRules: [], problem: undefined };
      assert.deepEqual(alarmSettings(config), expected);
    }
    for (const entry of [RULE, { ...RULE, clear: '', hold: ' ', level: '', message: undefined }]) {
      assert.deepEqual(alarmSettings({ rules: [entry] }).settings.rules, [WHOLE]);
    }
  });

  it('take text where an environment variable stands in', () => {
    const rule = { ...RULE, limit: '20', clear: '25.5', hold: '60', level: 'fault', message: ' Low. ' };
    const { settings, problem } = alarmSettings({ includeDevice: 'false', rules: [rule] });
    assert.equal(problem, undefined);
    assert.deepEqual(settings, {
      includeDevice: false,
      rules: [{ ...WHOLE, clear: 25.5, hold: 60, level: 'fault', message: 'Low.' }],
    });
  });

  const wrong: Record<string, [rule: unknown, says: RegExp]> = {
    'no object': ['soc < 20', /must be an object/],
    null: [null, /must be an object/],
    'no code': [{ ...RULE, code: ' ' }, /code is " "/],
    'no field': [{ ...RULE, field: undefined }, /field is missing/],
    'a field that is no number': [{ ...RULE, field: 'alarms' }, /field is "alarms"/],
    'a field of every object': [{ ...RULE, field: 'constructor' }, /field/],
    'no operator': [{ ...RULE, operator: '' }, /operator is ""/],
    'another operator': [{ ...RULE, operator: '=' }, /operator is "="/],
    'no limit': [{ ...RULE, limit: '' }, /limit is ""/],
    'a limit that is no number': [{ ...RULE, limit: 'low' }, /limit is "low"/],
    'an endless limit': [{ ...RULE, limit: Infinity }, /limit/],
    'a clear below the limit': [{ ...RULE, clear: 19.9 }, /clear is 19.9; it must be a number from 20/],
    'a clear above the limit': [{ ...RULE, operator: '>', clear: 21 }, /clear is 21; it must be .* to 20\./],
    'a negative hold': [{ ...RULE, hold: -1 }, /hold/],
    'an unknown level': [{ ...RULE, level: 'none' }, /level is "none"/],
  };
  for (const [name, [rule, says]] of Object.entries(wrong)) {
    it(`with ${name} make a rule void, and name it`, () => {
      const { settings, wrongRules, problem } = alarmSettings({ rules: [RULE, rule, { ...RULE, code: 'other' }] });
      assert.deepEqual(
        settings.rules.map(({ code }) => code),
        ['soc_low', 'other'],
      );
      assert.deepEqual(wrongRules, [2]);
      assert.equal(problem?.code, 'bad_value');
      assert.match(problem.message, /^Rule 2: /);
      assert.match(problem.message, says);
    });
  }

  it('refuse a second rule with the same identity, and name everything that is wrong at once', () => {
    const { settings, wrongRules, problem } = alarmSettings({
      includeDevice: 'perhaps',
      rules: [RULE, { ...RULE, limit: 10 }, { ...RULE, operator: '>' }, {}],
    });
    assert.equal(settings.rules.length, 2);
    assert.equal(settings.includeDevice, true);
    assert.deepEqual(wrongRules, [2, 4]);
    assert.match(problem?.message ?? '', /includeDevice .* Rule 2: .* rule 1; .* Rule 4: /);
  });

  it('say that the rules are no list', () => {
    const { settings, wrongRules, problem } = alarmSettings({ rules: 'soc < 20' });
    assert.deepEqual([settings.rules, wrongRules], [[], []]);
    assert.match(problem?.message ?? '', /rules .* must be a list/);
  });
});

describe('booleanProperty', () => {
  it('takes booleans, their names, and nothing else', () => {
    assert.equal(booleanProperty({}, 'x', true), true);
    assert.equal(booleanProperty({ x: 'true' }, 'x', false), true);
    assert.equal(booleanProperty({ x: false }, 'x', true), false);
    for (const x of [1, 'yes', {}]) assert.throws(() => booleanProperty({ x }, 'x', true), { code: 'bad_value' });
  });
});

describe('presets', () => {
  for (const [name, rules] of Object.entries(ALARM_PRESETS)) {
    it(`${name}: can be judged, with a gap between limit and clear`, () => {
      const { settings, problem } = alarmSettings({ rules: JSON.parse(JSON.stringify(rules)) as unknown });
      assert.equal(problem, undefined);
      assert.deepEqual(settings.rules, rules);
      for (const { limit, clear, hold, code } of rules) {
        assert.notEqual(limit, clear, code);
        assert.ok(hold > 0, code);
      }
    });
  }

  it('of different kinds go together', () => {
    for (const chemistry of ['lfp', 'nmc', 'lto', 'sodiumIon']) {
      const rules = [chemistry, 'loadShedding', 'frost'].flatMap((name) => ALARM_PRESETS[name] ?? []);
      assert.equal(new Set(rules.map(ruleId)).size, rules.length);
    }
  });

  for (const [name, chemistry] of [
    ['lfp', 'lfp'],
    ['nmc', 'nmc'],
    ['lto', 'lto'],
    ['sodiumIon', 'naion'],
  ] as const) {
    it(`${name}: quiet while a pack works as it should, and ahead of the board`, () => {
      const { voltage, temperature } = CELL_TYPES[chemistry];
      const raised = (field: string, value: number): string[] =>
        (ALARM_PRESETS[name] ?? [])
          .filter((rule) => rule.field === field && isBeyondLimit(rule, value))
          .map((rule) => rule.level);
      assert.deepEqual(raised('cellVoltageMax', voltage.full), []);
      assert.deepEqual(raised('cellVoltageMin', voltage.undervoltageRelease), []);
      assert.deepEqual(raised('temperatureMax', 30), []);
      const both = ['warning', 'protection'];
      assert.deepEqual(raised('cellVoltageMax', voltage.overvoltage - 0.001), both);
      assert.deepEqual(raised('cellVoltageMin', voltage.undervoltage + 0.001), both);
      assert.deepEqual(raised('temperatureMax', temperature.dischargeMax - 1), both);
    });
  }

  it('use words of the vocabulary where it has them', () => {
    const own = [
      'cell_voltage_high',
      'cell_voltage_low',
      'temperature_high',
      'load_shedding',
      'soc_critical',
      'frost',
      'cells_apart',
    ];
    for (const { code } of Object.values(ALARM_PRESETS).flat()) {
      assert.ok([...own, ...ALARM_CODES].includes(code), code);
    }
  });
});
