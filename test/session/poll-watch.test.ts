import assert from 'node:assert/strict';
import { PollWatch } from '../../src/session/poll-watch';
import type { Protocol } from '../../src/codec/protocol';
import { FakeClock } from '../support/fake-clock';
import { boardOf, deviceOnLine, known } from '../support/device-line';
import type { Script } from '../support/scripted-link';

describe('PollWatch', () => {
  it('tells once that somebody else is heard in half of the last ten polls', () => {
    const watch = new PollWatch();
    const told = Array.from({ length: 40 }, (_each, poll) => watch.polled(0, poll % 2));
    assert.deepEqual(
      told.flatMap((each, poll) => (each ? [poll] : [])),
      [9],
    );
  });

  it('is silent when it is less than half', () => {
    const watch = new PollWatch();
    for (let poll = 0; poll < 100; poll++) assert.equal(watch.polled(0, poll % 10 < 4 ? 1 : 0), false);
  });
});

describe('a device beside another program on its line', () => {
  function setUp(protocol: Protocol, answerMs: number, isDisturbed: boolean) {
    const clock = new FakeClock();
    const board = boardOf(clock, protocol, { delayMs: answerMs });
    const script: Script = (request, reply) => {
      // What the other program has asked for: error counts.
      if (isDisturbed) reply(`ddaa0018${'00'.repeat(24)}ffe877`, 1);
      board.script(request, reply);
    };
    const { device } = deviceOnLine({ clock, script, protocol, pollIntervalMs: 1000 });
    const told: string[] = [];
    device.disturbed.subscribe((line) => told.push(line));
    return { clock, device, told };
  }

  it('tells once, and counts the frames of others', async () => {
    const { clock, device, told } = setUp(known('jbd'), 10, true);
    await clock.tick(60_000);
    assert.deepEqual(told, ['scripted line']);
    assert.ok((device.last?.link.foreignFrames ?? 0) > 50);
    assert.equal(device.last?.link.skippedPolls, 0);
  });

  it('counts the polls that had no time', async () => {
    const { clock, device, told } = setUp(known('jbd'), 450, false);
    await clock.tick(60_000);
    const { link, sequence } = device.last ?? assert.fail('no reading');
    assert.deepEqual(told, []);
    assert.ok(link.skippedPolls > 0);
    assert.ok(Math.abs(sequence + link.skippedPolls - 60) <= 2, `${sequence} readings, ${link.skippedPolls} skipped`);
  });
});
