import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import { BmsError } from '../../src/battery/errors';
import { say } from '../../src/battery/sentence';
import { jk } from '../../src/codec/jk';
import type { Confirmation, Decoded, Step } from '../../src/codec/protocol';
import { actionOf, orderFor } from '../support/action-script';
import { ControlBench } from '../support/control-scenes';
import { nwFrame } from '../support/jk';
import * as script from '../support/jk-script';
import { hex } from '../support/sheet';
import { loadVector } from '../support/vectors';

const PASSWORD = '4e570014000000000502000000000000006800000128';
const TARGET = { address: 0, memory: {} };

/** A board that reports everything that can be switched. */
const BEFORE: Decoded = { reading: { chargeEnabled: true, dischargeEnabled: true, balancingSwitch: true } };
const ORDER = { before: BEFORE, password: 'topsecret' };

const isPassword = ({ request }: Step): boolean => request[8] === 5;

/** A reply to a write or password. */
const reply = (command: '02' | '05', information: string): Buffer => nwFrame(`${command} 00 01`, information);

/** The acknowledgement of a step. */
const acknowledged = (step: Step): Buffer[] => [
  reply(isPassword(step) ? '05' : '02', step.request.subarray(11, 12).toString('hex')),
];

const run = (name: ActionName, value: ActionValue, respond: (step: Step) => Buffer[] | BmsError = acknowledged) =>
  script.play(jk, actionOf(jk, name).script(orderFor(jk, value, ORDER)), respond);

describe('jk: control (jk.md 8, 9)', () => {
  const [unlocking, chargeOff] = loadVector('jk', 'write-charge-mosfet-off').exchanges;
  assert.ok(unlocking && chargeOff);

  it('switches charging off as recorded: password, 150 ms, write (write-charge-mosfet-off)', () => {
    const recorded = (step: Step): Buffer[] => (isPassword(step) ? unlocking : chargeOff).rx.map(hex);
    const { steps, requests } = run('charge', false, recorded);
    assert.deepEqual(requests, [unlocking.tx, chargeOff.tx]);
    const [password, write] = steps;
    assert.ok(password && write);
    assert.deepEqual([password.gapMs, write.gapMs], [150, undefined]);
    for (const frame of [reply('02', '00'), reply('05', 'b2')]) assert.ok(script.isNoAnswer(jk, password, [frame]));
    assert.equal(run('restart', true).steps[1]?.timeoutMs, 300, 'it may be gone before it acknowledges');
  });

  it('a board that leaves the password unanswered is written to all the same, as public software does', () => {
    for (const code of ['timeout', 'checksum'] as const) {
      const answer = (step: Step): Buffer[] | BmsError =>
        isPassword(step) ? new BmsError(code, say`nothing came`) : acknowledged(step);
      assert.equal(run('discharge', true, answer).requests.length, 2);
    }
  });

  it('nothing is written when the line breaks at the password', () => {
    const sent: string[] = [];
    const pulled = ({ request }: Step): BmsError => {
      sent.push(request.toString('hex'));
      return new BmsError('disconnected', say`the cable was pulled`);
    };
    const code = script.codeOf(() => run('discharge', true, pulled));
    assert.equal(code, 'disconnected');
    assert.deepEqual(sent, [PASSWORD]);
  });

  it('a password that nobody acknowledges costs a second, and the rest goes its way', async () => {
    const bench = new ControlBench(jk);
    await bench.settled(bench.device.read());
    const { script: usual } = bench.link;
    bench.link.script = (request, respond) => {
      if (request[8] !== 5) usual(request, respond);
    };
    const outcome = await bench.wish({ action: 'charge', value: false });
    assert.deepEqual(outcome, { action: 'charge', value: false, before: true, after: false });
    assert.equal(bench.link.sent.filter((request) => request === PASSWORD).length, 1);
    assert.deepEqual(bench.commands, [{ action: 'charge', value: false }]);
    assert.equal(await bench.close(), 0);
  });
});

describe('jk: what proves an action (jk.md 7, 9)', () => {
  const seen = (confirm: Confirmation, ids: string): Decoded =>
    script.play(jk, confirm.read(TARGET), () => [nwFrame('06 00 01', ids)]).result;

  it('the MOSFETs are switched as ab and ac say, and as 8c says on boards where these stay 0; the balancer by 9d', () => {
    for (const [name, ids, state] of [
      ['charge', '8c 0001 ab 00 ac 00', true],
      ['charge', '8c 0002 ab 00 ac 00', false],
      ['discharge', '8c 0002 ab 00 ac 00', true],
      ['charge', '8b 0400 8c 0002 ab 01 ac 01', true], // held open
      ['discharge', '8b 0800 8c 0001 ab 01 ac 01', true], // held open
      ['charge', '8b 0000 8c 0002 ab 00 ac 01', false],
      ['balancing', '83 14ef ab 01', undefined],
      ['balancing', '8c 0003 9d 01', true],
      ['balancing', '8c 0007 9d 00', false],
      ['balancing', '8c 0007', undefined],
      ['restart', '8c 0003', undefined],
    ] as const) {
      const { confirm } = actionOf(jk, name);
      assert.equal(confirm.state(seen(confirm, ids)), state, `${name}: ${ids}`);
    }
  });

  it('ab at 0 beside a MOSFET that a protection may hold open proves nothing: on some boards it follows the MOSFET', () => {
    const { confirm } = actionOf(jk, 'charge');
    for (const [ids, value, isSet] of [
      ['8b 0400 8c 0002 ab 00 ac 01', false, false], // overvoltage
      ['8c 0002 ab 00 ac 01', false, false], // alarms are not reported
      ['8b 0800 8c 0002 ab 00 ac 01', false, true], // undervoltage holds the other one
      ['8b 0000 8c 0003 ab 00 ac 01', false, false], // it still conducts
      ['8b 0000 8c 0002 ab 00 ac 00', false, false], // ab and ac say nothing
      ['8b 0400 8c 0002 ab 01 ac 01', true, true],
    ] as const) {
      assert.equal(confirm.isSet?.(seen(confirm, ids), value), isSet, ids);
    }
    assert.equal(confirm.evidence, 'effect', 'what is off may still be one that has left no alarm');
  });
});
