import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BmsError } from '../../../src/battery/errors';
import { anySettings } from '../../support/settings/arbitrary';
import { SETTINGS_BOARDS, type SettingsBoardKind } from '../../support/settings/boards';
import { FAULTS } from '../../support/settings/faults';
import { playFault } from '../../support/settings/play';
import { SettingsBench } from '../../support/settings/settings-bench';
import { FakeClock } from '../../support/fake-clock';

/*
 * Whatever cuts the writing of settings, at whatever request: see `playFault`.
 */

/** For each protocol; the made-up boards have a part of them. */
const RUNS = Number(process.env['SETTINGS_RUNS'] ?? 2000);
const MADE_UP_PART = 0.2;

interface Scene {
  /** of the settings */
  seed: number;
  /** whether the board is given others first */
  isSecond: boolean;
  /** how many settings are tried */
  most: number;
  fault: string;
  /** at which part of the requests of an undisturbed transaction */
  at: number;
  /** after so many requests from the first write on; undefined: see `at` */
  afterWrite: number | undefined;
}

const scenes: fc.Arbitrary<Scene> = fc.record({
  seed: fc.nat(),
  isSecond: fc.boolean(),
  most: fc.integer({ min: 1, max: 8 }),
  fault: fc.constantFrom(...Object.keys(FAULTS)),
  at: fc.double({ min: 0, max: 1.2, noNaN: true }),
  afterWrite: fc.option(fc.nat(20), { nil: undefined, freq: 3 }),
});

/** Requests of a transaction that nothing disturbs. */
async function requestsOf(kind: SettingsBoardKind): Promise<number> {
  const bench = new SettingsBench(kind.protocol, kind.board());
  const draw = new FakeClock(7);
  await bench.apply(anySettings(bench.settings(bench.board.ram), () => draw.random(), 6));
  const { count } = bench;
  await bench.close();
  return count;
}

async function play(kind: SettingsBoardKind, scene: Scene, requests: number): Promise<void> {
  const bench = new SettingsBench(kind.protocol, kind.board());
  const { board } = bench;
  const draw = new FakeClock(scene.seed);
  const any = () => anySettings(bench.settings(board.ram), () => draw.random(), scene.most);
  if (scene.isSecond) assert.ok(!((await bench.apply(any())) instanceof BmsError));
  const { afterWrite, fault } = scene;
  bench.countsFromWrite = afterWrite !== undefined;
  await playFault(bench, { wanted: any(), fault, at: 1 + (afterWrite ?? Math.floor(scene.at * requests)) });
}

describe('writing settings amid faults', () => {
  for (const kind of SETTINGS_BOARDS) {
    it(`leaves a board as it was, or names what is not: ${kind.name}`, async () => {
      const requests = await requestsOf(kind);
      await fc.assert(
        fc.asyncProperty(scenes, (scene) => play(kind, scene, requests)),
        { numRuns: Math.ceil(kind.protocol.id === 'made-up' ? MADE_UP_PART * RUNS : RUNS) },
      );
    }).timeout(3_600_000);
  }
});
