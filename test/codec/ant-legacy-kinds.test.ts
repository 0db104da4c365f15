import assert from 'node:assert/strict';
import { antLegacy } from '../../src/codec/ant-legacy';
import { Bus } from '../../src/session/bus';
import { Reader } from '../../src/session/reader';
import { FakeClock } from '../support/fake-clock';
import { answers, ScriptedLink } from '../support/scripted-link';
import { antVector } from '../support/ant';

const STATUS = antVector('ant-legacy', '07').exchanges[0]?.rx.join('') ?? '';
const SERIAL = '5a5a00000000';
const MODULE = 'dbdb00000000';

/** A board that answers these requests, read so many times. @returns what it was asked */
async function asked(times: number, ...known: string[]): Promise<string[]> {
  const clock = new FakeClock();
  const link = new ScriptedLink(clock, answers(Object.fromEntries(known.map((request) => [request, STATUS]))));
  const bus = new Bus({ link, baudRate: 19200, clock });
  const reader = new Reader({
    bus,
    protocol: antLegacy,
    address: 0,
    profile: antLegacy.profile,
    clock,
    onRetrying: () => undefined,
  });
  bus.open();
  reader.start();
  for (let i = 0; i < times; i++) {
    const reading = reader.read('due', 'poll');
    await clock.tick(10_000);
    assert.equal((await reading).voltage, 63.7);
  }
  return link.sent;
}

describe('ant-legacy, the two kinds of request (section 1)', () => {
  it('a Bluetooth module and the boards tested are asked once per reading', async () => {
    assert.deepEqual(await asked(3, MODULE), [MODULE, MODULE, MODULE]);
    assert.deepEqual(await asked(3, MODULE, SERIAL), [MODULE, MODULE, MODULE]);
  });

  it('a serial board that knows only its own kind costs some tries, once', async () => {
    const tries = 1 + antLegacy.profile.retries;
    assert.deepEqual(await asked(3, SERIAL), [...Array.from({ length: tries }, () => MODULE), SERIAL, SERIAL, SERIAL]);
  });
});
