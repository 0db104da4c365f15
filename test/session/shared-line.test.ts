import assert from 'node:assert/strict';
import { derive } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import { Bus } from '../../src/session/bus';
import { Device } from '../../src/session/device';
import { kitOf } from '../kits';
import { FakeClock } from '../support/fake-clock';
import { readAll } from '../support/protocol-properties';
import { ScriptedLink, type Script } from '../support/scripted-link';
import { boardOf, known } from '../support/device-line';

interface Pack {
  protocol: Protocol;
  address: number;
  state: Reading;
}

/** A pack whose every value differs from those of packs with another seed. */
function packOf(id: string, address: number, cells: number, seed: number): Pack {
  const protocol = known(id);
  return { protocol, address, state: boardOf(new FakeClock(), protocol, { cells, seed }).pack.read() };
}

/** A D2 board, which has no number: its own side of the protocol calls it 0, while 210 asks for it and nobody else. */
function d2Pack(cells: number, seed: number): Pack {
  const pack = packOf('daly-modbus', 0xd2, cells, seed);
  const { protocol } = pack;
  const serve: Protocol['emulate'] = (request) => {
    const served = protocol.emulate(request);
    return served?.address === 0 ? { ...served, address: 0xd2 } : served;
  };
  return { ...pack, protocol: { ...protocol, emulate: serve } };
}

/** What the line does to one answer in a hundred each. */
const FAULTS = ['cut', 'late', 'foreign', 'silent'] as const;

/** A line with two boards on it, on which answers get lost, damaged, late, or are those of the other board. */
function faultyLine(clock: FakeClock, packs: readonly Pack[]) {
  const faults: Record<string, number> = {};
  const lastOf = new Map<Pack, Buffer>();
  const script: Script = (request, reply) => {
    for (const pack of packs) {
      const served = pack.protocol.emulate(request);
      if (served?.address !== pack.address) continue;
      const answer = served.answer(pack.state);
      const fault = FAULTS[Math.floor(clock.random() * 100)];
      if (fault !== undefined) faults[fault] = (faults[fault] ?? 0) + 1;
      const stranger = [...lastOf].find(([other]) => other !== pack)?.[1];
      lastOf.set(pack, answer);
      switch (fault) {
        case 'silent':
          return;
        case 'cut':
          return reply(answer.subarray(0, Math.floor(answer.length * clock.random())), 10);
        case 'late':
          return reply(answer, pack.protocol.profile.timeoutMs + 400 * clock.random());
        case 'foreign':
          return reply(Buffer.concat([stranger ?? Buffer.alloc(0), answer]), 10);
        default:
          return reply(answer, 10);
      }
    }
  };
  return { link: new ScriptedLink(clock, script), faults };
}

/** Two packs of one protocol, where boards have addresses. */
const OF_ONE_PROTOCOL = PROTOCOLS.flatMap((protocol, at) => {
  const [one, other] = kitOf(protocol).addresses;
  if (one === undefined || other === undefined) return [];
  return [[packOf(protocol.id, one, 16, 100 + at), packOf(protocol.id, other, 14, 200 + at)] as const];
});

/**
 * Packs of protocols that do not take each other's frames for their own, at one rate. JK over Bluetooth and Sinowealth
 * stand alone on their line: their answers name no board.
 */
const PAIRS = [
  ...OF_ONE_PROTOCOL,
  [packOf('daly', 1, 16, 3), packOf('jbd-addressed', 3, 8, 4)],
  [packOf('jbd', 0, 4, 5), packOf('daly', 1, 15, 6)],
  [packOf('jbd', 0, 8, 9), packOf('jbd-addressed', 2, 16, 10)],
  [packOf('jbd-up16s', 1, 16, 13), packOf('daly', 1, 8, 14)],
  [packOf('jbd-up16s', 1, 16, 15), packOf('jbd-addressed', 1, 15, 16)],
  [d2Pack(16, 19), packOf('daly-modbus', 1, 8, 20)],
  [packOf('daly-modbus', 1, 16, 21), packOf('daly', 1, 15, 22)],
  [packOf('daly-modbus', 1, 16, 23), packOf('jbd-up16s', 1, 15, 24)],
  [d2Pack(16, 25), packOf('jbd-addressed', 2, 15, 26)],
  [packOf('ant', 0xa1, 16, 29), packOf('ant-legacy', 0, 20, 30)],
  [packOf('jk-modbus', 1, 16, 33), packOf('jk', 0, 8, 34)],
] as const;

describe('two packs on one line', () => {
  for (const [one, other] of PAIRS) {
    const names = `${one.protocol.id} ${one.address} and ${other.protocol.id} ${other.address}`;
    it(`never mix and never get lost in 10,000 exchanges with faults: ${names}`, async function () {
      this.timeout(60_000);
      const clock = new FakeClock(11);
      const { link, faults } = faultyLine(clock, [one, other]);
      const bus = new Bus({ link, clock });
      const readings = new Map<Pack, number>();
      const devices = [one, other].map((pack) => {
        const { protocol, address, state } = pack;
        // What this pack says when it is alone and nothing goes wrong: each value that comes must be one of these.
        const wanted = derive(readAll(protocol, state, address));
        const device = new Device({ name: protocol.id, bus, protocol, address, pollIntervalMs: 500, clock });
        device.readings.subscribe(({ reading }) => {
          readings.set(pack, (readings.get(pack) ?? 0) + 1);
          for (const [key, value] of Object.entries(reading)) {
            if (!key.startsWith('timeTo')) assert.deepEqual(value, wanted[key as keyof Reading], key);
          }
        });
        device.start();
        return device;
      });
      bus.open();
      while (bus.counters.requests < 10_000) await clock.tick(10_000);
      for (const fault of FAULTS) assert.ok((faults[fault] ?? 0) > 50, `${fault}: ${faults[fault]}`);
      for (const pack of [one, other]) assert.ok((readings.get(pack) ?? 0) > 500, `${readings.get(pack)} readings`);
      for (const device of devices) assert.equal(device.condition.phase, 'fresh');
      const { requests, answers } = bus.counters;
      assert.ok(answers / requests > 0.95, `${answers} of ${requests} answered`);
      for (const device of devices) device.stop();
      void bus.close();
      await clock.tick(3000);
      assert.equal(clock.timers, 0);
      assert.equal(bus.changed.size, 0);
    });
  }
});
