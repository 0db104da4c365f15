import assert from 'node:assert/strict';
import type { Protocol } from '../../src/codec/protocol';
import { Bus } from '../../src/session/bus';
import { usualAddresses } from '../../src/session/line-needs';
import { Device } from '../../src/session/device';
import { SimulatedPack } from '../../src/simulator/pack';
import { valuesOf } from '../support/control-scenes';
import { FakeClock } from '../support/fake-clock';
import { ScriptedLink } from '../support/scripted-link';
import { Choices } from './choices';
import { assertBmsError, assertCleanPrototypes, assertPlain, assertReading } from './contract';
import { assertMessages } from './messages';
import { sealed } from '../kits';
import type { FuzzTarget } from './target';

const RADIO = 1;
const UNKNOWN = 6;
const PATIENCE_MS = 900_000;

/**
 * A device on a line whose other end does what the input says: answers truly, with changed bytes, late, twice, with
 * what it likes, or leaves. It is read, switched and read again; whatever comes of it has to come to an end.
 */
export function sessionTarget(protocol: Protocol): FuzzTarget {
  return {
    name: `session/${protocol.id}`,
    seeds: () => seedsOf(protocol),
    async run(input) {
      const choices = new Choices(input);
      const bench = benchFor(protocol, choices);
      const { device, clock, bus } = bench;
      device.readings.subscribe(({ reading, link }) => {
        assertReading(reading);
        assertMessages(reading);
        assertPlain(link, 'link');
      });
      await settled(clock, device.read());
      await settled(clock, wish(device, protocol, choices));
      await settled(clock, device.read());
      device.stop();
      const closed = bus.close();
      await clock.tick(5000);
      await closed;
      assert.equal(clock.timers, 0, 'timers are left');
      assertCleanPrototypes();
    },
  };
}

function benchFor(protocol: Protocol, choices: Choices) {
  const flags = choices.byte();
  const clock = new FakeClock(flags + 1);
  const pack = new SimulatedPack({ cells: 8, chemistry: 'lfp', scenario: 'steady', speed: 1, seed: 7, clock });
  const link = new ScriptedLink(clock, (request, reply) => {
    const truth = protocol.emulate(request)?.answer(pack.read(), pack) ?? Buffer.alloc(0);
    const { bytes, afterMs, drops } = conduct(protocol, choices, request, truth);
    if (bytes.length > 0) reply(bytes, afterMs);
    if (drops) clock.after(2, () => link.drop());
  });
  link.isRadio = (flags & RADIO) !== 0 && protocol.ble !== undefined;
  link.peer = 'C0:FF:EE:00:00:01';
  const bus = new Bus({ link, clock });
  const isKnown = (flags & UNKNOWN) !== UNKNOWN;
  const device = new Device({
    ...{ name: 'Bank', bus, clock, pollIntervalMs: 0, allowControl: true, password: '123456' },
    protocol: isKnown ? protocol : undefined,
    address: isKnown ? usualAddresses(protocol, link.isRadio)[0] : undefined,
  });
  device.start();
  bus.open();
  return { clock, bus, device };
}

/** What the board does to one request; it tells the truth when the input is at its end. */
function conduct(protocol: Protocol, choices: Choices, request: Buffer, truth: Buffer) {
  const says = (bytes: Buffer, afterMs = 5, drops = false) => ({ bytes, afterMs, drops });
  switch (choices.more ? choices.byte() % 12 : 0) {
    case 1:
    case 2:
      return says(sealed(protocol, changed(truth, choices), request));
    case 3:
      return says(sealed(protocol, choices.block(), request));
    case 4:
      return says(changed(truth, choices));
    case 5:
      return says(Buffer.alloc(0));
    case 6:
      return says(Buffer.concat(Array<Buffer>(1 + choices.byte()).fill(truth)));
    case 7:
      return says(Buffer.concat(Array<Buffer>(1 + choices.below(4)).fill(request)));
    case 8:
      return says(truth, 10 * choices.byte());
    case 9:
      return says(truth, 5, true);
    case 10:
      return says(Buffer.concat([sealed(protocol, choices.block(), request), truth]));
    default:
      return says(truth);
  }
}

function changed(truth: Buffer, choices: Choices): Buffer {
  const copy = Buffer.from(truth);
  for (let left = 1 + choices.below(6); left > 0 && copy.length > 0; left--)
    copy[choices.word() % copy.length] = choices.byte();
  return copy;
}

function wish(device: Device, { actions = [] }: Protocol, choices: Choices): Promise<unknown> {
  const action = actions[choices.below(actions.length)];
  if (action === undefined || choices.below(8) === 7) return device.pause(1000 * choices.below(3));
  const [usual] = valuesOf(action);
  const value = choices.flag() ? choices.value() : usual;
  return device.control({ action: action.name, value, confirm: action.name });
}

/** Lets time pass until something has come to an end, well or not. */
async function settled(clock: FakeClock, promise: Promise<unknown>): Promise<void> {
  let isOver = false;
  let failure: unknown;
  promise.catch((error: unknown) => (failure = error)).finally(() => (isOver = true));
  for (let passed = 0; !isOver; passed += 1000) {
    assert.ok(passed < PATIENCE_MS, 'it does not come to an end');
    await clock.tick(1000);
  }
  if (failure !== undefined) assertBmsError(failure);
}

function seedsOf({ actions = [] }: Protocol): Buffer[] {
  const flags = [0, RADIO, UNKNOWN];
  const conducts = Array.from({ length: 12 }, (_, kind) => Buffer.alloc(24, kind));
  return [
    ...flags.map((flag) => Buffer.from([flag])),
    ...conducts.map((bytes, i) => Buffer.concat([Buffer.from([i % 2]), bytes])),
    ...actions.map((_, i) => Buffer.concat([Buffer.from([0]), Buffer.alloc(i), Buffer.from([i, 0, 0])])),
  ];
}
