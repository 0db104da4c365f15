import assert from 'node:assert/strict';
import { hasFallenToZero, haveLimitsChanged, type SentLimits } from '../../src/battery/limits/changes';
import { LimitsSender } from '../../src/runtime/limits-sender';
import type { LimitsMessage } from '../../src/runtime/messages/limits-messages';
import type { LimitsFormat, LimitsNodeSettings } from '../../src/runtime/settings/limits-settings';
import { FakeClock } from '../support/fake-clock';
import { cellsWith, packOf } from '../support/limits';

const LIMITS: SentLimits = {
  ...{ chargeVoltageLimit: 55.2, chargeCurrentLimit: 98, dischargeVoltageLimit: 46.4, dischargeCurrentLimit: 80 },
  ...{
    chargeAllowed: true,
    dischargeAllowed: true,
    phase: 'bulk',
    chargeLimitedBy: ['cell_voltage'],
    dischargeLimitedBy: [],
  },
};

describe('limits that are sent', () => {
  const CASES: readonly (readonly [SentLimits, boolean])[] = [
    [{}, false],
    [{ chargeVoltageLimit: 55.11 }, false],
    [{ chargeVoltageLimit: 55.1 }, true],
    [{ chargeCurrentLimit: 97.1 }, false],
    [{ chargeCurrentLimit: 97 }, true],
    [{ chargeCurrentLimit: 99 }, true],
    [{ chargeCurrentLimit: 0 }, true],
    [{ chargeCurrentLimit: undefined }, true],
    [{ dischargeVoltageLimit: 46.5 }, true],
    [{ phase: 'absorption' }, true],
    [{ chargeRequest: true }, true],
    [{ full: true }, true],
    [{ lastFull: 5 }, true],
    [{ chargeLimitedBy: ['temperature'] }, false],
  ];
  for (const [change, differs] of CASES) {
    it(`${differs ? 'change' : 'stay'} with ${JSON.stringify(change)}`, () => {
      assert.equal(haveLimitsChanged(LIMITS, { ...LIMITS, ...change }), differs);
    });
  }

  it('change to and from 0 by whatever little, and by 2 % where that is less than 1 A', () => {
    const at = (chargeCurrentLimit: number): SentLimits => ({ ...LIMITS, chargeCurrentLimit });
    assert.equal(haveLimitsChanged(at(0.1), at(0)), true);
    assert.equal(haveLimitsChanged(at(0), at(0.1)), true);
    assert.equal(haveLimitsChanged(at(20), at(19.6)), true);
    assert.equal(haveLimitsChanged(at(20), at(19.7)), false);
    assert.equal(haveLimitsChanged({ full: true }, {}), false, 'said once, not taken back');
    assert.deepEqual([hasFallenToZero(at(0.1), at(0)), hasFallenToZero(at(0), at(0))], [true, false]);
  });
});

describe('LimitsSender', () => {
  let clock: FakeClock;
  let sent: [at: number, LimitsMessage][];
  let sender: LimitsSender;
  const PACK = packOf(cellsWith({}), { power: 0 });

  function sending(format: LimitsFormat, emit: LimitsNodeSettings['emit'] = 'change'): void {
    sender = new LimitsSender({
      settings: { format, emit, intervalMs: 10_000 },
      clock,
      send: (messages) =>
        sent.push(...messages.map((message) => [clock.monotonic() / 1000, message] as [number, LimitsMessage])),
    });
  }

  const offer = (change: SentLimits = {}, reading = PACK): void =>
    sender.offer({
      limits: { ...LIMITS, ...change },
      reading,
      topic: 'bank',
      bms: { device: 'bank', protocol: 'jbd', address: '' },
    });
  const times = (): number[] => sent.map(([at]) => at);
  const payloads = (): unknown[] => sent.map(([, { payload }]) => payload);

  beforeEach(() => {
    clock = new FakeClock();
    sent = [];
  });
  afterEach(() => {
    sender.close();
    assert.equal(clock.timers, 0);
  });

  it('sends the first at once, then changes at once, and what stays each 30 s, as it is by then', async () => {
    sending('object');
    for (let second = 0; second < 70; second++) {
      offer(second === 5 ? { chargeCurrentLimit: 50 } : { chargeCurrentLimit: second > 5 ? 50.5 : 98 });
      await clock.tick(1000);
    }
    assert.deepEqual(times(), [0, 5, 35, 65]);
    assert.equal((payloads()[2] as SentLimits).chargeCurrentLimit, 50.5);
  });

  it('sends at regular times, and at once when a current falls to 0', async () => {
    sending('object', 'interval');
    for (let second = 0; second < 26; second++) {
      offer({ chargeCurrentLimit: second < 13 ? 98 - second : 0 });
      await clock.tick(1000);
    }
    assert.deepEqual(times(), [0, 10, 13, 23]);
  });

  it('says once that the battery is full, also where that step itself is not sent', async () => {
    sending('object', 'interval');
    for (let second = 0; second < 25; second++) {
      offer(second === 12 ? { full: true } : {});
      await clock.tick(1000);
    }
    assert.deepEqual(
      payloads().map((payload) => (payload as SentLimits).full),
      [undefined, undefined, true],
    );
  });

  it('sends single values, and points for InfluxDB, with the reasons in msg.bms', () => {
    sending('values');
    offer();
    const [first] = sent.map(([, message]) => message);
    assert.deepEqual([first?.topic, first?.payload], ['bank/chargeVoltageLimit', 55.2]);
    assert.deepEqual(first?.bms['limits'], {
      phase: 'bulk',
      chargeLimitedBy: ['cell_voltage'],
      dischargeLimitedBy: [],
    });
    assert.equal(sent.length, 7);
    sender.close();
    sent = [];
    sending('influx');
    offer();
    const { chargeLimitedBy, dischargeLimitedBy, ...fields } = LIMITS;
    assert.deepEqual(payloads(), [[fields, { device: 'bank', protocol: 'jbd' }]]);
    assert.deepEqual([chargeLimitedBy, dischargeLimitedBy], [['cell_voltage'], []]);
  });

  it('sends limits to the virtual battery first and alone, on change, each within 30 s, no two within 1 s', async () => {
    sending('victron');
    for (let step = 0; step < 620; step++) {
      offer({ chargeCurrentLimit: step >= 100 ? 0.8 : 98 }, { ...PACK });
      await clock.tick(100);
    }
    const isLimits = (payload: unknown): boolean => Object.keys(payload as object)[0] === 'Info/MaxChargeVoltage';
    assert.deepEqual(payloads()[0], {
      ...{ 'Info/MaxChargeVoltage': 55.2, 'Info/MaxChargeCurrent': 98 },
      ...{ 'Info/MaxDischargeCurrent': 80, 'Info/BatteryLowVoltage': 46.4 },
    });
    const first = sent.filter(([, { payload }]) => isLimits(payload));
    assert.deepEqual(
      first.map(([at]) => Math.floor(at)),
      [0, 11, 40],
    );
    assert.equal((first[1]?.[1].payload as Record<string, unknown>)['Info/MaxChargeCurrent'], 0);
    const rest = sent.filter(([, { payload }]) => !isLimits(payload)).map(([at]) => at);
    for (const [i, at] of rest.entries()) assert.ok(i === 0 || at - (rest[i - 1] ?? 0) >= 1, `${at}`);
    assert.equal(rest.length, 63);
  });

  it('sends frames each second, and what dbus-mqtt-battery takes each 20 s', async () => {
    sending('pylontech');
    offer();
    await clock.tick(3500);
    assert.deepEqual(times(), [0, 1, 2, 3]);
    const [frame] = payloads()[0] as { id: number; data: Buffer }[];
    assert.deepEqual([frame?.id, frame?.data.toString('hex')], [0x351, '2802d4032003d001']);
    sender.close();
    sent = [];
    sending('mqtt-battery');
    offer();
    await clock.tick(41_000);
    assert.equal(sent.length, 3);
    assert.deepEqual((payloads()[0] as { Info: unknown }).Info, {
      ...{ MaxChargeVoltage: 55.2, MaxChargeCurrent: 98, MaxDischargeCurrent: 80 },
    });
  });

  it('repeats on request at once, and gives each message objects of its own', () => {
    sending('object');
    offer();
    sender.repeat({ limits: LIMITS, reading: PACK, topic: 'bank', bms: {} });
    assert.equal(sent.length, 2);
    assert.notEqual(payloads()[0], payloads()[1]);
    assert.notEqual((payloads()[1] as SentLimits).chargeLimitedBy, LIMITS.chargeLimitedBy);
  });
});
