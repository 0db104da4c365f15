import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import { dalyModbus } from '../../src/codec/daly-modbus';
import type { DalyModbusMemory } from '../../src/codec/daly-modbus/memory';
import { buildWrite, d2Station, matchWrite, writeFrames } from '../../src/codec/daly-modbus/wire';
import { Framer } from '../../src/codec/kit/framing';
import type { Protocol, ScriptInput } from '../../src/codec/protocol';
import { ControlBench } from '../support/control-scenes';
import { block, closed, D2_BOARD, reply } from '../support/daly-modbus';
import { actionOf, checkExchange, drive, exchangeOf, orderFor } from '../support/action-script';
import { loadVector } from '../support/vectors';

const D2 = { address: 0, memory: { variant: 'd2', statusRegisters: 62 } as const };
const P81 = { address: 1, memory: {} };
const UNKNOWN = { address: 0, memory: {} };

const ON = { reading: { balancingSwitch: true } };
const OFF = { reading: { balancingSwitch: false } };

function order(
  value: ActionValue,
  target: ScriptInput<DalyModbusMemory>['target'],
  before = OFF,
): ScriptInput<DalyModbusMemory> {
  return orderFor(dalyModbus, value, { target, before });
}

function run(name: ActionName, wanted: ScriptInput<DalyModbusMemory>, answer?: string) {
  return drive(dalyModbus, actionOf(dalyModbus, name).script(wanted), () => answer);
}

function hex(bytes: string): string {
  return closed(bytes).toString('hex');
}

/** A board whose answers to some requests are others. */
function answering(change: (request: string, answer: Buffer) => Buffer): Protocol {
  return {
    ...dalyModbus,
    emulate(request) {
      const served = dalyModbus.emulate(request);
      const answer: NonNullable<typeof served>['answer'] = (pack, board) =>
        change(request.toString('hex'), served?.answer(pack, board) ?? Buffer.alloc(0));
      return served && { ...served, answer };
    },
  };
}

describe('daly-modbus control of D2 boards (section 7)', () => {
  const balancing = actionOf(dalyModbus, 'balancing');

  it('switches the balancer as the app does, and takes its acknowledgements', () => {
    const on = exchangeOf('daly-modbus', 'd2-balancer-switch-write', 'd20600cf00016b96');
    const off = exchangeOf('daly-modbus', 'd2-balancer-switch-write', 'd20600cf0000aa56');
    checkExchange(dalyModbus, balancing, order(true, D2, OFF), on);
    checkExchange(dalyModbus, balancing, order(false, D2, ON), off);
  });

  it('reads the balancer switch', () => {
    const { exchanges } = loadVector('daly-modbus', 'd2-balancer-switch-read');
    for (const [i, { tx, rx }] of exchanges.entries()) {
      const look = drive(dalyModbus, balancing.confirm.read(D2), () => rx);
      assert.deepEqual(look.sent, [tx]);
      assert.ok(look.result);
      assert.equal(balancing.confirm.state(look.result), i === 0);
      assert.equal(look.steps[0]?.isWrite, false);
    }
  });

  it('a balancer switch that reads ffff is not there: nothing is sent', () => {
    const look = drive(dalyModbus, balancing.confirm.read(D2), () => hex('d20302ffff'));
    assert.ok(look.result);
    assert.equal(balancing.confirm.state(look.result), undefined);
    const wish = drive(
      dalyModbus,
      balancing.script(orderFor(dalyModbus, true, { target: D2, before: look.result })),
      () => '',
    );
    assert.deepEqual([wish.sent, wish.error?.code], [[], 'unsupported']);
  });

  it('an echo with a wrong CRC acknowledges nothing', () => {
    const [exchange] = loadVector('daly-modbus', 'd2-write-bad-crc-echo').exchanges;
    assert.ok(exchange);
    const { sent, error } = run('balancing', order(true, D2), exchange.rx.join(''));
    assert.deepEqual([sent, error?.code], [[exchange.tx], 'checksum']);
  });

  it('an echo with a wrong CRC is a lost acknowledgement: the board is read back, not asked again', async () => {
    const [damaged] = loadVector('daly-modbus', 'd2-write-bad-crc-echo').exchanges;
    assert.ok(damaged);
    const bad = Buffer.from(damaged.rx.join(''), 'hex');
    const bench = new ControlBench(answering((request, answer) => (request === damaged.tx ? bad : answer)));
    bench.pack.execute('balancing', false);
    const outcome = await bench.wish({ action: 'balancing', value: true });
    assert.deepEqual(outcome, { action: 'balancing', value: true, before: false, after: true });
    assert.deepEqual(
      bench.link.sent.filter((request) => request.startsWith('d206')),
      [damaged.tx],
    );
    assert.equal(await bench.close(), 0);
  });

  it('writes the registers of the sheet', () => {
    for (const [name, value, request] of [
      ['charge', true, 'd20600a50001'],
      ['charge', false, 'd20600a50000'],
      ['discharge', true, 'd20600a60001'],
      ['discharge', false, 'd20600a60000'],
      ['soc', 0, 'd20600a70000'],
      ['soc', 55.55, 'd20600a7022c'],
      ['soc', 100, 'd20600a703e8'],
      ['restart', true, 'd20600f00001'],
      ['shutdown', true, 'd20600f10001'],
      ['zeroCurrent', true, 'd20600f20001'],
    ] as const) {
      const exchange = { tx: hex(request), rx: [hex(request)], what: '' };
      checkExchange(dalyModbus, actionOf(dalyModbus, name), order(value, D2), exchange);
    }
  });

  it('no state tells of a restart or a shutdown', () => {
    for (const [name, proof] of [
      ['restart', 'restart'],
      ['shutdown', 'silence'],
    ] as const) {
      const { confirm, dangerous } = actionOf(dalyModbus, name);
      assert.deepEqual([confirm.proof, confirm.state(ON), dangerous], [proof, undefined, true]);
    }
  });

  it('the examples of the vendor: a write, and its echo', () => {
    const { tx, rx } = exchangeOf('daly-modbus', 'document-framing-examples', 'd206000c00019baa');
    assert.equal(buildWrite(d2Station, 0x0c, 1).toString('hex'), tx);
    const [frame, ...more] = new Framer(writeFrames).push(Buffer.from(rx.join(''), 'hex'));
    assert.ok(frame);
    assert.equal(more.length, 0);
    assert.equal(matchWrite(frame, d2Station, { register: 0x0c, value: 1, name: '' }), 'complete');
    assert.equal(matchWrite(frame, d2Station, { register: 0x0c, value: 0, name: '' }), 'foreign');
    assert.equal(matchWrite(frame, d2Station, { register: 0x0d, value: 1, name: '' }), 'foreign');
  });

  it('the answer to a read, to another write, or of another board acknowledges nothing', () => {
    const status = reply(0xd2, block(0, 62, D2_BOARD)).toString('hex');
    for (const answer of [status, hex('d20600a50000'), hex('d20600a60001'), hex('510600a50001'), hex('d21000a50001')]) {
      assert.equal(run('charge', order(true, D2), answer).error?.code, 'timeout', answer);
    }
    assert.equal(run('charge', order(true, D2), status + hex('d20600a50001')).error, undefined);
  });

  it('refusals as some drivers expect them', () => {
    for (const [code, comesTo] of [
      ['01', 'unsupported'],
      ['02', 'unsupported'],
      ['03', 'rejected'],
      ['04', 'rejected'],
    ] as const) {
      assert.equal(run('charge', order(true, D2), hex(`d286${code}`)).error?.code, comesTo);
    }
    assert.equal(run('charge', order(true, D2), hex('518601')).error?.code, 'timeout');
  });

  it('the echo of the line alone does not switch anything: not confirmed', async () => {
    const bench = new ControlBench(dalyModbus);
    bench.mischief = 'not obeyed';
    await bench.settled(bench.device.read());
    assert.equal(await bench.wish({ action: 'charge', value: false }), 'not_confirmed');
    assert.equal(bench.commands.length, 1);
    await bench.close();
  });

  it('a board that reads ffff for its balancer is not switched, and charges as before', async () => {
    const bench = new ControlBench(
      answering((request, answer) => (request.startsWith('d20300cf') ? closed('d20302ffff') : answer)),
    );
    assert.equal(await bench.wish({ action: 'balancing', value: true }), 'unsupported');
    assert.equal(bench.commands.length, 0);
    assert.equal(typeof (await bench.wish({ action: 'charge', value: false })), 'object');
    await bench.close();
  });
});

describe('daly-modbus control of boards with a number (section 7)', () => {
  it('sends the requests that were sniffed from the PC tool, and takes the echo with the answer address', () => {
    for (const [name, value, tx] of [
      ['charge', true, '810601210001063c'],
      ['charge', false, '810601210000c7fc'],
      ['discharge', true, '810601220001f63c'],
      ['discharge', false, '81060122000037fc'],
    ] as const) {
      const { tx: captured } = exchangeOf('daly-modbus', 'p81-mos-control-requests', tx);
      const exchange = { tx: captured, rx: [hex(`51${captured.slice(2, 12)}`)], what: '' };
      checkExchange(dalyModbus, actionOf(dalyModbus, name), order(value, P81), exchange);
      // on a half-duplex line the request comes back as well, which is no acknowledgement here
      assert.equal(run(name, order(value, P81), captured).error?.code, 'timeout');
      assert.equal(run(name, order(value, P81), captured + exchange.rx.join('')).error, undefined);
    }
  });

  it('other boards have other addresses; their echo is theirs alone', () => {
    const third = { address: 3, memory: {} };
    const { sent, error } = run('charge', order(true, third), hex('530601210001'));
    assert.deepEqual([sent, error], [[hex('830601210001')], undefined]);
    assert.equal(run('charge', order(true, third), hex('510601210001')).error?.code, 'timeout');
  });

  it('sets the SOC', () => {
    assert.deepEqual(run('soc', order(83.4, P81), hex('510601160342')).sent, [hex('810601160342')]);
  });

  it('has no balancer that can be read back, and none of the dangerous commands', () => {
    for (const name of ['balancing', 'zeroCurrent', 'restart', 'shutdown'] as const) {
      const action = actionOf(dalyModbus, name);
      assert.deepEqual(
        [P81, D2, UNKNOWN].map((target) => action.applies?.(target)),
        [false, true, false],
        name,
      );
      const { sent, error } = run(name, order(true, P81));
      assert.deepEqual([sent, error?.code], [[], 'unsupported']);
    }
    for (const name of ['charge', 'discharge', 'soc'] as const) {
      const action = actionOf(dalyModbus, name);
      assert.deepEqual(
        [P81, D2, UNKNOWN].map((target) => action.applies?.(target)),
        [true, true, false],
        name,
      );
    }
  });

  it('switches a board and reads its MOSFETs back from the state', async () => {
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

  it('does not confirm what a board does not do', async () => {
    const bench = new ControlBench(dalyModbus, { address: 1 });
    bench.mischief = 'not obeyed';
    assert.equal(await bench.wish({ action: 'charge', value: false }), 'not_confirmed');
    bench.mischief = 'refused';
    assert.equal(await bench.wish({ action: 'discharge', value: false }), 'timeout');
    assert.equal(await bench.wish({ action: 'balancing', value: false }), 'unsupported');
    assert.equal(await bench.wish({ action: 'shutdown', value: true, confirm: 'shutdown' }), 'unsupported');
    assert.equal(bench.commands.length, 2);
    await bench.close();
  });
});

describe('daly-modbus board that is commanded (serve)', () => {
  it('is silent to registers and values that it does not have, and to writes that are none', () => {
    for (const bytes of [
      'd206000c0001', // a cell voltage
      'd20600a50002', // neither on nor off
      'd20600a703e9', // more than full
      'd20600f00000', // a command that is not given
      'd20601210001', // a register of the other map
      '810600f60001', // the vendor's own
      '8106012100ff',
      '920601210001', // nobody
      '800601210001', // nobody
      'd2060121',
    ]) {
      assert.equal(dalyModbus.emulate(closed(bytes)), undefined, bytes);
    }
    const bad = closed('d20600a50001');
    bad[4] = 1;
    assert.equal(dalyModbus.emulate(bad), undefined);
  });

  it('has no balancer switch, and takes no command, when it only reads', () => {
    const pack = { cellVoltages: [3.3] };
    assert.equal(dalyModbus.emulate(closed('d20300cf0001'))?.answer(pack).toString('hex'), hex('d20302ffff'));
    for (const bytes of ['d20600cf0001', 'd20600f10001', '810601220000']) {
      assert.equal(dalyModbus.emulate(closed(bytes))?.answer(pack).length, 0, bytes);
    }
  });
});
