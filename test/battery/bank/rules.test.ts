import assert from 'node:assert/strict';
import { storedAlarms } from '../../../src/battery/active-alarms';
import { alarm } from '../../../src/battery/alarm';
import { activeAlarms, stateWith } from '../../../src/battery/alarm-ledger';
import type { BankReading } from '../../../src/battery/bank/reading';
import type { Reading } from '../../../src/battery/reading';
import { ruleSentence } from '../../../src/battery/rule';
import { Bench, rule, START } from '../../support/alarms';
import { BankBench, type Given } from '../../support/bank';

const PACK: Reading = { voltage: 13.2, current: 0, fullCapacity: 100, soc: 60, cellCount: 2, cellVoltages: [3.3, 3.3] };
const cells = (...cellVoltages: number[]): Reading => ({
  ...PACK,
  cellVoltages,
  cellVoltageMin: Math.min(...cellVoltages),
  minCell: cellVoltages.indexOf(Math.min(...cellVoltages)) + 1,
});
const hit = (...alarms: Reading['alarms'] & object): Reading => ({ ...PACK, alarms });
const HIGH = alarm('cell_overvoltage', 'protection');

/** What a bank of such packs says. */
function bank(given: readonly Given[], packs: readonly string[] = ['A', 'B', 'C'].slice(0, given.length)): BankReading {
  const bench = new BankBench(
    {},
    packs.map((name) => ({ name })),
  );
  return bench.step(given).reading ?? assert.fail('no reading');
}

/** What alarms of a bank say that those of a pack do not (bank.md 6). */
describe('alarm rules over a bank', () => {
  it('name the pack, and the cell by its number in that pack', () => {
    const bench = new Bench([
      rule({ code: 'low', field: 'cellVoltageMin', limit: 3 }),
      rule({ code: 'own', field: 'cellVoltages', limit: 3, message: 'Look at it.' }),
    ]);
    assert.deepEqual(bench.read(bank([cells(3.3, 3.3), cells(3.2, 2.9)])), ['+low@B2', '+own@B2']);
    const [low, own] = bench.summary.active;
    assert.ok(low?.source === 'rule' && own?.source === 'rule');
    assert.deepEqual([low.cell, low.pack, low.packCell], [4, 'B', 2]);
    assert.equal(low.message, 'The lowest cell voltage is 2.9 V (cell 2 of B), below 3 V.');
    assert.equal(own.message, 'Look at it (cell 2 of B).');
    // Both can be translated again from their text.
    assert.deepEqual(
      [low, own].map((each) => ruleSentence(each).template),
      ['The {0} is {1} (cell {2} of {3}), below {4}.', '{0} (cell {1} of {2}).'],
    );
    assert.deepEqual(storedAlarms(JSON.parse(JSON.stringify(bench.summary.active))), bench.summary.active);
  });

  it('stay with their cell when a pack before it is taken out, and end with their own pack', () => {
    const bench = new Bench([rule({ code: 'low', field: 'cellVoltages', limit: 3 })]);
    bench.read(bank([cells(2.8, 3.3), cells(3.3, 2.9)]));
    assert.deepEqual(bench.read(bank([cells(3.3, 2.9)], ['B'])), ['-low@A1']);
    assert.deepEqual(bench.read(bank([cells(3.3, 3.1)], ['B'])), ['-low@B2']);
  });

  it('are one alarm where several packs report the same; who it is shows in the summary alone', () => {
    const bench = new Bench([]);
    assert.deepEqual(bench.read(bank([hit(HIGH), PACK, PACK])), ['+cell_overvoltage']);
    const [first] = bench.summary.active;
    assert.ok(first?.source === 'device');
    assert.deepEqual([first.level, first.pack, bench.summary.level], ['protection', 'A', 'warning']);
    assert.deepEqual(bench.wait(5).read(bank([hit(HIGH), PACK, hit(HIGH)])), []);
    const [both, ...others] = bench.summary.active;
    assert.ok(both?.source === 'device');
    assert.deepEqual([both.packs, 'pack' in both, others.length, both.since], [['A', 'C'], false, 0, first.since]);
    // One of three is not enough of the bank: then a protection counts in full.
    assert.equal(bench.summary.level, 'protection');
    assert.deepEqual(storedAlarms(JSON.parse(JSON.stringify(bench.summary.active))), bench.summary.active);
    assert.deepEqual(bench.wait(5).read(bank([PACK, PACK, hit({ ...HIGH, level: 'fault' })])), ['~cell_overvoltage']);
    assert.deepEqual(bench.read(bank([PACK, PACK, PACK])), ['-cell_overvoltage']);
  });

  it('count in full beside what the packs report, and as before after a restart', () => {
    const bench = new Bench([rule({ level: 'protection', limit: 70 })]);
    bench.read(bank([hit(alarm('mos_fault', 'fault')), PACK, PACK]));
    assert.equal(bench.summary.level, 'protection');
    bench.settings = { ...bench.settings, rules: [] };
    bench.state = stateWith(storedAlarms(activeAlarms(bench.state)));
    bench.lose();
    assert.equal(bench.summary.level, 'fault');
    bench.read(bank([hit(alarm('mos_fault', 'fault')), PACK, PACK]));
    assert.equal(bench.summary.level, 'warning');
  });

  it('can be of the numbers that only a bank has', () => {
    const bench = new Bench([
      rule({ code: 'missing', field: 'packsOnline', limit: 3 }),
      rule({ code: 'apart', field: 'packDeltaMax', operator: '>', limit: 0.05 }),
    ]);
    const apart = { ...cells(3.3, 3.2), cellVoltageDelta: 0.1, cellVoltageMax: 3.3 };
    assert.deepEqual(bench.read(bank([apart, PACK])), ['+missing', '+apart']);
    assert.equal(bench.summary.active[0]?.message, 'The number of packs of the bank that answer is 2, below 3.');
  });

  it('name the packs that a lost bank lacks', () => {
    const bench = new Bench([]);
    const { error } = new BankBench({ quorum: 2 }, 3).step([PACK, { reading: PACK, age: 900, isLost: true }]);
    assert.deepEqual(error?.cause, { packs: ['B', 'C'] });
    assert.deepEqual(bench.lose(['B', 'C']), ['+communication_lost']);
    assert.deepEqual(bench.summary.active[0], {
      since: START,
      ...{ code: 'communication_lost', level: 'fault', source: 'device', packs: ['B', 'C'] },
      message: 'The bank has too few packs for a reading; missing: B, C.',
    });
    const alone = new Bench([]);
    alone.lose(['B']);
    assert.ok(alone.summary.active[0]?.source === 'device' && alone.summary.active[0].pack === 'B');
    assert.deepEqual(alone.read(bank([PACK, PACK])), ['-communication_lost']);
  });
});
