import assert from 'node:assert/strict';
import { PROTOCOLS } from '../../src/codec/registry';
import { SimulatorLink } from '../../src/simulator/link';
import { FakeClock } from '../support/fake-clock';
import { assertEnded, PACKS, soak } from './soak';
import { cellsOf, SoakedPack } from './soaked-pack';

/** As long as scripts/soak.mjs says. */
const LENGTH_MS = Number(process.env['OPENBMS_SOAK_SIMULATED_MS']);

describe('a soak in simulated time', function () {
  this.timeout(0);

  it(`keeps ${PACKS} packs going for ${LENGTH_MS / 3_600_000} h, and grows in nothing`, async () => {
    const clock = new FakeClock(1);
    const packs = Array.from({ length: PACKS }, (_, seed) => packOf(clock, seed));
    await soak({
      ...{ packs, clock, lengthMs: LENGTH_MS, wishEveryMs: 40_000, longestSilenceMs: 15 * 60_000 },
      pass: (ms) => clock.tick(ms),
      figures: () => ({ timers: clock.timers }),
    });
    await Promise.all([...packs.map((pack) => pack.end()), clock.tick(5000)]);
    assertEnded(packs);
    assert.equal(clock.timers, 0, 'timers left');
  });
});

/** Packs of all protocols in turn; those of the second round by radio where they have it. */
function packOf(clock: FakeClock, seed: number): SoakedPack {
  const protocol = PROTOCOLS[seed % PROTOCOLS.length];
  if (protocol === undefined) throw new Error('there are no protocols');
  const about = { cells: cellsOf(protocol), chemistry: 'lfp', scenario: 'day', speed: 1 } as const;
  return new SoakedPack({
    ...{ clock, protocol, seed, pollIntervalMs: 5000, longestMs: 60_000 },
    isRadio: seed >= PROTOCOLS.length && protocol.ble !== undefined,
    line: () => new SimulatorLink({ ...about, clock, protocols: [protocol] }),
  });
}
