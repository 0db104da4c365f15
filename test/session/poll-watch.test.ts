import assert from 'node:assert/strict';
import { Bus } from '../../src/session/bus';
import { Device } from '../../src/session/device';
import { PollWatch } from '../../src/session/poll-watch';
import { protocolById } from '../../src/codec';
import type { Protocol } from '../../src/codec/protocol';
import { SimulatedPack } from '../../src/simulator/pack';
import { FakeClock } from '../support/fake-clock';
import { ScriptedLink } from '../support/scripted-link';

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
    const pack = new SimulatedPack({ cells: 8, chemistry: 'lfp', scenario: 'steady', speed: 1, seed: 7, clock });
    const link = new ScriptedLink(clock, (request, reply) => {
      // What the other program has asked for: error counts.
      if (isDisturbed) reply(`ddaa0018${'00'.repeat(24)}ffe877`, 1);
      const served = protocol.emulate(request);
      if (served !== undefined) reply(served.answer(pack.read()), answerMs);
    });
    const bus = new Bus({ link, clock });
    const device = new Device({ name: 'Bank', bus, protocol, address: undefined, pollIntervalMs: 1000, clock });
    const told: string[] = [];
    device.disturbed.subscribe((line) => told.push(line));
    device.start();
    bus.open();
    return { clock, device, told };
  }

  const jbd = protocolById('jbd');
  assert.ok(jbd);

  it('tells once, and counts the frames of others', async () => {
    const { clock, device, told } = setUp(jbd, 10, true);
    await clock.tick(60_000);
    assert.deepEqual(told, ['scripted line']);
    assert.ok((device.last?.link.foreignFrames ?? 0) > 50);
    assert.equal(device.last?.link.skippedPolls, 0);
  });

  it('counts the polls that had no time', async () => {
    const { clock, device, told } = setUp(jbd, 450, false);
    await clock.tick(60_000);
    const { link, sequence } = device.last ?? assert.fail('no reading');
    assert.deepEqual(told, []);
    assert.ok(link.skippedPolls > 0);
    assert.ok(Math.abs(sequence + link.skippedPolls - 60) <= 2, `${sequence} readings, ${link.skippedPolls} skipped`);
  });
});
