import assert from 'node:assert/strict';
import { alarm, vendorFault } from '../../src/battery/alarm';
import { activeAlarms, stateWith } from '../../src/battery/alarm-ledger';
import { storedAlarms } from '../../src/battery/active-alarms';
import type { Reading } from '../../src/battery/reading';
import type { Rule } from '../../src/battery/rule';
import { Bench, rule, START } from '../support/alarms';

/** What an alarm says, and when; when each begins and ends in general is restated in rules-property.test.ts. */
describe('alarm rules', () => {
  it('says everything about an alarm that begins and ends', () => {
    const bench = new Bench([rule({ clear: 25, level: 'protection' })]);
    bench.read({ soc: 18.5 });
    const raised = {
      code: 'soc_low',
      level: 'protection',
      source: 'rule',
      message: 'The state of charge is 18.5 %, below 20 %.',
      field: 'soc',
      operator: '<',
      value: 18.5,
      limit: 20,
      since: START,
    };
    assert.deepEqual(bench.edges, [{ event: 'raised', ...raised }]);
    assert.deepEqual(Object.keys(bench.edges[0]!), ['event', ...Object.keys(raised)]);
    assert.deepEqual(bench.summary, { active: [raised], level: 'protection', count: 1 });
    bench.wait(90.25).read({ soc: 30 });
    assert.deepEqual(bench.edges[1], { event: 'cleared', ...raised, value: 30, duration: 90.25 });
    assert.deepEqual(bench.summary, { active: [], level: 'none', count: 0 });
  });

  it('takes a value that is absent, no number or not finite for none', () => {
    const bench = new Bench([rule({}), rule({ code: 'hot', field: 'temperatures', operator: '>', limit: 50 })]);
    for (const soc of [undefined, NaN, -Infinity, null, '5', {}]) {
      assert.deepEqual(bench.read({ soc: soc as number }), []);
    }
    bench.read({ soc: 5, temperatures: [60] });
    for (const soc of [undefined, NaN, Infinity, null, '50']) {
      assert.deepEqual(bench.read({ soc: soc as number, temperatures: [null] }), []);
    }
    assert.equal(bench.summary.count, 2);
  });

  describe('hold', () => {
    it('raises at the first reading that shows it long enough after the first one', () => {
      const bench = new Bench([rule({ hold: 60 })]);
      assert.deepEqual(bench.read({ soc: 10 }), []);
      assert.deepEqual(bench.wait(59.999).read({ soc: 10 }), []);
      assert.deepEqual(bench.wait(0.001).read({ soc: 10 }), ['+soc_low']);
      assert.equal(bench.summary.active[0]?.since, START + 60_000);
      assert.deepEqual(bench.wait(60).read({ soc: 10 }), []);
    });

    it('is neither broken nor filled by missing values, an outage, or a wall clock that jumps', () => {
      const bench = new Bench([rule({ hold: 60 })]);
      bench.read({ soc: 10 });
      assert.deepEqual(bench.wait(70).read({}), []);
      bench.wall -= 1e9;
      bench.lose();
      bench.wall += 1e10;
      assert.deepEqual(bench.read({ soc: 10 }), ['-communication_lost', '+soc_low']);
    });
  });

  describe('onlyWhile', () => {
    const NEAR_FULL = { field: 'cellVoltageMax', operator: '>', limit: 3.4 } as const;
    const apart = (change: Partial<Rule> = {}): Rule =>
      rule({ code: 'apart', field: 'cellVoltageDelta', operator: '>', limit: 0.05, clear: 0.03, ...change });
    const beyond = { cellVoltageDelta: 0.06 };
    const full = { cellVoltageMax: 3.45 };
    const low = { cellVoltageMax: 3.33 };
    /** 20 s between the readings: raised with the fourth of a run where the hold is a minute */
    const told = (hold: number, readings: readonly Reading[]): string => {
      const bench = new Bench([apart({ hold, onlyWhile: NEAR_FULL })]);
      return readings.map((reading) => bench.wait(20).read(reading).join().slice(0, 1) || '.').join('');
    };

    const both = { ...beyond, ...full };
    // What a reading has: the value beyond its limit, between limit and clear, back, missing; the condition met or not, or missing.
    for (const [what, readings, atOnce, afterAMinute] of [
      ['both all the time', [both, both, both, both, both], '+....', '...+.'],
      ['the condition comes later', [{ ...beyond, ...low }, beyond, both, both, both, both], '..+...', '.....+'],
      ['the condition ends in between', [both, both, { ...beyond, ...low }, both, both, both], '+.-+..', '......'],
      ['the condition is missing once', [both, beyond, both, both], '+...', '...+'],
      ['the condition is missing at the end', [both, both, both, beyond, both], '+....', '....+'],
      ['the condition is never known', [beyond, beyond, beyond, beyond], '....', '....'],
      ['the value is missing once', [both, full, both, both], '+...', '...+'],
      ['the value is missing as the condition ends', [both, low, both, both, both, both], '+-+...', '.....+'],
      ['both are missing once', [both, {}, both, both], '+...', '...+'],
      ['back without the condition known', [both, { cellVoltageDelta: 0.02 }, both], '+-+', '...'],
      ['the limit is not beyond', [both, { ...beyond, cellVoltageMax: 3.4 }, both], '+-+', '...'],
      [
        'between limit and clear',
        [both, { ...full, cellVoltageDelta: 0.04 }, { ...low, cellVoltageDelta: 0.04 }],
        '+.-',
        '...',
      ],
    ] as const) {
      it(`${what}: at once ${atOnce}, after a minute ${afterAMinute}`, () => {
        assert.deepEqual([told(0, readings), told(60, readings)], [atOnce, afterAMinute]);
      });
    }

    it('says the value with which the condition ended, or the last one where it is missing', () => {
      for (const [reading, value] of [
        [{ ...low, cellVoltageDelta: 0.07 }, 0.07],
        [low, 0.06],
      ] as const) {
        const bench = new Bench([apart({ onlyWhile: NEAR_FULL })]);
        bench.read(both);
        bench.wait(5).read(reading);
        const { event, duration, ...ended } = bench.edges[1] ?? assert.fail('no end');
        assert.deepEqual([event, duration, ended.source === 'rule' && ended.value], ['cleared', 5, value]);
        assert.deepEqual(bench.summary, { active: [], level: 'none', count: 0 });
      }
    });

    it('ends every cell of a rule, also those that the reading lacks, and no other rule', () => {
      const bench = new Bench([
        rule({
          code: 'cold',
          field: 'temperatures',
          limit: 5,
          onlyWhile: { field: 'current', operator: '>', limit: 1 },
        }),
        rule({ code: 'frost', field: 'temperatures', limit: 5 }),
      ]);
      bench.read({ temperatures: [3, 4], current: 10 });
      assert.deepEqual(bench.read({ temperatures: [3], current: 0 }), ['-cold@1', '-cold@2']);
    });

    it('changes with its rule: a level is told, and an alarm that no longer counts ends at the next reading that shows it', () => {
      const bench = new Bench([apart({ onlyWhile: NEAR_FULL })]);
      bench.read(both);
      const stricter = apart({ level: 'protection', onlyWhile: { ...NEAR_FULL, limit: 3.5 } });
      bench.settings = { rules: [stricter], includeDevice: true };
      assert.deepEqual(bench.read(beyond), ['~apart']);
      assert.deepEqual(bench.read(both), ['-apart']);
      bench.settings = { rules: [{ ...stricter, hold: 60, onlyWhile: NEAR_FULL }], includeDevice: true };
      bench.wait(20).read(both);
      // Another condition: what was counted under the one before is void.
      bench.settings = {
        rules: [{ ...stricter, hold: 60, onlyWhile: { ...NEAR_FULL, limit: 3.3 } }],
        includeDevice: true,
      };
      bench.wait(50).read(both);
      assert.deepEqual(bench.wait(50).read(both), []);
      assert.deepEqual(bench.wait(10).read(both), ['+apart']);
    });

    it('is judged at the first reading after an outage or a restart, which end nothing by themselves', () => {
      const bench = new Bench([apart({ onlyWhile: NEAR_FULL })]);
      bench.read(both);
      bench.lose();
      bench.state = stateWith(storedAlarms(activeAlarms(bench.state)));
      assert.deepEqual(
        bench.summary.active.map(({ code }) => code),
        ['apart', 'communication_lost'],
      );
      assert.deepEqual(bench.read({ ...beyond, ...low }), ['-communication_lost', '-apart']);
    });
  });

  describe('cells and sensors', () => {
    it('says which cell is the lowest or the highest', () => {
      const bench = new Bench([
        rule({ code: 'low', field: 'cellVoltageMin', limit: 2.8, clear: 3 }),
        rule({ code: 'high', field: 'cellVoltageMax', operator: '>', limit: 3.6, message: 'A cell is full.' }),
      ]);
      bench.read({ cellVoltageMin: 2.5, minCell: 4, cellVoltageMax: 3.65, maxCell: 7 });
      assert.deepEqual(
        bench.summary.active.map(({ message }) => message),
        ['The lowest cell voltage is 2.5 V (cell 4), below 2.8 V.', 'A cell is full (cell 7).'],
      );
      // Another cell, the same alarm: the value that ends it comes with its own cell.
      assert.deepEqual(bench.read({ cellVoltageMin: 2.6, minCell: 2 }), []);
      assert.deepEqual(bench.read({ cellVoltageMin: 3.1, minCell: 9 }), ['-low@9']);
    });

    it('does without the cell where the device does not say it', () => {
      const bench = new Bench([rule({ field: 'cellVoltageMin', limit: 3, message: 'Cell low' })]);
      assert.deepEqual(bench.read({ cellVoltageMin: 2.5 }), ['+soc_low']);
      assert.equal(bench.summary.active[0]?.message, 'Cell low');
    });

    it('has an alarm for each entry of a list', () => {
      const bench = new Bench([
        rule({ code: 'cell', field: 'cellVoltages', limit: 3 }),
        rule({ code: 'wire', field: 'cellResistances', operator: '>', limit: 0.01, message: 'Check the wire' }),
        rule({ code: 'hot', field: 'temperatures', operator: '>', limit: 50 }),
      ]);
      assert.deepEqual(
        bench.read({ cellVoltages: [2.9, 3.1, 2.8], temperatures: [null, 55, 20], cellResistances: [0.001, 0.02] }),
        ['+cell@1', '+cell@3', '+wire@2', '+hot@2'],
      );
      assert.deepEqual(
        bench.summary.active.map(({ message }) => message),
        [
          'The cell voltage is 2.9 V (cell 1), below 3 V.',
          'The cell voltage is 2.8 V (cell 3), below 3 V.',
          'Check the wire (cell 2)',
          'The battery temperature is 55 °C (sensor 2), above 50 °C.',
        ],
      );
      const hot = bench.edges.at(-1);
      assert.ok(hot?.source === 'rule' && hot.sensor === 2 && hot.cell === undefined);
      // A shorter list and a sensor that is unplugged say nothing of the rest.
      assert.deepEqual(bench.read({ cellVoltages: [3.2, 3.2], temperatures: [55, null] }), ['-cell@1', '+hot@1']);
      assert.deepEqual(bench.read({ cellVoltages: [3.2, 3.2, 3.2], temperatures: [20, 20] }), [
        '-cell@3',
        '-hot@1',
        '-hot@2',
      ]);
    });
  });

  describe('alarms of the device', () => {
    const low = alarm('cell_undervoltage', 'warning');
    const worse = alarm('cell_undervoltage', 'protection');

    it('begin and end with its list', () => {
      const bench = new Bench([]);
      assert.deepEqual(bench.read({ alarms: [low] }), ['+cell_undervoltage']);
      const since = START;
      assert.deepEqual(bench.edges[0], { event: 'raised', ...low, source: 'device', since });
      assert.deepEqual(bench.wait(1).read({ alarms: [low] }), []);
      assert.deepEqual(bench.wait(1).read({ alarms: [] }), ['-cell_undervoltage']);
      assert.deepEqual(bench.edges[1], { event: 'cleared', ...low, source: 'device', since, duration: 2 });
    });

    it('change when they get worse or better, which is no end', () => {
      const bench = new Bench([]);
      bench.read({ alarms: [low] });
      const since = START;
      assert.deepEqual(bench.wait(1).read({ alarms: [worse] }), ['~cell_undervoltage']);
      assert.deepEqual(bench.edges[1], { event: 'changed', ...worse, source: 'device', since, from: 'warning' });
      assert.deepEqual([bench.summary.level, bench.summary.count], ['protection', 1]);
      assert.deepEqual(bench.wait(1).read({ alarms: [worse] }), []);
      assert.deepEqual(bench.wait(1).read({ alarms: [low] }), ['~cell_undervoltage']);
      assert.deepEqual([bench.edges[2]?.from, bench.summary.level], ['protection', 'warning']);
      assert.deepEqual(bench.wait(1).read({ alarms: [] }), ['-cell_undervoltage']);
      assert.equal(bench.edges[3]?.duration, 4);
      assert.ok(bench.edges[3] !== undefined && !('from' in bench.edges[3]));
    });

    it('count with the highest level where the board lists a code with several', () => {
      const bench = new Bench([]);
      assert.deepEqual(bench.read({ alarms: [low, worse] }), ['+cell_undervoltage']);
      assert.deepEqual([bench.summary.level, bench.summary.count], ['protection', 1]);
      assert.deepEqual(bench.read({ alarms: [worse, low] }), []);
      assert.deepEqual(bench.read({ alarms: [low] }), ['~cell_undervoltage']);
    });

    it('count once when they are listed twice, and take over new words', () => {
      const bench = new Bench([]);
      assert.deepEqual(bench.read({ alarms: [vendorFault(7), vendorFault(9)] }), ['+vendor_fault']);
      assert.deepEqual(bench.read({ alarms: [vendorFault(8)] }), []);
      assert.match(bench.summary.active[0]?.message ?? '', /number 8\.$/);
    });

    it('do not say that the device does not answer', () => {
      const bench = new Bench([]);
      assert.deepEqual(bench.read({ alarms: [alarm('communication_lost', 'fault')] }), []);
    });
  });

  describe('a device that is lost', () => {
    it('is one alarm, and nothing else changes until it answers', () => {
      const bench = new Bench([rule({})]);
      bench.read({ soc: 10, alarms: [] });
      assert.deepEqual(bench.wait(1).lose(), ['+communication_lost']);
      assert.deepEqual(bench.wait(1).lose(), []);
      assert.deepEqual(
        bench.summary.active.map(({ code, level, source }) => [code, level, source]),
        [
          ['soc_low', 'warning', 'rule'],
          ['communication_lost', 'fault', 'device'],
        ],
      );
      assert.deepEqual(bench.wait(1).read({ soc: 50 }), ['-communication_lost', '-soc_low']);
      assert.equal(bench.edges.at(-2)?.duration, 2);
    });
  });

  describe('changed rules', () => {
    it('take over level, limit and sentence of an active alarm; only another level is told', () => {
      const bench = new Bench([rule({})]);
      bench.read({ soc: 18 });
      bench.settings = { rules: [rule({ limit: 30, clear: 35, level: 'fault' })], includeDevice: true };
      assert.deepEqual(bench.read({}), ['~soc_low']);
      assert.equal(bench.edges.at(-1)?.from, 'warning');
      const [active] = bench.summary.active;
      assert.ok(active?.source === 'rule');
      assert.deepEqual([active.level, active.limit, active.value], ['fault', 30, 18]);
      assert.equal(active.message, 'The state of charge is 18 %, below 30 %.');
      assert.deepEqual(bench.read({ soc: 34 }), []);
      bench.settings = {
        rules: [rule({ limit: 30, clear: 35, level: 'fault', message: 'Low!' })],
        includeDevice: true,
      };
      assert.deepEqual(bench.read({ soc: 35 }), ['-soc_low']);
      const last = bench.edges.at(-1);
      assert.deepEqual([last?.level, last?.message], ['fault', 'Low!']);
    });

    it('end an alarm whose rule is gone, or is another one now, at the next reading', () => {
      for (const change of [{ code: 'other' }, { field: 'voltage' }, { operator: '>' }] as const) {
        const bench = new Bench([rule({})]);
        bench.read({ soc: 18 });
        bench.settings = { rules: [rule(change)], includeDevice: true };
        bench.lose();
        assert.deepEqual(bench.wait(3).read({}), ['-communication_lost', '-soc_low']);
        const last = bench.edges.at(-1);
        assert.ok(last?.source === 'rule' && last.value === 18 && last.duration === 3);
      }
    });
  });

  describe('time', () => {
    it('is not measured with a wall clock that jumps', () => {
      const bench = new Bench([rule({})]);
      bench.read({ soc: 10 });
      bench.wait(7).wall -= 1e9;
      bench.read({ soc: 50 });
      assert.equal(bench.edges[1]?.duration, 7);
    });

    it('is measured with the wall clock for an alarm of an earlier process, and never negative', () => {
      for (const [passed, duration] of [
        [12_500, 12.5],
        [-5000, 0],
      ] as const) {
        const bench = new Bench([rule({})]);
        bench.read({ soc: 10 });
        bench.state = stateWith(activeAlarms(bench.state));
        bench.monotonic = 0;
        bench.wall += passed;
        assert.deepEqual(bench.read({ soc: 10 }), []);
        assert.equal(bench.summary.active[0]?.since, START);
        bench.read({ soc: 50 });
        assert.equal(bench.edges[1]?.duration, duration);
      }
    });
  });
});
