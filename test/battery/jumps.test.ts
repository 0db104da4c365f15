import assert from 'node:assert/strict';
import { jumps, lacks } from '../../src/battery/jumps';
import type { Reading } from '../../src/battery/reading';

const BEFORE: Reading = {
  voltage: 52.8,
  current: -10,
  soc: 60,
  remainingCapacity: 60,
  fullCapacity: 100,
  designCapacity: 100,
  cycles: 120,
  cycleCapacity: 12_000,
  runtime: 1_000_000,
  cellCount: 4,
  cellVoltages: [3.3, 3.31, 3.3, 3.29],
  temperatures: [20, 21, null],
  mosTemperature: 30,
  errorCounts: { shortCircuit: 3 },
  chargeVoltageLimit: 56,
  serialNumber: '413290495',
};

/** What a pack may do from one poll to the next, 5 s later. */
const USUAL: readonly [what: string, now: Reading][] = [
  ['a load', { voltage: 51.5, current: -50, cellVoltages: [3.22, 3.23, 3.22, 3.2] }],
  ['some charge', { soc: 61, remainingCapacity: 61.2 }],
  ['as much charge as may be', { soc: 62.15, remainingCapacity: 62.15 }],
  ['warmth', { temperatures: [22, 24, null], mosTemperature: 40 }],
  ['a cycle', { cycles: 121, cycleCapacity: 12_000.4 }],
  ['time', { runtime: 1_000_005 }],
  ['a protection', { errorCounts: { shortCircuit: 4 } }],
];

/** What it does seldom, or never. */
const SELDOM: readonly [key: keyof Reading, now: Reading][] = [
  ['voltage', { voltage: 65.4 }],
  ['soc', { soc: 75 }],
  ['soc', { soc: 62.2 }],
  ['remainingCapacity', { remainingCapacity: 31 }],
  ['remainingCapacity', { remainingCapacity: 62.2 }],
  ['fullCapacity', { fullCapacity: 335.93 }],
  ['designCapacity', { designCapacity: 4325.92 }],
  ['cycles', { cycles: 376 }],
  ['cycles', { cycles: 119 }],
  ['runtime', { runtime: 12 }],
  ['cellCount', { cellCount: 14 }],
  ['cellVoltages', { cellVoltages: [3.3, 3.6, 3.3, 3.29] }],
  ['cellVoltages', { cellVoltages: [3.3, 3.31, 3.3] }],
  ['temperatures', { temperatures: [45, 21, null] }],
  ['temperatures', { temperatures: [20, 21, 5] }],
  ['errorCounts', { errorCounts: { shortCircuit: 768 } }],
  ['chargeVoltageLimit', { chargeVoltageLimit: 14.3 }],
  ['serialNumber', { serialNumber: '50413290495' }],
  ['current', { current: 400 }],
];

describe('jumps', () => {
  for (const [what, now] of USUAL) {
    it(`are none: ${what}`, () => assert.deepEqual(jumps({ ...BEFORE, ...now }, BEFORE, 5000), []));
  }

  for (const [key, now] of SELDOM) {
    it(`shows ${key}: ${JSON.stringify(now)}`, () => {
      assert.deepEqual(jumps({ ...BEFORE, ...now }, BEFORE, 5000), [key]);
    });
  }

  it('allows more the longer ago it was', () => {
    const now = { ...BEFORE, soc: 80, remainingCapacity: 80, temperatures: [35, 36, null], cycles: 122 };
    assert.equal(jumps(now, BEFORE, 5000).length, 4);
    assert.deepEqual(jumps(now, BEFORE, 3_600_000), []);
  });

  it('are none where something is told for the first time, or not any more', () => {
    const { soc, voltage } = BEFORE;
    assert.deepEqual(jumps({ soc }, { soc, voltage }, 5000), []);
    assert.deepEqual(jumps({ soc, voltage }, { soc }, 5000), []);
    assert.equal(lacks({ soc }, { soc, voltage }), true);
    assert.equal(lacks({ soc, voltage }, { soc }), false);
  });
});
