import assert from 'node:assert/strict';
import { PollGrid } from '../../src/session/poll-grid';
import { HOLD_MS, LineStability } from '../../src/session/line-stability';

/** A line that is opened and falls again, the times given in s. */
function lineOf(...times: readonly (readonly [opened: number, fell: number])[]): LineStability {
  const steadiness = new LineStability();
  for (const [opened, fell] of times) {
    steadiness.opened(opened * 1000);
    steadiness.fell(fell * 1000);
  }
  return steadiness;
}

describe('Steadiness', () => {
  it('takes one fall for a chance, and two before it has held for none', () => {
    assert.equal(lineOf([0, 5]).isUnstable(6000), false);
    assert.equal(lineOf([0, 5], [6, 8]).isUnstable(9000), true);
    assert.equal(lineOf([0, 100], [101, 103]).isUnstable(104_000), false);
  });

  it('is over when the line has been open for half a minute, or a device vouches for it', () => {
    for (const isVouchedFor of [true, false]) {
      const line = lineOf([0, 5], [6, 8]);
      line.opened(10_000);
      if (isVouchedFor) assert.equal(line.confirmGood(10_000), true);
      assert.equal(line.isUnstable(10_001), !isVouchedFor);
      assert.equal(line.isUnstable(10_000 + HOLD_MS), false);
      line.closed(10_000 + HOLD_MS);
      line.opened(60_000);
      assert.equal(line.isUnstable(60_001), false);
    }
  });

  it('keeps falling from the third time in a minute on, which is told once in a while', () => {
    const line = lineOf([0, 5], [6, 30], [31, 59]);
    assert.equal(line.keepsFalling(59_000), true);
    assert.deepEqual([line.mustReport(), line.mustReport()], [true, false]);
    assert.equal(lineOf([0, 5], [6, 40], [41, 70]).keepsFalling(70_000), false);
    line.opened(60_000);
    line.fell(2_000_000);
    assert.equal(line.mustReport(), true);
  });

  it('counts no attempt that did not open', () => {
    const line = new LineStability();
    for (let at = 0; at < 10; at++) line.fell(at * 1000);
    assert.deepEqual([line.isUnstable(10_000), line.keepsFalling(10_000)], [false, false]);
  });
});

describe('PollGrid', () => {
  it('stays where it is while polls are missed', () => {
    const grid = new PollGrid(10_000, 0.4);
    assert.equal(grid.isDue(1000), true);
    grid.polled(1000);
    assert.deepEqual([grid.wait(1000), grid.isDue(6999), grid.isDue(7000)], [6000, false, true]);
    grid.polled(25_000);
    assert.deepEqual([grid.isDue(26_000), grid.wait(25_000)], [false, 2000]);
  });

  it('is of no use to a device that is not polled', () => {
    const grid = new PollGrid(0, 0.4);
    assert.deepEqual([grid.isUsed, grid.isDue(1000)], [false, false]);
  });
});
