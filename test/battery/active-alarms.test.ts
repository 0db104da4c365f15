import assert from 'node:assert/strict';
import { storedAlarms, type ActiveAlarm } from '../../src/battery/active-alarms';
import { Bench, rule } from '../support/alarms';

describe('alarms from a context store', () => {
  const device: ActiveAlarm = { code: 'soc_low', level: 'warning', source: 'device', message: 'Low.', since: 5 };
  const single: ActiveAlarm = {
    code: 'shed',
    level: 'protection',
    source: 'rule',
    message: 'Shed.',
    field: 'cellVoltageMin',
    operator: '<',
    value: 2.5,
    limit: 3,
    cell: 4,
    since: 6,
  };
  const sensor: ActiveAlarm = { ...single, field: 'temperatures', operator: '>', cell: undefined, sensor: 2 };

  it('are the same as before', () => {
    const bench = new Bench([rule({}), rule({ code: 'cell', field: 'cellVoltages', limit: 3 })]);
    bench.read({ soc: 10, cellVoltages: [2.5, 3.2, 2.6], alarms: [{ code: 'x', level: 'fault', message: 'X.' }] });
    bench.lose();
    const { active } = bench.summary;
    assert.equal(active.length, 5);
    assert.deepEqual(storedAlarms(JSON.parse(JSON.stringify(active))), active);
  });

  it('count once, and bring nothing that is not known', () => {
    const edited = [device, { ...device, message: 'Again.', level: 'warning' }, { ...single, colour: 'red' }];
    assert.deepEqual(storedAlarms(edited), [device, single]);
    const polluted = JSON.parse(`[{ "__proto__": { "code": "x" } }, ${JSON.stringify(device).slice(0, -1)},
      "__proto__": { "bad": true }, "constructor": 1 }]`) as unknown;
    const [only, ...others] = storedAlarms(polluted);
    assert.deepEqual([only, others], [device, []]);
    assert.equal(Object.getPrototypeOf(only), Object.prototype);
    assert.equal((only as unknown as Record<string, unknown>)['bad'], undefined);
  });

  it('are none where the store holds something else', () => {
    for (const kept of [undefined, null, 7, 'x', {}, { length: 1, 0: device }, [], [null], ['x'], [[]], [{}]]) {
      assert.deepEqual(storedAlarms(kept), []);
    }
  });

  const broken: Record<string, object> = {
    'no code': { ...device, code: '' },
    'a code that is no text': { ...device, code: 7 },
    'an unknown level': { ...device, level: 'none' },
    'no message': { ...device, message: undefined },
    'no beginning': { ...device, since: null },
    'an unknown source': { ...device, source: 'moon' },
    'an unknown field': { ...single, field: 'constructor' },
    'a field that is no text': { ...single, field: ['soc'] },
    'an unknown operator': { ...single, operator: '=' },
    'no value': { ...single, value: '2.5' },
    'no limit': { ...single, limit: NaN },
    'a list without its cell': { ...single, field: 'cellVoltages', cell: 0 },
    'a list without its sensor': { ...sensor, sensor: 1.5 },
    'a list of sensors with a cell': { ...sensor, sensor: undefined, cell: 3 },
  };
  for (const [name, entry] of Object.entries(broken)) {
    it(`ignores one with ${name}`, () => {
      assert.deepEqual(storedAlarms([entry, single]), [single]);
    });
  }

  it('keep the sensor', () => {
    const [kept] = storedAlarms([sensor]);
    assert.ok(kept?.source === 'rule' && kept.sensor === 2 && !('cell' in kept));
  });
});
