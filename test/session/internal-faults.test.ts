import assert from 'node:assert/strict';
import { BmsError, onFault, toBmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { systemClock } from '../../src/clock';
import { daly } from '../../src/codec/daly';
import type { Protocol, Query } from '../../src/codec/protocol';
import type { Snapshot } from '../../src/session/device';
import { Signal } from '../../src/session/signal';
import { letterExchange, letterFrame } from '../support/letters';
import { answers } from '../support/scripted-link';
import { loadVector } from '../support/vectors';
import { busOnLine, deviceOnLine, errorOf } from '../support/device-line';

const CAPTURE = Object.fromEntries(
  loadVector('daly', 'rs485-14s-idle-full-poll').exchanges.map(({ tx, rx }) => [tx, rx.join('')]),
);

function broken(): never {
  throw new TypeError('Cannot read properties of undefined');
}

/** Daly, but for some of its queries, which are changed. */
function dalyWith(change: (query: Query) => Partial<Query>): Protocol {
  return { ...daly, queries: daly.queries.map((query) => ({ ...query, ...change(query) })) };
}

function setUp(protocol: Protocol, pollIntervalMs = 0) {
  return deviceOnLine({ script: answers(CAPTURE), protocol, address: 1, pollIntervalMs });
}

describe('Faults of this package', () => {
  let faults: BmsError[] = [];

  beforeEach(() => {
    faults = [];
    onFault((fault) => faults.push(fault));
  });
  afterEach(() => onFault(() => undefined));

  it('keep their cause where the listener fails too', () => {
    onFault(() => {
      throw new Error('no log');
    });
    const { code, cause } = toBmsError(new TypeError('odd'));
    assert.deepEqual([code, (cause as Error).message], ['internal', 'odd']);
  });

  it('are internal, with their cause, and are told once for each place', () => {
    const cause = new TypeError('odd');
    for (let times = 0; times < 3; times++) {
      const error = toBmsError(cause);
      assert.equal(error.code, 'internal');
      assert.equal(error.cause, cause);
      assert.match(error.message, /fault of this package.*odd/);
    }
    assert.equal(faults.length, 1);
    toBmsError(new TypeError('odd elsewhere'));
    assert.equal(faults.length, 2);
  });

  it('an error with a code of ours, or one from outside, is none', () => {
    const known = new BmsError('timeout', say`Nothing came.`);
    assert.equal(toBmsError(known), known);
    assert.equal(toBmsError(new Error('EPIPE'), 'disconnected').code, 'disconnected');
    assert.equal(faults.length, 0);
  });

  it('a listener that throws takes neither the other listeners nor the teller down', () => {
    const signal = new Signal<number>();
    const heard: number[] = [];
    signal.subscribe(broken);
    signal.subscribe((value) => heard.push(value));
    signal.emit(7);
    assert.deepEqual(heard, [7]);
    assert.equal(faults.length, 1);
  });

  it('a listener of readings that throws leaves the pack fresh, and whoever asked gets the reading', async () => {
    const { device, read } = setUp(daly);
    const heard: Snapshot[] = [];
    device.readings.subscribe(broken);
    device.readings.subscribe((snapshot) => heard.push(snapshot));
    assert.equal((await read(10_000)).sequence, 1);
    assert.equal(heard.length, 1);
    assert.equal(device.condition.phase, 'fresh');
  });

  it('a matcher that throws in the callback of the line fails its request only', async () => {
    const { clock, bus } = busOnLine((request, reply) => reply(letterFrame(request.toString().toUpperCase())));
    const first = errorOf(bus.submit({ ...letterExchange('a'), match: broken }, 'poll'));
    const second = bus.submit(letterExchange('b'), 'poll');
    await clock.tick(1000);
    assert.equal((await first).code, 'internal');
    assert.equal((await second).length, 1);
    assert.equal(bus.state.phase, 'ready');
  });

  it('a matcher that throws when an answer is salvaged, in a timer, fails its request only', async () => {
    // Half a frame holds the whole one behind it until the line is quiet.
    const { clock, bus } = busOnLine((_request, reply) => {
      reply(Buffer.concat([Buffer.from([0x23, 17]), letterFrame('A')]));
    });
    const asked = errorOf(bus.submit({ ...letterExchange('a'), match: broken }, 'poll'));
    await clock.tick(1000);
    assert.equal((await asked).code, 'internal');
    assert.equal(bus.state.phase, 'ready');
  });

  it('a decoder that throws costs its own values, is asked once per poll and told once', async () => {
    const protocol = dalyWith(({ name }) => (name.includes('(95)') ? { decode: broken } : {}));
    const { clock, link, device } = setUp(protocol, 5000);
    await clock.tick(22_000);
    const { reading, sequence } = device.last ?? assert.fail('no reading');
    assert.equal(device.condition.phase, 'fresh');
    assert.notEqual(reading.voltage, undefined);
    assert.equal(reading.cellVoltages, undefined);
    const asked = link.sent.filter((request) => request.startsWith('a54095')).length;
    assert.ok(asked <= sequence, `${asked} requests in ${sequence} readings`);
    assert.equal(faults.length, 1);
  });

  it('when every decoder throws, the read ends as internal, without a repeat on the wire', async () => {
    const { link, read } = setUp(dalyWith(() => ({ decode: broken })));
    assert.equal((await errorOf(read(10_000))).code, 'internal');
    assert.equal(new Set(link.sent).size, link.sent.length);
  });

  it('what a timer throws does not end the process', async () => {
    await new Promise<void>((resolve) => {
      systemClock.after(1, () => {
        systemClock.after(1, resolve);
        broken();
      });
    });
    assert.equal(faults.length, 1);
  });
});
