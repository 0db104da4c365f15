import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import type { Reading } from '../../src/battery/reading';
import { jkBle } from '../../src/codec/jk-ble';
import { LAYOUTS, type JkBleMemory, type Variant } from '../../src/codec/jk-ble/variant';
import type { Action, Decoded, EmulatedBoard, ScriptInput, Step, Target } from '../../src/codec/protocol';
import { ControlBench } from '../support/control-scenes';
import { ACKNOWLEDGEMENT, ASK_CELLS, AT, CELLS_24S, CELLS_32S, record } from '../support/jk-ble';
import { answered, codeOf, play, isNoAnswer } from '../support/jk-script';
import { loadVector, loadVectors } from '../support/vectors';
import { hex } from '../support/sheet';

const [jk04, jk02For24, jk02For32] = ['jk04', 'jk02-24s', 'jk02-32s'] as const;
const VARIANTS = Object.keys(LAYOUTS) as Variant[];
const BEFORE: Decoded<JkBleMemory> = { reading: {}, memory: {} };

const targetOf = (variant?: Variant): Target<JkBleMemory> => ({
  address: 0,
  memory: variant === undefined ? {} : { variant },
});

function actionOf(name: ActionName): Action<JkBleMemory> {
  const action = jkBle.actions?.find((entry) => entry.name === name);
  assert.ok(action, name);
  return action;
}

function orderFor(value: ActionValue, variant?: Variant): ScriptInput<JkBleMemory> {
  return { value, target: targetOf(variant), before: BEFORE, password: '1234', now: new Date(0) };
}

/** The only step of an action. */
function stepOf(name: ActionName, value: ActionValue, variant?: Variant): Step {
  const { steps } = play(jkBle, actionOf(name).script(orderFor(value, variant)), () => [ACKNOWLEDGEMENT]);
  const [step] = steps;
  assert.ok(step && steps.length === 1);
  return step;
}

/** A record 01 with these switches on. */
function settings(...on: ('charge' | 'discharge' | 'balancing' | 'heating')[]): Buffer {
  const word = (name: (typeof on)[number]): string => (on.includes(name) ? '01000000' : '00000000');
  const heating = on.includes('heating') ? '1133' : '1033';
  return record(1, { 118: word('charge'), 122: word('discharge'), 126: word('balancing'), 282: heating });
}

/** A record 02 of 32S with these MOSFETs closed. */
function mosfets(charge: boolean, discharge: boolean): Buffer {
  return record(2, { 198: charge ? '01' : '00', 199: discharge ? '01' : '00' }, CELLS_32S);
}

const WRITES: [ActionName, ActionValue, readonly Variant[], string][] = [
  ['charge', true, [jk02For24, jk02For32], 'aa5590eb1d04010000000000000000000000009c'],
  ['charge', false, [jk02For24, jk02For32], 'aa5590eb1d04000000000000000000000000009b'],
  ['discharge', true, [jk02For24, jk02For32], 'aa5590eb1e04010000000000000000000000009d'],
  ['discharge', false, [jk02For24, jk02For32], 'aa5590eb1e04000000000000000000000000009c'],
  ['balancing', true, [jk02For24, jk02For32], 'aa5590eb1f04010000000000000000000000009e'],
  ['balancing', false, [jk02For24, jk02For32], 'aa5590eb1f04000000000000000000000000009d'],
  ['balancing', true, [jk04], 'aa5590eb6c0101000000000000000000000000e8'],
  ['balancing', false, [jk04], 'aa5590eb6c0100000000000000000000000000e7'],
  ['heating', true, [jk02For32], 'aa5590eb270401000000000000000000000000a6'],
  ['heating', false, [jk02For32], 'aa5590eb270400000000000000000000000000a5'],
  ['restart', true, [jk02For24, jk02For32], 'aa5590eb660000000000000000000000000000e0'],
  ['shutdown', true, [jk02For24, jk02For32], 'aa5590eb650000000000000000000000000000df'],
];

describe('jk-ble: control', () => {
  it('sends what the sheet says, once, to the variants that have it', () => {
    for (const [name, value, variants, request] of WRITES) {
      for (const variant of variants) {
        const step = stepOf(name, value, variant);
        assert.equal(step.request.toString('hex'), request, `${name} ${value} ${variant}`);
        assert.ok(step.isWrite);
      }
    }
  });

  it('applies to a variant only where that has the register, and to none before it is known', () => {
    for (const { name, applies, script } of jkBle.actions ?? []) {
      const having = VARIANTS.filter((variant) => applies?.(targetOf(variant)));
      const expected = WRITES.filter(([written]) => written === name).flatMap(([, , variants]) => variants);
      assert.deepEqual(new Set(having), new Set(expected), name);
      assert.equal(applies?.(targetOf()), false, name);
      for (const variant of [undefined, ...VARIANTS]) {
        if (variant !== undefined && having.includes(variant)) continue;
        const act = (): unknown => play(jkBle, script(orderFor(true, variant)), () => assert.fail('sent'));
        assert.equal(codeOf(act), 'unsupported', `${name} ${variant}`);
      }
    }
  });

  it('reads no switches of a board whose variant is not known', () => {
    for (const name of ['charge', 'balancing'] as const) {
      const { confirm } = actionOf(name);
      assert.equal(
        codeOf(() => play(jkBle, confirm.read(targetOf()), () => assert.fail('sent'))),
        'unsupported',
      );
    }
  });

  it('switches only what is safe: restart and shutdown want to be said twice', () => {
    const names = jkBle.actions?.map(({ name }) => name);
    assert.deepEqual(names, ['charge', 'discharge', 'balancing', 'heating', 'restart', 'shutdown']);
    assert.deepEqual(
      jkBle.actions?.filter(({ dangerous }) => dangerous).map(({ name }) => name),
      ['restart', 'shutdown'],
    );
  });

  it('a board without cells, whose variant shows in nothing, is sent no command', async () => {
    const bench = new ControlBench(jkBle);
    const { script } = bench.link;
    bench.link.script = (request, reply) => {
      if (request.toString('hex') !== ASK_CELLS) return script(request, reply);
      reply(Buffer.concat([settings(), ACKNOWLEDGEMENT, record(2, { 214: 'ff' })]), 10);
    };
    assert.equal(await bench.wish({ action: 'balancing', value: false }), 'unsupported');
    assert.deepEqual(bench.commands, []);
    assert.equal(await bench.close(), 0);
  });
});

describe('jk-ble: captured writes', () => {
  /** Each write of the captures that an action can produce. */
  const captured = loadVectors('jk-ble')
    .filter(({ file }) => file.startsWith('write-'))
    .flatMap(({ file, exchanges }) =>
      exchanges.flatMap((exchange) =>
        WRITES.filter(([, , , request]) => request === exchange.tx).map(([name, value, variants]) => ({
          ...{ file, name, value, exchange },
          variant: file.includes('jk04') ? jk04 : (variants.at(-1) ?? jk02For32),
        })),
      ),
    );

  it('has heating and the balancer of JK04, on and off', () => {
    const found = captured.map(({ file, name, value }) => `${file} ${name} ${value}`);
    assert.deepEqual(found, [
      'write-32s-v11.288H-heating-off.json heating false',
      'write-32s-v11.288H-heating-on.json heating true',
      'write-jk04-b2a16s-balancer-off.json balancing false',
      'write-jk04-b2a16s-balancer-on.json balancing true',
    ]);
  });

  for (const { file, name, value, variant, exchange } of captured) {
    it(`${file}: ${exchange.what}`, () => {
      const step = stepOf(name, value, variant);
      assert.equal(step.request.toString('hex'), exchange.tx);
      const chunks = exchange.rx.map(hex);
      const [acknowledgement] = answered(jkBle, step, chunks);
      assert.deepEqual(acknowledgement, ACKNOWLEDGEMENT);
      const bytes = Array.from(Buffer.concat([step.request, AT, ...chunks, AT]), (byte) => Buffer.of(byte));
      assert.deepEqual(answered(jkBle, step, bytes), [ACKNOWLEDGEMENT]);
    });
  }

  it('acknowledgements glued to AT lines of the module are seen (14.20, 15.41)', () => {
    const step = stepOf('heating', true, jk02For32);
    for (const file of ['write-32s-v14.20-precharge-time', 'write-32s-v15.41-clock']) {
      for (const { rx } of loadVector('jk-ble', file).exchanges) {
        assert.deepEqual(answered(jkBle, step, rx.map(hex)), [ACKNOWLEDGEMENT], file);
      }
    }
  });

  const readBack: [string, ActionName, Variant, boolean][] = [
    ['write-32s-v11.288H-heating-off', 'heating', jk02For32, false],
    ['write-32s-v11.288H-heating-on', 'heating', jk02For32, true],
    ['write-32s-v11.288H-port-switch-rs485', 'heating', jk02For32, true],
    ['write-32s-v15.41-heating-temperatures', 'heating', jk02For32, true],
    ['write-32s-v15.41-heating-temperatures', 'balancing', jk02For32, true],
    ['write-jk04-b2a16s-balancer-on', 'balancing', jk04, true],
    ['write-jk04-b2a16s-poweroff-and-balance-current', 'balancing', jk04, true],
  ];

  for (const [file, name, variant, state] of readBack) {
    it(`${file}: ${name} is read back as ${state}`, () => {
      const { confirm } = actionOf(name);
      const exchange = loadVector('jk-ble', file).exchanges.at(-1);
      assert.ok(exchange);
      const { requests, result } = play(jkBle, confirm.read(targetOf(variant)), () => exchange.rx.map(hex));
      assert.deepEqual(requests, [exchange.tx]);
      assert.equal(confirm.state(result), state);
    });
  }

  it('the settings before were the others (heating-off)', () => {
    const [first] = loadVector('jk-ble', 'write-32s-v11.288H-heating-off').exchanges;
    const { confirm } = actionOf('heating');
    const { result } = play(jkBle, confirm.read(targetOf(jk02For32)), () => first?.rx.map(hex) ?? []);
    assert.equal(confirm.state(result), true);
  });

  it('nothing else is an acknowledgement', () => {
    const step = stepOf('charge', true, jk02For32);
    const foreign = [step.request, settings('charge'), CELLS_32S, AT, hex('aa5590ebc8010000000000000000000000000043')];
    for (const frame of foreign) assert.ok(isNoAnswer(jkBle, step, [frame]));
    for (let at = 0; at < ACKNOWLEDGEMENT.length; at++) {
      const damaged = Buffer.from(ACKNOWLEDGEMENT);
      damaged[at] = (damaged[at] ?? 0) ^ 0x04;
      assert.ok(isNoAnswer(jkBle, step, [damaged]), `byte ${at}`);
    }
    const padded = hex('aa5590ebc8010100000000000000000000000549');
    padded[18] = 5;
    assert.deepEqual(answered(jkBle, step, [padded]), [padded], 'stale memory behind the value');
  });
});

describe('jk-ble: what proves an action', () => {
  /** What the confirmation of an action reads in these frames. */
  const readIn = (name: ActionName, variant: Variant, ...frames: Buffer[]): Decoded<JkBleMemory> =>
    play(jkBle, actionOf(name).confirm.read(targetOf(variant)), () => frames).result;

  it('charging is on when the switch says so, off when neither the switch nor the MOSFET is on', () => {
    const { confirm } = actionOf('charge');
    const shows = (on: boolean, conducts: boolean, wanted: boolean): boolean | undefined => {
      const frames = [on ? settings('charge') : settings('discharge'), ACKNOWLEDGEMENT, mosfets(conducts, !conducts)];
      const now = readIn('charge', jk02For32, ...frames);
      assert.equal(confirm.state(now), on);
      return confirm.shows?.(now, wanted, BEFORE);
    };
    assert.deepEqual(
      [shows(true, true, true), shows(true, false, true), shows(false, true, true)],
      [true, true, false],
    );
    assert.deepEqual(
      [shows(false, false, false), shows(true, false, false), shows(false, true, false)],
      [true, false, false],
    );
  });

  it('discharging goes by its own switch and MOSFET', () => {
    const { confirm } = actionOf('discharge');
    const now = readIn('discharge', jk02For32, settings('discharge'), ACKNOWLEDGEMENT, mosfets(false, true));
    assert.deepEqual([confirm.state(now), confirm.shows?.(now, true, BEFORE)], [true, true]);
  });

  it('24S has its MOSFETs elsewhere, and no word of switches', () => {
    const cells = record(2, { 166: '01', 167: '00' }, CELLS_24S);
    const now = readIn('charge', jk02For24, settings('charge', 'heating'), ACKNOWLEDGEMENT, cells);
    assert.deepEqual(now.reading.chargeEnabled, true);
    const { chargeSwitch, dischargeSwitch, balancingSwitch, heatingSwitch } = now.reading;
    assert.deepEqual([chargeSwitch, dischargeSwitch, balancingSwitch, heatingSwitch], [true, false, false, undefined]);
  });

  it('heating and balancing are permissions, whatever the board does with them', () => {
    for (const name of ['heating', 'balancing'] as const) {
      const { confirm } = actionOf(name);
      assert.equal(confirm.state(readIn(name, jk02For32, settings(name), ACKNOWLEDGEMENT)), true);
      assert.equal(confirm.state(readIn(name, jk02For32, settings('charge'), ACKNOWLEDGEMENT)), false);
    }
  });

  it('a switch that is neither on nor off tells nothing', () => {
    const odd = record(1, { 126: '02000000' });
    assert.equal(actionOf('balancing').confirm.state(readIn('balancing', jk02For32, odd, ACKNOWLEDGEMENT)), undefined);
  });

  it('records of the stream in front of the settings are older than what is asked', () => {
    const old = mosfets(true, true);
    const frames = [old, old, ACKNOWLEDGEMENT, settings('charge'), settings('discharge'), ACKNOWLEDGEMENT];
    const now = readIn('charge', jk02For32, ...frames, mosfets(false, false));
    assert.deepEqual([now.reading.chargeSwitch, now.reading.chargeEnabled], [true, false]);
  });

  it('the acknowledgement of the question is waited for, lest it be taken for that of the write', () => {
    const { confirm } = actionOf('balancing');
    const read = (...frames: Buffer[]): string =>
      codeOf(() => play(jkBle, confirm.read(targetOf(jk02For32)), () => frames));
    assert.equal(read(settings()), 'timeout');
    assert.equal(read(settings(), CELLS_32S), 'timeout');
    assert.equal(read(settings(), CELLS_32S, ACKNOWLEDGEMENT), 'none');
    assert.equal(read(settings(), CELLS_32S, CELLS_32S), 'none', 'after two records it will not come');
  });

  it('MOSFETs are not told from settings alone', () => {
    const act = (): unknown => readIn('charge', jk02For32, settings('charge'), ACKNOWLEDGEMENT, ACKNOWLEDGEMENT);
    assert.equal(codeOf(act), 'timeout');
  });

  it('cells that cannot be true prove nothing', () => {
    const wrong = record(2, { 6: 'ffff' }, CELLS_32S);
    const act = (): unknown => readIn('charge', jk02For32, settings('charge'), ACKNOWLEDGEMENT, wrong);
    assert.equal(codeOf(act), 'malformed');
  });

  it('has no state for restart and shutdown', () => {
    for (const name of ['restart', 'shutdown'] as const) assert.equal(actionOf(name).confirm.state(BEFORE), undefined);
  });

  it('the settings are asked for at most once a second', () => {
    for (const { name, confirm } of jkBle.actions ?? []) assert.ok(confirm.everyMs >= 1000, name);
  });
});

describe('jk-ble: the board’s side', () => {
  const MODELS: Readonly<Record<Variant, Reading>> = {
    [jk04]: { model: 'JK-B2A16S', softwareVersion: '3.3.0' },
    [jk02For24]: { model: 'JK-B2A24S20P', softwareVersion: '10.07' },
    [jk02For32]: { model: 'JK_PB2A16S20P', softwareVersion: '15.41' },
  };

  const board = (heating: boolean): { side: EmulatedBoard; asked: [ActionName, ActionValue][] } => {
    const asked: [ActionName, ActionValue][] = [];
    const switches = { charge: true, discharge: false, balancing: true, heating };
    return {
      side: { switches, memory: new Map(), balances: false, execute: (...wish) => asked.push(wish) > 0 },
      asked,
    };
  };

  it('obeys the registers of its variant, and is silent on those of others', () => {
    for (const [name, value, variants, request] of WRITES) {
      for (const variant of VARIANTS) {
        const { side, asked } = board(true);
        const answer = jkBle.emulate(hex(request))?.answer(MODELS[variant], side);
        const has = variants.includes(variant);
        assert.equal(answer?.toString('hex'), has ? ACKNOWLEDGEMENT.toString('hex') : '', `${name} ${variant}`);
        assert.deepEqual(asked, has ? [[name, value]] : []);
      }
    }
  });

  it('is silent on another width, other values and other registers', () => {
    const { side, asked } = board(true);
    const requests = [
      'aa5590eb1d0101000000000000000000000000',
      'aa5590eb1d0402000000000000000000000000',
      'aa5590eb1d0d01000000000000000000000000',
      'aa5590eb6c043f2c1f0b000000000000000000',
      'aa5590eb6404000000000000000000000000ff',
    ].map((front) => {
      const bytes = hex(front);
      return Buffer.concat([bytes, Buffer.of(bytes.reduce((sum, byte) => sum + byte, 0) & 0xff)]);
    });
    for (const request of requests) {
      assert.equal(jkBle.emulate(request)?.answer(MODELS[jk02For32], side).length ?? 0, 0, request.toString('hex'));
    }
    assert.deepEqual(asked, []);
  });

  it('tells its switches where each variant has them', () => {
    const bytesOf = (variant: Variant, heating: boolean): Buffer =>
      jkBle.emulate(hex(ASK_CELLS))?.answer(MODELS[variant], board(heating).side) ?? Buffer.alloc(0);
    for (const heating of [false, true]) {
      assert.equal(bytesOf(jk04, heating).toString('hex', 114, 130), '01000000000000000000000000000000');
      for (const variant of [jk02For24, jk02For32]) {
        const told = bytesOf(variant, heating);
        assert.equal(told.toString('hex', 118, 130), '010000000000000001000000');
        assert.equal(told.readUInt16LE(282), variant === jk02For32 && heating ? 1 : 0);
      }
    }
  });
});
