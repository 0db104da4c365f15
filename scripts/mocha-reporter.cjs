// The usual report, closed by one line that people and machines read alike: `N passed, N failed, N skipped`.
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

module.exports = class SummaryReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      reporters.Base.consoleLog('%d passed, %d failed, %d skipped', passes, failures, pending);
      // For scripts/test.mjs: what ends badly after this line must not go unseen.
      const file = process.env.OPENBMS_TEST_SUMMARY;
      if (file) writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
};
