import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  boundedLimits,
  INITIAL_LIMITS,
  resumeLimits,
  stepLimits,
  storedLimits,
} from '../../../src/battery/limits/limits';
import { limitsRequestOf } from '../../../src/runtime/messages/limits-requests';
import { BmsError } from '../../../src/battery/errors';
import { cellsWith, LFP, LimitsBench, packOf } from '../../support/limits';

/** A state with all that it can have: a full charge, caps, blocks and a loss. */
function richState(): object {
  const bench = new LimitsBench({ ...LFP, forceChargeBelow: 10, chargeToSoc: 90 });
  for (let i = 0; i < 80; i++) bench.read(packOf(cellsWith({ highest: 3.45, lowest: 3.445, others: 3.45 })), 5);
  bench.read(packOf(cellsWith({ highest: 3.52, lowest: 2.7 }), { chargeEnabled: false, temperatureMin: -1 }), 5);
  bench.take({ kind: 'lost', at: 0 }, 61);
  return JSON.parse(JSON.stringify(bench.state)) as object;
}

/** The paths of all leaves. */
function leaves(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, entry]) => leaves(entry, [...path, key]));
}

function withLeaf(state: object, path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(state) as Record<string, unknown>;
  const parent = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, copy);
  const last = path.at(-1);
  if (last !== undefined) parent[last] = value;
  return JSON.parse(JSON.stringify(copy));
}

describe('a stored state of limits', () => {
  const state = richState();

  it('is taken as it was written', () => {
    assert.deepEqual(storedLimits(state), state);
    assert.deepEqual(storedLimits(JSON.parse(JSON.stringify(INITIAL_LIMITS))), INITIAL_LIMITS);
    fc.assert(fc.property(fc.anything(), (value) => storedLimits(value) === undefined));
  });

  it('whatever was changed in it, gives out limits that are limits, or is none', () => {
    const values = fc.constantFrom(null, -1, 1e9, '5', true, [], {}, 'float', [null]);
    fc.assert(
      fc.property(fc.constantFrom(...leaves(state)), values, fc.integer({ min: 0, max: 700 }), (path, value, away) => {
        const stored = storedLimits(withLeaf(state, path, value));
        if (stored === undefined) return;
        let next = boundedLimits(LFP, resumeLimits(stored, 400_000 + away * 1000));
        for (let now = 0; now < 20; now += 5) {
          const reading = packOf(cellsWith({}));
          const step = stepLimits(LFP, next, { kind: 'reading', reading, age: 0, at: 400_000 }, now);
          next = step.state;
          const { chargeCurrentLimit = NaN, dischargeCurrentLimit = NaN, chargeVoltageLimit = NaN } = step.limits;
          const where = `${path.join('.')} = ${JSON.stringify(value)}`;
          assert.ok(chargeCurrentLimit >= 0 && chargeCurrentLimit <= 140, where);
          assert.ok(dischargeCurrentLimit >= 0 && dischargeCurrentLimit <= 200, where);
          assert.ok(chargeVoltageLimit >= 51.2 && chargeVoltageLimit <= 55.2, where);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a message to the limits', () => {
  it('is a command, a reading of finite figures, a repetition, or refused as bad_value', () => {
    const keys = fc.constantFrom(
      'cellVoltages',
      'cellVoltageMax',
      'voltage',
      'soc',
      'alarms',
      'action',
      'temperatures',
    );
    const payload = fc.oneof(
      fc.anything(),
      fc.dictionary(keys, fc.oneof(fc.double(), fc.array(fc.double()), fc.anything())),
    );
    fc.assert(
      fc.property(payload, fc.boolean(), (value, takesReadings) => {
        try {
          const request = limitsRequestOf(value, takesReadings);
          if (request.kind !== 'reading') return;
          for (const figure of Object.values(request.reading).flat())
            assert.ok(typeof figure !== 'number' || Number.isFinite(figure));
        } catch (error) {
          assert.ok(error instanceof BmsError && error.code === 'bad_value', String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
