import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import { daly } from '../../src/codec/daly';
import { dalyModbus } from '../../src/codec/daly-modbus';
import { jbd } from '../../src/codec/jbd';
import { jbdUp16s } from '../../src/codec/jbd-up16s';
import type { Protocol } from '../../src/codec/protocol';
import { sinowealth } from '../../src/codec/sinowealth';
import { usualAddresses } from '../../src/session/line-needs';
import { FakeClock } from '../support/fake-clock';
import { boardOf, deviceOnLine } from '../support/device-line';
import type { Script } from '../support/scripted-link';

type Mischief = 'none' | 'silent' | 'damaged' | 'gone';

/** A device on a simulated pack that may fail to answer one of its queries. */
function setUp(protocol: Protocol, name: string) {
  const clock = new FakeClock();
  const { pack } = boardOf(clock, protocol, { cells: 16, seed: 5 });
  const address = usualAddresses(protocol, false)[0];
  const query = protocol.queries.find((entry) => entry.name === name);
  assert.ok(query, name);
  const request = query.request({ address, memory: {} }).toString('hex');
  const state = { mischief: 'none' as Mischief, asked: 0 };
  const script: Script = (bytes, reply) => {
    const said = protocol.emulate(bytes)?.answer(pack.read());
    const isIt = bytes.toString('hex') === request;
    if (isIt) state.asked++;
    if (said === undefined || state.mischief === 'gone' || (isIt && state.mischief === 'silent')) return;
    if (isIt && state.mischief === 'damaged') said[5] = (said[5] ?? 0) ^ 1;
    reply(said);
  };
  const set = deviceOnLine({ clock, script, protocol, address, pollIntervalMs: 5000 });
  return { ...set, state, reading: () => set.device.last?.reading ?? {} };
}

const BALANCING = 'balancing cells (97)';
const MODEL = 'model (05)';
const COUNTERS = 'event counters (aa)';
const VERSION = 'version of a D2 board (00a9)';
const PRODUCT = 'product information (2810)';
const EXTENDED = 'extended status of a D2 board (003e)';

describe('Reader', () => {
  it('leaves alone what the board never answers, for longer each time', async () => {
    const { clock, state } = setUp(daly, BALANCING);
    state.mischief = 'silent';
    const tries = 1 + daly.profile.retries;
    await clock.tick(29_000);
    assert.equal(state.asked, 5 * tries);
    await clock.tick(60_000);
    assert.equal(state.asked, 6 * tries);
    await clock.tick(3_600_000);
    assert.ok(state.asked < 17 * tries, `${state.asked} requests in an hour`);
  });

  it('gives out what is there as soon as the board lets it wait, and the rest when that has come', async () => {
    const { clock, snapshots: readings, state } = setUp(daly, BALANCING);
    state.mischief = 'silent';
    await clock.tick(4900);
    const [first, second] = readings;
    assert.equal(readings.length, 2);
    assert.ok(first !== undefined && first.duration <= 2 * (daly.profile.timeoutMs + 200), `${first?.duration} ms`);
    assert.deepEqual(
      [first.reading.soc === undefined, first.reading.cellVoltages?.length, first.reading.alarms],
      [false, 16, undefined],
    );
    assert.deepEqual(second?.reading.alarms, []);
    assert.ok((second?.duration ?? 0) > first.duration);
  });

  it('asks again after half a minute what the board has answered before', async () => {
    const { clock, state, reading } = setUp(daly, BALANCING);
    await clock.tick(6000);
    state.mischief = 'silent';
    await clock.tick(600_000);
    assert.equal(reading().balancing, undefined);
    assert.equal(reading().soc === undefined, false);
    state.mischief = 'none';
    await clock.tick(36_000);
    assert.equal(reading().balancing, false);
  });

  it('takes one silence for a no only until the board has answered', async () => {
    const { clock, state, link, reading } = setUp(dalyModbus, EXTENDED);
    await clock.tick(6000);
    assert.notEqual(reading().mosTemperature, undefined);
    state.mischief = 'silent';
    await clock.tick(10_000);
    assert.equal(reading().mosTemperature, undefined);
    state.mischief = 'none';
    await clock.tick(10_000);
    assert.notEqual(reading().mosTemperature, undefined);
    // Also on the next connection: mostly the same board is there.
    state.mischief = 'silent';
    link.drop();
    await clock.tick(10_000);
    state.mischief = 'none';
    await clock.tick(10_000);
    assert.notEqual(reading().mosTemperature, undefined);
  });

  it('does not take a damaged answer for a no', async () => {
    const { clock, state, reading } = setUp(dalyModbus, EXTENDED);
    state.mischief = 'damaged';
    await clock.tick(12_000);
    assert.equal(reading().mosTemperature, undefined);
    state.mischief = 'none';
    await clock.tick(5000);
    assert.notEqual(reading().mosTemperature, undefined);
  });

  it('asks a board that was lost afresh who it is: it may be another', async () => {
    const { clock, state, device } = setUp(jbd, MODEL);
    await clock.tick(60_000);
    // Who a board is has to be told twice where a sum protects it.
    assert.equal(state.asked, 2);
    state.mischief = 'gone';
    await clock.tick(25_000);
    assert.equal(device.condition.phase, 'lost');
    state.mischief = 'none';
    await clock.tick(60_000);
    assert.equal(state.asked, 3);
  });

  it('asks who a board is again now and then, where a sum protects it', async () => {
    const { clock, state } = setUp(jbd, MODEL);
    await clock.tick(540_000);
    assert.equal(state.asked, 2);
    await clock.tick(120_000);
    assert.equal(state.asked, 3);
    const strong = setUp(dalyModbus, VERSION);
    await strong.clock.tick(1_200_000);
    assert.equal(strong.state.asked, 1);
  });

  it('lets the answer win that is declared to be the more exact one, whichever comes last', async () => {
    const { clock, device, reading } = setUp(jbdUp16s, PRODUCT);
    await clock.tick(10_000);
    const polled = reading().softwareVersion;
    const asked = device.read();
    await clock.tick(10_000);
    assert.match(polled ?? '', /^\d+\.\d+\.\d+$/);
    assert.equal((await asked).reading.softwareVersion, polled);
  });

  it('does not repeat counters that it could not read again', async () => {
    const { clock, state, reading } = setUp(jbd, COUNTERS);
    await clock.tick(50_000);
    assert.notEqual(reading().errorCounts, undefined);
    state.mischief = 'silent';
    await clock.tick(30_000);
    assert.equal(reading().errorCounts, undefined);
  });

  it('does not answer a request for everything with old counters', async () => {
    const { clock, state, device } = setUp(jbd, COUNTERS);
    await clock.tick(6000);
    state.mischief = 'silent';
    const asked = device.read();
    await clock.tick(6000);
    const { reading } = await asked;
    assert.equal(reading.errorCounts, undefined);
    assert.notEqual(reading.softwareVersion, undefined);
  });
});

describe('Reader: what one answer tells and another needs', () => {
  /** A Sinowealth board of four cells, some of whose registers are silent. */
  function board() {
    const clock = new FakeClock();
    const { pack } = boardOf(clock, sinowealth, { cells: 4, seed: 5 });
    const state: { asked: number[]; isSilent(register: number): boolean } = { asked: [], isSilent: () => false };
    const script: Script = (bytes, reply) => {
      const register = bytes.readUInt8(1);
      state.asked.push(register);
      if (!state.isSilent(register)) reply(sinowealth.emulate(bytes)?.answer(pack.read()) ?? Buffer.alloc(0));
    };
    const { device } = deviceOnLine({ clock, script, protocol: sinowealth, address: 0, pollIntervalMs: 60_000 });
    let untilPolled = 30_000;
    const next = async (): Promise<Reading> => {
      state.asked = [];
      await clock.tick(untilPolled);
      untilPolled = 60_000;
      return device.last?.reading ?? {};
    };
    return { state, next, device };
  }

  const CONFIGURATION = 0x17;

  it('counts the cells of a board that never tells their number', async () => {
    const { state, next } = board();
    state.isSilent = (register) => register === CONFIGURATION;
    assert.equal((await next()).cellVoltages?.length, 4);
  });

  it('does not count those of a board that has told it, and does not now', async () => {
    const { state, next, device } = board();
    assert.equal((await next()).cellVoltages?.length, 4);
    state.isSilent = () => true;
    await next();
    assert.equal(device.condition.phase, 'lost');
    state.isSilent = (register) => register === CONFIGURATION || register === 3;
    const { voltage, cellVoltages, temperatures } = await next();
    assert.deepEqual([voltage === undefined, cellVoltages, temperatures], [false, undefined, undefined]);
    state.isSilent = () => false;
    assert.equal((await next()).cellVoltages?.length, 4);
  });

  it('makes no list of the values of two reads', async () => {
    const { state, next } = board();
    await next();
    state.isSilent = (register) => register === 3;
    assert.equal((await next()).cellVoltages, undefined);
    state.isSilent = (register) => register === 1;
    assert.equal((await next()).cellVoltages, undefined);
    assert.ok([2, 3, 4].every((register) => !state.asked.includes(register)));
  });
});
