import assert from 'node:assert/strict';
import type { BmsError } from '../../src/battery/errors';
import { PROTOCOLS } from '../../src/codec/registry';
import { antLegacy } from '../../src/codec/ant-legacy';
import { daly } from '../../src/codec/daly';
import { sinowealth } from '../../src/codec/sinowealth';
import { ControlBench } from '../support/control-scenes';
import { settle } from '../support/fake-clock';

const CHARGE_OFF = { action: 'charge', value: false };
const CHARGE_ON = { action: 'charge', value: true };

describe('ActionRunner', () => {
  let bench: ControlBench;
  beforeEach(() => (bench = new ControlBench(daly)));

  it('says what was before and what is after, as read from the board', async () => {
    assert.deepEqual(await bench.wish(CHARGE_OFF), { action: 'charge', value: false, before: true, after: false });
    assert.deepEqual(await bench.wish(CHARGE_ON), { action: 'charge', value: true, before: false, after: true });
    assert.equal(await bench.close(), 0);
  });

  it('reads nothing else of a board of which nothing else has to be known', async () => {
    await bench.wish(CHARGE_OFF);
    const ids = bench.link.sent.slice(0, 3).map((request) => request.slice(4, 6));
    assert.deepEqual(ids, ['93', 'da', '93']);
  });

  it('sends nothing to a device that is not allowed to be switched, nor asks it anything', async () => {
    bench = new ControlBench(daly, { allowControl: false });
    const error = await bench.errorOf(bench.device.control(CHARGE_OFF));
    assert.equal(error.code, 'denied');
    assert.match(error.message, /Allow this pack to be switched/);
    assert.deepEqual(bench.link.sent, []);
  });

  it('does not allow a device to be switched by default', async () => {
    bench = new ControlBench(daly, { allowControl: undefined as unknown as boolean });
    assert.equal(await bench.wish(CHARGE_OFF), 'denied');
  });

  // prettier-ignore
  const noSwitches = ['', ' ', null, undefined, NaN, 2, -1, 'yes', 'ON', 'True', {}, [], [true], { value: true }, '1'];
  const noLevels = ['', null, undefined, NaN, -0.1, 100.1, Infinity, true, 'full', {}, [50]];
  for (const [action, values] of Object.entries({
    charge: noSwitches,
    soc: noLevels,
    restart: [false, 0, 'off', null],
  })) {
    it(`takes no other value for one of ${action}`, async () => {
      for (const value of values) {
        const error = await bench.errorOf(bench.device.control({ action, value, confirm: action }));
        assert.equal(error.code, 'bad_value', `${JSON.stringify(value)} (${typeof value})`);
        assert.match(error.message, /Nothing was switched/);
      }
      assert.deepEqual(bench.link.sent, []);
    });
  }

  it('takes words and digits for a switch position', async () => {
    for (const [value, meant] of [
      ...([true, 'on', 'true', 1] as const).map((on) => [on, true] as const),
      ...([false, 'off', 'false', 0] as const).map((off) => [off, false] as const),
    ]) {
      bench.pack.execute('charge', !meant);
      const outcome = await bench.wish({ action: 'charge', value });
      assert.deepEqual(outcome, { action: 'charge', value: meant, before: !meant, after: meant });
    }
  });

  it('takes a number as text for a state of charge', async () => {
    const outcome = await bench.wish({ action: 'soc', value: '42.5' });
    assert.ok(typeof outcome === 'object');
    assert.equal(outcome.value, 42.5);
    assert.equal(outcome.after, 42.5);
  });

  it('refuses actions that the protocol does not offer, and names those that it does', async () => {
    for (const action of ['balancing', 'selfDestruct', '__proto__', 'constructor', '']) {
      const error = await bench.errorOf(bench.device.control({ action, value: true }));
      assert.equal(error.code, 'unsupported');
      assert.match(error.message, /charge, discharge, soc, restart/);
    }
    assert.deepEqual(bench.link.sent, []);
    const none = new ControlBench(sinowealth);
    assert.match((await none.errorOf(none.device.control(CHARGE_OFF))).message, /offers no actions/);
  });

  it('sends nothing when the state before cannot be read', async () => {
    bench.link.script = () => undefined;
    assert.equal(await bench.wish(CHARGE_OFF), 'timeout');
    assert.deepEqual(bench.commands, []);
  });

  it('names the alarms when the board does not do what it has taken', async () => {
    bench.pack.execute('discharge', false);
    bench.mischief = 'not obeyed';
    const reading = await bench.settled(bench.device.read());
    assert.ok(typeof reading === 'object');
    const error = await bench.errorOf(bench.device.control(CHARGE_OFF));
    assert.equal(error.code, 'not_confirmed');
    for (const { code } of reading.reading.alarms ?? []) assert.ok(error.message.includes(code), error.message);
  });

  it('says that a lost command was sent once, and that its fate is not known', async () => {
    bench.mischief = 'silent from then on';
    const error = await bench.errorOf(bench.device.control(CHARGE_OFF));
    assert.match(error.message, /was sent once, but the device cannot be read back/);
  });

  it('does one thing after the other, in the order of the wishes', async () => {
    const wishes = [CHARGE_OFF, { action: 'discharge', value: false }, CHARGE_ON];
    const outcomes = await Promise.all(wishes.map((wish) => bench.wish(wish)));
    assert.deepEqual(
      bench.commands,
      wishes.map(({ action, value }) => ({ action, value })),
    );
    assert.ok(outcomes.every((outcome) => typeof outcome === 'object'));
  });

  it('sends equal requests once, and leaves out what was requested in between and not begun', async () => {
    const wishes = [CHARGE_OFF, CHARGE_OFF, CHARGE_ON, CHARGE_ON, CHARGE_OFF, CHARGE_OFF];
    const outcomes = await Promise.all(wishes.map((wish) => bench.wish(wish)));
    assert.deepEqual(
      bench.commands.map(({ value }) => value),
      [false],
    );
    assert.deepEqual(outcomes.slice(2, 4), ['queue_full', 'queue_full']);
    assert.ok([0, 1, 4, 5].every((n) => outcomes[n] === outcomes[0] && typeof outcomes[n] === 'object'));
  });

  it('goes on with the next wish when one has failed', async () => {
    bench.mischief = 'not obeyed';
    const first = bench.wish(CHARGE_OFF);
    const second = bench.wish({ action: 'discharge', value: false });
    assert.equal(await first, 'not_confirmed');
    bench.mischief = 'none';
    assert.ok(typeof (await second) === 'object');
  });

  it('ends a storm of wishes with the newest one, and tells each that was left out', async () => {
    const wishes = Array.from({ length: 40 }, (_, i) => ({ action: 'soc', value: 20 + i }));
    const first = bench.wish({ action: 'soc', value: 19 });
    const outcomes = await Promise.all(wishes.map((wish) => bench.wish(wish)));
    assert.deepEqual(
      outcomes.map((outcome) => (typeof outcome === 'object' ? 'done' : outcome)),
      [...Array<string>(39).fill('queue_full'), 'done'],
    );
    assert.deepEqual(
      bench.commands.map(({ value }) => value),
      [19, 59],
    );
    assert.ok(typeof (await first) === 'object');
  });

  it('says of a wish that was left out that nothing of it was sent', async () => {
    const first = bench.wish(CHARGE_OFF);
    const left = bench.errorOf(bench.device.control(CHARGE_ON));
    const again = bench.wish(CHARGE_OFF);
    const { code, message } = await left;
    assert.equal(code, 'queue_full');
    assert.match(message, /later request.*Nothing was sent/);
    assert.equal(await first, await again);
  });

  it('goes ahead of polls that wait for the line', async () => {
    bench = new ControlBench(daly, { pollIntervalMs: 100 });
    await bench.clock.tick(1000);
    const before = bench.link.sent.length;
    const done = bench.device.control(CHARGE_OFF);
    await bench.clock.tick(200);
    // one exchange of a poll may be on the line, the next ones are those of the control
    const ids = bench.link.sent.slice(before).map((request) => request.slice(4, 6));
    assert.ok(ids.indexOf('93') <= 1, ids.join());
    assert.ok(ids.indexOf('da') <= 3, ids.join());
    await bench.settled(done);
  });

  it('lets those who follow the readings see the new state at once', async () => {
    bench = new ControlBench(daly, { pollIntervalMs: 60_000 });
    await bench.clock.tick(2000);
    await bench.wish(CHARGE_OFF);
    await bench.clock.tick(1000);
    assert.equal(bench.device.last?.reading.chargeEnabled, false);
  });

  it('refuses to change the same thing again too soon, but lets the same state be said again', async () => {
    const minIntervalMs = 30_000;
    assert.ok(typeof (await bench.wish({ ...CHARGE_OFF, minIntervalMs })) === 'object');
    const error = await bench.errorOf(bench.device.control({ ...CHARGE_ON, minIntervalMs }));
    assert.equal(error.code, 'denied');
    assert.match(error.message, /for \d+ s more/);
    assert.ok(typeof (await bench.wish({ ...CHARGE_OFF, minIntervalMs })) === 'object');
    assert.ok(typeof (await bench.wish({ action: 'discharge', value: false, minIntervalMs })) === 'object');
    await bench.clock.tick(minIntervalMs);
    assert.ok(typeof (await bench.wish({ ...CHARGE_ON, minIntervalMs })) === 'object');
    assert.equal(bench.commands.length, 4);
  });

  it('refuses while the last reading is too old, or there is none', async () => {
    const maxAgeMs = 10_000;
    assert.equal(await bench.wish({ ...CHARGE_OFF, maxAgeMs }), 'denied');
    await bench.settled(bench.device.read());
    assert.ok(typeof (await bench.wish({ ...CHARGE_OFF, maxAgeMs })) === 'object');
    await bench.clock.tick(20_000);
    assert.equal(await bench.wish({ ...CHARGE_ON, maxAgeMs }), 'denied');
    assert.equal(bench.commands.length, 1);
  });

  it('leaves a board alone that is in the wanted state already, when that is requested', async () => {
    const outcome = await bench.wish({ ...CHARGE_ON, onlyIfDifferent: true });
    assert.deepEqual(outcome, { action: 'charge', value: true, before: true, after: true });
    assert.equal(bench.commands.length, 0);
    assert.ok(typeof (await bench.wish({ ...CHARGE_OFF, onlyIfDifferent: true })) === 'object');
    assert.equal(bench.commands.length, 1);
  });

  it('ends with closed when the device stops: before anything was sent, and in between', async () => {
    for (const passed of [0, 15, 40, 300, 700]) {
      bench = new ControlBench(daly);
      await bench.settled(bench.device.read());
      bench.mischief = 'not obeyed';
      const codes = [bench.device.control(CHARGE_OFF), bench.device.control({ action: 'soc', value: 50 })].map((wish) =>
        wish.then(
          () => 'done',
          (error: unknown) => (error as BmsError).code,
        ),
      );
      await bench.clock.tick(passed);
      assert.equal(await bench.close(), 0, `timers left after ${passed} ms`);
      await settle();
      assert.deepEqual(await Promise.all(codes), ['closed', 'closed'], `${passed} ms`);
      assert.ok(bench.commands.length <= 1);
      const late = await bench.wish(CHARGE_OFF);
      assert.equal(late, 'closed');
    }
  });

  it('finds out the protocol first, once, when several want to know it', async () => {
    bench = new ControlBench(daly, { protocol: undefined, pollIntervalMs: 1000 });
    const [outcome, other] = await Promise.all([
      bench.wish(CHARGE_OFF),
      bench.wish({ action: 'discharge', value: false }),
    ]);
    assert.ok(typeof outcome === 'object', JSON.stringify(outcome));
    assert.ok(typeof other === 'object');
    assert.equal(bench.commands.length, 2);
  });

  it('tries a wrong password once, however often it is requested', async () => {
    bench = new ControlBench(antLegacy, { password: '87654321' });
    bench.pack.memory.set('locked', 1);
    assert.equal(await bench.wish(CHARGE_OFF), 'denied');
    const unlocks = (): number => bench.link.sent.filter((request) => request.includes('a5a5f4')).length;
    assert.equal(unlocks(), 1);
    const error = await bench.errorOf(bench.device.control(CHARGE_OFF));
    assert.equal(error.code, 'denied');
    assert.match(error.message, /rejected its password before/);
    assert.doesNotMatch(error.message, /8765/);
    assert.equal(unlocks(), 1);
    assert.equal(bench.commands.length, 0);
  });

  it('has a name and a range for whatever a protocol offers', () => {
    for (const { id, actions = [] } of PROTOCOLS) {
      assert.equal(new Set(actions.map(({ name }) => name)).size, actions.length, id);
      for (const { input, confirm } of actions) {
        if (input.kind === 'number') assert.ok(input.min < input.max && input.unit !== '', id);
        assert.ok(confirm.everyMs > 0 && confirm.withinMs >= confirm.everyMs, id);
      }
    }
  });
});
