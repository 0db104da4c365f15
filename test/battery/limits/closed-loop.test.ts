import assert from 'node:assert/strict';
import { LIMITS_CHEMISTRIES } from '../../../src/battery/limits/limits';
import { BATTERIES, runDay, type Battery, type LoopFault } from '../../support/closed-loop/loop';

/** From sunrise until the battery is in float; whole days are a benchmark: `npm run bench -- limits`. */
const HOURS = 6;
/** V that a cell may be above what it should have */
const OVERSHOOT = 0.015;
const REVERSALS = 2;

/** A battery, its seed, the lag of its charger, s, and what goes wrong with its last pack. */
const SCENES: readonly (readonly [battery: Battery, seed: number, lag: number, fault?: LoopFault])[] = [
  ...LIMITS_CHEMISTRIES.map((chemistry, i) => [BATTERIES.single(chemistry), i + 1, [1, 3, 10][i % 3] ?? 1] as const),
  [BATTERIES.single('lfp'), 12, 10],
  [BATTERIES.single('lfp'), 5, 3, 'lost'],
  [BATTERIES.parallel('lfp'), 2, 10],
  [BATTERIES.parallel('lfp'), 3, 1, 'blocked'],
  [BATTERIES.strings('lfp'), 5, 3],
];

describe('charge limits in a closed loop', () => {
  for (const [battery, seed, lag, fault] of SCENES) {
    const packs = battery.strings.flat().length;
    const title = `${packs} packs of ${battery.chemistry} ${battery.topology}, lag ${lag} s, ${fault ?? 'no fault'}`;
    it(`fill ${title}: no cell goes too far, no limit swings (11)`, function () {
      this.timeout(60_000);
      const { overshoot, full, reversals, trips } = runDay({ battery, seed, lag, fault, hours: HOURS });
      assert.ok(overshoot <= OVERSHOOT, `${Math.round(overshoot * 1000)} mV too far`);
      // A loss lowers the limit once more.
      assert.ok(reversals <= REVERSALS + (fault === 'lost' ? 2 : 0), `${reversals} reversals`);
      assert.deepEqual([full.length, trips], [1, 0]);
    });
  }
});
