import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import { dalyModbus } from '../../src/codec/daly-modbus';
import type { DalyModbusMemory } from '../../src/codec/daly-modbus/memory';
import { buildWrite, d2Station, matchWrite, writeFrames } from '../../src/codec/daly-modbus/wire';
import { Framer } from '../../src/codec/kit/framing';
import type { ScriptInput, Target } from '../../src/codec/protocol';
import { actionOf, checkExchange, drive, exchangeOf, orderFor } from '../support/action-script';
import { ControlBench } from '../support/control-scenes';
import { block, closed, D2_BOARD, reply } from '../support/daly-modbus';
import { loadVector, type Exchange } from '../support/vectors';

type Board = Target<DalyModbusMemory>;

const D2: Board = { address: 0, memory: { variant: 'd2', statusRegisters: 62 } };
const P81: Board = { address: 1, memory: {} };
const UNKNOWN: Board = { address: 0, memory: {} };

const ALL = dalyModbus.actions ?? [];
const BALANCING = actionOf(dalyModbus, 'balancing');
const READ_BALANCER = 'd20300cf0001';

const before = { reading: { balancingSwitch: false } };

function order(value: ActionValue, target: Board): ScriptInput<DalyModbusMemory> {
  return orderFor(dalyModbus, value, { target, before });
}

/** What an action sends to a board, and how it ends when this comes back: undefined when that is taken. */
function run(
  name: ActionName,
  value: ActionValue,
  target: Board,
  answer?: string,
): readonly [sent: readonly string[], error: string | undefined] {
  const { sent, error } = drive(dalyModbus, actionOf(dalyModbus, name).script(order(value, target)), () => answer);
  return [sent, error?.code];
}

/** How the charge of a D2 board that is switched on ends with this answer. */
const charged = (answer: string): string | undefined => run('charge', true, D2, answer)[1];

function hex(bytes: string): string {
  return closed(bytes).toString('hex');
}

/** A board that answers something else to some requests. */
function answering(change: (request: string) => Buffer | undefined): ControlBench {
  return new ControlBench({
    ...dalyModbus,
    emulate(request) {
      const emulated = dalyModbus.emulate(request);
      if (emulated === undefined) return undefined;
      const answer: (typeof emulated)['answer'] = (pack, board) => {
        const usual = emulated.answer(pack, board);
        return change(request.toString('hex')) ?? usual;
      };
      return { ...emulated, answer };
    },
  });
}

describe('daly-modbus control: writes (daly-modbus.md 3, 7)', () => {
  it('are those that were captured and those of the sheet, acknowledged with the address of the board', () => {
    const captured = (file: string, tx: string): Exchange => exchangeOf('daly-modbus', file, tx);
    /** Of the PC tool only requests are captured. */
    const sniffed = (tx: string): Exchange => {
      const request = captured('p81-mos-control-requests', tx).tx.slice(0, 12);
      return exchange(request, `51${request.slice(2)}`);
    };
    const exchange = (request: string, response = request): Exchange => ({
      tx: hex(request),
      rx: [hex(response)],
      what: '',
    });
    for (const [target, name, value, wanted] of [
      [D2, 'balancing', true, captured('d2-balancer-switch-write', 'd20600cf00016b96')],
      [D2, 'balancing', false, captured('d2-balancer-switch-write', 'd20600cf0000aa56')],
      [D2, 'charge', true, exchange('d20600a50001')],
      [D2, 'charge', false, exchange('d20600a50000')],
      [D2, 'discharge', true, exchange('d20600a60001')],
      [D2, 'discharge', false, exchange('d20600a60000')],
      [D2, 'soc', 0, exchange('d20600a70000')],
      [D2, 'soc', 55.55, exchange('d20600a7022c')],
      [D2, 'soc', 100, exchange('d20600a703e8')],
      [D2, 'restart', true, exchange('d20600f00001')],
      [D2, 'shutdown', true, exchange('d20600f10001')],
      [D2, 'zeroCurrent', true, exchange('d20600f20001')],
      [P81, 'charge', true, sniffed('810601210001063c')],
      [P81, 'charge', false, sniffed('810601210000c7fc')],
      [P81, 'discharge', true, sniffed('810601220001f63c')],
      [P81, 'discharge', false, sniffed('81060122000037fc')],
      [P81, 'soc', 83.4, exchange('810601160342', '510601160342')],
      [{ ...P81, address: 3 }, 'charge', true, exchange('830601210001', '530601210001')],
    ] as const) {
      checkExchange(dalyModbus, actionOf(dalyModbus, name), order(value, target), wanted);
      if (target === D2) continue;
      // On a half-duplex line the request comes back as well, which is no acknowledgement here.
      assert.equal(run(name, value, target, wanted.tx)[1], 'timeout');
      assert.equal(run(name, value, target, wanted.tx + wanted.rx.join(''))[1], undefined);
    }
  });

  it('the example of the vendor: a write and its echo', () => {
    const { tx, rx } = exchangeOf('daly-modbus', 'document-framing-examples', 'd206000c00019baa');
    assert.equal(buildWrite(d2Station, 0x0c, 1).toString('hex'), tx);
    const [frame] = new Framer(writeFrames).push(Buffer.from(rx.join(''), 'hex'));
    assert.ok(frame);
    for (const [register, value, expected] of [
      [0x0c, 1, 'complete'],
      [0x0c, 0, 'foreign'],
      [0x0d, 1, 'foreign'],
    ] as const) {
      assert.equal(matchWrite(frame, d2Station, { register, value, name: '' }), expected);
    }
  });

  it('the answer to a read, to another write, or of another board acknowledges nothing', () => {
    const status = reply(0xd2, block(0, 62, D2_BOARD)).toString('hex');
    const others = ['d20600a50000', 'd20600a60001', '510600a50001', 'd21000a50001'].map(hex);
    for (const answer of [status, ...others, hex('518601')]) assert.equal(charged(answer), 'timeout', answer);
    assert.equal(charged(status + hex('d20600a50001')), undefined);
    assert.equal(run('charge', true, { ...P81, address: 3 }, hex('510601210001'))[1], 'timeout');
  });

  it('exceptions of Modbus are refusals', () => {
    const codes = ['01', '02', '03', '04'].map((code) => charged(hex(`d286${code}`)));
    assert.deepEqual(codes, ['unsupported', 'unsupported', 'rejected', 'rejected']);
  });

  it('boards with a number have what can be read back and is not dangerous; of an unknown board nothing applies', () => {
    const applying = (target: Board): string[] =>
      ALL.filter(({ applies }) => applies?.(target) === true).map(({ name }) => name);
    assert.deepEqual(applying(P81), ['charge', 'discharge', 'soc']);
    assert.equal(applying(D2).length, ALL.length);
    assert.deepEqual(applying(UNKNOWN), []);
    for (const name of ['balancing', 'zeroCurrent', 'restart', 'shutdown'] as const) {
      assert.deepEqual(run(name, true, P81), [[], 'unsupported']);
    }
  });

  it('restart and shutdown are dangerous, and no state tells of them', () => {
    for (const [name, proof] of [
      ['restart', 'restart'],
      ['shutdown', 'silence'],
    ] as const) {
      const { confirm, dangerous } = actionOf(dalyModbus, name);
      assert.deepEqual([confirm.proof, confirm.state(before), dangerous], [proof, undefined, true]);
    }
    assert.equal(actionOf(dalyModbus, 'zeroCurrent').dangerous, true);
  });
});

describe('daly-modbus control: what is read back (daly-modbus.md 7)', () => {
  const look = (rx: readonly string[]) => drive(dalyModbus, BALANCING.confirm.read(D2), () => rx);

  it('the balancer switch, as captured; where it reads ffff it is not there, and nothing is sent', () => {
    const { exchanges } = loadVector('daly-modbus', 'd2-balancer-switch-read');
    for (const [i, { tx, rx }] of exchanges.entries()) {
      const { sent, result, steps } = look(rx);
      assert.ok(result);
      assert.deepEqual([sent, BALANCING.confirm.state(result), steps[0]?.isWrite], [[tx], i === 0, false]);
    }
    const { result } = look([hex('d20302ffff')]);
    assert.ok(result);
    assert.equal(BALANCING.confirm.state(result), undefined);
    const order = orderFor(dalyModbus, true, { target: D2, before: result });
    const { sent, error } = drive(dalyModbus, BALANCING.script(order), () => '');
    assert.deepEqual([sent, error?.code], [[], 'unsupported']);
  });

  it('the switches of the MOSFETs as well, on boards that tell them', () => {
    for (const [target, status, switches] of [
      [D2, 'd2030000003e', 'd20300a50004'],
      [P81, '81030041003e', '810301210002'],
    ] as const) {
      for (const hasSwitches of [false, true]) {
        const known = { ...target, memory: { ...target.memory, hasSwitches } };
        const { sent } = drive(dalyModbus, actionOf(dalyModbus, 'charge').confirm.read(known), (request) => {
          const emulated = dalyModbus.emulate(Buffer.from(request, 'hex'));
          return emulated?.answer({ cellVoltages: [3.3], voltage: 3.3, current: 0 }).toString('hex');
        });
        assert.deepEqual(sent, [status, ...(hasSwitches ? [switches] : [])].map(hex));
      }
    }
  });

  it('an echo with a wrong CRC is a lost acknowledgement: the board is read back, not asked again', async () => {
    const [damaged] = loadVector('daly-modbus', 'd2-write-bad-crc-echo').exchanges;
    assert.ok(damaged);
    assert.deepEqual(run('balancing', true, D2, damaged.rx.join('')), [[damaged.tx], 'checksum']);
    const bad = Buffer.from(damaged.rx.join(''), 'hex');
    const bench = answering((request) => (request === damaged.tx ? bad : undefined));
    bench.pack.execute('balancing', false);
    const outcome = await bench.wish({ action: 'balancing', value: true });
    assert.deepEqual(outcome, { action: 'balancing', value: true, before: false, after: true });
    const writes = bench.link.sent.filter((request) => request.startsWith('d206'));
    assert.deepEqual(writes, [damaged.tx]);
    assert.equal(await bench.close(), 0);
  });

  it('a board without a balancer switch is not told to balance, and charges as before', async () => {
    const bench = answering((request) => (request.startsWith(READ_BALANCER) ? closed('d20302ffff') : undefined));
    assert.equal(await bench.wish({ action: 'balancing', value: true }), 'unsupported');
    assert.equal(bench.commands.length, 0);
    assert.equal(typeof (await bench.wish({ action: 'charge', value: false })), 'object');
    await bench.close();
  });

  it('boards with a number are switched, and read back from their state', async () => {
    for (const mischief of ['none', 'acknowledgement lost', 'slow to show'] as const) {
      const bench = new ControlBench(dalyModbus, { address: 1 });
      bench.mischief = mischief;
      for (const action of ['charge', 'discharge'] as const) {
        const outcome = await bench.wish({ action, value: false });
        assert.deepEqual(outcome, { action, value: false, before: true, after: false }, mischief);
      }
      assert.equal(typeof (await bench.wish({ action: 'soc', value: 42 })), 'object', mischief);
      assert.deepEqual(
        bench.commands.map(({ action }) => action),
        ['charge', 'discharge', 'soc'],
      );
      assert.ok(bench.link.sent.every((request) => request.startsWith('81')));
      assert.equal(await bench.close(), 0);
    }
  });

  it('what a board with a number does not do is not confirmed', async () => {
    const bench = new ControlBench(dalyModbus, { address: 1 });
    bench.mischief = 'not obeyed';
    assert.equal(await bench.wish({ action: 'charge', value: false }), 'not_confirmed');
    bench.mischief = 'refused';
    assert.equal(await bench.wish({ action: 'discharge', value: false }), 'timeout');
    assert.equal(await bench.wish({ action: 'balancing', value: false }), 'unsupported');
    assert.equal(bench.commands.length, 2);
    await bench.close();
  });
});

describe('daly-modbus emulator: writes', () => {
  it('is silent to registers and values that it does not have, and to writes that are none', () => {
    const bad = closed('d20600a50001');
    bad[4] = 1;
    const others = [
      'd206000c0001', // a cell voltage
      'd20600a50002', // neither on nor off
      'd20600a703e9', // more than full
      'd20600f00000', // a command that is not given
      'd20601210001', // a register of the other map
      '810600f60001', // the vendor's own
      '8106012100ff',
      '920601210001', // no board
      '800601210001', // no board
      'd2060121',
    ].map(closed);
    for (const bytes of [bad, ...others]) assert.equal(dalyModbus.emulate(bytes), undefined, bytes.toString('hex'));
  });

  it('has no balancer switch, and takes no command, when it only reads', () => {
    const answer = (request: string): string | undefined =>
      dalyModbus
        .emulate(closed(request))
        ?.answer({ cellVoltages: [3.3] })
        .toString('hex');
    assert.equal(answer(READ_BALANCER), hex('d20302ffff'));
    for (const write of ['d20600cf0001', 'd20600f10001', '810601220000']) assert.equal(answer(write), '', write);
  });
});
