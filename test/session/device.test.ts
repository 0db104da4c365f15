import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { daly } from '../../src/codec/daly';
import { jbd } from '../../src/codec/jbd';
import { sinowealth } from '../../src/codec/sinowealth';
import { Device, type Condition, type Snapshot } from '../../src/session/device';
import { answers, type Script } from '../support/scripted-link';
import { loadVector } from '../support/vectors';
import { deviceOnLine, type LineOptions } from '../support/device-line';

/** A whole captured poll cycle of a 14S pack: request -> answer, as hex. */
const CAPTURE = Object.fromEntries(
  loadVector('daly', 'rs485-14s-idle-full-poll').exchanges.map(({ tx, rx }) => [tx, rx.join('')]),
);
const EXPECTED = loadVector('daly', 'rs485-14s-idle-full-poll').expect;
const ID = { summary: 'a540900800000000000000007d', balancing: 'a5409708000000000000000084' };

function without(...requests: string[]): Record<string, string | undefined> {
  return { ...CAPTURE, ...Object.fromEntries(requests.map((request) => [request, undefined])) };
}

function setUp(options: LineOptions = {}) {
  return deviceOnLine({ script: answers(CAPTURE), protocol: daly, address: 1, ...options });
}

function codeOf(promise: Promise<Snapshot>): Promise<string> {
  return promise.then(
    (snapshot) => `reading ${snapshot.sequence}`,
    (error: unknown) => (error instanceof BmsError ? error.code : String(error)),
  );
}

function phases(conditions: readonly Condition[]): string[] {
  return conditions.map((entry) => (entry.phase === 'lost' ? `lost: ${entry.error.code}` : entry.phase));
}

describe('Device', () => {
  it('listens to nothing once it is stopped', async () => {
    const { clock, bus, device } = setUp({ protocol: undefined });
    const listeners = (): number[] =>
      [bus.changed, bus.stability.unstable, bus.stability.stabilised, bus.modes.recalled, device.found].map(
        ({ size }) => size,
      );
    const [changed = 0, ...others] = listeners();
    assert.ok(changed > 0 && others.every((size) => size > 0));
    await clock.tick(10_000);
    device.stop();
    assert.deepEqual(listeners(), [0, 0, 0, 0, 0]);
    device.start();
    assert.deepEqual(listeners(), [changed, ...others]);
  });

  it('reads every group and completes the reading', async () => {
    const { read } = setUp();
    const snapshot = await read(10_000);
    const { alarms, ...values } = EXPECTED;
    for (const [key, value] of Object.entries(values)) {
      assert.deepEqual(snapshot.reading[key as keyof typeof snapshot.reading], value, key);
    }
    assert.deepEqual(snapshot.reading.alarms, alarms);
    assert.equal(snapshot.reading.cellVoltageMin, 3.74);
    assert.equal(snapshot.reading.power, 0);
    assert.equal(snapshot.device, 'Bank');
    assert.equal(snapshot.protocol, 'daly');
    assert.equal(snapshot.address, 1);
    assert.equal(snapshot.sequence, 1);
    assert.ok(snapshot.timestamp >= Date.UTC(2026, 0, 1));
    assert.ok(snapshot.duration > 0);
  });

  it('sends equal reads of several askers once over the wire', async () => {
    const { clock, link, device } = setUp();
    const asked = [codeOf(device.read()), codeOf(device.read()), codeOf(device.read())];
    await clock.tick(10_000);
    assert.deepEqual(await Promise.all(asked), ['reading 1', 'reading 1', 'reading 1']);
    assert.equal(link.sent.filter((hex) => hex === ID.summary).length, 1);
  });

  it('polls at once and then at its phase of the interval, also when the line is back', async () => {
    const { clock, link, snapshots } = setUp({ pollIntervalMs: 20_000, pollPhase: 0.4 });
    const begins = (): number[] =>
      snapshots.map(({ timestamp, duration }) => timestamp - duration - Date.UTC(2026, 0, 1));
    await clock.tick(60_000);
    // The first time at once what has come while this board leaves requests unanswered, then the rest.
    assert.deepEqual(begins(), [0, 0, 12_000, 32_000, 52_000]);
    link.drop();
    await clock.tick(40_000);
    assert.deepEqual(begins().slice(5), [72_000, 72_000, 92_000]);
  });

  it('polls as soon as the line is back when a poll was missed meanwhile, and then on the grid', async () => {
    const { clock, link, snapshots } = setUp({ pollIntervalMs: 20_000, pollPhase: 0.4 });
    const begins = (): number[] =>
      snapshots.map(({ timestamp, duration }) => timestamp - duration - Date.UTC(2026, 0, 1));
    await clock.tick(60_000);
    link.refuse = new BmsError('port_not_found', say`the cable was pulled`);
    link.drop();
    await clock.tick(20_000);
    link.refuse = undefined;
    await clock.tick(40_000);
    const [back = NaN, again = NaN, ...then] = begins().slice(5);
    assert.equal(again, back);
    assert.ok(back > 80_000 && back < 100_000, `${back}`);
    assert.ok(then.length > 0 && then.every((at) => Math.round(at - 12_000) % 20_000 === 0), String(then));
  });

  it('polls on a grid, and a request during a poll follows it', async () => {
    const { clock, snapshots, read } = setUp({ pollIntervalMs: 5000 });
    await clock.tick(1);
    assert.equal(await codeOf(read(20_500)), 'reading 3');
    assert.deepEqual(
      snapshots.map(({ requested }) => requested),
      [false, false, true, false, false, false, false],
    );
    const starts = snapshots.slice(3).map(({ timestamp, duration }) => (timestamp - duration) % 5000);
    assert.ok(
      starts.every((start) => start < 5),
      String(starts),
    );
  });

  it('never overlaps polls: one that takes longer than the interval skips to the next point of the grid', async () => {
    const { clock, link, snapshots } = setUp({ pollIntervalMs: 500 });
    link.script = (request, reply) => reply(CAPTURE[request.toString('hex')] ?? '', 120);
    await clock.tick(10_000);
    assert.ok(snapshots.length >= 3);
    const starts = snapshots.map(({ timestamp, duration }) => (timestamp - duration) % 500);
    assert.ok(
      starts.every((start) => start < 5 || start > 495),
      String(starts),
    );
    // The second one completes the first.
    for (let i = 2; i < snapshots.length; i++) {
      const [before, now] = [snapshots[i - 1], snapshots[i]];
      assert.ok(before && now && now.timestamp - now.duration >= before.timestamp);
    }
  });

  it('asks identity twice where a sum protects it, and once more after a reconnect', async () => {
    const { clock, link, snapshots } = setUp({ pollIntervalMs: 1000 });
    const identity = 'a540500800000000000000003d';
    link.script = answers({ ...CAPTURE, [identity]: 'a50150080000753000000e10c1' });
    const asked = (): number => link.sent.filter((hex) => hex === identity).length;
    await clock.tick(60_000);
    assert.equal(asked(), 2);
    assert.equal(snapshots.at(-1)?.reading.designCapacity, 30);
    link.drop();
    await clock.tick(20_000);
    assert.equal(asked(), 3);
    assert.equal(snapshots.at(-1)?.reading.designCapacity, 30);
  });

  it('reads the cells with every k-th poll only, and always when asked', async () => {
    const { clock, link, device, snapshots } = setUp({ pollIntervalMs: 1000, cellsEvery: 3 });
    const cells = 'a5409508000000000000000082';
    const asked = (): number => link.sent.filter((hex) => hex === cells).length;
    await clock.tick(30_500);
    assert.ok(Math.abs(asked() - snapshots.length / 3) <= 1, `${asked()} times in ${snapshots.length} polls`);
    assert.ok(snapshots.every(({ reading }) => reading.cellVoltages?.length === 14));
    const before = asked();
    const reading = device.read();
    await clock.tick(400);
    await reading;
    assert.equal(asked(), before + 1);
    link.script = answers(without(cells));
    await clock.tick(30_500);
    assert.equal(snapshots.at(-1)?.reading.cellVoltages, undefined);
  });

  it('leaves out what the board does not answer, and keeps the rest', async () => {
    const { link, read } = setUp();
    link.script = answers(without(ID.balancing));
    const { reading: values } = await read(30_000);
    assert.equal(values.balancingCells, undefined);
    assert.equal(values.balancing, undefined);
    assert.equal(values.voltage, 52.8);
    assert.deepEqual(values.alarms, []);
  });

  it('reads a board whose first request stays unanswered', async () => {
    const { clock, link, device, conditions } = setUp({ pollIntervalMs: 5000 });
    link.script = answers(without(ID.summary));
    await clock.tick(60_000);
    assert.equal(device.last?.reading.voltage, undefined);
    assert.equal(device.last?.reading.cellCount, 14);
    assert.ok(!phases(conditions).some((phase) => phase.startsWith('lost')));
    link.drop();
    await clock.tick(60_000);
    assert.deepEqual(
      phases(conditions).filter((phase) => phase.startsWith('lost')),
      [],
    );
    assert.equal(device.condition.phase, 'fresh');
  });

  it('repeats a read that got no or a damaged answer', async () => {
    const { link, device, read } = setUp();
    let turn = 0;
    link.script = (request, reply) => {
      const answer = CAPTURE[request.toString('hex')];
      if (answer === undefined) return;
      const damaged = `${answer.slice(0, 8)}ff${answer.slice(10)}`;
      const choice = turn++ % 3;
      if (choice === 1) reply(damaged);
      else if (choice === 2) reply(answer);
    };
    assert.equal(await codeOf(read(60_000)), 'reading 1');
    assert.deepEqual(device.last?.reading.cellVoltages, EXPECTED['cellVoltages']);
  });

  it('reports silence once, and the return', async () => {
    const { clock, link, conditions } = setUp({ pollIntervalMs: 1000 });
    await clock.tick(10_000);
    link.script = () => undefined;
    await clock.tick(100_000);
    link.script = answers(CAPTURE);
    await clock.tick(5000);
    assert.deepEqual(
      phases(conditions).filter((phase) => phase.startsWith('lost')),
      ['lost: timeout'],
    );
    assert.equal(conditions.at(-1)?.phase, 'fresh');
  });

  it('refuses values that cannot be true', async () => {
    const { link, device, read } = setUp();
    const zeros = loadVector('daly', 'serial-no-data-all-zero').exchanges.map(({ tx, rx }) => [tx, rx.join('')]);
    link.script = answers(Object.fromEntries(zeros) as Record<string, string>);
    assert.equal(await codeOf(read(60_000)), 'malformed');
    assert.equal(device.last, undefined);
  });

  it('fails with the reason when the line does not open', async () => {
    const { link, conditions, read } = setUp({ pollIntervalMs: 1000 });
    link.refuse = new BmsError('port_not_found', say`no such port`);
    assert.equal(await codeOf(read(5000)), 'port_not_found');
    assert.deepEqual(phases(conditions), ['connecting', 'lost: port_not_found']);
  });

  it('settles what is asked and leaves no timer when it stops', async () => {
    const { clock, bus, link, device } = setUp({ pollIntervalMs: 1000 });
    link.script = () => undefined;
    const asked = codeOf(device.read());
    await clock.tick(100);
    device.stop();
    void bus.close();
    await clock.tick(1500);
    assert.equal(await asked, 'closed');
    assert.equal(await codeOf(device.read()), 'closed');
    assert.equal(clock.timers, 0);
    assert.equal(bus.changed.size, 0);
  });

  it('keeps two boards on one line apart', async () => {
    const { clock, link, bus, device } = setUp({ pollIntervalMs: 1000 });
    // Board 2 is board 1 with its own number and 1 V more; sums follow.
    const second = (hex: string): string => {
      const frame = Buffer.from(hex, 'hex');
      for (let at = 0; at < frame.length; at += 13) {
        frame[at + 1] = 2;
        if (frame[at + 2] === 0x90) frame.writeUInt16BE(frame.readUInt16BE(at + 4) + 10, at + 4);
        frame[at + 12] = frame.subarray(at, at + 12).reduce((sum, byte) => (sum + byte) & 0xff, 0);
      }
      return frame.toString('hex');
    };
    const forSecond = (hex: string): string => {
      const frame = Buffer.from(hex, 'hex');
      frame[1] = 0x41;
      frame[12] = ((frame[12] ?? 0) + 1) & 0xff;
      return frame.toString('hex');
    };
    const table: Record<string, string> = { ...CAPTURE };
    for (const [tx, rx] of Object.entries(CAPTURE)) table[forSecond(tx)] = second(rx);
    link.script = answers(table);
    const other = new Device({ name: 'Two', bus, protocol: daly, address: 2, pollIntervalMs: 1000, clock });
    other.start();
    await clock.tick(30_000);
    assert.equal(device.last?.reading.voltage, 52.8);
    assert.equal(other.last?.reading.voltage, 53.8);
    assert.equal(other.last?.address, 2);
  });

  it('turns the current of a board that has it the other way round, with all that follows', async () => {
    for (const invertCurrent of [false, true]) {
      const { link, read } = setUp({ protocol: jbd, address: undefined, invertCurrent });
      link.script = (request, reply) => {
        const pack = { voltage: 50, current: -10, soc: 50, remainingCapacity: 50, designCapacity: 100 };
        const said = jbd.emulate(request)?.answer(pack);
        if (said !== undefined) reply(said);
      };
      const asked = read(10_000);
      const { current, power, state, timeToEmpty, timeToFull } = (await asked).reading;
      const expected = invertCurrent
        ? [10, 500, 'charging', undefined, 18_000]
        : [-10, -500, 'discharging', 18_000, undefined];
      assert.deepEqual([current, power, state, timeToEmpty, timeToFull], expected);
    }
  });

  it('tells once of a board whose state denies the sign of its current', async () => {
    const { clock, link, device } = setUp({ pollIntervalMs: 1000, protocol: sinowealth, address: undefined });
    const told: unknown[] = [];
    device.stateDenied.subscribe(({ reading }) => told.push([reading.state, reading.current]));
    link.script = (request, reply) => {
      const pack = {
        voltage: 26.4,
        current: -5.4,
        state: 'charging' as const,
        cellVoltages: Array(8).fill(3.3) as number[],
      };
      const said = sinowealth.emulate(request)?.answer(pack);
      if (said !== undefined) reply(said);
    };
    await clock.tick(10_000);
    assert.deepEqual(told, [['charging', -5.4]]);
  });

  it('leaves out and counts what cannot be true', async () => {
    const { link, read } = setUp({ protocol: jbd, address: undefined });
    link.script = (request, reply) => {
      const said = jbd.emulate(request)?.answer({ voltage: 52.8, soc: 200, cellVoltages: [3.3, 65.5] });
      if (said !== undefined) reply(said);
    };
    const { reading, link: figures } = await read(10_000);
    assert.deepEqual([reading.voltage, reading.soc, reading.cellVoltages], [52.8, undefined, undefined]);
    assert.deepEqual([figures.impossibleValues, figures.impossibleAnswers], [2, 0]);
  });

  it('goes on counting when a protocol that was found out is searched for anew', async () => {
    const { clock, link, device } = setUp({ protocol: undefined, address: undefined, pollIntervalMs: 5000 });
    const board: Script = (request, reply) => {
      const said = jbd.emulate(request)?.answer({ voltage: 52.8, soc: 200, cellVoltages: [26.4, 26.4] });
      if (said !== undefined) reply(said);
    };
    link.script = board;
    await clock.tick(60_000);
    link.script = () => undefined;
    await clock.tick(1000);
    const before = device.link.impossibleValues;
    assert.ok(before > 0);
    await clock.tick(300_000);
    assert.equal(device.protocol, undefined);
    assert.equal(device.link.impossibleValues, before);
    link.script = board;
    await clock.tick(120_000);
    assert.ok(device.link.impossibleValues > before);
  });

  it('counts answers that are refused because they cannot be true', async () => {
    const { link, read } = setUp();
    const nothing = 'a50190080000000000000000' + '3e';
    link.script = (request, reply) => {
      const known = CAPTURE[request.toString('hex')];
      const asked = request.toString('hex') === ID.summary;
      if (known !== undefined) reply(asked ? nothing : known);
    };
    const { reading, link: figures } = await read(20_000);
    assert.equal(reading.voltage, undefined);
    assert.equal(reading.cellCount, 14);
    assert.ok(figures.impossibleAnswers >= 1, `${figures.impossibleAnswers}`);
  });
});
