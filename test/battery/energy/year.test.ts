import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { YearReport } from '../../support/energy-year';

/** In CI; at night `ENERGY_DAYS=365`, which takes a minute. */
const DAYS = process.env.ENERGY_DAYS ?? '3';
const SEED = process.env.ENERGY_SEED ?? '1';

describe('energy counters over a long time', function () {
  this.timeout(600_000);

  it(`${DAYS} days with restarts, power cuts, gaps and clocks that are set, seed ${SEED}`, async () => {
    const program = require.resolve('../../support/energy-year');
    const env = { ...process.env, TZ: 'Europe/Berlin' };
    const { stdout } = await promisify(execFile)(process.execPath, [program, DAYS, SEED], { env });
    const report = JSON.parse(stdout) as YearReport;
    for (const key of ['chargedError', 'dischargedError', 'capacityError'] as const)
      assert.ok(report[key] < 0.0005, `${key} ${report[key]}`);
    assert.ok(report.observedError < 1e-9, `observed ${report.observedError}`);
    assert.equal(report.stepsBack, 0);
    assert.ok(report.dayError < 20, `a day is off by ${report.dayError} Wh`);
    assert.ok(report.mostLost <= 60, `a power cut has cost ${report.mostLost} s`);
    assert.ok(report.restarts > 0 && report.cuts > 0 && report.gaps > 0 && report.clockSteps > 0);
  });
});
