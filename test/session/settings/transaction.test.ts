import assert from 'node:assert/strict';
import { BmsError } from '../../../src/battery/errors';
import type { SettingValues } from '../../../src/battery/settings/vocabulary';
import { MADE_UP_KINDS, MadeUpBoard, madeUpProtocol, type MadeUpKind } from '../../support/settings/made-up-line';
import { SettingsBench } from '../../support/settings/settings-bench';

/** Lowers a chain of two, and more in other registers. */
const WANTED: SettingValues = {
  cellOvervoltageProtection: 3.45,
  cellOvervoltageRecovery: 3.4,
  balanceStartVoltage: 3.3,
  sleepDelay: 3600,
  jbdLed: false,
};

function benchOf(kind: MadeUpKind) {
  const board = new MadeUpBoard(kind);
  const bench = new SettingsBench(madeUpProtocol(kind), board);
  return { board, bench };
}

describe('writing settings', () => {
  for (const kind of MADE_UP_KINDS) {
    describe(`to a board that ${kind.id}`, () => {
      it('writes, proves, saves, and ends its journal', async () => {
        const { board, bench } = benchOf(kind);
        const before = bench.valuesOf(board.ram);
        const outcome = await bench.apply(WANTED);
        if (outcome instanceof BmsError) throw outcome;
        assert.deepEqual(new Set(outcome.written.map(({ key }) => key)), new Set(Object.keys(WANTED)));
        for (const image of [board.ram, board.flash]) {
          assert.deepEqual(bench.valuesOf(image), { ...before, ...WANTED });
        }
        assert.equal(bench.journal.entry, undefined);
        assert.equal(await bench.close(), 0);
      });
    });
  }
});
