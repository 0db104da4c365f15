import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SettingKey, SettingValues } from '../../../src/battery/settings/vocabulary';
import type { Parameter } from '../../../src/codec/parameter';
import { imageWith } from '../../../src/codec/settings/board-settings';
import { FAULTS } from '../../support/settings/faults';
import { MADE_UP_KINDS, MadeUpBoard, madeUpProtocol, type MadeUpKind } from '../../support/settings/made-up-line';
import { playFault, type FaultScene } from '../../support/settings/play';
import { SettingsBench } from '../../support/settings/settings-bench';

/*
 * Whatever cuts the writing of settings, at whatever request: the board ends with all of them, or with what it had; or the
 * error names every setting that it has not.
 */

const RUNS = Number(process.env['SETTINGS_RUNS'] ?? 2000);

/** Requests of an undisturbed transaction, and some. */
const MOST_REQUESTS = 90;

const volts = (least: number, most: number) =>
  fc.integer({ min: least * 1000, max: most * 1000 }).map((millivolts) => millivolts / 1000);

/** Sets that keep the rules of the board. */
const sets: fc.Arbitrary<SettingValues> = fc
  .record({
    cellOvervoltageProtection: volts(3.6, 4.5),
    cellOvervoltageRecovery: volts(2, 4.5),
    balanceStartVoltage: volts(3.3, 4.5),
    sleepDelay: fc.option(fc.integer({ min: 0, max: 65534 })),
    jbdLed: fc.boolean(),
    jbdLoadDetection: fc.boolean(),
    cellCount: fc.integer({ min: 3, max: 32 }),
    socVoltage100: volts(3, 3.6),
  })
  .filter(
    ({ cellOvervoltageProtection: top, cellOvervoltageRecovery: end, balanceStartVoltage: start }) =>
      top > end && top > start,
  );

const wanted: fc.Arbitrary<SettingValues> = fc
  .tuple(
    sets,
    fc.subarray(
      [
        'cellOvervoltageProtection',
        'cellOvervoltageRecovery',
        'balanceStartVoltage',
        'sleepDelay',
        'jbdLed',
        'jbdLoadDetection',
        'cellCount',
        'socVoltage100',
      ] as const,
      { minLength: 1 },
    ),
  )
  .map(([set, keys]) => Object.fromEntries(keys.map((key) => [key, set[key]])) as SettingValues);

interface Scene extends FaultScene {
  readonly present: SettingValues;
}

const scenes: fc.Arbitrary<Scene> = fc.record({
  present: sets,
  wanted,
  fault: fc.constantFrom(...Object.keys(FAULTS)),
  at: fc.integer({ min: 1, max: MOST_REQUESTS }),
});

async function play(kind: MadeUpKind, scene: Scene): Promise<void> {
  const board = new MadeUpBoard(kind);
  const bench = new SettingsBench(madeUpProtocol(kind), board);
  set(board, scene.present, bench);
  await playFault(bench, scene);
}

/** Puts settings into the board, past the line. */
function set(board: MadeUpBoard, values: SettingValues, { protocol }: SettingsBench): void {
  const { settings } = protocol;
  assert.ok(settings !== undefined);
  const parameters = new Map(
    settings.parameters({ address: 0, memory: {} }, board.ram).map((each) => [each.key, each]),
  );
  for (const [key, value] of Object.entries(values)) {
    const parameter: Parameter | undefined = parameters.get(key as SettingKey);
    if (parameter !== undefined && value !== undefined) board.ram = new Map(imageWith(board.ram, parameter, value));
  }
  board.flash = new Map([...board.ram].map(([id, data]) => [id, Buffer.from(data)]));
}

describe('writing settings amid faults', () => {
  for (const kind of MADE_UP_KINDS) {
    it(`leaves a board that ${kind.id} as it was, or names what is not`, async () => {
      await fc.assert(
        fc.asyncProperty(scenes, (scene) => play(kind, scene)),
        { numRuns: Math.ceil(RUNS / MADE_UP_KINDS.length) },
      );
    }).timeout(600_000);
  }
});
