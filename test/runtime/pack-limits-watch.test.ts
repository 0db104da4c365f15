import assert from 'node:assert/strict';
import type { PackLimits } from '../../src/battery/bank/member';
import type { BankLimits } from '../../src/battery/bank/pack-limits';
import type { BankResult } from '../../src/battery/bank/bank';
import type { SentLimits } from '../../src/battery/limits/changes';
import { packLimitsOf } from '../../src/runtime/messages/limits-requests';
import { PackLimitsWatch } from '../../src/runtime/pack-limits-watch';
import { Signal } from '../../src/session/signal';
import { FakeClock } from '../support/fake-clock';

/** As much of a bank as combines limits. */
class FakeBank {
  readonly steps = new Signal<BankResult>();
  readonly taken: [string, PackLimits][] = [];
  limits: BankLimits | undefined;

  takeLimits(pack: string, limits: PackLimits): void {
    this.taken.push([pack, limits]);
  }

  give(limits: BankLimits | undefined): void {
    this.limits = limits;
    this.steps.emit({} as BankResult);
  }
}

describe('PackLimitsWatch', () => {
  const LIMITS = {
    chargeVoltageLimit: 55.2,
    chargeCurrentLimit: 150,
    dischargeCurrentLimit: 300,
    dischargeVoltageLimit: 46.4,
  };

  it('gives out what the bank combines, and half of it to discharge with when packs say nothing any more', async () => {
    const [bank, clock] = [new FakeBank(), new FakeClock()];
    const steps: SentLimits[] = [];
    const watch = new PackLimitsWatch({
      ...{ bank, clock, settings: { onLost: 'discharge', holdFor: 1800 } },
      onStep: (limits) => void steps.push(limits),
    });
    bank.give(undefined);
    await clock.tick(20_000);
    assert.deepEqual([steps, watch.current, watch.hasBegun], [[], {}, false]);
    bank.give(LIMITS);
    const reasons = { chargeLimitedBy: [], dischargeLimitedBy: [] };
    assert.deepEqual(watch.current, { ...LIMITS, ...reasons, chargeAllowed: true, dischargeAllowed: true });
    bank.give(undefined);
    const { chargeVoltageLimit, chargeCurrentLimit, dischargeCurrentLimit, chargeLimitedBy } = watch.current;
    assert.deepEqual(
      [chargeVoltageLimit, chargeCurrentLimit, dischargeCurrentLimit, chargeLimitedBy],
      [55.2, 0, 150, ['lost']],
    );
    await clock.tick(1800_000);
    assert.deepEqual([watch.current.dischargeCurrentLimit, watch.current.dischargeAllowed], [0, false]);
    bank.give({ ...LIMITS, chargeCurrentLimit: undefined });
    assert.deepEqual(['chargeCurrentLimit' in watch.current, watch.current.dischargeCurrentLimit], [false, 300]);
    watch.take('A', { chargeCurrentLimit: 5 });
    assert.deepEqual(bank.taken, [['A', { chargeCurrentLimit: 5 }]]);
    watch.close();
    assert.deepEqual([clock.timers, bank.steps.size], [0, 0]);
  });

  it('takes what a limits node of a pack sends, and nothing else', () => {
    const limits = { ...LIMITS, phase: 'bulk', chargeVoltageTarget: 55.2, chargeLimitedBy: [] };
    const { chargeVoltageLimit, ...used } = LIMITS;
    assert.equal(chargeVoltageLimit, 55.2);
    assert.deepEqual(packLimitsOf(limits, { device: 'A' }), {
      pack: 'A',
      limits: { ...used, chargeVoltageTarget: 55.2 },
    });
    assert.equal(packLimitsOf(true, { device: 'A' }), undefined);
    for (const [payload, bms] of [
      [limits, undefined],
      [{ action: 'bulk' }, { device: 'A' }],
      [{ ...limits, chargeCurrentLimit: 'much' }, { device: 'A' }],
    ])
      assert.throws(() => packLimitsOf(payload, bms), { code: 'bad_value' });
  });
});
