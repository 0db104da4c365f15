import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import { BmsError } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { jk } from '../../src/codec/jk';
import type { Action, Decoded, EmulatedBoard, ScriptInput } from '../../src/codec/protocol';
import { ControlBench } from '../support/control-scenes';
import { nwFrame } from '../support/jk';
import { codeOf, play, isNoAnswer } from '../support/jk-script';
import { loadVector } from '../support/vectors';
import { hex } from '../support/sheet';

const TARGET = { address: 0, memory: {} };
const PASSWORD = '4e570014000000000502000000000000006800000128';

function actionOf(name: ActionName): Action {
  const action = jk.actions?.find((entry) => entry.name === name);
  assert.ok(action, name);
  return action;
}

/** A board that tells of everything that can be switched. */
const BEFORE: Decoded = {
  reading: { chargeEnabled: true, dischargeEnabled: true, balancingSwitch: true },
};

function orderFor(value: ActionValue, before = BEFORE): ScriptInput {
  return { value, target: TARGET, before, password: 'topsecret', now: new Date(0) };
}

/** A reply to a write or password. */
function reply(command: '02' | '05', information: string): Buffer {
  return nwFrame(`${command} 00 01`, information);
}

/** What an action sends, when everything is acknowledged. */
function requestsOf(name: ActionName, value: ActionValue): string[] {
  return play(jk, actionOf(name).script(orderFor(value)), ({ request }) => [
    reply(request[8] === 5 ? '05' : '02', request.subarray(11, 12).toString('hex')),
  ]).requests;
}

describe('jk: control', () => {
  const [unlocking, chargeOff] = loadVector('jk', 'write-charge-mosfet-off').exchanges;
  assert.ok(unlocking && chargeOff);
  const answersTo = (request: Buffer): Buffer[] => {
    const exchange = [unlocking, chargeOff].find(({ tx }) => tx === request.toString('hex'));
    assert.ok(exchange, request.toString('hex'));
    return exchange.rx.map(hex);
  };

  it('switches charging off as recorded: password, 150 ms, write (write-charge-mosfet-off)', () => {
    const { steps, requests } = play(jk, actionOf('charge').script(orderFor(false)), ({ request }) =>
      answersTo(request),
    );
    assert.deepEqual(requests, [unlocking.tx, chargeOff.tx]);
    assert.deepEqual(
      steps.map(({ isWrite: once, gapMs }) => [once, gapMs]),
      [
        [true, 150],
        [true, undefined],
      ],
    );
  });

  it('knows the acknowledgement in pieces, behind noise and behind the echo', () => {
    const noisy = (request: Buffer): Buffer[] => {
      const bytes = Buffer.concat([hex('00 4e 4e57 ffff 68'), request, ...answersTo(request), hex('4e')]);
      return Array.from(bytes, (byte) => Buffer.of(byte));
    };
    const { requests } = play(jk, actionOf('charge').script(orderFor(false)), ({ request }) => noisy(request));
    assert.deepEqual(requests, [unlocking.tx, chargeOff.tx]);
  });

  it('takes nothing else for an acknowledgement', () => {
    const { steps } = play(jk, actionOf('charge').script(orderFor(false)), ({ request }) => answersTo(request));
    const [password, write] = steps;
    assert.ok(password && write);
    const foreign = [
      ['the echo', hex(chargeOff.tx)],
      ['another id', reply('02', 'ac')],
      ['data behind the id, which may be a refusal', reply('02', 'ab 00')],
      ['the password’s', reply('05', '00')],
      ['an upload', nwFrame('02 00 02', 'ab')],
      ['the values of the board', nwFrame('06 00 01', '83 14ef 85 64')],
    ] as const;
    for (const [what, frame] of foreign) assert.ok(isNoAnswer(jk, write, [frame]), what);
    assert.ok(isNoAnswer(jk, password, [reply('02', '00')]));
    assert.ok(isNoAnswer(jk, password, [reply('05', 'b2')]));
    const good = reply('02', 'ab');
    for (let at = 0; at < good.length; at++) {
      const damaged = Buffer.from(good);
      damaged[at] = (damaged[at] ?? 0) ^ 0x04;
      assert.ok(isNoAnswer(jk, write, [damaged]), `byte ${at}`);
    }
  });

  it('sends what the sheet says', () => {
    const writes: [ActionName, ActionValue, string][] = [
      ['charge', true, '4e57001400000000020200ab0100000000 68000001d1'],
      ['charge', false, '4e57001400000000020200ab0000000000 68000001d0'],
      ['discharge', true, '4e57001400000000020200ac0100000000 68000001d2'],
      ['discharge', false, '4e57001400000000020200ac0000000000 68000001d1'],
      ['balancing', true, '4e570014000000000202009d0100000000 68000001c3'],
      ['balancing', false, '4e570014000000000202009d0000000000 68000001c2'],
      ['restart', true, '4e57001400000000020200bb0100000000 68000001e1'],
    ];
    for (const [name, value, request] of writes) {
      assert.deepEqual(requestsOf(name, value), [PASSWORD, request.replaceAll(' ', '')], `${name} ${value}`);
    }
    assert.deepEqual(
      jk.actions?.map(({ name }) => name),
      ['charge', 'discharge', 'balancing', 'restart'],
    );
    assert.deepEqual(
      jk.actions?.filter(({ dangerous }) => dangerous).map(({ name }) => name),
      ['restart'],
    );
  });

  it('a board that leaves the password unanswered is written to all the same, as public software does', () => {
    for (const code of ['timeout', 'checksum'] as const) {
      const { requests } = play(jk, actionOf('discharge').script(orderFor(true)), ({ request }) =>
        request[8] === 5 ? new BmsError(code, 'nothing came') : [reply('02', 'ac')],
      );
      assert.equal(requests.length, 2);
    }
  });

  it('nothing is written when the line breaks at the password', () => {
    const sent: string[] = [];
    const act = (): unknown =>
      play(jk, actionOf('discharge').script(orderFor(true)), ({ request }) => {
        sent.push(request.toString('hex'));
        return new BmsError('disconnected', 'the cable was pulled');
      });
    assert.equal(codeOf(act), 'disconnected');
    assert.deepEqual(sent, [PASSWORD]);
  });

  it('the password of the device is not sent: no firmware is known that wants it', () => {
    for (const request of requestsOf('charge', true)) {
      assert.ok(!hex(request).includes('topsecret'));
    }
  });

  it('what the board does not tell is not switched', () => {
    const silent: Decoded = { reading: { voltage: 52 }, memory: {} };
    for (const name of ['charge', 'discharge', 'balancing'] as const) {
      const act = (): unknown => play(jk, actionOf(name).script(orderFor(true, silent)), () => assert.fail('sent'));
      assert.equal(codeOf(act), 'unsupported', name);
    }
  });
});

describe('jk: what proves an action', () => {
  /** What the confirmation of an action makes of a reply with these ids. */
  const stateOf = (name: ActionName, ids: string): unknown => {
    const { confirm } = actionOf(name);
    return confirm.state(play(jk, confirm.read(TARGET), () => [nwFrame('06 00 01', ids)]).result);
  };

  it('the MOSFETs are switched as ab and ac say, and as 8c says on boards where these stay 0', () => {
    assert.equal(stateOf('charge', '8c 0001 ab 00 ac 00'), true);
    assert.equal(stateOf('charge', '8c 0002 ab 00 ac 00'), false);
    assert.equal(stateOf('discharge', '8c 0002 ab 00 ac 00'), true);
    assert.equal(stateOf('charge', '8b 0400 8c 0002 ab 01 ac 01'), true, 'held open');
    assert.equal(stateOf('discharge', '8b 0800 8c 0001 ab 01 ac 01'), true, 'held open');
    assert.equal(stateOf('charge', '8b 0000 8c 0002 ab 00 ac 01'), false);
    assert.equal(stateOf('balancing', '83 14ef ab 01'), undefined);
  });

  it('ab at 0 beside a MOSFET that a protection may hold open proves nothing: on some boards it follows the MOSFET', () => {
    const { confirm } = actionOf('charge');
    const seen = (ids: string): Decoded => play(jk, confirm.read(TARGET), () => [nwFrame('06 00 01', ids)]).result;
    assert.equal(confirm.isSet?.(seen('8b 0400 8c 0002 ab 00 ac 01'), false), false, 'overvoltage');
    assert.equal(confirm.isSet?.(seen('8c 0002 ab 00 ac 01'), false), false, 'alarms are not told');
    assert.equal(confirm.isSet?.(seen('8b 0800 8c 0002 ab 00 ac 01'), false), true, 'undervoltage holds the other one');
    assert.equal(confirm.isSet?.(seen('8b 0000 8c 0003 ab 00 ac 01'), false), false, 'it still conducts');
    assert.equal(confirm.isSet?.(seen('8b 0000 8c 0002 ab 00 ac 00'), false), false, 'ab and ac tell nothing');
    assert.equal(confirm.isSet?.(seen('8b 0400 8c 0002 ab 01 ac 01'), true), true);
  });

  it('the balancer’s switch is 9d: bit 2 of 8c is only whether it works now', () => {
    assert.equal(stateOf('balancing', '8c 0003 9d 01'), true);
    assert.equal(stateOf('balancing', '8c 0007 9d 00'), false);
    assert.equal(stateOf('balancing', '8c 0007'), undefined);
  });

  it('an answer without 9d is not taken for the one before', () => {
    const { confirm } = actionOf('balancing');
    const target = { address: 0, memory: { balancingSwitch: true } };
    const { result } = play(jk, confirm.read(target), () => [nwFrame('06 00 01', '8c 0007')]);
    assert.equal(confirm.state(result), undefined);
  });

  it('has no state for a restart', () => {
    assert.equal(stateOf('restart', '8c 0003'), undefined);
  });

  it('a password that nobody acknowledges costs a second, and the rest goes its way', async () => {
    const bench = new ControlBench(jk);
    await bench.settled(bench.device.read());
    const { script } = bench.link;
    bench.link.script = (request, respond) => {
      if (request[8] !== 5) script(request, respond);
    };
    const outcome = await bench.wish({ action: 'charge', value: false });
    assert.deepEqual(outcome, { action: 'charge', value: false, before: true, after: false });
    assert.equal(bench.link.sent.filter((request) => request === PASSWORD).length, 1);
    assert.deepEqual(bench.commands, [{ action: 'charge', value: false }]);
    assert.equal(await bench.close(), 0);
  });
});

describe('jk: the board’s side', () => {
  const board = (): { side: EmulatedBoard; asked: [ActionName, ActionValue][] } => {
    const asked: [ActionName, ActionValue][] = [];
    const switches = { charge: true, discharge: false, balancing: true, heating: false };
    return {
      side: { switches, memory: new Map(), balances: false, execute: (...wish) => asked.push(wish) > 0 },
      asked,
    };
  };

  it('acknowledges as recorded, and obeys', () => {
    const { side, asked } = board();
    for (const { tx, rx } of loadVector('jk', 'write-charge-mosfet-off').exchanges) {
      assert.equal(jk.emulate(hex(tx))?.answer({}, side).toString('hex'), rx.join(''));
    }
    assert.deepEqual(asked, [['charge', false]]);
  });

  it('tells what its user has switched', () => {
    const { side } = board();
    const serve = (request: Buffer, pack: Reading): string =>
      jk.emulate(request)?.answer(pack, side).subarray(11, -9).toString('hex') ?? '';
    assert.equal(serve(nwFrame('06 03 00', '00'), {}), '9d01ab01ac00c001');
    assert.equal(serve(nwFrame('03 03 00', '9d'), {}), '9d01');
  });

  it('does not understand other writes', () => {
    const written = ['ab', 'ab 02', 'ab 01 00', '8e 0101', 'bc 01', 'bd 01', 'b8 01', 'ad 0100'];
    for (const information of written) {
      assert.equal(jk.emulate(nwFrame('02 02 00', information)), undefined, information);
    }
  });
});
