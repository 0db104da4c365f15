import assert from 'node:assert/strict';
import { alarm, type Alarm } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { jbdUp16s } from '../../src/codec/jbd-up16s';
import { ControlBench } from '../support/control-scenes';
import { actionOf, carryOut, checkExchange, drive, notingBoard, orderFor } from '../support/action-script';
import { up16sReply } from '../support/jbd-up16s';
import { loadVector } from '../support/vectors';
import { hex } from '../support/sheet';

const ACK = up16sReply(0x2902, 0x2904, Buffer.alloc(0), 1, 0x79).toString('hex');

const state = (charge: boolean, discharge: boolean, ...alarms: Alarm[]): Reading => ({
  chargeEnabled: charge,
  dischargeEnabled: discharge,
  alarms,
});

const BOTH_ON = state(true, true);

describe('jbd-up16s control: vectors', () => {
  for (const [file, action, wanted] of [
    ['up16s-mos-write-both-on', 'charge', { value: true, before: state(false, true) }],
    ['up16s-mos-write-both-on', 'discharge', { value: true, before: state(true, false) }],
    ['up16s-mos-write-charge-off', 'charge', { value: false, before: BOTH_ON }],
    ['up16s-mos-write-charge-off', 'discharge', { value: true, before: state(false, false) }],
    ['up16s-mos-write-both-off', 'charge', { value: false, before: state(true, false) }],
    ['up16s-mos-write-both-off', 'discharge', { value: false, before: state(false, true) }],
  ] as const) {
    it(`${file}, for ${action} ${wanted.value ? 'on' : 'off'}`, () => {
      const tx = loadVector('jbd', file).exchanges[0]?.tx ?? '';
      const order = orderFor(jbdUp16s, wanted.value, { before: { reading: wanted.before } });
      checkExchange(jbdUp16s, actionOf(jbdUp16s, action), order, { tx, rx: [ACK] });
      for (const echoed of [[tx, ACK], [tx + ACK]])
        assert.equal(carryOut(jbdUp16s, action, wanted, () => echoed).error, undefined);
    });
  }

  it('no other acknowledgement is taken: echo, other address, other block, a read', () => {
    const echo = loadVector('jbd', 'up16s-mos-write-charge-off').exchanges[0]?.tx ?? '';
    const none = Buffer.alloc(0);
    const foreign = [
      up16sReply(0x2902, 0x2904, none, 2, 0x79),
      up16sReply(0x2006, 0x2008, none, 1, 0x79),
      up16sReply(0x2902, 0x2906, none, 1, 0x79),
      up16sReply(0x2902, 0x2904, none, 1, 0x78),
      up16sReply(0x2902, 0x2904, Buffer.alloc(2), 1, 0x79),
    ];
    for (const wrong of [echo, ...foreign.map((frame) => frame.toString('hex'))]) {
      const { error, sent } = carryOut(jbdUp16s, 'charge', { value: false, before: BOTH_ON }, () => wrong);
      assert.deepEqual([error?.code, sent.length], ['timeout', 1], wrong);
    }
  });

  it('up16s020-addr1-master: the pack status proves both', () => {
    const { exchanges, expect } = loadVector('jbd', 'up16s020-addr1-master');
    const status = exchanges.find(({ tx }) => tx === '0178100010a000007fb2');
    for (const name of ['charge', 'discharge', 'soc'] as const) {
      const { confirm } = actionOf(jbdUp16s, name);
      const run = drive(jbdUp16s, confirm.read({ address: 1, memory: {} }), () => status?.rx);
      assert.deepEqual(run.sent, [status?.tx]);
      assert.ok(run.result);
      const key = name === 'soc' ? 'soc' : (`${name}Enabled` as const);
      assert.equal(confirm.state(run.result), run.result.reading[key]);
      if (key in expect && key !== 'soc') assert.equal(confirm.state(run.result), expect[key]);
    }
  });
});

describe('jbd-up16s control: the other MOSFET', () => {
  const word = (action: 'charge' | 'discharge', value: boolean, before: Reading): number => {
    const { sent } = carryOut(jbdUp16s, action, { value, before, address: 1 }, () => ACK);
    return hex(sent[0] ?? '').readUInt16BE(12);
  };

  for (const [what, before, on] of [
    ['conducts: stays on', state(false, true), 3],
    ['is open without a reason: stays off', state(false, false), 2],
    ['is not told of: stays off', {}, 2],
    ['is held open by a protection: stays allowed', state(false, false, alarm('cell_undervoltage', 'protection')), 3],
    ['is held open by a fault of the board: stays allowed', state(false, false, alarm('afe_fault', 'fault')), 3],
    ['is open with a mere warning: stays off', state(false, false, alarm('cell_undervoltage', 'warning')), 2],
    [
      'is open beside a protection of charging: stays off',
      state(false, false, alarm('cell_overvoltage', 'protection')),
      2,
    ],
  ] as const) {
    it(what, () => {
      assert.equal(word('charge', true, before), on);
      assert.equal(word('charge', false, before), on & 1);
    });
  }

  it('charging that has stopped because the pack is full stays allowed, though that is only a warning', () => {
    assert.equal(word('discharge', false, state(false, true, alarm('full_charge_protection', 'warning'))), 2);
    assert.equal(word('discharge', false, state(false, true, alarm('cell_overvoltage', 'protection'))), 2);
    assert.equal(word('discharge', false, state(false, true)), 0);
  });
});

describe('jbd-up16s control: state of charge', () => {
  it('in steps of 0.01 %, to the pack at the address', () => {
    const value = (soc: number): number => {
      const ack = up16sReply(0x2006, 0x2008, Buffer.alloc(0), 1, 0x79).toString('hex');
      const { sent, error } = carryOut(jbdUp16s, 'soc', { value: soc, address: 1 }, () => ack);
      assert.equal(error, undefined);
      return hex(sent[0] ?? '').readUInt16BE(12);
    };
    assert.deepEqual([value(0), value(55.55), value(100)], [0, 5555, 10_000]);
    const { sent } = carryOut(jbdUp16s, 'soc', { value: 50, address: 3 }, () => undefined);
    assert.deepEqual(sent, [up16sReply(0x2006, 0x2008, hex('114a42441388'), 3, 0x79).toString('hex')]);
  });

  it('a board that does not offer it stays silent, and is asked once', async () => {
    const serve = (request: Buffer) => (request[1] === 0x79 ? undefined : jbdUp16s.emulate(request));
    const bench = new ControlBench({ ...jbdUp16s, emulate: serve });
    assert.equal(await bench.wish({ action: 'soc', value: 5 }), 'timeout');
    assert.equal(bench.link.sent.filter((request) => request.startsWith('0179')).length, 1);
  });
});

describe('jbd-up16s board (serve): writes', () => {
  const request = (start: number, end: number, data: string, command = 0x79): Buffer =>
    up16sReply(start, end, hex(data), 2, command);

  it('obeys what differs, and acknowledges with the header', () => {
    const board = notingBoard();
    const served = jbdUp16s.emulate(request(0x2902, 0x2904, '114a42440001'));
    assert.equal(served?.address, 2);
    const answer = served.answer({}, board).toString('hex');
    assert.equal(answer, up16sReply(0x2902, 0x2904, Buffer.alloc(0), 2, 0x79).toString('hex'));
    jbdUp16s.emulate(request(0x2006, 0x2008, '114a4244115d'))?.answer({}, board);
    assert.deepEqual(board.asked, [
      { action: 'charge', value: false },
      { action: 'soc', value: 44.45 },
    ]);
  });

  it('is silent when it cannot be commanded', () => {
    assert.equal(jbdUp16s.emulate(request(0x2902, 0x2904, '114a42440001'))?.answer({}).length, 0);
  });

  it('hears no write of another block or length, without its prefix, or in another command', () => {
    for (const [start, end, data, command] of [
      [0x2904, 0x2906, '114a42440001', 0x79],
      [0x2902, 0x2906, '114a42440001', 0x79],
      [0x2902, 0x2906, '114a424400010001', 0x79],
      [0x2902, 0x2904, '0001', 0x79],
      [0x2902, 0x2904, '114a42450001', 0x79],
      [0x2902, 0x2904, '114a42440001', 0x78],
      [0x2902, 0x2904, '114a42440001', 0x45],
      [0x1000, 0x10a0, '0001', 0x78],
    ] as const) {
      assert.equal(jbdUp16s.emulate(request(start, end, data, command)), undefined, `${start} ${data}`);
    }
  });
});
