import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import { BmsError } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { daly } from '../../src/codec/daly';
import { actionOf, checkExchange, drive, exchangeOf, orderFor } from '../support/action-script';
import { ControlBench } from '../support/control-scenes';
import { frame, NO_DATA } from '../support/daly-frames';
import { loadVector } from '../support/vectors';

const NOW = new Date(2022, 11, 13, 21, 29, 39);
const DISCHARGE_ON = 'a540d9080100000000000000c7';
const hex = (first: number, id: number, data: string): string => frame(first, id, data).toString('hex');
const ACKNOWLEDGED = hex(1, 0xd9, '010d130d210d17c0');

/** What an action sends to an address, and how it ends when this comes back: undefined when that is taken. */
function run(
  name: ActionName,
  value: ActionValue,
  pieces: readonly string[] = [],
  { address = 1, now = NOW } = {},
): readonly [sent: readonly string[], error: string | undefined] {
  const order = orderFor(daly, value, { target: { address, memory: {} }, now });
  const { sent, error } = drive(daly, actionOf(daly, name).script(order), () => pieces);
  return [sent, error?.code];
}

/** What a discharge that is switched on makes of an answer. */
const verdict = (...pieces: string[]): string | undefined => run('discharge', true, pieces)[1];

describe('daly control (daly.md 6)', () => {
  it('switches the MOSFETs as the PC tool does, and takes the captured acknowledgements', () => {
    for (const [file, tx, name, value] of [
      ['rs485-set-discharge-mosfet-on', DISCHARGE_ON, 'discharge', true],
      ['rs485-set-discharge-mosfet-off', 'a540d9080000000000000000c6', 'discharge', false],
      ['mosfet-ack-payloads', 'a540da080100000000000000c8', 'charge', true],
      ['mosfet-ack-payloads', 'a540da080000000000000000c7', 'charge', false],
    ] as const) {
      checkExchange(daly, actionOf(daly, name), orderFor(daly, value), exchangeOf('daly', file, tx));
    }
  });

  it('sets the SOC and, as it must, the clock to the local time', () => {
    const soc = actionOf(daly, 'soc');
    const [exchange] = loadVector('daly', 'set-soc-and-clock').exchanges;
    assert.ok(exchange);
    const acknowledged = { ...exchange, rx: [hex(1, 0x21, '0100000000000000')] };
    checkExchange(daly, soc, orderFor(daly, 30, { now: NOW }), acknowledged);
    assert.deepEqual(soc.input, { kind: 'number', min: 0, max: 100, unit: '%' });
    for (const [value, raw] of [
      [0, '0000'],
      [0.04, '0000'],
      [0.05, '0001'],
      [33.3, '014d'],
      [99.95, '03e8'],
      [100, '03e8'],
    ] as const) {
      assert.deepEqual(run('soc', value)[0], [hex(0x40, 0x21, `160c0d151d27${raw}`)], `${value}`);
    }
    assert.equal(run('soc', 50, [hex(1, 0x21, NO_DATA)])[1], 'timeout', 'only 1 says that it was set');
    const [sent] = run('soc', 50, [], { now: new Date(1970, 0, 2) });
    assert.deepEqual(sent, [hex(0x40, 0x21, '00010200000001f4')], 'a computer without a clock');
  });

  it('host byte 80 for boards behind a dongle, 40 and up for numbered boards', () => {
    for (const [address, name, value, request, acknowledgement] of [
      [128, 'discharge', true, 'a580d908010000000000000007', hex(1, 0xd9, '010d130d210d17c0')],
      [128, 'charge', false, 'a580da08000000000000000007', hex(1, 0xda, '000d130d210d17c0')],
      [128, 'restart', true, 'a580000800000000000000002d', hex(1, 0x00, NO_DATA)],
      [1, 'restart', true, 'a54000080000000000000000ed', hex(1, 0x00, NO_DATA)],
      [3, 'discharge', true, hex(0x42, 0xd9, '0100000000000000'), hex(3, 0xd9, '010d130d210d17c0')],
    ] as const) {
      assert.deepEqual(run(name, value, [acknowledgement], { address }), [[request], undefined]);
      assert.deepEqual(run(name, value, [], { address }), [[request], 'timeout']);
    }
    assert.equal(actionOf(daly, 'restart').dangerous, true);
  });

  it('an acknowledgement is taken whatever is left over in its other bytes, and behind the echo', () => {
    for (const stale of ['00000000000000', 'ffffffffffffff', '0d130d210d17c0', 'a501d908010d13']) {
      assert.equal(verdict(hex(1, 0xd9, `01${stale}`)), undefined, stale);
    }
    assert.equal(verdict(DISCHARGE_ON + ACKNOWLEDGED), undefined);
    assert.equal(verdict(DISCHARGE_ON.slice(0, 10), DISCHARGE_ON.slice(10) + ACKNOWLEDGED), undefined);
  });

  it('the echo, another board, another command, or another state acknowledges nothing', () => {
    const late = hex(1, 0xd9, '000d130d210d17c0');
    const others = [
      hex(2, 0xd9, '010d130d210d17c0'),
      hex(1, 0xda, '010d130d210d17c0'),
      hex(1, 0x93, '0101010000000000'),
    ];
    for (const other of [DISCHARGE_ON, late, ...others]) assert.equal(verdict(other), 'timeout', other);
    assert.equal(verdict(late + ACKNOWLEDGED), undefined);
  });

  it('a board that only reads does nothing and says nothing', () => {
    for (const [id, data] of [
      [0xd9, NO_DATA],
      [0xda, NO_DATA],
      [0x21, '160c0d151d27012c'],
      [0x00, NO_DATA],
    ] as const) {
      assert.equal(daly.emulate(frame(0x40, id, data))?.answer({ cellVoltages: [3.3] }).length, 0);
    }
  });
});

/** A board whose readings say something else than its pack. */
function showing(change: Reading, isChanged: (request: Buffer) => boolean = () => true): ControlBench {
  return new ControlBench({
    ...daly,
    emulate(request) {
      const emulated = daly.emulate(request);
      if (emulated === undefined || !isChanged(request)) return emulated;
      return { ...emulated, answer: (pack, board) => emulated.answer({ ...pack, ...change }, board) };
    },
  });
}

describe('daly control of a board (daly.md 6)', () => {
  it('93 does not follow: not confirmed, with the soft switch among what the board reports', async () => {
    const bench = showing({ chargeEnabled: true, dischargeEnabled: true }, (request) => request[2] === 0x93);
    const wish = bench.device.control({ action: 'discharge', value: false });
    const error = await bench.settled(wish.catch((thrown: unknown) => thrown));
    assert.ok(error instanceof BmsError, JSON.stringify(error));
    assert.equal(error.code, 'not_confirmed');
    assert.match(error.message, /software_lock/);
    assert.deepEqual([bench.pack.switches.discharge, bench.commands.length], [false, 1]);
    assert.equal(await bench.close(), 0);
  });

  it('a charge that a protection forbids is not confirmed', async () => {
    const bench = showing({ chargeEnabled: false });
    assert.equal(await bench.wish({ action: 'charge', value: true }), 'not_confirmed');
    assert.equal(bench.commands.length, 1);
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
      assert.ok(typeof outcome === 'object' && Math.abs(Number(outcome.after) - value) <= 1, JSON.stringify(outcome));
    }
    for (const value of [-0.1, 100.1, NaN, '', 'full', null]) {
      assert.equal(await bench.wish({ action: 'soc', value }), 'bad_value', String(value));
    }
    assert.equal(bench.commands.length, 3);
    await bench.close();
  });
});
