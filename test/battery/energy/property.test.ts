import assert from 'node:assert/strict';
import fc from 'fast-check';
import { COUNTER_KEYS, isCounterKey, type Counters } from '../../../src/battery/energy/counters';
import { counterOn } from '../../../src/battery/energy/days';
import { longestStep, stepEnergy } from '../../../src/battery/energy/energy';
import { newEnergy } from '../../../src/battery/energy/state';
import { restoreEnergy, storedOf } from '../../../src/battery/energy/stored';
import { summaryOf } from '../../../src/battery/energy/summary';
import type { Reading } from '../../../src/battery/reading';

/** In CI; at night `ENERGY_RUNS=100000`. */
const RUNS = Number(process.env.ENERGY_RUNS ?? 1000);
const BEGIN = Date.UTC(2026, 2, 28);

/** W, and now and then a reading without; what a board counts itself, which comes, goes, falls and jumps. */
const reading: fc.Arbitrary<Reading> = fc
  .record(
    {
      power: fc.integer({ min: -8000, max: 8000 }),
      chargedCapacity: fc.integer({ min: 0, max: 50 }).map((tenths) => tenths / 10),
      dischargedEnergy: fc.integer({ min: 0, max: 5000 }),
      fullCapacity: fc.integer({ min: 0, max: 300 }),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .map((values) => ({ ...values, ...(values.power !== undefined && { current: values.power / 50 }) }));

const event = fc.record({
  kind: fc.constantFrom('reading', 'reading', 'reading', 'reading', 'lost', 'otherBoard', 'restart', 'save'),
  /** s since the event before */
  after: fc.oneof(fc.constantFrom(0, 1, 1, 1, 5), fc.integer({ min: 0, max: 4000 })),
  /** s by which the wall clock is set besides */
  set: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: -200_000, max: 200_000 })),
  source: fc.constantFrom('pack', 'pack', 'pack', 'other'),
  reading,
});

describe('energy counters', () => {
  it(`never fall, lose no second and count each Wh on one day, whatever happens (${RUNS} histories)`, () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 60 }), (events) => {
        let state = newEnergy(BEGIN);
        let [now, ahead] = [0, 0];
        let [begun, isTimed] = [undefined as number | undefined, true];
        const onDays = { chargedEnergy: 0, dischargedEnergy: 0, chargedCapacity: 0, dischargedCapacity: 0 };
        for (const { kind, after, set, source, reading: values } of events) {
          now += after;
          ahead += set;
          const before: Counters = state.total;
          const wall = BEGIN + (now + ahead) * 1000;
          if (kind === 'reading') {
            const at = { wall, monotonic: now * 1000 };
            const days = state.days;
            state = stepEnergy(state, { kind, reading: values, at, source, longestStepMs: longestStep(15_000) });
            if (values.power !== undefined) begun ??= now;
            // What is new on any day that is known before or after.
            const dates = new Set(
              [days, state.days].flatMap(({ last, others }) => [last, ...others].map((day) => day.date)),
            );
            for (const date of dates)
              for (const key of COUNTER_KEYS)
                if ([state.days.last, ...state.days.others].some((day) => day.date === date))
                  onDays[key] += counterOn(state.days, date)[key] - counterOn(days, date)[key];
          } else if (kind === 'restart') {
            state = restoreEnergy(JSON.parse(JSON.stringify(storedOf(state))), wall).state;
            // Until the next reading only the wall clock knows how long it takes.
            isTimed = false;
          } else if (kind === 'save') {
            assert.deepEqual(restoreEnergy(JSON.parse(JSON.stringify(storedOf(state))), wall).wrong, []);
          } else state = stepEnergy(state, { kind: kind });

          for (const key of COUNTER_KEYS) {
            assert.ok(state.total[key] >= before[key], `${key} falls`);
            assert.ok(
              Math.abs(state.total[key] - onDays[key]) < 1e-6,
              `${key} of days ${onDays[key]}, ${state.total[key]}`,
            );
          }
          const last = state.last?.point.at.monotonic;
          if (isTimed && begun !== undefined && last !== undefined)
            assert.ok(Math.abs(state.observed + state.gaps - (last / 1000 - begun)) < 1e-6, 'a second is lost');
        }
        const summary = summaryOf(state, state.total, BEGIN + (now + ahead) * 1000);
        for (const [key, value] of Object.entries(summary))
          if (isCounterKey(key) || key === 'observed') assert.ok(Number.isFinite(value), key);
      }),
      { numRuns: RUNS },
    );
  });
});
