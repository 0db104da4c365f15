import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** By zone: the days of 2026 from March on that are not 24 h long, with their length. */
const ZONES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'Europe/Berlin': { '2026-03-29': 23, '2026-10-25': 25 },
  'America/New_York': { '2026-03-08': 23, '2026-11-01': 25 },
  'Australia/Lord_Howe': { '2026-04-05': 24.5, '2026-10-04': 23.5 },
  // Its clock is set at midnight: a day begins at 01:00, and one ends twice.
  'America/Santiago': { '2026-04-04': 25, '2026-09-06': 23 },
  'Asia/Kathmandu': {},
  UTC: {},
};

describe('local days', function () {
  this.timeout(60_000);

  for (const [zone, unusual] of Object.entries(ZONES))
    it(`are as long as those of ${zone}`, async () => {
      const program = require.resolve('../../support/energy-days');
      const env = { ...process.env, TZ: zone };
      const { stdout } = await promisify(execFile)(process.execPath, [program, '2026', '280'], { env });
      const { hours, wrong } = JSON.parse(stdout) as { hours: Record<string, number>; wrong: string[] };
      assert.deepEqual(wrong, []);
      assert.equal(Object.keys(hours).length, 280);
      assert.deepEqual(Object.fromEntries(Object.entries(hours).filter(([, length]) => length !== 24)), unusual);
    });
});
