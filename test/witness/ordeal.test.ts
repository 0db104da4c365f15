import assert from 'node:assert/strict';
import { WITNESSES } from './boards';
import { ordeal, type Figures } from './ordeal';

/** Exchanges per protocol: `npm run faults -- --witness 50000` for more. */
const EXCHANGES = Number(process.env['WITNESS_EXCHANGES'] ?? 2000);

const SEED = Number(process.env['FAULT_SEED'] ?? 2);

/** Of damaged answers that keep their sum: values that the pack never had and that the last reading shows. */
const MOST_SHOWN = 1 / 10_000;

describe('answers damaged at random, of boards of the witness', function () {
  this.timeout(20_000 + EXCHANGES * 20);
  const table: Figures[] = [];

  for (const id of Object.keys(WITNESSES)) {
    it(id, async () => {
      const figures = await ordeal(id, EXCHANGES, SEED);
      table.push(figures);
      assert.ok(figures.readings > EXCHANGES / 100, `${figures.readings} readings in ${figures.exchanges} exchanges`);
      assert.deepEqual(figures.contradicting, []);
      assert.ok(figures.shown.length <= figures.keptSum * MOST_SHOWN, figures.shown.join('; '));
    });
  }

  after(() => {
    if (process.env['WITNESS_EXCHANGES'] === undefined) return;
    const shown = table.map(({ contradicting, shown: odd, ...figures }) => ({
      ...figures,
      shown: odd.length,
      contradicting: contradicting.length,
    }));
    console.table(shown);
  });
});
