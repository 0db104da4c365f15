import assert from 'node:assert/strict';
import {
  decideSwitchIn,
  groupError,
  lastFeedError,
  nextOneWayStep,
  orderOfSwitchOn,
  type SwitchDecision,
} from '../../../src/battery/bank/switching';
import { BmsError } from '../../../src/battery/errors';
import { say } from '../../../src/battery/sentence';
import type { BankSettings } from '../../../src/battery/bank/settings';
import { BankBench } from '../../support/bank';

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

  it('starts with the pack that is nearest to the bus', () => {
    const bench = new BankBench({}, 3);
    const packs = [53.5, 53.19, 53.2].map((voltage) => ({ voltage, current: 0, fullCapacity: 100, cellCount: 16 }));
    const { state } = bench.step(packs);
    const views = bench.members(packs).map((member, i) => {
      const pack = { name: member.name, group: '' };
      const memory = state.packs[member.name] ?? assert.fail();
      return { pack, group: '', member, reading: packs[i], memory };
    });
    assert.deepEqual(
      orderOfSwitchOn(bench.settings, views, state).map(({ name }) => name),
      ['C', 'B', 'A'],
    );
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
    assert.equal(error?.code, 'not_confirmed');
    assert.match(error.message, /A: confirmed\. B: not confirmed\./);
    assert.deepEqual(error.cause, {
      packs: [outcomes[0], { pack: 'B', confirmed: false, error: 'Silence.' }],
    });
    assert.equal(groupError(outcomes, true), undefined);
    assert.equal(groupError(outcomes.slice(0, 1)), undefined);
  });
});
