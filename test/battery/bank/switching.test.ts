import assert from 'node:assert/strict';
import {
  decideSwitchIn,
  groupError,
  hasSucceeded,
  lastFeedError,
  nextOneWayStep,
  type SwitchDecision,
} from '../../../src/battery/bank/switching';
import { switchCandidates } from '../../../src/battery/bank/switch-candidates';
import type { Reading } from '../../../src/battery/reading';
import { round } from '../../../src/battery/derive';
import { BmsError } from '../../../src/battery/errors';
import { say } from '../../../src/battery/sentence';
import { TOPOLOGIES, type BankSettings } from '../../../src/battery/bank/settings';
import { BankBench, NAMES } from '../../support/bank';

function decide(own: number | undefined, settings: Partial<BankSettings> = {}, isConfirmed = false): SwitchDecision {
  const difference = own === undefined ? undefined : own - 53.2;
  return decideSwitchIn(new BankBench(settings).settings, 'Rear', { difference, allowed: 0.32 }, isConfirmed);
}

describe('switching a pack in', () => {
  it('is denied while its voltage is too far from the bus (row 29)', () => {
    const denied = decide(51.9);
    assert.ok(!denied.allowed);
    assert.equal(denied.error.code, 'denied');
    assert.match(denied.error.message, /^Pack Rear is 1\.3 V below the bank; .* within 0\.32 V, or confirm\.$/);
    assert.deepEqual(decide(53), { allowed: true });
    assert.ok(!decide(undefined).allowed);
    assert.deepEqual(decide(51.9, {}, true), { allowed: true });
  });

  it('begins with the direction whose MOSFET blocks the rush', () => {
    assert.deepEqual(decide(51.9, { join: 'one-way' }), { allowed: true, first: 'discharge' });
    assert.deepEqual(decide(54, { join: 'one-way' }), { allowed: true, first: 'charge' });
    const far = { difference: 0.5, allowed: 0.32 };
    assert.equal(nextOneWayStep({ ...far, difference: 0.3 }, 5, 100), 'both-on');
    assert.equal(nextOneWayStep(far, 5, 100), 'wait');
    for (const current of [10, undefined]) assert.equal(nextOneWayStep(far, current, 100), 'both-off');
  });

  const resting = (voltage: number, isOn = true): Reading => ({
    ...{ voltage, current: 0, fullCapacity: 100, cellCount: 16 },
    ...{ chargeEnabled: isOn, dischargeEnabled: isOn },
  });
  type Row = readonly [name: string, difference: number, hasBus: boolean];
  const candidates = (packs: readonly Reading[], bench = new BankBench({}, packs.length)): Row[] => {
    const { state } = bench.step(packs);
    const found = switchCandidates(bench.settings, bench.members(packs), state);
    return found.map(({ name, delta, hasBus }) => [name, round(delta.difference ?? NaN, 2), hasBus]);
  };

  it('starts with what is nearest to the bus, or to the middle while there is none', () => {
    assert.deepEqual(candidates([resting(53.5), resting(53.19, false), resting(53.3, false)]), [
      ['A', 0.2, false],
      ['C', -0.2, true],
      ['B', -0.31, true],
    ]);
    assert.deepEqual(candidates([resting(53.5, false), resting(53.19, false), resting(53.2, false)]), [
      ['C', 0, false],
      ['B', -0.01, false],
      ['A', 0.3, false],
    ]);
  });

  it('compares with packs that conduct in both directions, as others may be held apart', () => {
    const held = { ...resting(51.9), chargeEnabled: false };
    assert.deepEqual(candidates([resting(53.2), held, resting(53.1, false)])[0], ['C', -0.1, true]);
  });

  it('compares whole strings, and a string alone with nothing', () => {
    const groups = ['1', '1', '2', '2'].map((group) => ({ group }));
    const packs = [resting(13), resting(13.6), resting(13.3, false), resting(13.2, false)];
    assert.deepEqual(candidates(packs, new BankBench({ topology: 'strings' }, groups)), [
      ['1', 0.05, false],
      ['2', -0.1, true],
    ]);
    assert.deepEqual(candidates(packs.slice(0, 2), new BankBench({ topology: 'series' })), [['A', 0, false]]);
  });

  it('wants a confirmation where nothing would feed the bus', () => {
    assert.equal(lastFeedError(['A', 'B'], ['A']), undefined);
    assert.equal(lastFeedError([], ['A']), undefined);
    assert.equal(lastFeedError(['A', 'B'], ['A', 'B'])?.code, 'denied');
  });

  it('ends in one answer that names every pack (row 30)', () => {
    const outcomes = [
      { pack: 'A', confirmed: true, before: true, after: false },
      { pack: 'B', confirmed: false, error: new BmsError('not_confirmed', say`Silence.`) },
    ];
    const error = groupError(outcomes);
    assert.equal(error.code, 'not_confirmed');
    assert.match(error.message, /A: confirmed\. B: not confirmed\./);
    assert.deepEqual(error.cause, {
      packs: [outcomes[0], { pack: 'B', confirmed: false, error: 'Silence.' }],
    });
  });

  it('has opened a bank where what is in a row is open', () => {
    const groups = ['1', '1', '2', '2'].map((group) => ({ group }));
    const opened = (topology: BankSettings['topology'], confirmed: string): boolean => {
      const { settings } = new BankBench({ topology }, groups);
      const outcomes = NAMES.slice(0, 4).map((pack) => ({ pack, confirmed: confirmed.includes(pack) }));
      assert.equal(hasSucceeded(settings, outcomes, false), confirmed === 'ABCD');
      return hasSucceeded(settings, outcomes, true);
    };
    const found = TOPOLOGIES.map((each) => ['A', 'AB', 'AC', 'ABCD'].map((names) => opened(each, names)));
    assert.deepEqual(found, [
      [false, false, false, true],
      [true, true, true, true],
      [false, false, true, true],
      [false, true, false, true],
    ]);
  });
});
