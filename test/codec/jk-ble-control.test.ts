import assert from 'node:assert/strict';
import type { ActionName } from '../../src/battery/action';
import { jkBle } from '../../src/codec/jk-ble';
import type { JkBleMemory, Variant } from '../../src/codec/jk-ble/variant';
import type { Decoded, Target } from '../../src/codec/protocol';
import { actionOf as findAction, orderFor } from '../support/action-script';
import { ControlBench } from '../support/control-scenes';
import { ACKNOWLEDGEMENT, ASK_CELLS, CELLS_24S, CELLS_32S } from '../support/jk-ble';
import { record, u32 } from '../support/jk-record';
import * as script from '../support/jk-script';
import { hex } from '../support/sheet';
import { loadVector } from '../support/vectors';

const BEFORE: Decoded<JkBleMemory> = { reading: {} };

const actionOf = (name: ActionName) => findAction(jkBle, name);
const targetOf = (variant?: Variant): Target<JkBleMemory> => ({ address: 0, memory: variant ? { variant } : {} });

/** A record 01 with these switches on. */
function settings(...on: ('charge' | 'discharge' | 'balancing' | 'heating')[]): Buffer {
  const [charge, discharge, balancing] = (['charge', 'discharge', 'balancing'] as const).map((name) =>
    u32(Number(on.includes(name))),
  );
  return record(1, { 118: `${charge} ${discharge} ${balancing}`, 282: on.includes('heating') ? '1133' : '1033' });
}

/** A record 02 of 32S with these MOSFETs closed. */
const mosfets = (charge: boolean, discharge: boolean): Buffer =>
  record(2, { 198: charge ? '01' : '00', 199: discharge ? '01' : '00' }, CELLS_32S);

describe('jk-ble: control (jk-ble.md 3, 10)', () => {
  it('a board without cells, whose variant shows in nothing, is sent no command', async () => {
    const bench = new ControlBench(jkBle);
    const { script: usual } = bench.link;
    bench.link.script = (request, reply) => {
      if (request.toString('hex') !== ASK_CELLS) return usual(request, reply);
      reply(Buffer.concat([settings(), ACKNOWLEDGEMENT, record(2, { 214: 'ff' })]), 10);
    };
    assert.equal(await bench.wish({ action: 'balancing', value: false }), 'unsupported');
    assert.deepEqual(bench.commands, []);
    assert.equal(await bench.close(), 0);
  });

  it('acknowledgements glued to AT lines of the module are seen (14.20, 15.41)', () => {
    const order = orderFor(jkBle, true, { target: targetOf('jk02-32s') });
    const [step] = script.play(jkBle, actionOf('heating').script(order), () => [ACKNOWLEDGEMENT]).steps;
    assert.equal(step?.timeoutMs, 1000);
    for (const file of ['write-32s-v14.20-precharge-time', 'write-32s-v15.41-clock']) {
      for (const { rx } of loadVector('jk-ble', file).exchanges) {
        assert.deepEqual(script.answered(jkBle, step, rx.map(hex)), [ACKNOWLEDGEMENT], file);
      }
    }
    const padded = hex('aa5590ebc8010100000000000000000000000549');
    assert.deepEqual(script.answered(jkBle, step, [padded]), [padded], 'stale memory behind the value');
  });

  /** File, which of its exchanges, action, variant, state. */
  const [on32, on04] = ['jk02-32s', 'jk04'] as const;
  const readBack: [string, number, ActionName, Variant, boolean][] = [
    ['write-32s-v11.288H-heating-off', -1, 'heating', on32, false],
    ['write-32s-v11.288H-heating-off', 0, 'heating', on32, true],
    ['write-32s-v11.288H-heating-on', -1, 'heating', on32, true],
    ['write-32s-v15.41-heating-temperatures', -1, 'heating', on32, true],
    ['write-32s-v15.41-heating-temperatures', -1, 'balancing', on32, true],
    ['write-jk04-b2a16s-balancer-on', -1, 'balancing', on04, true],
  ];

  it('are read back in the settings that follow', () => {
    for (const [file, at, name, variant, state] of readBack) {
      const { confirm } = actionOf(name);
      const exchange = loadVector('jk-ble', file).exchanges.at(at);
      assert.ok(exchange);
      const { requests, result } = script.play(jkBle, confirm.read(targetOf(variant)), () => exchange.rx.map(hex));
      assert.deepEqual([requests, confirm.state(result)], [[exchange.tx], state], file);
    }
  });
});

describe('jk-ble: what proves an action', () => {
  /** What the confirmation of an action reads in these frames. */
  const readIn = (name: ActionName, variant: Variant, ...frames: Buffer[]): Decoded<JkBleMemory> =>
    script.play(jkBle, actionOf(name).confirm.read(targetOf(variant)), () => frames).result;

  it('a MOSFET is on when its switch says so, off when neither the switch nor the MOSFET is on', () => {
    for (const name of ['charge', 'discharge'] as const) {
      const other = name === 'charge' ? 'discharge' : 'charge';
      const { confirm } = actionOf(name);
      const shows = (on: boolean, conducts: boolean, wanted: boolean): boolean | undefined => {
        const cells = name === 'charge' ? mosfets(conducts, !conducts) : mosfets(!conducts, conducts);
        const now = readIn(name, 'jk02-32s', settings(on ? name : other), ACKNOWLEDGEMENT, cells);
        assert.equal(confirm.state(now), on);
        return confirm.shows?.(now, wanted, BEFORE);
      };
      assert.deepEqual([shows(true, true, true), shows(true, false, true)], [true, true]);
      assert.deepEqual([shows(false, true, true), shows(false, false, false)], [false, true]);
      assert.deepEqual([shows(true, false, false), shows(false, true, false)], [false, false]);
    }
  });

  it('24S has its MOSFETs elsewhere, and no word of switches', () => {
    const cells = record(2, { 166: '01', 167: '00' }, CELLS_24S);
    const { reading } = readIn('charge', 'jk02-24s', settings('charge', 'heating'), ACKNOWLEDGEMENT, cells);
    const { chargeEnabled, chargeSwitch, dischargeSwitch, balancingSwitch, heatingSwitch } = reading;
    assert.deepEqual([chargeEnabled, chargeSwitch, dischargeSwitch], [true, true, false]);
    assert.deepEqual([balancingSwitch, heatingSwitch], [false, undefined]);
  });

  it('heating and balancing are permissions; neither on nor off says nothing', () => {
    for (const name of ['heating', 'balancing'] as const) {
      const state = (record01: Buffer): unknown =>
        actionOf(name).confirm.state(readIn(name, 'jk02-32s', record01, ACKNOWLEDGEMENT));
      assert.deepEqual([state(settings(name)), state(settings('charge'))], [true, false]);
      if (name === 'balancing') assert.equal(state(record(1, { 126: '02000000' })), undefined);
    }
    for (const name of ['restart', 'shutdown'] as const) assert.equal(actionOf(name).confirm.state(BEFORE), undefined);
    const code = script.codeOf(() => actionOf('heating').confirm.read(targetOf()));
    assert.equal(code, 'unsupported', 'nothing is read before the variant is known');
  });

  it('records of the stream in front of the settings are older than what is asked', () => {
    const old = mosfets(true, true);
    const frames = [old, old, ACKNOWLEDGEMENT, settings('charge'), settings('discharge'), ACKNOWLEDGEMENT];
    const { reading } = readIn('charge', 'jk02-32s', ...frames, mosfets(false, false));
    assert.deepEqual([reading.chargeSwitch, reading.chargeEnabled], [true, false]);
  });

  it('the acknowledgement of the question is waited for, lest it be taken for that of the write', () => {
    const read = (name: ActionName, ...frames: Buffer[]): string =>
      script.codeOf(() => readIn(name, 'jk02-32s', ...frames));
    assert.equal(read('balancing', settings()), 'timeout');
    assert.equal(read('balancing', settings(), CELLS_32S), 'timeout');
    assert.equal(read('balancing', settings(), CELLS_32S, ACKNOWLEDGEMENT), 'none');
    assert.equal(read('balancing', settings(), CELLS_32S, CELLS_32S), 'none', 'after two records it will not come');
    const twice = [ACKNOWLEDGEMENT, ACKNOWLEDGEMENT];
    assert.equal(read('charge', settings(), ...twice), 'timeout', 'MOSFETs are in the cell record');
    const wrong = record(2, { 6: 'ffff' }, CELLS_32S);
    assert.equal(read('charge', settings(), ACKNOWLEDGEMENT, wrong), 'malformed', 'cells that cannot be prove nothing');
  });
});
