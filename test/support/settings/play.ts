import assert from 'node:assert/strict';
import { BmsError } from '../../../src/battery/errors';
import type { SettingValues } from '../../../src/battery/settings/vocabulary';
import { parametersByKey } from '../../../src/codec/settings/board-settings';
import { FAULTS } from './faults';
import { differing, reportOf, type SettingsBench } from './settings-bench';

/** Settings that are written, and what goes wrong at which request. */
export interface FaultScene {
  readonly wanted: SettingValues;
  /** of `FAULTS` */
  readonly fault: string;
  readonly at: number;
}

/**
 * Plays a scene to its end, and closes the bench: the board holds all that was wanted, now and after a restart, or what it held
 * before, or the error names what it does not; and it is in no mode.
 */
export async function playFault(bench: SettingsBench, { wanted, fault, at }: FaultScene): Promise<void> {
  const { board, journal } = bench;
  const before = bench.valuesOf(board.ram);
  const together = keysInOneRegister(bench, wanted);
  FAULTS[fault]?.(bench, at);
  const outcome = await bench.apply(wanted);
  await bench.clock.tick(10_000);
  const [held, lasting] = [bench.valuesOf(board.ram), bench.valuesOf(board.flash)];
  if (outcome instanceof BmsError) {
    const named = new Set(reportOf(outcome).flatMap(({ key, restored }) => (restored ? [] : [key])));
    const changed = [...differing(before, held), ...differing(before, lasting)];
    assert.deepEqual(
      changed.filter((key) => !named.has(key)),
      [],
      `not named: ${outcome.message}`,
    );
    assert.equal(journal.entry !== undefined, named.size > 0, 'the journal stays while there is anything to say');
  } else {
    // What stands in one number with another setting changes along with it.
    const written = Object.fromEntries(outcome.written.map(({ key, after: value }) => [key, value]));
    // The step of a setting may depend on another one in its number: then the plan has said what it becomes.
    const asWanted = Object.entries(wanted).filter(([key]) => !together.has(key));
    const after = { ...before, ...wanted, ...written, ...Object.fromEntries(asWanted) };
    assert.deepEqual([differing(after, held), differing(after, lasting)], [[], []]);
    assert.equal(journal.entry, undefined);
  }
  bench.treatment = () => 'serve';
  bench.countsFromWrite = false;
  await bench.settled(bench.device.read());
  await bench.clock.tick(1000);
  assert.ok(!bench.board.isInMode, 'the board has left its mode');
  assert.equal(await bench.close(), 0);
}

/** Those of some settings that are written together with another one of them. */
function keysInOneRegister(bench: SettingsBench, wanted: SettingValues): Set<string> {
  const parameters = [...parametersByKey(bench.settings(bench.board.ram)).values()].filter(({ key }) => key in wanted);
  const shared = parameters.filter((one) =>
    parameters.some((other) => other !== one && other.register === one.register),
  );
  return new Set(shared.map(({ key }) => key));
}
