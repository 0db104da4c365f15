import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PollPhases } from '../../src/runtime/poll-phases';

const phasesOf = (count: number): number[] => {
  const phases = new PollPhases();
  return Array.from({ length: count }, () => phases.take().phase);
};

describe('PollPhases', () => {
  it('gives the first pack the very interval, and again when it is given back', () => {
    const phases = new PollPhases();
    const first = phases.take();
    assert.equal(first.phase, 0);
    const second = phases.take();
    first.release();
    first.release();
    assert.equal(phases.take().phase, 0);
    assert.notEqual(phases.take().phase, second.phase);
  });

  it('leaves no gap much wider than an even spread has', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), (count) => {
        const sorted = phasesOf(count).sort((one, other) => one - other);
        const gaps = sorted.map((phase, index) => (sorted[index + 1] ?? 1) - phase);
        assert.ok(sorted.every((phase) => phase >= 0 && phase < 1));
        assert.ok(Math.max(...gaps) < 2 / count || count === 1, `${Math.max(...gaps) * count} of an even gap`);
        assert.ok(Math.min(...gaps) > 0.3 / count);
      }),
    );
  });
});
