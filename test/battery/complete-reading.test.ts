import assert from 'node:assert/strict';
import { completeReading, EarlierReadings } from '../../src/battery/complete-reading';
import type { Reading } from '../../src/battery/reading';

describe('completeReading', () => {
  it('derives from what is plausible only', () => {
    const reading = completeReading({ cellVoltages: [3.2, 9.9], voltage: 5000, current: 2, temperatures: [20, 999] });
    assert.deepEqual(reading, {
      ...{ current: 2, state: 'charging', temperatures: [20, null] },
      ...{ temperatureMin: 20, temperatureMax: 20, temperatureAverage: 20 },
    });
  });

  it('gives out the keys in their order, wherever they come from', () => {
    const keys = Object.keys(completeReading({ soc: 50, current: -2, voltage: 13 }));
    assert.deepEqual(keys, ['voltage', 'current', 'power', 'soc', 'state']);
  });

  it('lets an idle pack stay idle for the noise of its sensor, before anything is derived from its state', () => {
    const earlier = new EarlierReadings();
    const states = [0, 0.05, 0.06].map((current) => completeReading({ current }, earlier, 0).state);
    assert.deepEqual([states, completeReading({ current: 0.05 }).state], [['idle', 'idle', 'charging'], 'charging']);
    const noisy = completeReading({ current: 0.05, chargerConnected: false }, new EarlierReadings());
    assert.equal('chargerConnected' in noisy, false);
    completeReading({ current: 0 }, earlier);
    assert.equal(completeReading({ current: 0.05, chargerConnected: false }, earlier).chargerConnected, false);
  });

  it('estimates times from what is derived, and only for a pack of which it has earlier readings', () => {
    const decoded = (): Reading => ({ current: 10, remainingCapacity: 50, soc: 50 });
    assert.equal(completeReading(decoded(), new EarlierReadings(), 0).timeToFull, 18_000);
    assert.equal(completeReading(decoded()).timeToFull, undefined);
    const earlier = new EarlierReadings();
    completeReading(decoded(), earlier, 0);
    const later = completeReading({ ...decoded(), current: 20 }, earlier, 60_000);
    // Averaged over a minute: 10 A and a good half of the step.
    assert.ok((later.timeToFull ?? 0) > 9000 && (later.timeToFull ?? 0) < 18_000);
  });
});
