import assert from 'node:assert/strict';
import type { ActionName } from '../../src/battery/action';
import { alarm } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { jbd } from '../../src/codec/jbd';
import type { Decoded } from '../../src/codec/protocol';
import {
  actionOf,
  carryOut,
  checkExchange,
  drive,
  orderFor,
  spoilt,
  type Respond,
  type Wanted,
} from '../support/action-script';
import { ack, classicReply, ENTER, LEAVE, LOCK, ON, parameter, refuse, registerOf, willing } from '../support/jbd';
import { loadVector, loadVectors } from '../support/vectors';

const SAVE = 'dd5a01022828ffad77';
const READ_FUNCTIONS = 'dda52d00ffd377';

/** What is written in vectors that an action can produce, and what the board reported before. */
const WRITTEN: readonly { file: string; action: ActionName; wanted: Wanted }[] = [
  { file: 'sp04s034-ble-charge-off', action: 'charge', wanted: { value: false, before: ON } },
  {
    file: 'sp04s034-ble-charge-on',
    action: 'charge',
    wanted: { value: true, before: { chargeEnabled: false, dischargeEnabled: true, alarms: [LOCK] } },
  },
  { file: 'sp04s034-ble-discharge-off', action: 'discharge', wanted: { value: false, before: ON } },
  { file: 'pdf-v4-mos-discharge-off', action: 'discharge', wanted: { value: false, before: ON } },
];

/** Written by other hosts, and never here: the SOC from the cell voltage, and new passwords. */
const NEVER_WRITTEN = ['pdf-v11-control-0a-reset-capacity', 'pdf-v11-password-change', 'clear-password-j1b2d4'];

describe('jbd control: vectors', () => {
  for (const { file, action, wanted } of WRITTEN) {
    const [exchange, ...rest] = loadVector('jbd', file).exchanges;
    const { tx = '', rx = [] } = exchange ?? {};
    const [reply = ''] = rx;

    it(`${file}: the request and its acknowledgement, and no other`, () => {
      const { value = true, before = {} } = wanted;
      const order = orderFor(jbd, value, { before: { reading: before } });
      checkExchange(jbd, actionOf(jbd, action), order, { tx, rx });
      for (const echoed of [[tx, reply], [tx + reply], [`dd0300${reply}`]])
        assert.equal(carryOut(jbd, action, wanted, () => echoed).error, undefined);
      const foreign = [tx, 'dd030000000077', 'dd2d0000000077', classicReply(0xe1, Buffer.alloc(2)).toString('hex')];
      for (const wrong of foreign)
        assert.equal(carryOut(jbd, action, wanted, () => wrong).error?.code, 'timeout', wrong);
    });

    const shown = rest.find(({ tx: request }) => request === 'dda50300fffd77');
    if (shown === undefined) continue;
    it(`${file}: the board shows it afterwards`, () => {
      const { confirm } = actionOf(jbd, action);
      const { result } = drive(jbd, confirm.read({ address: 0, memory: {} }), () => shown.rx);
      assert.ok(result);
      assert.equal(confirm.state(result), wanted.value);
      assert.equal(confirm.shows?.(result, wanted.value ?? true, { reading: wanted.before ?? {} }), true);
      assert.equal(confirm.shows?.(result, wanted.value !== true, { reading: wanted.before ?? {} }), false);
    });
  }

  it('sp04s034-ble-balance-function-off: reads the word, changes one bit and leaves', () => {
    const off = loadVector('jbd', 'sp04s034-ble-balance-function-off').exchanges;
    const look = loadVector('jbd', 'sp04s034-ble-read-function-config').exchanges;
    const replies = new Map([...off, ...look].map(({ tx, rx }) => [tx, rx]));
    const { sent, error } = carryOut(jbd, 'balancing', { value: false }, (request) => replies.get(request));
    assert.deepEqual([sent, error], [[ENTER, READ_FUNCTIONS, off[1]?.tx, LEAVE], undefined]);
    for (const wrong of [...spoilt(off[1]?.rx[0] ?? ''), parameter(READ_FUNCTIONS, 2)]) {
      const board: Respond = (request) => (request === off[1]?.tx ? wrong : replies.get(request));
      const run = carryOut(jbd, 'balancing', { value: false }, board);
      assert.ok(run.error, wrong);
      assert.equal(run.sent.at(-1), LEAVE, wrong);
    }
  });

  it('sp04s034-ble-read-function-config: how balancing is looked at', () => {
    const look = loadVector('jbd', 'sp04s034-ble-read-function-config').exchanges;
    const replies = new Map(look.map(({ tx, rx }) => [tx, rx]));
    const { confirm } = actionOf(jbd, 'balancing');
    const read = confirm.read({ address: 0, memory: {} });
    const { sent, result } = drive(jbd, read, (request) => replies.get(request));
    assert.deepEqual(sent, [ENTER, READ_FUNCTIONS, LEAVE]);
    assert.ok(result);
    assert.equal(confirm.state(result), true);
  });

  it('pdf-v11-mos-fb: the newer MOSFET command, only where the older one is unknown', () => {
    const [exchange] = loadVector('jbd', 'pdf-v11-mos-fb').exchanges;
    const board: Respond = (request) => {
      if (request === exchange?.tx) return exchange?.rx;
      return registerOf(request) === 0xe1 ? refuse(request, 0x80) : ack(request);
    };
    const { sent, error } = carryOut(jbd, 'charge', { value: false, before: ON }, board);
    const e1 = 'dd5ae1020001ff1c77';
    assert.deepEqual([sent, error], [[e1, ENTER, e1, LEAVE, exchange?.tx], undefined]);
  });

  it('pdf-v11-control-0a-reset-capacity: acknowledges a command without data, and V11’s table with a byte', () => {
    const rx = loadVector('jbd', 'pdf-v11-control-0a-reset-capacity').exchanges[0]?.rx ?? [];
    for (const answer of [rx, classicReply(0x0a, Buffer.of(0)).toString('hex')]) {
      const { sent, error } = carryOut(jbd, 'clearCounters', {}, () => answer);
      assert.deepEqual([sent, error], [['dd5a0a020200fff277'], undefined]);
    }
    const two = classicReply(0x0a, Buffer.alloc(2)).toString('hex');
    assert.equal(carryOut(jbd, 'clearCounters', {}, () => two).error?.code, 'timeout');
  });

  for (const [file, password] of [
    ['pdf-v11-password-765828', '765828'],
    ['sp04s034-ble-first-request-lost', '000000'],
  ] as const) {
    it(`${file}: the password as numbers`, () => {
      const found = loadVector('jbd', file).exchanges.find(({ tx }) => tx.startsWith('dd5a06'));
      const { sent, error } = carryOut(jbd, 'shutdown', { password }, (request, n) =>
        n === 1 ? refuse(request, 0x83) : n === 2 && found?.rx.length === 1 ? found.rx : ack(request),
      );
      assert.equal(sent[1], found?.tx);
      assert.equal(error, undefined);
      assert.equal(sent[0], sent[2]);
    });
  }

  it('every other write in a vector is one that no action makes', () => {
    const known = [...WRITTEN.map(({ file }) => file), ...NEVER_WRITTEN, 'sp04s034-ble-balance-function-off'];
    const others = ['pdf-v11-mos-fb', 'pdf-v11-password-765828', 'sp04s034-ble-first-request-lost'];
    const modes = [ENTER, LEAVE, SAVE];
    for (const vector of loadVectors('jbd')) {
      const writes = vector.exchanges.filter(({ tx }) => tx.startsWith('dd5a') && !modes.includes(tx));
      const file = vector.file.replace('.json', '');
      const zeros = writes.every(({ tx }) => tx === 'dd5a060706000000000000ffed77');
      assert.ok(zeros || [...known, ...others].includes(file), file);
    }
  });
});

describe('jbd control: balancing', () => {
  it('changes no other bit, and writes nothing when the bit is as wanted', () => {
    const written = (value: boolean, bits: number): string[] =>
      carryOut(jbd, 'balancing', { value }, willing({ 0x2d: bits })).sent;
    const write = (bits: number): string => {
      const sum = 0x2d + 2 + (bits >> 8) + (bits & 0xff);
      return `dd5a2d02${bits.toString(16).padStart(4, '0')}${(0x10000 - sum).toString(16)}77`;
    };
    for (const [bits, value, wanted] of [
      [0x180b, true, 0x180f],
      [0x180f, false, 0x180b],
      [0xffff, false, 0xfffb],
      [0x0000, true, 0x0004],
    ] as const) {
      assert.deepEqual(written(value, bits), [ENTER, READ_FUNCTIONS, write(wanted), LEAVE]);
      assert.deepEqual(written(!value, bits), [ENTER, READ_FUNCTIONS, LEAVE]);
    }
  });

  it('a board that wants its password first tells nothing before, and takes it for the write', () => {
    const { confirm } = actionOf(jbd, 'balancing');
    let open = false;
    const board: Respond = (request) => {
      if (registerOf(request) === 0x06) open = true;
      if (request === READ_FUNCTIONS) return open ? parameter(request, 2) : refuse(request, 0x81);
      return ack(request);
    };
    const before = drive(jbd, confirm.read({ address: 0, memory: {} }), board).result;
    assert.ok(before);
    assert.equal(confirm.state(before), undefined);
    const { sent, error } = carryOut(jbd, 'balancing', { value: true, password: '765828' }, board);
    assert.equal(error, undefined);
    assert.deepEqual(sent.map(registerOf), [0x00, 0x2d, 0x06, 0x2d, 0x2d, 0x01]);
  });

  it('a board without function bits does not have it', () => {
    const run = drive(jbd, actionOf(jbd, 'balancing').confirm.read({ address: 0, memory: {} }), willing());
    assert.equal(run.error?.code, 'unsupported');
    assert.deepEqual(run.sent, [ENTER, READ_FUNCTIONS, LEAVE]);
  });

  it('no answer of another length or register is taken for the word', () => {
    for (const wrong of [READ_FUNCTIONS, 'dd2d0000000077', 'dd2e00020006fff877', 'dd2d000100ffff77']) {
      const run = carryOut(jbd, 'balancing', { value: true }, (request) =>
        request === READ_FUNCTIONS ? wrong : ack(request),
      );
      assert.equal(run.error?.code, 'timeout', wrong);
      assert.deepEqual(run.sent, [ENTER, READ_FUNCTIONS, LEAVE]);
    }
  });
});

describe('jbd control: state of charge', () => {
  const sent = (value: number, before: Reading, memory?: object): string | undefined =>
    carryOut(jbd, 'soc', { value, before, ...(memory && { memory }) }, willing()).sent[1];

  it('writes the remaining capacity, of what a full charge is', () => {
    assert.equal(sent(50, { fullCapacity: 100, designCapacity: 280 }), 'dd5ae0021388fe8377');
    assert.equal(sent(50, { designCapacity: 100 }), 'dd5ae0021388fe8377');
    assert.equal(sent(50, { fullCapacity: 0, designCapacity: 100 }), 'dd5ae0021388fe8377');
    assert.equal(sent(0, { fullCapacity: 100 }), 'dd5ae0020000ff1e77');
    assert.equal(sent(100, { fullCapacity: 655.35 }), 'dd5ae002fffffd2077');
  });

  it('in steps of 100 mAh where the board counts in them', () => {
    const large = Buffer.alloc(23);
    large.writeUInt16BE(10_000, 6);
    large.writeUInt8(0x80, 20);
    const { confirm } = actionOf(jbd, 'soc');
    const { result } = drive(jbd, confirm.read({ address: 0, memory: {} }), () =>
      classicReply(0x03, large).toString('hex'),
    );
    assert.equal(result?.reading.designCapacity, 1000);
    assert.equal(sent(50, result.reading, result.memory), 'dd5ae0021388fe8377');
  });

  it('asks nothing of a board that tells no capacity', () => {
    const { error, sent: none } = carryOut(jbd, 'soc', { value: 50, before: {} }, willing());
    assert.deepEqual([error?.code, none], ['unsupported', []]);
    assert.match(error?.message ?? '', /Nothing was sent\.$/);
  });

  it('asks nothing of a board whose learned capacity no such pack can have', () => {
    const attempt = (fullCapacity: number): [string | undefined, number] => {
      const before = { fullCapacity, designCapacity: 100 };
      const { error, sent } = carryOut(jbd, 'soc', { value: 50, before }, willing());
      if (error !== undefined) assert.match(error.message, /learned a capacity of .* Nothing was sent\.$/);
      return [error?.code, sent.length];
    };
    for (const wrong of [1, 29.99, 130.01, 655.35]) assert.deepEqual(attempt(wrong), ['rejected', 0], `${wrong} Ah`);
    for (const right of [30, 100, 130]) assert.deepEqual(attempt(right), [undefined, 3], `${right} Ah`);
  });

  it('shows in both figures, within 1 %', () => {
    const { confirm } = actionOf(jbd, 'soc');
    const shows = (soc: number | undefined, remainingCapacity: number | undefined): boolean | undefined =>
      confirm.shows?.({ reading: { soc, remainingCapacity, fullCapacity: 200 } }, 50, { reading: {} });
    assert.equal(shows(50, 100), true);
    assert.equal(shows(51, 102), true);
    assert.equal(shows(52, 100), false);
    assert.equal(shows(50, 102.1), false);
    assert.equal(shows(undefined, 100), false);
    assert.equal(shows(50, undefined), false);
  });

  it('shows only in the very figure where the former charge was within 1 % of it', () => {
    const { confirm } = actionOf(jbd, 'soc');
    const at = (soc: number, remainingCapacity: number, current = 0): Decoded => ({
      reading: { soc, remainingCapacity, fullCapacity: 100, current },
    });
    const shows = (now: Decoded): boolean | undefined => confirm.shows?.(now, 58, at(57, 57.3));
    assert.equal(shows(at(57, 57.3)), false);
    assert.equal(shows(at(58, 57.99)), false);
    assert.equal(shows(at(58, 58)), true);
    assert.equal(shows(at(57, 57.95, -50)), true);
  });
});

/** Of a write: what its register, length and data add up to, subtracted from 0x10000. */
function checksumOf(covered: string): string {
  const sum = Buffer.from(covered, 'hex').reduce((total, byte) => total + byte, 0);
  return (0x10000 - sum).toString(16);
}

describe('jbd control: capacity', () => {
  const READ_10 = 'dda51000fff077';
  const READ_11 = 'dda51100ffef77';
  const WRITE_11 = 'dd5a11023e80ff2f77'; // 160 Ah
  const WRITE_10 = 'dd5a10024e20ff8077'; // 200 Ah

  it('in the order that leaves it alone on a refusal, and saved at the end', () => {
    const { sent, error } = carryOut(jbd, 'capacity', { value: 200 }, willing({ 0x10: 10_000, 0x11: 8000 }));
    assert.deepEqual([sent, error], [[ENTER, READ_10, READ_11, WRITE_11, WRITE_10, SAVE], undefined]);
  });

  it('keeps the share of a full charge that counts as a cycle, or makes it 80 %', () => {
    const cycle = (whole: number, part: number): number => {
      const { sent } = carryOut(jbd, 'capacity', { value: 200 }, willing({ 0x10: whole, 0x11: part }));
      return Number.parseInt(sent[3]?.slice(8, 12) ?? '', 16);
    };
    assert.equal(cycle(10_000, 10_000), 20_000);
    assert.equal(cycle(10_000, 5000), 10_000);
    assert.equal(cycle(0, 8000), 16_000);
    assert.equal(cycle(10_000, 0), 16_000);
    assert.equal(cycle(10_000, 10_001), 16_000);
  });

  it('in steps of 100 mAh where the board counts in them', () => {
    const memory = { stepsPerAh: 10 };
    const { sent } = carryOut(jbd, 'capacity', { value: 200, memory }, willing({ 0x10: 10_000, 0x11: 8000 }));
    assert.equal(sent[4]?.slice(8, 12), '07d0');
  });

  it('clears no counters where nothing was written', () => {
    const board =
      (at: string, status: number): Respond =>
      (request, n) => {
        if (request === at) return status < 0 ? undefined : refuse(request, status);
        return willing({ 0x10: 10_000, 0x11: 8000 })(request, n);
      };
    for (const [at, status, code, exit] of [
      [READ_10, -1, 'timeout', LEAVE],
      [READ_11, 0x80, 'unsupported', LEAVE],
      [WRITE_11, 0x80, 'rejected', LEAVE],
      [WRITE_11, -1, 'timeout', LEAVE],
      [WRITE_10, 0x80, 'rejected', LEAVE],
      [WRITE_10, -1, 'timeout', LEAVE],
    ] as const) {
      const { sent, error } = carryOut(jbd, 'capacity', { value: 200 }, board(at, status));
      assert.deepEqual([error?.code, sent.at(-1)], [code, exit], `${at} ${status}`);
    }
  });

  it('writes both figures or none: what was written of the first is put back', () => {
    const BACK_11 = 'dd5a11021f40' + checksumOf('11021f40') + '77';
    const sentWith = (lost: string, tellsThen: number): string[] => {
      let writes = 0;
      return carryOut(jbd, 'capacity', { value: 200 }, (request, n) => {
        if (request === WRITE_10) writes++;
        if (request === lost) return undefined;
        return willing({ 0x10: writes > 0 ? tellsThen : 10_000, 0x11: 8000 })(request, n);
      }).sent;
    };
    assert.deepEqual(sentWith(WRITE_11, 10_000).slice(-2), [BACK_11, LEAVE]);
    assert.deepEqual(sentWith(WRITE_10, 10_000).slice(-2), [BACK_11, LEAVE]);
    assert.deepEqual(sentWith(WRITE_10, 20_000).slice(-2), [READ_10, SAVE]);
    assert.deepEqual(sentWith(READ_10, 10_000).at(-1), LEAVE);
  });

  it('shows when it is what was wanted, to the step', () => {
    const { confirm } = actionOf(jbd, 'capacity');
    const shows = (designCapacity: number | undefined, memory = {}): boolean | undefined =>
      confirm.shows?.({ reading: { designCapacity }, memory }, 5.3, { reading: {} });
    assert.deepEqual(
      [shows(5.3), shows(5), shows(undefined), shows(5.3, { stepsPerAh: 10 })],
      [true, false, false, true],
    );
    assert.equal(actionOf(jbd, 'capacity').dangerous, true);
  });
});

describe('jbd control: commands of 0a', () => {
  const FRAMES = {
    clearCounters: 'dd5a0a020200fff277',
    clearAlarms: 'dd5a0a020400fff077',
    restart: 'dd5a0a020300fff177',
    shutdown: 'dd5a0a020600ffee77',
  } as const;

  for (const [name, frame] of Object.entries(FRAMES) as [keyof typeof FRAMES, string][]) {
    it(`${name}: one frame; older boards do not have it`, () => {
      assert.deepEqual(carryOut(jbd, name, {}, willing()).sent, [frame]);
      const { sent, error } = carryOut(jbd, name, {}, (request) => refuse(request, 0x80));
      assert.deepEqual([sent, error?.code], [[frame], 'unsupported']);
      assert.equal(carryOut(jbd, name, {}, (request) => refuse(request, 0x9f)).error?.code, 'rejected');
    });
  }

  it('clearing is tried in factory mode after 81; a restart or power-down is not', () => {
    for (const name of ['clearCounters', 'clearAlarms', 'restart', 'shutdown'] as const) {
      const { sent, error } = carryOut(jbd, name, {}, (request, n) => (n === 1 ? refuse(request, 0x81) : ack(request)));
      const clears = name.startsWith('clear');
      assert.deepEqual(sent, clears ? [FRAMES[name], ENTER, FRAMES[name], LEAVE] : [FRAMES[name]]);
      assert.equal(error?.code, clears ? undefined : 'rejected');
      assert.equal(actionOf(jbd, name).dangerous, clears ? undefined : true);
    }
  });

  it('counters are cleared when all are 0', () => {
    const { confirm } = actionOf(jbd, 'clearCounters');
    const zeros = loadVector('jbd', 'pdf-v11-error-counts-zero').exchanges[0];
    const some = loadVector('jbd', 'sp04s034-ble-error-counts').exchanges[0];
    for (const [exchange, cleared] of [
      [zeros, true],
      [some, false],
    ] as const) {
      const run = drive(jbd, confirm.read({ address: 0, memory: {} }), () => exchange?.rx);
      assert.deepEqual(run.sent, [exchange?.tx]);
      assert.ok(run.result);
      assert.equal(confirm.state(run.result), cleared);
    }
    assert.equal(confirm.state({ reading: {} }), undefined);
  });

  it('alarms are cleared when no protection and no fault is left; there may have been none', () => {
    const { state } = actionOf(jbd, 'clearAlarms').confirm;
    const after = (...alarms: Reading['alarms'] & object) => state({ reading: { alarms } });
    assert.equal(after(), true);
    assert.equal(state({ reading: {} }), true);
    assert.equal(after(LOCK, alarm('cell_overvoltage', 'warning')), true);
    assert.equal(after(LOCK, alarm('cell_overvoltage', 'protection')), false);
    assert.equal(after(alarm('afe_fault', 'fault')), false);
  });
});
