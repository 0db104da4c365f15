import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { jkBle } from '../../src/codec/jk-ble';
import { jbd } from '../../src/codec/jbd';
import type { Protocol } from '../../src/codec/protocol';
import { FakeClock } from '../support/fake-clock';
import { boardOf, codeOf, deviceOnLine, type LineOptions } from '../support/device-line';

interface SetUp extends LineOptions {
  onDemand?: boolean;
  board?: Protocol;
}

function setUp({ onDemand = false, board = jbd, ...options }: SetUp = {}) {
  const clock = new FakeClock();
  const { pack, script } = boardOf(clock, board);
  const line = { isRadio: true };
  const set = deviceOnLine({ clock, script, line, busOptions: { onDemand }, protocol: board, ...options });
  const readings: number[] = [];
  set.device.readings.subscribe(() => readings.push(clock.monotonic()));
  return { ...set, pack, readings };
}

describe('a line that is open on demand', () => {
  it('is not opened before somebody wants it, and rests when nobody has wanted it for two seconds', async () => {
    const { clock, link, bus, device, phases } = setUp({ onDemand: true });
    await clock.tick(60_000);
    assert.deepEqual([link.opened, bus.state.phase], [0, 'standby']);
    const reading = device.read();
    await clock.tick(1900);
    assert.equal((await reading).sequence, 1);
    assert.deepEqual([link.openChannels, bus.state.phase], [1, 'ready']);
    await clock.tick(2000);
    assert.deepEqual([link.openChannels, bus.state.phase], [0, 'standby']);
    assert.deepEqual(phases, ['reachable', 'fresh']);
    assert.equal(clock.timers, 0);
  });

  it('is polled at the interval, and the device stays fresh meanwhile', async () => {
    const { clock, link, device, readings, phases } = setUp({ onDemand: true, pollIntervalMs: 30_000 });
    await clock.tick(95_000);
    assert.deepEqual(
      readings.map((at) => Math.floor(at / 1000)),
      [0, 30, 60, 90],
    );
    assert.deepEqual(phases, ['connecting', 'fresh']);
    assert.deepEqual([link.opened, link.openChannels], [4, 0]);
    device.stop();
    assert.equal(clock.timers, 0);
  });

  it('stays open while the polls come more often than it would rest', async () => {
    const { clock, link, readings } = setUp({ onDemand: true, pollIntervalMs: 1000 });
    await clock.tick(20_500);
    assert.deepEqual([link.opened, readings.length], [1, 21]);
  });

  it('is polled on when a poll was due while the line was being opened for something else', async () => {
    const { clock, link, device, readings } = setUp({ onDemand: true, pollIntervalMs: 5000 });
    await clock.tick(4500);
    let open: () => void = () => undefined;
    link.hold = new Promise((resolve) => (open = resolve));
    const asked = device.read();
    await clock.tick(1000);
    link.hold = undefined;
    open();
    await clock.tick(500);
    assert.equal((await asked).sequence, 2);
    await clock.tick(20_000);
    assert.equal(readings.length, 6);
  });

  it('begins anew with boards that only speak when they were asked on this connection', async () => {
    const { clock, link, device, phases } = setUp({ onDemand: true, board: jkBle, pollIntervalMs: 20_000 });
    await clock.tick(70_000);
    assert.deepEqual(phases, ['connecting', 'fresh']);
    // Once more the first time: who a board is has to be told twice.
    assert.equal(link.sent.filter((request) => request.startsWith('aa5590eb97')).length, 5);
    assert.equal(device.last?.sequence, 4);
    assert.ok((device.last.duration ?? Infinity) < 1500);
  });

  it('waits until the earlier connection has ended', async () => {
    const { clock, link, bus, device } = setUp({ onDemand: true });
    await codeOf(Promise.all([device.read(), clock.tick(500)]));
    let finish: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (finish = resolve));
    link.closing = ended;
    await clock.tick(2000);
    assert.equal(bus.state.phase, 'standby');
    const reading = device.read();
    await clock.tick(1000);
    assert.deepEqual([link.opened, bus.state.phase], [1, 'opening']);
    finish();
    await clock.tick(500);
    assert.equal((await reading).sequence, 2);
    assert.equal(link.opened, 2);
  });

  it('is lost when it cannot be opened, and found again by itself', async () => {
    const { clock, link, device, phases } = setUp({ onDemand: true, pollIntervalMs: 20_000 });
    await clock.tick(5000);
    link.refuse = new BmsError('not_found', say`out of range`);
    await clock.tick(60_000);
    assert.equal(device.condition.phase, 'lost');
    link.refuse = undefined;
    await clock.tick(90_000);
    assert.equal(device.condition.phase, 'fresh');
    assert.deepEqual(phases, ['connecting', 'fresh', 'retrying', 'lost', 'fresh']);
    assert.equal(link.openChannels, 0);
    const { opened } = link;
    await clock.tick(60_000);
    assert.equal(link.opened, opened + 3);
  });

  it('does not rest in the midst of an action, however long that looks for its effect', async () => {
    const { clock, link, bus, device } = setUp({ onDemand: true, allowControl: true });
    await codeOf(Promise.all([device.read(), clock.tick(1000)]));
    let end: () => void = () => undefined;
    bus.hold(new Promise<void>((resolve) => (end = resolve)));
    await clock.tick(30_000);
    assert.equal(link.openChannels, 1);
    end();
    await clock.tick(2100);
    assert.equal(link.openChannels, 0);
  });

  it('is opened to switch, and rests again', async () => {
    const { clock, link, bus, device, pack } = setUp({ onDemand: true, allowControl: true });
    const switched = device.control({ action: 'charge', value: false });
    await clock.tick(20_000);
    assert.equal((await switched).after, false);
    assert.equal(pack.switches.charge, false);
    assert.deepEqual([link.openChannels, bus.state.phase], [0, 'standby']);
  });

  it('ends in order when it closes while it rests, and while it is open', async () => {
    for (const ms of [500, 10_000]) {
      const { clock, link, bus, device } = setUp({ onDemand: true, pollIntervalMs: 20_000 });
      await clock.tick(ms);
      device.stop();
      await bus.close();
      assert.deepEqual([link.openChannels, clock.timers], [0, 0]);
      assert.equal(await codeOf(bus.pause(1000)), 'closed');
    }
  });
});

describe('a line that is released', () => {
  it('belongs to somebody else for that time, and is taken back by itself', async () => {
    const { clock, link, bus, device, readings, phases } = setUp({ pollIntervalMs: 5000 });
    await clock.tick(6000);
    await device.pause(60_000);
    assert.deepEqual([link.openChannels, bus.state.phase, device.condition.phase], [0, 'paused', 'paused']);
    const before = [link.sent.length, readings.length];
    await clock.tick(59_000);
    assert.deepEqual([link.sent.length, readings.length], before);
    await clock.tick(2000);
    assert.equal(device.condition.phase, 'fresh');
    await clock.tick(20_000);
    assert.equal(readings.length, (before[1] ?? 0) + 5);
    assert.deepEqual(phases, ['connecting', 'fresh', 'paused', 'connecting', 'fresh']);
  });

  it('answers requests with what it is, and sends nothing', async () => {
    const { clock, link, device } = setUp({ allowControl: true });
    await codeOf(Promise.all([device.read(), clock.tick(1000)]));
    await device.pause(60_000);
    const sent = link.sent.length;
    const read = device.read().catch((error: unknown) => error as BmsError);
    const switched = codeOf(device.control({ action: 'charge', value: false }));
    await clock.tick(10_000);
    const error = (await read) as BmsError;
    assert.equal(error.code, 'closed');
    assert.match(error.message, /released for 60 s more/);
    assert.equal(await switched, 'closed');
    assert.equal(link.sent.length, sent);
    assert.equal(device.condition.phase, 'paused');
    // What was refused is not sent later.
    await clock.tick(60_000);
    assert.ok(link.sent.slice(sent).every((request) => request.startsWith('dda5')));
  });

  it('is taken back at once when that is asked', async () => {
    const { clock, bus, device } = setUp({ pollIntervalMs: 5000 });
    await clock.tick(1000);
    await device.pause(3_600_000);
    await device.pause(0);
    await clock.tick(1000);
    assert.deepEqual([bus.state.phase, device.condition.phase], ['ready', 'fresh']);
    await device.pause(0);
    assert.equal(bus.state.phase, 'ready');
  });

  it('is released for the time that was said last', async () => {
    const { clock, bus, device } = setUp({ pollIntervalMs: 5000 });
    await clock.tick(1000);
    await device.pause(10_000);
    await clock.tick(5000);
    await device.pause(10_000);
    await clock.tick(9000);
    assert.equal(bus.state.phase, 'paused');
    await clock.tick(2000);
    assert.equal(bus.state.phase, 'ready');
  });

  it('lets the actions of other devices on it end first', async () => {
    const { clock, bus, device } = setUp();
    await clock.tick(100);
    let end: () => void = () => undefined;
    bus.hold(new Promise<void>((_resolve, reject) => (end = () => reject(new Error('not confirmed')))));
    const released = device.pause(60_000);
    await clock.tick(1000);
    assert.equal(bus.state.phase, 'ready');
    end();
    await released;
    assert.equal(bus.state.phase, 'paused');
  });

  it('lets an action end first', async () => {
    const { clock, link, device, pack } = setUp({ allowControl: true });
    await codeOf(Promise.all([device.read(), clock.tick(1000)]));
    const switched = device.control({ action: 'charge', value: false });
    await clock.tick(1);
    const released = device.pause(60_000);
    await clock.tick(10_000);
    assert.equal((await switched).after, false);
    await released;
    assert.deepEqual([pack.switches.charge, link.openChannels], [false, 0]);
  });

  it('can be released before it was ever open, while it is being opened, and while it cannot be opened', async () => {
    const opening = setUp({ pollIntervalMs: 5000 });
    await opening.device.pause(10_000);
    await opening.clock.tick(9000);
    assert.equal(opening.link.openChannels, 0);
    await opening.clock.tick(2000);
    assert.equal(opening.device.condition.phase, 'fresh');

    const refused = setUp({ pollIntervalMs: 5000 });
    refused.link.refuse = new BmsError('not_found', say`out of range`);
    await refused.clock.tick(30_000);
    const attempts = refused.link.rates.length;
    await refused.device.pause(60_000);
    await refused.clock.tick(59_000);
    assert.equal(refused.link.rates.length, attempts);
    assert.equal(refused.device.condition.phase, 'paused');
  });

  it('rests after that when it is open on demand', async () => {
    const { clock, link, bus, device, readings } = setUp({ onDemand: true, pollIntervalMs: 20_000 });
    await clock.tick(5000);
    await device.pause(60_000);
    await clock.tick(59_000);
    assert.equal(readings.length, 1);
    await clock.tick(5000);
    assert.deepEqual([readings.length, bus.state.phase, device.condition.phase], [2, 'standby', 'fresh']);
    assert.equal(link.openChannels, 0);
  });

  it('is not released by a device that has stopped, nor after it has closed', async () => {
    const { clock, bus, device } = setUp();
    await clock.tick(100);
    await device.pause(60_000);
    await bus.close();
    assert.equal(clock.timers, 0);
    assert.equal(await codeOf(device.pause(1000)), 'closed');
    device.stop();
    assert.equal(await codeOf(device.pause(1000)), 'closed');
  });
});
