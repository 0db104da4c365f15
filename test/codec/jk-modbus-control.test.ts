import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import type { BmsError } from '../../src/battery/errors';
import { jkModbus } from '../../src/codec/jk-modbus';
import type { JkModbusMemory } from '../../src/codec/jk-modbus/tables';
import type { Decoded, Step } from '../../src/codec/protocol';
import { actionOf as findAction, orderFor } from '../support/action-script';
import { ControlBench } from '../support/control-scenes';
import { frameOf, liveAnswer, modbus, registersOf, triggerOf } from '../support/jk-modbus';
import * as script from '../support/jk-script';
import { loadVector } from '../support/vectors';

/** Everything switched on, the word of switches as on a 15.41. */
const BEFORE: Decoded<JkModbusMemory> = {
  reading: { chargeEnabled: true, chargeSwitch: true, dischargeSwitch: true, balancingSwitch: true },
  memory: { switchBits: 0x3311 },
};
const WAYS: Readonly<Record<string, JkModbusMemory>> = {
  frames: { answersFrames: true },
  registers: { answersRegisters: true },
};

const actionOf = (name: ActionName) => findAction(jkModbus, name);

/** The only step of an action. */
function stepOf(name: ActionName, value: ActionValue, { address = 1, before = BEFORE } = {}): Step {
  const target = { address, memory: {} };
  const acknowledged = ({ request }: Step): Buffer[] => [modbus(request.subarray(0, 6))];
  const act = actionOf(name).script(orderFor(jkModbus, value, { target, before }));
  const [step] = script.play(jkModbus, act, acknowledged).steps;
  assert.ok(step);
  return step;
}

/** A line through a gateway that speaks only Modbus, behind which no trigger comes through (jk-modbus.md 12). */
function onlyRegisters({ link }: ControlBench): void {
  const { script: usual } = link;
  link.script = (request, reply) => {
    if (request[1] !== 0x10 || request[2] !== 0x16) usual(request, reply);
  };
}

describe('jk-modbus: control (jk-modbus.md 9)', () => {
  it('the echo is a frame, so that its end is not taken for a damaged acknowledgement', () => {
    const { request, frames } = stepOf('charge', true);
    assert.equal(frames?.measure(request, 0, request.length), request.length);
    for (let end = 1; end < request.length; end++) assert.equal(frames?.measure(request, 0, end), -1, `${end}`);
  });

  it('a refusal is one whatever its code, and says what it means (write-exception-rcv-time)', () => {
    const [exchange] = loadVector('jk-modbus', 'write-exception-rcv-time').exchanges;
    assert.equal(exchange?.rx.join(''), modbus('02 90 03').toString('hex'));
    const unknown = /does not have it or forbids it/;
    const meanings = { 1: unknown, 2: unknown, 3: /does not take this value/, 4: /damaged/, 6: /restart/ };
    for (const [code, message] of Object.entries(meanings)) {
      const step = stepOf('balancing', false, { address: 2 });
      const act = (): unknown => script.answered(jkModbus, step, [step.request, modbus(`02 90 0${code}`)]);
      assert.throws(act, { code: 'rejected', message });
    }
  });

  it('a switch that is not in the settings is not switched, whatever the MOSFET does', () => {
    const order = orderFor(jkModbus, true, { before: { reading: { chargeEnabled: true }, memory: {} } });
    assert.equal(script.refusedUnsent(jkModbus, actionOf('charge').script(order)).code, 'unsupported');
  });

  it('heating is one bit of a word, which goes back with all others as they were read', () => {
    for (const word of [0x0000, 0x0001, 0x3310, 0x3311, 0xffff, 0xfffe]) {
      const before: Decoded<JkModbusMemory> = { reading: {}, memory: { switchBits: word } };
      for (const on of [true, false]) {
        const expected = (on ? word | 1 : word & ~1).toString(16).padStart(4, '0');
        assert.deepEqual(stepOf('heating', on, { before }).request, modbus(`01 10 1114 0001 02 ${expected}`));
      }
    }
  });
});

describe('jk-modbus: what proves an action', () => {
  /** Four-byte values in the other order. */
  const bigEndian = (words: string): string =>
    words.replace(/(..)(..)(..)(..)( ?)/g, (_, a: string, b: string, c: string, d: string) => d + c + b + a);

  /** What an action makes of settings and MOSFETs, sent as frames or as registers. */
  const seen = (name: ActionName, memory: JkModbusMemory, switches: string, mosfets: string) => {
    const answers: Readonly<Record<string, Buffer>> = {
      '10161e': frameOf(1, { 118: switches, 282: '1033' }),
      '101620': liveAnswer(1, { 198: mosfets }),
      '031070': registersOf(bigEndian(switches)),
      '0312c0': registersOf(mosfets),
      '031114': registersOf('3310 0000 0000'),
    };
    return script.play(jkModbus, actionOf(name).confirm.read({ address: 1, memory }), ({ request }) => {
      const answer = answers[request.toString('hex', 1, 4)];
      assert.ok(answer, request.toString('hex'));
      return [answer];
    }).result;
  };

  for (const [way, memory] of Object.entries(WAYS)) {
    it(`the switch counts, and for off the MOSFET as well (${way})`, () => {
      const charge = '01000000 00000000 00000000';
      for (const [name, mosfets, expected] of [
        ['charge', '0100', [true, true, false]],
        ['charge', '0000', [true, true, false]], // a protection holds the MOSFET open
        ['discharge', '0100', [false, false, true]],
        ['discharge', '0001', [false, false, false]], // not switched yet
      ] as const) {
        const { confirm } = actionOf(name);
        const now = seen(name, memory, charge, mosfets);
        const shows = [confirm.state(now), confirm.shows?.(now, true, BEFORE), confirm.shows?.(now, false, BEFORE)];
        assert.deepEqual(shows, expected, `${name} ${mosfets}`);
      }
      const state = (name: ActionName, switches: string): unknown =>
        actionOf(name).confirm.state(seen(name, memory, switches, '0000'));
      const balancer = '00000000 00000000 01000000';
      assert.deepEqual([state('balancing', charge), state('balancing', balancer)], [false, true]);
      assert.equal(state('heating', charge), false);
    });

    it(`all are switched and proved in this way, and the other bits of the word stay as they are (${way})`, async () => {
      const bench = new ControlBench(jkModbus);
      if (way === 'registers') onlyRegisters(bench);
      const served = (request: string): string =>
        jkModbus.emulate(modbus(request))?.answer(bench.pack.read(), bench.pack).toString('hex') ?? '';
      served('01 10 1114 0001 02 7fff');
      for (const action of ['charge', 'discharge', 'balancing', 'heating'] as const) {
        for (const value of [false, true]) {
          const outcome = await bench.wish({ action, value });
          assert.deepEqual(outcome, { action, value, before: !value, after: value });
        }
      }
      assert.equal(bench.commands.length, 8);
      assert.equal(served('01 03 1114 0001').slice(6, 10), '7fff');
      for (const view of ['01 03 1070 0006', '01 03 12c0 0001'].map((front) => modbus(front).toString('hex'))) {
        assert.equal(bench.link.sent.includes(view), way === 'registers');
      }
      assert.equal(await bench.close(), 0);
    });
  }

  it('no two reads of registers have answers of the same length, as these do not name their register', () => {
    const target = { address: 1, memory: { answersRegisters: true } };
    const reads = [...(jkModbus.probe ?? []), ...jkModbus.queries].map((query) => query.request(target));
    for (const { confirm } of jkModbus.actions ?? []) {
      script.play(jkModbus, confirm.read(target), ({ request }) => {
        reads.push(request);
        return [registersOf(Buffer.alloc(2 * request.readUInt16BE(4)))];
      });
    }
    const plans = new Set(reads.filter((request) => request[1] === 3).map((request) => request.toString('hex', 2, 6)));
    assert.equal(new Set([...plans].map((plan) => plan.slice(4))).size, plans.size);
    assert.ok(plans.size >= 8);
  });
});

describe('jk-modbus: a master, next to which nothing is switched (jk-modbus.md 8)', () => {
  it('a board with address 0, and one beside a master, is asked nothing for it', () => {
    for (const { confirm } of jkModbus.actions ?? []) {
      const refusal = (address: number, memory: JkModbusMemory): BmsError =>
        script.refusedUnsent(jkModbus, confirm.read({ address, memory }));
      const [asMaster, beside] = [refusal(0, {}), refusal(2, { answersFrames: true, hasMaster: true })];
      assert.deepEqual([asMaster.code, beside.code], ['unsupported', 'unsupported']);
      assert.match(asMaster.message, /address 0.*only listened to.*Nothing was changed/);
      assert.match(beside.message, /master polls the bus.*Nothing was changed/);
    }
  });

  it('a master that is heard while the state is read holds the write back', () => {
    const { confirm, script: act } = actionOf('charge');
    const target = { address: 1, memory: { answersFrames: true } };
    const { result: before } = script.play(jkModbus, confirm.read(target), ({ request }) => [
      triggerOf(3),
      request[3] === 0x1e ? frameOf(1) : liveAnswer(1),
    ]);
    const { message } = script.refusedUnsent(jkModbus, act(orderFor(jkModbus, true, { target, before })));
    assert.match(message, /master polls the bus/);
  });

  it('the device says so, and no command goes out', async () => {
    const bench = new ControlBench(jkModbus);
    const { script: usual } = bench.link;
    bench.link.script = (request, reply) => {
      reply(triggerOf(4), 2);
      usual(request, reply);
    };
    assert.equal(await bench.wish({ action: 'discharge', value: false }), 'unsupported');
    assert.deepEqual(bench.commands, []);
    assert.equal(await bench.close(), 0);
  });
});
