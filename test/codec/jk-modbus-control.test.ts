import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import { BmsError } from '../../src/battery/errors';
import { jkModbus } from '../../src/codec/jk-modbus';
import type { JkModbusMemory } from '../../src/codec/jk-modbus/tables';
import type { Action, Decoded, EmulatedBoard, ScriptInput, Step } from '../../src/codec/protocol';
import { ControlBench } from '../support/control-scenes';
import { acknowledgement, liveAnswer, modbus, record, triggerOf } from '../support/jk-modbus';
import { answered, codeOf, play, isNoAnswer } from '../support/jk-script';
import { loadVector } from '../support/vectors';
import { hex } from '../support/sheet';

/** Everything switched on, the word of switches as on a 15.41. */
const BEFORE: Decoded<JkModbusMemory> = {
  reading: {
    chargeEnabled: true,
    chargeSwitch: true,
    dischargeEnabled: true,
    dischargeSwitch: true,
    balancingSwitch: true,
  },
  memory: { switchBits: 0x3311 },
};
const FRAMES: JkModbusMemory = { answersFrames: true };
const REGISTERS: JkModbusMemory = { answersRegisters: true };

function actionOf(name: ActionName): Action<JkModbusMemory> {
  const action = jkModbus.actions?.find((entry) => entry.name === name);
  assert.ok(action, name);
  return action;
}

function orderFor(value: ActionValue, { address = 1, before = BEFORE } = {}): ScriptInput<JkModbusMemory> {
  return { value, target: { address, memory: FRAMES }, before, password: '', now: new Date(0) };
}

/** The only step of an action. */
function stepOf(name: ActionName, value: ActionValue, { address = 1, before = BEFORE } = {}): Step {
  const script = actionOf(name).script(orderFor(value, { address, before }));
  const { steps } = play(jkModbus, script, ({ request }) => [modbus(request.subarray(0, 6))]);
  const [step] = steps;
  assert.ok(step && steps.length === 1);
  return step;
}

const requestOf = (...args: Parameters<typeof stepOf>): string => stepOf(...args).request.toString('hex');

const REGISTER_OF: Partial<Record<ActionName, string>> = { charge: '1070', discharge: '1074', balancing: '1078' };

/** Each write of a vector that an action can produce. */
function writesOf(file: string): { step: Step; tx: string; rx: Buffer[]; what: string }[] {
  const { exchanges, address = 1 } = loadVector('jk-modbus', file);
  return exchanges.flatMap(({ tx, rx, what }) =>
    Object.entries(REGISTER_OF)
      .filter(([, register]) => tx.slice(2, 8) === `10${register}`)
      .map(([name]) => ({
        ...{ tx, what, rx: rx.map(hex) },
        step: stepOf(name as ActionName, tx.slice(14, 22) === '00000001', { address }),
      })),
  );
}

describe('jk-modbus: control', () => {
  const counts = { 'write-switches-15.41': 4, 'write-balancer-addr2': 2, 'write-vendor-v1.1-examples': 4 };

  for (const [file, count] of Object.entries(counts)) {
    it(`${file}: requests and acknowledgements`, () => {
      const writes = writesOf(file);
      assert.equal(writes.length, count);
      for (const { step, tx, rx, what } of writes) {
        assert.equal(step.request.toString('hex'), tx, what);
        assert.ok(step.isWrite);
        // The acknowledgements of write-balancer-addr2 are not in its source.
        if (rx.length > 0) assert.deepEqual(answered(jkModbus, step, rx), rx, what);
      }
    });
  }

  it('knows the acknowledgement in pieces, behind noise, padding, the echo and the traffic of others', () => {
    for (const { step, rx } of writesOf('write-switches-15.41')) {
      const before = Buffer.concat([
        hex('00 ff 01'),
        step.request,
        hex('00'),
        triggerOf(3),
        liveAnswer(3),
        hex('10 90'),
      ]);
      const bytes = Array.from(Buffer.concat([before, ...rx, hex('00')]), (byte) => Buffer.of(byte));
      assert.deepEqual(answered(jkModbus, step, bytes), rx);
    }
  });

  it('the echo is a frame, so that its end is not taken for a damaged acknowledgement', () => {
    const step = stepOf('charge', true);
    const { request, frames } = step;
    assert.equal(frames?.measure(request, 0, request.length), request.length);
    for (let end = 1; end < request.length; end++) assert.equal(frames?.measure(request, 0, end), -1, `${end}`);
    assert.ok(isNoAnswer(jkModbus, step, [request]));
  });

  it('takes nothing else for an acknowledgement', () => {
    const step = stepOf('charge', false);
    const foreign = {
      'another board': modbus('02 10 1070 0002'),
      'another register': modbus('01 10 1074 0002'),
      'another number of registers': modbus('01 10 1070 0001'),
      'the one of a trigger': acknowledgement(1),
      registers: modbus('01 03 04 00000000'),
      'a refusal of another board': modbus('02 90 03'),
      'a refusal of a read': modbus('01 83 02'),
      'a longer write': modbus('01 10 1070 0003 06 000000000001'),
      'a write of nothing': modbus('01 10 1070 0000 00'),
      'a damaged echo': Buffer.concat([step.request.subarray(0, -1), hex('00')]),
    };
    for (const [what, frame] of Object.entries(foreign)) {
      assert.ok(isNoAnswer(jkModbus, step, [frame]), what);
    }
    const good = modbus('01 10 1070 0002');
    for (let at = 0; at < good.length; at++) {
      const damaged = Buffer.from(good);
      damaged[at] = (damaged[at] ?? 0) ^ 0x01;
      assert.ok(isNoAnswer(jkModbus, step, [damaged]), `byte ${at}`);
    }
  });

  it('a refusal is one whatever its code, and says what it means (write-exception-rcv-time)', () => {
    const [exchange] = loadVector('jk-modbus', 'write-exception-rcv-time').exchanges;
    assert.ok(exchange);
    const refused = (frame: Buffer, address: number): BmsError | undefined => {
      const step = stepOf('balancing', false, { address });
      assert.equal(
        codeOf(() => answered(jkModbus, step, [step.request, frame])),
        'rejected',
      );
      const verdict = step.match(frame, []);
      return verdict instanceof BmsError ? verdict : undefined;
    };
    assert.match(refused(hex(exchange.rx.join('')), 2)?.message ?? '', /does not take this value/);
    const meanings = { 1: /not have it or forbids it/, 2: /not have it or forbids it/, 4: /damaged/, 6: /restart/ };
    for (const [code, meaning] of Object.entries(meanings)) {
      assert.match(refused(modbus(`01 90 0${code}`), 1)?.message ?? '', meaning);
    }
  });

  it('sends nothing when the settings do not tell what is switched', () => {
    for (const { name, script } of jkModbus.actions ?? []) {
      const order = orderFor(true, { before: { reading: {}, memory: {} } });
      assert.equal(
        codeOf(() => play(jkModbus, script(order), () => assert.fail('sent'))),
        'unsupported',
        name,
      );
    }
  });

  it('has no command for the SOC, nor one of block 1600', () => {
    const names = jkModbus.actions?.map(({ name }) => name);
    assert.deepEqual(names, ['charge', 'discharge', 'balancing', 'heating']);
  });
});

describe('jk-modbus: heating, one bit of a word', () => {
  it('goes back with all other bits as they were read', () => {
    for (const word of [0x0000, 0x0001, 0x3310, 0x3311, 0xffff, 0xfffe]) {
      const before: Decoded<JkModbusMemory> = { reading: {}, memory: { switchBits: word } };
      const on = modbus(`01 10 1114 0001 02 ${(word | 1).toString(16).padStart(4, '0')}`);
      const off = modbus(`01 10 1114 0001 02 ${(word & ~1).toString(16).padStart(4, '0')}`);
      assert.equal(requestOf('heating', true, { before }), on.toString('hex'));
      assert.equal(requestOf('heating', false, { before }), off.toString('hex'));
    }
  });

  it('is acknowledged by one register', () => {
    const step = stepOf('heating', true);
    assert.deepEqual(answered(jkModbus, step, [modbus('01 10 1114 0001')]), [modbus('01 10 1114 0001')]);
    assert.ok(isNoAnswer(jkModbus, step, [modbus('01 10 1114 0002')]));
  });

  for (const memory of [FRAMES, REGISTERS]) {
    it(`leaves the other bits of a board alone (${Object.keys(memory).join('')})`, async () => {
      const bench = new ControlBench(jkModbus);
      if (memory === REGISTERS) onlyRegisters(bench);
      bench.pack.memory.set('jk-modbus switch bits', 0x7ffe);
      for (const value of [false, true]) {
        const outcome = await bench.wish({ action: 'heating', value });
        assert.deepEqual(outcome, { action: 'heating', value, before: !value, after: value });
        assert.equal(bench.pack.memory.get('jk-modbus switch bits'), 0x7ffe + Number(value));
      }
      assert.equal(await bench.close(), 0);
    });
  }
});

/** A line through a gateway that speaks only Modbus, behind which no trigger comes through (jk-modbus.md 12). */
function onlyRegisters({ link }: ControlBench): void {
  const { script } = link;
  link.script = (request, reply) => {
    if (request[1] !== 0x10 || request[2] !== 0x16) script(request, reply);
  };
}

describe('jk-modbus: what proves an action', () => {
  it('charge, discharge and balancing are proved through registers too', async () => {
    const bench = new ControlBench(jkModbus);
    onlyRegisters(bench);
    for (const action of ['charge', 'discharge', 'balancing'] as const) {
      for (const value of [false, true]) {
        const outcome = await bench.wish({ action, value });
        assert.deepEqual(outcome, { action, value, before: !value, after: value });
      }
    }
    assert.equal(bench.commands.length, 6);
    const asked = bench.link.sent.filter((request) => request.startsWith('01031070') || request.startsWith('010312c0'));
    assert.ok(asked.includes(modbus('01 03 1070 0006').toString('hex')));
    assert.ok(asked.includes(modbus('01 03 12c0 0001').toString('hex')));
    assert.equal(await bench.close(), 0);
  });

  /** What an action makes of settings and MOSFETs, told by frames or by registers. */
  const seen = (
    name: ActionName,
    memory: JkModbusMemory,
    switches: string,
    mosfets: string,
  ): Decoded<JkModbusMemory> => {
    const answers: Readonly<Record<string, Buffer>> = {
      '10161e': Buffer.concat([record(1, { 118: switches, 282: '1033' }), acknowledgement(1, '161e')]),
      '101620': liveAnswer(1, { 198: mosfets }),
      '031070': modbus(`01 03 0c ${bigEndian(switches)}`),
      '0312c0': modbus(`01 03 02 ${mosfets}`),
      '031114': modbus('01 03 06 3310 0000 0000'),
    };
    return play(jkModbus, actionOf(name).confirm.read({ address: 1, memory }), ({ request }) => {
      const answer = answers[request.toString('hex', 1, 4)];
      assert.ok(answer, request.toString('hex'));
      return [answer];
    }).result;
  };
  /** Four-byte values in the other order. */
  const bigEndian = (words: string): string =>
    (words.replaceAll(' ', '').match(/.{8}/g) ?? [])
      .map((word) => Buffer.from(word, 'hex').reverse().toString('hex'))
      .join('');

  for (const memory of [FRAMES, REGISTERS]) {
    it(`the switch counts, and for off the MOSFET as well (${Object.keys(memory).join('')})`, () => {
      const shows = (name: 'charge' | 'discharge', switches: string, mosfets: string): unknown[] => {
        const { confirm } = actionOf(name);
        const now = seen(name, memory, switches, mosfets);
        return [confirm.state(now), confirm.shows?.(now, true, BEFORE), confirm.shows?.(now, false, BEFORE)];
      };
      const charge = '01000000 00000000 00000000';
      assert.deepEqual(shows('charge', charge, '0100'), [true, true, false]);
      assert.deepEqual(shows('charge', charge, '0000'), [true, true, false], 'a protection holds the MOSFET open');
      assert.deepEqual(shows('discharge', charge, '0100'), [false, false, true]);
      assert.deepEqual(shows('discharge', charge, '0001'), [false, false, false], 'not switched yet');
      const balancing = actionOf('balancing').confirm;
      assert.equal(balancing.state(seen('balancing', memory, charge, '0000')), false);
      assert.equal(balancing.state(seen('balancing', memory, '00000000 00000000 01000000', '0000')), true);
      assert.equal(actionOf('heating').confirm.state(seen('heating', memory, charge, '0000')), false);
    });
  }

  it('no two reads of registers have answers of the same length, as these do not tell their register', () => {
    const reads = [...(jkModbus.probe ?? []), ...jkModbus.queries].map((query) =>
      query.request({ address: 1, memory: {} }),
    );
    for (const { confirm } of jkModbus.actions ?? []) {
      play(jkModbus, confirm.read({ address: 1, memory: REGISTERS }), ({ request }) => {
        reads.push(request);
        return [
          modbus(
            Buffer.concat([hex('01 03'), Buffer.alloc(1 + 2 * request.readUInt16BE(4), 2 * request.readUInt16BE(4))]),
          ),
        ];
      });
    }
    const plans = new Set(reads.filter((request) => request[1] === 3).map((request) => request.toString('hex', 2, 6)));
    const lengths = new Set([...plans].map((plan) => plan.slice(4)));
    assert.equal(lengths.size, plans.size);
    assert.ok(plans.size >= 8);
  });
});

describe('jk-modbus: a master, next to which nothing is switched', () => {
  const refusalOf = (act: () => unknown): string => {
    try {
      act();
    } catch (thrown) {
      assert.ok(thrown instanceof BmsError && thrown.code === 'unsupported');
      return thrown.message;
    }
    return assert.fail('not refused');
  };

  it('a board with address 0, and one beside a master, is asked nothing for it', () => {
    for (const { confirm } of jkModbus.actions ?? []) {
      const read = (address: number, memory: JkModbusMemory): string =>
        refusalOf(() => play(jkModbus, confirm.read({ address, memory }), () => assert.fail('sent')));
      assert.match(read(0, FRAMES), /address 0.*only listened to.*Nothing was switched/);
      assert.match(read(2, { answersFrames: true, hasMaster: true }), /master polls the bus.*Nothing was switched/);
    }
  });

  it('a master that is heard while the state is read holds the write back', () => {
    const { confirm, script } = actionOf('charge');
    const { result } = play(jkModbus, confirm.read({ address: 1, memory: FRAMES }), ({ request }) => [
      triggerOf(3),
      request[3] === 0x1e ? Buffer.concat([record(1), acknowledgement(1, '161e')]) : liveAnswer(1),
    ]);
    const order = orderFor(true, { before: result });
    assert.match(
      refusalOf(() => play(jkModbus, script(order), () => assert.fail('sent'))),
      /master polls the bus/,
    );
  });

  it('the device says so, and no command goes out', async () => {
    const bench = new ControlBench(jkModbus);
    const { script } = bench.link;
    bench.link.script = (request, reply) => {
      reply(triggerOf(4), 2);
      script(request, reply);
    };
    assert.equal(await bench.wish({ action: 'discharge', value: false }), 'unsupported');
    assert.deepEqual(bench.commands, []);
    assert.equal(await bench.close(), 0);
  });
});

describe('jk-modbus: the board’s side of control', () => {
  const board = (): { side: EmulatedBoard; asked: [ActionName, ActionValue][] } => {
    const asked: [ActionName, ActionValue][] = [];
    const switches = { charge: true, discharge: false, balancing: true, heating: true };
    return {
      side: { switches, memory: new Map(), balances: false, execute: (...wish) => asked.push(wish) > 0 },
      asked,
    };
  };

  it('acknowledges as recorded, and obeys', () => {
    const { side, asked } = board();
    for (const { tx, rx } of writesOf('write-switches-15.41')) {
      assert.deepEqual(jkModbus.emulate(hex(tx))?.answer({}, side), Buffer.concat(rx));
    }
    assert.deepEqual(asked, [
      ['charge', false],
      ['charge', true],
      ['balancing', false],
      ['balancing', true],
    ]);
  });

  it('refuses other settings, widths and values', () => {
    const { side, asked } = board();
    const served = (front: string): string | undefined =>
      jkModbus.emulate(modbus(front))?.answer({}, side).toString('hex');
    const [register, value] = [modbus('01 90 02').toString('hex'), modbus('01 90 03').toString('hex')];
    assert.equal(served('01 10 100c 0002 04 000010cc'), register);
    assert.equal(served('01 10 1070 0001 02 0001'), register);
    assert.equal(served('01 10 1114 0002 04 00000001'), register);
    assert.equal(served('01 10 1070 0002 04 00000002'), value);
    // no settings, or no whole write
    assert.equal(served('01 10 1600 0002 04 00000000'), undefined);
    assert.equal(served('01 10 1070 0001 04 00000001'), undefined);
    assert.equal(served('01 10 1070 0002 03 000001'), undefined);
    assert.equal(served('01 11 1070 0002 04 00000001'), undefined);
    assert.equal(served('01 10 1070 0000 00'), undefined);
    assert.deepEqual(asked, []);
  });

  it('tells its switches as frame and as registers', () => {
    const { side } = board();
    const frame = jkModbus.emulate(triggerOf(1, '161e'))?.answer({}, side);
    assert.equal(frame?.toString('hex', 118, 130), '010000000000000001000000');
    assert.equal(frame?.toString('hex', 282, 284), '1133');
    const read = (front: string): string | undefined =>
      jkModbus.emulate(modbus(front))?.answer({}, side).toString('hex', 3);
    assert.match(read('01 03 1070 0006') ?? '', /^000000010000000000000001/);
    assert.match(read('01 03 1114 0003') ?? '', /^331100000000/);
  });
});
