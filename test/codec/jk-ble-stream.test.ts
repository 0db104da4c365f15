import assert from 'node:assert/strict';
import type { JkBleMemory } from '../../src/codec/jk-ble/variant';
import type { Reading } from '../../src/battery/reading';
import { jkBle } from '../../src/codec/jk-ble';
import { Bus } from '../../src/session/bus';
import { Reader } from '../../src/session/reader';
import { FakeClock } from '../support/fake-clock';
import { ACKNOWLEDGEMENT, ask, ASK_CELLS, ASK_IDENTITY, CELLS_32S, queryFor, SETTINGS } from '../support/jk-ble';
import { ScriptedLink } from '../support/scripted-link';
import { hex } from '../support/sheet';

const IDENTITY = jkBle.emulate(hex(ASK_IDENTITY))?.answer({ model: 'JK_PB2A16S20P' }) ?? Buffer.alloc(0);
const ANSWER = Buffer.concat([SETTINGS, ACKNOWLEDGEMENT, CELLS_32S]);

function request(memory: JkBleMemory, attempt?: number): string {
  return queryFor('96').request({ address: 0, memory }, attempt).toString('hex');
}

/** A board that answers, and on a line of its own sends the cell record when a test says so. */
function setUp() {
  const clock = new FakeClock();
  const link = new ScriptedLink(clock, (bytes, reply) => {
    const asked = bytes.toString('hex');
    if (asked === ASK_IDENTITY) reply(IDENTITY, 100);
    if (asked === ASK_CELLS) reply(ANSWER, 300);
  });
  const bus = new Bus({ link, clock });
  const { profile } = jkBle;
  const options = { bus, protocol: jkBle, address: 0, profile, clock, cellsEvery: 1, onRetrying: () => undefined };
  const reader = new Reader(options);
  reader.start();
  bus.open();
  const read = async (during?: () => void): Promise<{ reading: Reading; duration: number }> => {
    const before = clock.monotonic();
    let duration = NaN;
    const result = reader.read('due', 'poll').finally(() => (duration = clock.monotonic() - before));
    await clock.tick(100);
    during?.();
    await clock.tick(9900);
    return { reading: await result, duration };
  };
  return { clock, link, bus, read };
}

/** What is kept is told twice; the switches are asked for besides. */
const FIRST_READ = [ASK_IDENTITY, ASK_IDENTITY, ASK_CELLS, ASK_CELLS, ASK_CELLS];

describe('jk-ble stream', () => {
  it('asks first, then listens, and asks again when nothing comes', () => {
    assert.equal(request({}), ASK_CELLS);
    assert.equal(request({}, 2), ASK_CELLS);
    const { memory } = ask('96', [ANSWER]);
    assert.equal(request(memory), '');
    assert.equal(request(memory, 1), '');
    assert.equal(request(memory, 2), ASK_CELLS);
    assert.equal(request(memory, 3), ASK_CELLS);
    assert.equal(request(ask('96', [CELLS_32S], memory).memory), '');
  });

  it('keeps asking until the settings have come: the first record may be of a stream that ran before', () => {
    const { memory, reading } = ask('96', [CELLS_32S, ANSWER]);
    assert.equal(reading.designCapacity, undefined);
    assert.equal(request(memory), ASK_CELLS);
    assert.equal(request(ask('96', [ANSWER], memory).memory), '');
  });

  it('asks with every poll when a board does not send by itself, and tolerates a pause of one that does', () => {
    let { memory } = ask('96', [ANSWER]);
    memory = ask('96', [ANSWER], memory).memory;
    assert.equal(request(memory), '');
    const recovered = ask('96', [ANSWER], ask('96', [CELLS_32S], memory).memory).memory;
    assert.equal(request(recovered), '');
    memory = ask('96', [ANSWER], memory).memory;
    assert.equal(request(memory), ASK_CELLS);
    assert.equal(request(ask('96', [CELLS_32S], memory).memory), ASK_CELLS);
    assert.equal(request(ask('96', [ANSWER], memory).memory), ASK_CELLS);
  });

  it('over a line: one question, then only listening, with the settings kept', async () => {
    const { link, bus, read } = setUp();
    const first = await read();
    assert.deepEqual(link.sent, FIRST_READ);
    assert.ok(first.duration >= 600 && first.duration < 2000, `${first.duration}`);
    const later = await read(() => {
      link.say(CELLS_32S.subarray(200).toString('hex'));
      link.say(CELLS_32S.subarray(0, 128).toString('hex'));
      link.say(CELLS_32S.subarray(128).toString('hex'));
    });
    assert.deepEqual(link.sent, FIRST_READ);
    assert.deepEqual(later.reading, first.reading);
    assert.equal(later.reading.designCapacity, 100);
    assert.ok(later.duration <= 100, `${later.duration}`);
    assert.equal(bus.counters.answers, FIRST_READ.length + 1);
  });

  it('over a line: a stream that has stopped is started again within one reading', async () => {
    const { link, read } = setUp();
    await read();
    const { reading, duration } = await read();
    assert.deepEqual(link.sent, [...FIRST_READ, ASK_CELLS]);
    assert.equal(reading.voltage, 13.2);
    assert.ok(duration < jkBle.profile.timeoutMs + 600, `${duration}`);
  });

  it('over a line: records that stream in between do not hide who the board is', async () => {
    const { link, read } = setUp();
    const { reading } = await read(() => link.say(CELLS_32S.toString('hex')));
    assert.equal(reading.model, 'JK_PB2A16S20P');
    assert.equal(reading.designCapacity, 100);
  });
});
