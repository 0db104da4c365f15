import assert from 'node:assert/strict';
import { SteadyState } from '../../src/battery/steady-state';
import type { Reading } from '../../src/battery/reading';

/** The states of readings with these currents, one after the other. */
function statesOf(...currents: (number | undefined)[]): Reading['state'][] {
  const steady = new SteadyState();
  return currents.map((current) => {
    const reading: Reading = current === undefined ? {} : { current };
    steady.complete(reading);
    return reading.state;
  });
}

describe('SteadyState', () => {
  it('is the sign of the current', () => {
    assert.deepEqual(statesOf(5, 0, -5, 5), ['charging', 'idle', 'discharging', 'charging']);
    assert.deepEqual([statesOf(0.01), statesOf(-0.01), statesOf(0)], [['charging'], ['discharging'], ['idle']]);
  });

  it('does not leave the idle state for the noise of a sensor', () => {
    assert.deepEqual(statesOf(0, 0.01, 0, -0.05, 0.05, 0.06), ['idle', 'idle', 'idle', 'idle', 'idle', 'charging']);
    assert.deepEqual(statesOf(0, -0.06), ['idle', 'discharging']);
  });

  it('lets a small current go on, and turn round', () => {
    assert.deepEqual(statesOf(3, 0.04, -0.01, 0, 0.05), ['charging', 'charging', 'discharging', 'idle', 'idle']);
  });

  it('leaves alone what the device tells, and what is not known', () => {
    assert.deepEqual(statesOf(undefined), [undefined]);
    const told: Reading = { current: 0, state: 'charging' };
    new SteadyState().complete(told);
    assert.equal(told.state, 'charging');
  });
});
