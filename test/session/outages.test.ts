import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { daly } from '../../src/codec/daly';
import type { Device } from '../../src/session/device';
import { holdMs } from '../../src/session/device-condition';
import { FakeClock } from '../support/fake-clock';
import { boardOf, deviceOnLine, type LineOptions } from '../support/device-line';

/** For all intervals of these tests. */
const LOST_AFTER_MS = 10_000;

const PULLED = new BmsError('port_not_found', say`the cable was pulled`);

/** A device with its own line, and what its users hear of it. */
function setUp(options: LineOptions = {}, clock = new FakeClock()) {
  const { script } = boardOf(clock, daly);
  const set = deviceOnLine({ clock, script, protocol: daly, address: 1, pollIntervalMs: 5000, ...options });
  const { device, bus, phases } = set;
  const readings: number[] = [];
  const complaints: string[] = [];
  const remarks: string[] = [];
  device.readings.subscribe(() => readings.push(clock.monotonic()));
  bus.stability.unstable.subscribe(({ message }) => complaints.push(message));
  bus.remarks.subscribe((remark) => remarks.push(String(remark)));
  const times = (phase: string): number => phases.filter((entry) => entry === phase).length;
  return { ...set, readings, complaints, remarks, times };
}

const phaseOf = ({ condition }: Device): string => condition.phase;

/** Calls an action again and again. @returns ends it */
function every(clock: FakeClock, ms: number, action: () => void): () => void {
  let timer = clock.after(ms, again);
  function again(): void {
    action();
    timer = clock.after(ms, again);
  }
  return () => timer.cancel();
}

describe('an outage', () => {
  it('is none when the line is back within ten seconds', async () => {
    const { clock, link, phases, times } = setUp();
    await clock.tick(21_000);
    link.refuse = PULLED;
    link.drop();
    await clock.tick(4000);
    link.refuse = undefined;
    await clock.tick(20_000);
    assert.equal(times('lost'), 0);
    assert.deepEqual([...new Set(phases)], ['connecting', 'fresh', 'retrying']);
    assert.equal(phases.at(-1), 'fresh');
  });

  it('is told after two polls in vain, at least 3 and at most 10 s', () => {
    assert.deepEqual([0, 100, 1000, 2000, 5000, 600_000].map(holdMs), [10_000, 3000, 3000, 4000, 10_000, 10_000]);
  });

  it('is told with what it began with', async () => {
    const { clock, link, device } = setUp();
    await clock.tick(21_000);
    link.refuse = PULLED;
    link.drop();
    await clock.tick(LOST_AFTER_MS);
    assert.equal(device.condition.phase === 'lost' && device.condition.error.code, 'disconnected');
  });

  it('is told soon after a plug was pulled, and ends with the first reading', async () => {
    const { clock, link, device, times } = setUp();
    await clock.tick(61_000);
    link.refuse = PULLED;
    link.drop();
    await clock.tick(LOST_AFTER_MS);
    assert.equal(phaseOf(device), 'lost');
    await clock.tick(60_000);
    link.refuse = undefined;
    await clock.tick(30_500);
    assert.equal(phaseOf(device), 'fresh');
    assert.equal(times('lost'), 1);
  });

  it('is told at once of a device that was never there', async () => {
    const { clock, link, device } = setUp();
    link.script = () => undefined;
    await clock.tick(10_000);
    assert.equal(phaseOf(device), 'lost');
  });

  it('leaves no timer when the device is stopped in the meantime', async () => {
    const { clock, link, bus, device } = setUp();
    await clock.tick(21_000);
    link.refuse = PULLED;
    link.drop();
    await clock.tick(2000);
    device.stop();
    void bus.close();
    await clock.tick(3000);
    assert.equal(clock.timers, 0);
  });

  describe('of a device that is polled by nobody', () => {
    it('is over when the line is open again', async () => {
      const { clock, link, device, phases } = setUp({ pollIntervalMs: 0 });
      await clock.tick(1000);
      link.refuse = PULLED;
      link.drop();
      await clock.tick(30_000);
      assert.equal(phaseOf(device), 'lost');
      link.refuse = undefined;
      await clock.tick(30_000);
      assert.deepEqual([...new Set(phases)], ['connecting', 'reachable', 'retrying', 'lost']);
      assert.equal(phases.at(-1), 'reachable');
    });

    it('is none when the line comes back soon: no red between two greys', async () => {
      const { clock, link, times } = setUp({ pollIntervalMs: 0 });
      for (let i = 0; i < 10; i++) {
        await clock.tick(40_000);
        link.drop();
      }
      assert.equal(times('lost'), 0);
    });
  });
});

describe('a bridge that closes connections on which nothing is asked', () => {
  for (const [pollIntervalMs, reads] of [
    [15_000, 20],
    [0, 0],
  ] as const) {
    it(`loses no device that is polled every ${pollIntervalMs / 1000} s, nor is it read more often`, async () => {
      const { clock, link, bus, phases, readings, times, complaints, remarks } = setUp({ pollIntervalMs });
      const script = link.script;
      let close = clock.after(4000, () => link.hangUp());
      link.script = (request, reply) => {
        close.cancel();
        close = clock.after(4000, () => link.hangUp());
        script(request, reply);
      };
      await clock.tick(300_000 - 1);
      assert.deepEqual([times('lost'), times('retrying')], [0, 0], phases.join());
      assert.equal(readings.length, reads);
      assert.deepEqual(complaints, []);
      if (reads > 0) assert.equal(bus.state.phase, 'standby');
      assert.equal(remarks.length, reads > 0 ? 1 : 0);
    });
  }

  it('is an outage when it cannot be opened again', async () => {
    const { clock, link, device, times } = setUp({ pollIntervalMs: 15_000 });
    await clock.tick(5000);
    link.refuse = new BmsError('port_not_found', say`nothing listens`);
    link.hangUp();
    await clock.tick(9000);
    assert.equal(phaseOf(device), 'fresh');
    await clock.tick(1100 + LOST_AFTER_MS);
    assert.equal(phaseOf(device), 'lost');
    link.refuse = undefined;
    await clock.tick(60_000);
    assert.deepEqual([phaseOf(device), times('lost')], ['fresh', 1]);
  });

  it('is one that has nothing to say before it closes', async () => {
    const { clock, link, device, bus } = setUp();
    link.script = () => undefined;
    const opened = bus.changed.subscribe((state) => {
      if (state.phase === 'ready') clock.after(100, () => link.hangUp());
    });
    await clock.tick(60_000);
    assert.equal(phaseOf(device), 'lost');
    assert.ok(link.opened <= 13, `${link.opened} connections`);
    opened();
  });

  it('is asked on a new connection when somebody asks', async () => {
    const { clock, link, device } = setUp({ pollIntervalMs: 0 });
    const first = device.read();
    await clock.tick(3000);
    await first;
    link.hangUp();
    await clock.tick(100_000);
    assert.equal(link.opened, 1);
    const second = device.read();
    await clock.tick(3000);
    assert.equal((await second).sequence, 2);
    assert.equal(link.opened, 2);
  });
});

describe('a line that keeps falling', () => {
  it('is told once, with what it looks like, and makes no storm', async () => {
    const { clock, link, readings, times, complaints } = setUp();
    const end = every(clock, 4000, () => link.drop());
    await clock.tick(300_000);
    end();
    assert.equal(complaints.length, 1);
    assert.match(complaints[0] ?? '', /several times a minute: .*(loose|restarts)/);
    assert.ok(times('lost') <= 1, `${times('lost')} outages`);
    assert.ok(readings.length <= 62, `${readings.length} readings in 60 intervals`);
    assert.ok(link.opened <= 30, `${link.opened} connections`);
  });

  it('is good again when it has held for two polls', async () => {
    const { clock, link, device, times } = setUp();
    const end = every(clock, 2500, () => link.drop());
    await clock.tick(300_000);
    assert.equal(phaseOf(device), 'lost');
    end();
    await clock.tick(60_000);
    assert.equal(phaseOf(device), 'fresh');
    assert.equal(times('lost'), 1);
  });

  it('goes on backing off until it has held', async () => {
    const { clock, link, bus } = setUp({ pollIntervalMs: 600_000 });
    bus.changed.subscribe((state) => {
      if (state.phase === 'ready') clock.after(2000, () => link.drop());
    });
    await clock.tick(600_000);
    assert.ok(link.opened <= 40, `${link.opened} connections`);
  });

  it('begins its back-off anew after it has held, also when it was closed by our own wish since', async () => {
    const { clock, link, bus } = setUp();
    link.refuse = PULLED;
    link.drop();
    await clock.tick(120_000);
    link.refuse = undefined;
    await clock.tick(120_000);
    assert.equal(bus.state.phase, 'ready');
    void bus.pause(1000);
    await clock.tick(1010);
    assert.equal(bus.state.phase, 'ready');
    link.drop();
    await clock.tick(600);
    assert.equal(bus.state.phase, 'ready');
  });

  it('leaves two masters on a bridge that takes one their readings, each with one error at most', async () => {
    const clock = new FakeClock(3);
    const masters = [setUp({}, clock), setUp({ pollPhase: 0.3 }, clock)];
    // The bridge ends the connection of the one when the other comes.
    for (const [place, { bus }] of masters.entries()) {
      bus.changed.subscribe((state) => {
        if (state.phase === 'ready') masters[1 - place]?.link.hangUp();
      });
    }
    await clock.tick(300_000);
    for (const { link, times, complaints, readings } of masters) {
      assert.ok(times('lost') <= 1, `${times('lost')} outages`);
      assert.ok(complaints.length <= 1, `${complaints.length} complaints`);
      assert.ok(readings.length >= 30, `${readings.length} readings`);
      assert.ok(link.opened <= 80, `${link.opened} connections`);
    }
  });
});
