import assert from 'node:assert/strict';
import type { BmsError } from '../../src/battery/errors';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import { Bus } from '../../src/session/bus';
import { detect } from '../../src/session/detect';
import { Device, type DeviceOptions } from '../../src/session/device';
import type { Exchange } from '../../src/session/exchange';
import { LateAnswers } from '../../src/session/late-answers';
import { FakeClock } from '../support/fake-clock';
import { letterExchange, letterFrame } from '../support/letters';
import { ScriptedLink } from '../support/scripted-link';
import { boardOf, known } from '../support/device-line';

/** A line behind a bridge, to a board that answers after a time. */
function bridgeTo(protocol: Protocol, latencyMs: number, isNetwork = true) {
  const clock = new FakeClock();
  const own = protocol.address?.initial ?? 0;
  const board = { hears: (address: number) => address === own, more: { model: 'JK_PB2A16S20P' }, delayMs: latencyMs };
  const { script } = boardOf(clock, protocol, board);
  const link = Object.assign(new ScriptedLink(clock, script), { isNetwork, hasOwnRate: isNetwork });
  const bus = new Bus({ link, clock });
  return { clock, bus };
}

function deviceOn(bus: Bus, clock: FakeClock, options: Partial<DeviceOptions> = {}) {
  const base = { name: 'Bank', bus, protocol: undefined, address: undefined, pollIntervalMs: 10_000, clock };
  const device = new Device({ ...base, ...options });
  const errors: BmsError[] = [];
  device.changed.subscribe((condition) => condition.phase === 'lost' && errors.push(condition.error));
  device.start();
  bus.open();
  return { device, errors };
}

describe('a board behind a slow network', () => {
  for (const protocol of PROTOCOLS) {
    for (const latencyMs of [550, 700, 1200, 2400]) {
      it(`is found and read by itself: ${protocol.id}, ${latencyMs} ms late`, async () => {
        const { clock, bus } = bridgeTo(protocol, latencyMs);
        const { device, errors } = deviceOn(bus, clock);
        await clock.tick(90_000);
        assert.equal(device.protocol?.id, protocol.id);
        const before = device.last?.sequence ?? 0;
        // Boards that are asked value by value need long for a reading.
        await clock.tick(240_000);
        assert.equal(device.condition.phase, 'fresh');
        assert.ok((device.last?.sequence ?? 0) - before >= 4, `${(device.last?.sequence ?? 0) - before} readings`);
        assert.ok(errors.length <= 1, errors.map(({ message }) => message).join('\n'));
      });
    }
  }

  it('is read by itself on a serial line too', async () => {
    const { clock, bus } = bridgeTo(known('jbd'), 800, false);
    const { device } = deviceOn(bus, clock, { protocol: known('jbd') });
    await clock.tick(60_000);
    assert.equal(device.condition.phase, 'fresh');
  });

  it('that has less time by the wish of the user is told to be late, and what to do', async () => {
    const { clock, bus } = bridgeTo(known('jbd'), 800);
    const { errors } = deviceOn(bus, clock, { protocol: known('jbd'), timeoutMs: 500 });
    await clock.tick(60_000);
    const [error] = errors;
    assert.deepEqual([error?.code, error?.word], ['timeout', 'too_late']);
    assert.match(error?.message ?? '', /came 800 ms after its request, 300 ms late; raise the timeout/);
  });

  it('that nobody reaches is not searched for longer than a silent one', async () => {
    const waits: number[] = [];
    for (const latencyMs of [1e9, 9000]) {
      const { clock, bus } = bridgeTo(known('jbd'), latencyMs);
      bus.open();
      const base = { bus, protocols: PROTOCOLS, address: undefined, owner: {}, priority: 'request' as const };
      let tookMs: number | undefined;
      void detect({ ...base, isStopped: () => false }).then(
        () => (tookMs = clock.monotonic()),
        () => (tookMs = clock.monotonic()),
      );
      await clock.tick(300_000);
      waits.push(tookMs ?? Infinity);
    }
    const [silent = 0, late = 0] = waits;
    assert.ok(silent < 3000 * PROTOCOLS.length && late < silent + 12_000, waits.join());
  });
});

describe('LateAnswers', () => {
  const frame = letterFrame('A');

  function setUp() {
    const clock = new FakeClock();
    return { clock, late: new LateAnswers(clock), exchange: letterExchange('a', { timeoutMs: 100 }) };
  }

  it('gives half as much again as the latest has taken, five seconds at most', async () => {
    const { clock, late, exchange } = setUp();
    for (const [tookMs, limitMs] of [
      [200, 400],
      [3000, 4600],
      [9000, 5000],
    ] as const) {
      late.gaveUp(exchange, clock.monotonic());
      await clock.tick(tookMs);
      late.data(frame, undefined);
      assert.equal(late.limitMs(exchange), limitMs);
    }
  });

  it('takes for late what comes in pieces, and nothing that is not an answer', async () => {
    const { clock, late, exchange } = setUp();
    late.gaveUp(exchange, clock.monotonic());
    await clock.tick(150);
    late.data(letterFrame('B'), undefined);
    late.data(frame.subarray(0, 2), undefined);
    assert.equal(late.tookMs(exchange), undefined);
    late.data(frame.subarray(2), undefined);
    assert.equal(late.tookMs(exchange), 150);
  });

  it('leaves alone what may answer the request that runs', () => {
    const { clock, late, exchange } = setUp();
    late.gaveUp(exchange, clock.monotonic());
    late.data(frame, letterExchange('a'));
    assert.equal(late.tookMs(exchange), undefined);
    late.data(frame, letterExchange('b'));
    assert.notEqual(late.tookMs(exchange), undefined);
  });

  it('leaves alone what the request that runs is answered with just the same', () => {
    const { clock, late, exchange } = setUp();
    late.gaveUp(exchange, clock.monotonic());
    late.data(frame, { ...letterExchange('a'), name: 'the same in other words' });
    assert.equal(late.tookMs(exchange), undefined);
  });

  it('does not take for late what comes once more of another request', () => {
    const { clock, late, exchange } = setUp();
    late.gaveUp(exchange, clock.monotonic());
    late.answered({ ...letterExchange('a'), name: 'the same in other words' }, 50, [frame]);
    late.data(frame, undefined);
    assert.equal(late.tookMs(exchange), undefined);
  });

  it('learns nothing from an answer that stands in the midst of noise, as it may by chance', () => {
    const { clock, late, exchange } = setUp();
    for (const noise of [Buffer.from('xx'), Buffer.from('#')]) {
      late.gaveUp(exchange, clock.monotonic());
      late.data(Buffer.concat([noise.subarray(0, 2), frame, noise]), undefined);
      assert.equal(late.tookMs(exchange), undefined);
    }
  });

  it('takes for late what comes frame by frame, each in two pieces', () => {
    const { clock, late } = setUp();
    const exchange: Exchange = {
      ...letterExchange('a'),
      match: (_, parts) => (parts.length < 2 ? 'part' : 'complete'),
    };
    late.gaveUp(exchange, clock.monotonic());
    const whole = Buffer.concat([frame, frame, frame]);
    for (const at of [0, 6, 8]) late.data(whole.subarray(at, at === 0 ? 6 : at === 6 ? 8 : undefined), undefined);
    assert.notEqual(late.tookMs(exchange), undefined);
  });

  it('listens no longer than usual to a board that speaks by itself', async () => {
    const { clock, late, exchange } = setUp();
    late.gaveUp(exchange, clock.monotonic());
    await clock.tick(2000);
    late.data(frame, undefined);
    const listening = { ...exchange, request: Buffer.alloc(0) };
    assert.equal(late.limitMs(listening), 100);
    for (let i = 0; i < 3; i++) late.gaveUp(listening, clock.monotonic());
    assert.equal(late.limitMs(exchange), 3100);
  });

  it('waits no longer than usual on a line that has fallen silent, until something comes again', async () => {
    const { clock, late, exchange } = setUp();
    late.gaveUp(exchange, clock.monotonic());
    await clock.tick(2000);
    late.data(frame, undefined);
    const limits = [0, 1, 2].map(() => {
      const limitMs = late.limitMs(exchange);
      late.gaveUp(exchange, clock.monotonic());
      return limitMs;
    });
    assert.deepEqual(limits, [3100, 3100, 100]);
    late.answered(letterExchange('b'), 50);
    assert.equal(late.limitMs(exchange), 3100);
  });

  it('expects nothing after ten seconds, nor over another connection', async () => {
    const { clock, late, exchange } = setUp();
    late.gaveUp(exchange, clock.monotonic());
    await clock.tick(10_000);
    late.data(frame, undefined);
    late.gaveUp(exchange, clock.monotonic());
    late.forget();
    late.data(frame, undefined);
    assert.equal(late.limitMs(exchange), 100);
  });

  it('forgets what it has learnt when the line has been fast for a while', async () => {
    const { clock, late, exchange } = setUp();
    late.gaveUp(exchange, clock.monotonic());
    await clock.tick(2000);
    late.data(frame, undefined);
    for (let i = 0; i < 63; i++) late.answered(exchange, 20);
    assert.equal(late.limitMs(exchange), 3100);
    late.answered(exchange, 20);
    assert.equal(late.limitMs(exchange), 130);
  });

  it('keeps the time that the user has set, and that of a search for others', async () => {
    const { clock, late, exchange } = setUp();
    late.gaveUp(exchange, clock.monotonic());
    await clock.tick(500);
    late.data(frame, undefined);
    assert.equal(late.limitMs({ ...exchange, stretch: 'never' }), 100);
    assert.equal(late.limitMs({ ...letterExchange('b'), stretch: 'late' }), 100);
    assert.equal(late.limitMs({ ...exchange, stretch: 'late' }), 850);
  });
});
