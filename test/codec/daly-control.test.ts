import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { daly } from '../../src/codec/daly';
import type { Protocol } from '../../src/codec/protocol';
import { ControlBench } from '../support/control-scenes';
import { frame } from '../support/daly-frames';
import { actionOf, checkExchange, drive, exchangeOf, orderFor } from '../support/action-script';
import { loadVector } from '../support/vectors';

const charge = actionOf(daly, 'charge');
const discharge = actionOf(daly, 'discharge');
const soc = actionOf(daly, 'soc');
const restart = actionOf(daly, 'restart');

const DISCHARGE_ON = 'a540d9080100000000000000c7';
const DISCHARGE_ON_ACK = frame(1, 0xd9, '010d130d210d17c0').toString('hex');

/** What a discharge that is switched on makes of an answer: undefined when it is taken. */
function verdict(...pieces: string[]): string | undefined {
  return drive(daly, discharge.script(orderFor(daly, true)), () => pieces).error?.code;
}

function target(address: number) {
  return { target: { address, memory: {} } };
}

describe('daly control (section 6)', () => {
  it('switches the discharge MOSFET as the PC tool does, and takes the captured acknowledgements', () => {
    for (const [file, value] of [
      ['rs485-set-discharge-mosfet-on', true],
      ['rs485-set-discharge-mosfet-off', false],
    ] as const) {
      const [exchange] = loadVector('daly', file).exchanges;
      assert.ok(exchange);
      checkExchange(daly, discharge, orderFor(daly, value), exchange);
    }
  });

  it('switches the charge MOSFET, and takes the quoted acknowledgements', () => {
    const on = exchangeOf('daly', 'mosfet-ack-payloads', 'a540da080100000000000000c8');
    const off = exchangeOf('daly', 'mosfet-ack-payloads', 'a540da080000000000000000c7');
    checkExchange(daly, charge, orderFor(daly, true), on);
    checkExchange(daly, charge, orderFor(daly, false), off);
  });

  it('sets the SOC and, as it must, the clock to the local time', () => {
    const now = new Date(2022, 11, 13, 21, 29, 39);
    const [exchange] = loadVector('daly', 'set-soc-and-clock').exchanges;
    assert.ok(exchange);
    const acknowledged = { ...exchange, rx: [frame(1, 0x21, '0100000000000000').toString('hex')] };
    checkExchange(daly, soc, orderFor(daly, 30, { now }), acknowledged);
  });

  it('SOC at the ends of its range, and between two steps', () => {
    const now = new Date(2022, 11, 13, 21, 29, 39);
    for (const [value, wire] of [
      [0, '0000'],
      [0.04, '0000'],
      [0.05, '0001'],
      [99.95, '03e8'],
      [100, '03e8'],
      [33.3, '014d'],
    ] as const) {
      const { sent } = drive(daly, soc.script(orderFor(daly, value, { now })), () => undefined);
      assert.deepEqual(sent, [frame(0x40, 0x21, `160c0d151d27${wire}`).toString('hex')], `${value}`);
    }
    assert.deepEqual(soc.input, { kind: 'number', min: 0, max: 100, unit: '%' });
  });

  it('a host without a clock does not set the year of the board to one far away', () => {
    const { sent } = drive(daly, soc.script(orderFor(daly, 50, { now: new Date(1970, 0, 2) })), () => undefined);
    assert.deepEqual(sent, [frame(0x40, 0x21, '00010200000001f4').toString('hex')]);
  });

  it('host byte 80 for boards behind a dongle, 40 and up for numbered boards', () => {
    for (const [address, discharging, charging, restarting] of [
      [128, 'a580d908010000000000000007', 'a580da08000000000000000007', 'a580000800000000000000002d'],
      [1, DISCHARGE_ON, 'a540da080000000000000000c7', 'a54000080000000000000000ed'],
      [3, frame(0x42, 0xd9, '0100000000000000').toString('hex'), undefined, undefined],
    ] as const) {
      const board = address === 128 ? 1 : address;
      const ack = (id: number, first: string): string => frame(board, id, `${first}0d130d210d17c0`).toString('hex');
      const on = drive(daly, discharge.script(orderFor(daly, true, target(address))), () => ack(0xd9, '01'));
      assert.deepEqual([on.sent, on.error], [[discharging], undefined]);
      if (charging === undefined) continue;
      const off = drive(daly, charge.script(orderFor(daly, false, target(address))), () => ack(0xda, '00'));
      assert.deepEqual([off.sent, off.error], [[charging], undefined]);
      const again = drive(daly, restart.script(orderFor(daly, true, target(address))), () => undefined);
      assert.deepEqual(again.sent, [restarting]);
    }
  });

  it('an acknowledgement is taken whatever is left over in its other bytes', () => {
    for (const stale of ['00000000000000', 'ffffffffffffff', '0d130d210d17c0', 'a501d908010d13']) {
      assert.equal(verdict(frame(1, 0xd9, `01${stale}`).toString('hex')), undefined, stale);
    }
  });

  it('the echo of the own request is no acknowledgement, but one may follow', () => {
    assert.equal(verdict(DISCHARGE_ON), 'timeout');
    assert.equal(verdict(DISCHARGE_ON + DISCHARGE_ON_ACK), undefined);
    assert.equal(verdict(DISCHARGE_ON.slice(0, 10), DISCHARGE_ON.slice(10) + DISCHARGE_ON_ACK), undefined);
  });

  it('another board, another command, or another state acknowledges nothing', () => {
    assert.equal(verdict(frame(2, 0xd9, '010d130d210d17c0').toString('hex')), 'timeout');
    assert.equal(verdict(frame(1, 0xda, '010d130d210d17c0').toString('hex')), 'timeout');
    assert.equal(verdict(frame(1, 0xd9, '000d130d210d17c0').toString('hex')), 'timeout');
    assert.equal(verdict(frame(1, 0x93, '0101010000000000').toString('hex')), 'timeout');
    const late = frame(1, 0xd9, '000d130d210d17c0').toString('hex');
    assert.equal(verdict(late + DISCHARGE_ON_ACK), undefined);
  });

  it('SOC: only 1 says that it was set', () => {
    const answer = frame(1, 0x21, '0000000000000000').toString('hex');
    assert.equal(drive(daly, soc.script(orderFor(daly, 50)), () => answer).error?.code, 'timeout');
  });

  it('the restart need not be acknowledged, but may be', () => {
    const answer = frame(1, 0x00, '0000000000000000').toString('hex');
    assert.equal(drive(daly, restart.script(orderFor(daly, true)), () => answer).error, undefined);
    const run = drive(daly, restart.script(orderFor(daly, true)), () => undefined);
    assert.deepEqual([run.sent, run.error?.code], [['a54000080000000000000000ed'], 'timeout']);
    assert.equal(restart.dangerous, true);
  });

  it('a board that only reads does nothing and says nothing', () => {
    const pack: Reading = { cellVoltages: [3.3] };
    for (const [id, data] of [
      [0xd9, '00'],
      [0xda, '00'],
      [0x21, '160c0d151d27012c'],
      [0x00, '00'],
    ] as const) {
      const served = daly.emulate(frame(0x40, id, data.padEnd(16, '0')));
      assert.equal(served?.answer(pack).length, 0);
    }
  });
});

/** The error of a wish on a simulated board. */
async function failure(bench: ControlBench, action: string, value: unknown): Promise<BmsError> {
  const error = await bench.settled(bench.device.control({ action, value }).catch((thrown: unknown) => thrown));
  assert.ok(error instanceof BmsError, JSON.stringify(error));
  return error;
}

/** Boards on which 93 does not follow a switch (daly.md 6). */
const stuck: Protocol = {
  ...daly,
  emulate(request) {
    const served = daly.emulate(request);
    if (served === undefined || request[2] !== 0x93) return served;
    const showing = (pack: Reading): Reading => ({ ...pack, chargeEnabled: true, dischargeEnabled: true });
    return { ...served, answer: (pack, board) => served.answer(showing(pack), board) };
  },
};

describe('daly control of a board', () => {
  it('93 does not follow: not confirmed, with the soft switch among what the board reports', async () => {
    const bench = new ControlBench(stuck);
    const error = await failure(bench, 'discharge', false);
    assert.equal(error.code, 'not_confirmed');
    assert.match(error.message, /software_lock/);
    assert.equal(bench.pack.switches.discharge, false);
    assert.equal(bench.commands.length, 1);
    assert.equal(await bench.close(), 0);
  });

  it('a charge that a protection forbids is not confirmed', async () => {
    const bench = new ControlBench({
      ...daly,
      emulate(request) {
        const served = daly.emulate(request);
        const held = (pack: Reading): Reading => ({ ...pack, chargeEnabled: false });
        return served && { ...served, answer: (pack, board) => served.answer(held(pack), board) };
      },
    });
    const error = await failure(bench, 'charge', true);
    assert.deepEqual([error.code, bench.commands.length], ['not_confirmed', 1]);
    await bench.close();
  });

  it('reads nothing but 93 and writes once, and looks again after half a second', async () => {
    const bench = new ControlBench(daly);
    await bench.settled(bench.device.read());
    bench.link.sent.length = 0;
    const outcome = await bench.wish({ action: 'discharge', value: 'off' });
    assert.deepEqual(outcome, { action: 'discharge', value: false, before: true, after: false });
    const READ_93 = 'a5409308000000000000000080';
    assert.deepEqual(bench.link.sent.slice(0, 3), [READ_93, 'a540d9080000000000000000c6', READ_93]);
    await bench.close();
  });

  it('the SOC shows at its ends', async () => {
    const bench = new ControlBench(daly);
    for (const value of [0, 100, 30.0]) {
      const outcome = await bench.wish({ action: 'soc', value });
      assert.ok(typeof outcome === 'object', JSON.stringify(outcome));
      assert.ok(Math.abs(Number(outcome.after) - value) <= 1, JSON.stringify(outcome));
    }
    for (const value of [-0.1, 100.1, NaN, '', 'full', null]) {
      assert.equal(await bench.wish({ action: 'soc', value }), 'bad_value', String(value));
    }
    assert.equal(bench.commands.length, 3);
    await bench.close();
  });
});
