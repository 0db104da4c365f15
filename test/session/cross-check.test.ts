import assert from 'node:assert/strict';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import { protocolById } from '../../src/codec';
import { Bus } from '../../src/session/bus';
import { Device, type Snapshot } from '../../src/session/device';
import { usualAddresses } from '../../src/session/line-needs';
import { FakeClock } from '../support/fake-clock';
import { ChangingPack } from '../support/faults/changing-pack';
import { ScriptedLink } from '../support/scripted-link';
import type { Reading } from '../../src/battery/reading';

function protocolOf(id: string): Protocol {
  const found = protocolById(id);
  assert.ok(found, id);
  return found;
}

const INTERVAL_MS = 5000;

/** A device on a board whose pack, and whose answers, can be changed. */
function setUp(protocol: Protocol, cells = 16) {
  const clock = new FakeClock();
  const pack = new ChangingPack(cells, 7);
  const state = {
    /** what is not as the pack would have it */
    change: {} as Reading,
    /** the next answers to this request, as they come out of the line */
    damage: undefined as ((answer: Buffer, request: Buffer) => Buffer | undefined) | undefined,
    still: false,
  };
  let moment = 1;
  const answerOf = (request: Buffer): Buffer | undefined => {
    if (!state.still) moment = pack.pass().moment;
    const reading = Object.assign({}, pack.at(moment), state.change);
    return protocol.emulate(request)?.answer(reading);
  };
  const link = new ScriptedLink(clock, (request, reply) => {
    const said = answerOf(request);
    if (said !== undefined && said.length > 0) reply(state.damage?.(Buffer.from(said), request) ?? said, 20);
    const next = protocol.emulate(request)?.stream;
    if (next !== undefined) stream(next);
  });
  let streaming = false;
  function stream({ everyMs, next }: { everyMs: number; next(pack: Reading): Buffer }): void {
    if (streaming) return;
    streaming = true;
    const go = (): void => {
      moment = pack.pass().moment;
      link.say(next(Object.assign({}, pack.at(moment), state.change)).toString('hex'));
      clock.after(everyMs, go);
    };
    clock.after(everyMs, go);
  }
  const bus = new Bus({ link, clock });
  const address = usualAddresses(protocol, false)[0];
  const device = new Device({ name: 'Bank', bus, protocol, address, pollIntervalMs: INTERVAL_MS, clock });
  const snapshots: Snapshot[] = [];
  device.readings.subscribe((snapshot) => snapshots.push(snapshot));
  device.start();
  bus.open();
  // The polls lie in the middle between two looks.
  let untilLook = INTERVAL_MS / 2;
  const poll = async (): Promise<{ reading: Reading; requests: number }> => {
    const before = link.sent.length;
    await clock.tick(untilLook);
    untilLook = INTERVAL_MS;
    return { reading: snapshots.at(-1)?.reading ?? {}, requests: link.sent.length - before };
  };
  return { clock, device, link, pack, poll, snapshots, state };
}

const SMALL: Readonly<Record<string, number>> = { sinowealth: 8 };

describe('cross-check', () => {
  for (const protocol of PROTOCOLS) {
    const { id } = protocol;

    it(`costs no request on a good line: ${id}`, async () => {
      const { poll } = setUp(protocol, SMALL[id]);
      await poll();
      const { requests } = await poll();
      const fast = protocol.queries.filter(({ group }) => group === 'fast' || group === 'cells');
      assert.ok(requests <= fast.length, `${requests} requests for ${fast.length} queries`);
      for (let i = 0; i < 8; i++) assert.equal((await poll()).requests, requests);
    });

    it(`lets a sudden change through with the first poll that sees it: ${id}`, async () => {
      const { poll, state } = setUp(protocol, SMALL[id]);
      await poll();
      const before = (await poll()).reading;
      const cells = before.cellVoltages ?? [];
      // A heavy load, and a cell that fails.
      const cellVoltages = cells.map((_, i) => (i === 2 ? 2.5 : 3.05));
      const voltage = Math.round(10 * cellVoltages.reduce((sum, cell) => sum + cell, 0)) / 10;
      state.change = { cellVoltages, voltage, current: -120 };
      const { reading } = await poll();
      assert.ok(Math.abs((reading.cellVoltages?.[2] ?? 0) - 2.5) < 0.01, String(reading.cellVoltages));
      assert.ok(Math.abs((reading.current ?? 0) + 120) < 1, String(reading.current));
      if (reading.voltage !== undefined) assert.ok(Math.abs(reading.voltage - voltage) < 0.2, String(reading.voltage));
    });
  }
});

/** Bytes of an answer that change places, or rise and fall by the same: its sum stays. */
function swap(answer: Buffer, a: number, b: number): Buffer {
  const [first = 0, second = 0] = [answer[a], answer[b]];
  answer[a] = second;
  answer[b] = first;
  return answer;
}

describe('an answer whose sum holds, and which is damaged', () => {
  /** Damages the next `times` answers that begin with `start`. */
  function once(start: string, damage: (answer: Buffer) => Buffer, times = 1) {
    let left = times;
    return (answer: Buffer): Buffer =>
      answer.toString('hex').startsWith(start) && left-- > 0 ? damage(answer) : answer;
  }

  it('does not change the voltage of a Daly pack', async () => {
    const { poll, state } = setUp(protocolOf('daly'));
    await poll();
    const { reading: before, requests } = await poll();
    state.damage = once('a50190', (answer) => swap(answer, 4, 5));
    const after = await poll();
    assert.ok(Math.abs((after.reading.voltage ?? 0) - (before.voltage ?? 0)) < 2, `${after.reading.voltage} V`);
    assert.equal(after.requests, requests + 1);
  });

  it('is not taken at the first poll either, when the cells deny it', async () => {
    const { poll, state } = setUp(protocolOf('daly'));
    state.damage = once('a50190', (answer) => swap(answer, 4, 5));
    const { reading } = await poll();
    const sum = (reading.cellVoltages ?? []).reduce((total, cell) => total + cell, 0);
    assert.ok(Math.abs((reading.voltage ?? 0) - sum) < 1.5, `${reading.voltage} V, cells ${sum} V`);
  });

  it('does not stay as the capacity of a Daly pack for ever', async () => {
    const { poll, state } = setUp(protocolOf('daly'));
    state.damage = once('a50150', (answer) => swap(answer, 5, 6));
    assert.equal((await poll()).reading.designCapacity, 100);
  });

  it('does not stay as the model of a JBD pack', async () => {
    const { poll, state, pack } = setUp(protocolOf('jbd'));
    state.damage = once('dd05', (answer) => swap(answer, 5, 6));
    assert.equal((await poll()).reading.model, pack.at(1).model);
  });

  it('leaves open who a board is that has given another answer, when it is not heard again', async () => {
    const { clock, poll, state, pack } = setUp(protocolOf('jbd'));
    assert.equal((await poll()).reading.model, pack.at(1).model);
    await clock.tick(600_000);
    let times = 0;
    state.damage = (answer) => {
      if (answer[1] !== 0x05) return answer;
      return times++ === 0 ? swap(answer, 5, 6) : answer.subarray(0, 1);
    };
    await clock.tick(60_000);
    assert.ok(times > 1);
    const { reading } = await poll();
    assert.deepEqual([reading.model, reading.voltage !== undefined], [undefined, true]);
    state.damage = undefined;
    await clock.tick(60_000);
    assert.equal((await poll()).reading.model, pack.at(1).model);
  });

  it('does not change the number of cells of a JBD pack', async () => {
    const { poll, state } = setUp(protocolOf('jbd'));
    await poll();
    state.damage = once('dd03', (answer) => {
      answer[25] = (answer[25] ?? 0) - 2;
      answer[24] = (answer[24] ?? 0) + 2;
      return answer;
    });
    const { reading } = await poll();
    assert.deepEqual([reading.cellCount, reading.cellVoltages?.length], [16, 16]);
  });

  it('is left out when each answer is another one, and only for so long', async () => {
    const { poll, state } = setUp(protocolOf('daly'));
    await poll();
    let count = 0;
    state.damage = (answer) => {
      if (answer[2] !== 0x90) return answer;
      answer.writeUInt16BE(200 + ((170 * count++) % 1500), 4);
      answer[12] = answer.subarray(0, 12).reduce((sum, byte) => sum + byte, 0) & 0xff;
      return answer;
    };
    const { reading } = await poll();
    assert.deepEqual([reading.voltage, reading.cellCount], [undefined, 16]);
    await poll();
    assert.notEqual((await poll()).reading.voltage, undefined);
  });
});

describe('half an answer', () => {
  it('is no reading: who a board is says nothing of how it is', async () => {
    const { clock, device, link, snapshots } = setUp(protocolOf('jk-ble'));
    const script = link.script;
    link.script = (request, reply) => request[4] === 0x97 && script(request, reply);
    const asked = device.read().catch((error: unknown) => error);
    await clock.tick(60_000);
    const error = await asked;
    assert.ok(error instanceof Error && 'code' in error);
    assert.equal(error.code, 'timeout');
    assert.match(error.message, /answers with its identity/);
    assert.equal(snapshots.length, 0);
    assert.equal(device.condition.phase, 'lost');
  });
});
