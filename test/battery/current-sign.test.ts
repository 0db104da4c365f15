import assert from 'node:assert/strict';
import { deniesState, invertCurrent } from '../../src/battery/current-sign';
import { derive } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';

/** What a board tells, and what it means when its current is the other way round. */
const CASES: readonly [what: string, told: Reading, meant: Reading][] = [
  ['a current alone', { current: -5.4 }, { current: 5.4 }],
  ['its state with it', { current: -5.4, state: 'discharging' }, { current: 5.4, state: 'charging' }],
  ['a state that was right', { current: -5.4, state: 'charging' }, { current: 5.4, state: 'charging' }],
  ['an idle board', { current: 0.1, state: 'idle' }, { current: -0.1, state: 'idle' }],
  ['power', { current: 2, power: 100, voltage: 50 }, { current: -2, power: -100, voltage: 50 }],
  ['nothing', { soc: 50 }, { soc: 50 }],
];

describe('a current that is the other way round', () => {
  for (const [what, told, meant] of CASES) {
    it(`is turned: ${what}`, () => assert.deepEqual(invertCurrent({ ...told }), meant));
  }

  it('makes no -0', () => {
    assert.ok(Object.is(invertCurrent({ current: 0, power: 0 }).current, 0));
  });

  it('counts in all that follows from it', () => {
    const { power, state } = derive(invertCurrent({ voltage: 50, current: -10 }));
    assert.deepEqual([power, state], [500, 'charging']);
  });

  it('shows where the state denies it, beyond what a shunt shows at rest', () => {
    assert.equal(deniesState({ state: 'charging', current: -5.4 }), true);
    assert.equal(deniesState({ state: 'discharging', current: 5.4 }), true);
    assert.equal(deniesState({ state: 'charging', current: -0.2 }), false);
    assert.equal(deniesState({ state: 'charging', current: 5.4 }), false);
    assert.equal(deniesState({ state: 'idle', current: 5.4 }), false);
    assert.equal(deniesState({ state: 'charging' }), false);
  });
});
