import assert from 'node:assert/strict';
import { FakeClock } from '../support/fake-clock';
import { loadVector, type Vector } from '../support/vectors';
import { AntWitness } from './boards/ant';
import type { WitnessBoard } from './boards/board';
import { DalyWitness } from './boards/daly';
import { JbdWitness } from './boards/jbd';
import { JkWitness } from './boards/jk';
import { JkBleWitness } from './boards/jk-ble';
import { JkModbusWitness } from './boards/jk-modbus';
import { infoFields, liveFields, settingFields, type Field } from './boards/jk-records';
import type { Truth } from './boards/truth';

/** Asks a board and lets it say all that it says within some time. */
async function ask(board: WitnessBoard, clock: FakeClock, request: string, ms = 300): Promise<Buffer> {
  const said: Buffer[] = [];
  board.attach((bytes) => said.push(bytes));
  board.receive(Buffer.from(request, 'hex'));
  await clock.tick(ms);
  return Buffer.concat(said);
}

/** The truth that a captured answer speaks of, as far as its source or our reading of the sheet tells. */
function truthOf({ expect, derived, expectUnverified }: Vector, more: Partial<Truth> = {}): Partial<Truth> {
  const told: Record<string, unknown> = { ...expectUnverified, ...derived, ...expect };
  const names: Record<string, string> = { cells: 'cellVoltages', resistances: 'cellResistances' };
  const keys = [
    ...['cells', 'resistances', 'current', 'soc', 'soh', 'remainingCapacity', 'fullCapacity', 'designCapacity'],
    ...['cycles', 'cycleCapacity', 'runtime', 'temperatures', 'mosTemperature', 'balancerTemperature', 'alarms'],
    ...['balancingCells', 'balanceCurrent', 'model', 'hardwareVersion', 'softwareVersion', 'serialNumber'],
    ...['deviceName', 'manufactureDate'],
  ];
  const found = keys.map((key) => [key, told[names[key] ?? key]] as const).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(found) as Partial<Truth>), ...more };
}

/** What was captured in answer to a request. */
function captured({ exchanges }: Vector, index: number): { tx: string; rx: Buffer } {
  const exchange = exchanges[index];
  assert.ok(exchange);
  return { tx: exchange.tx, rx: Buffer.from(exchange.rx.join(''), 'hex') };
}

/** The same bytes, but where the sheet knows no meaning. */
function assertSame(said: Buffer, wanted: Buffer, unknown: readonly (readonly [number, number])[], what: string): void {
  assert.equal(said.length, wanted.length, `${what}: length`);
  const clean = (bytes: Buffer): string => {
    const copy = Buffer.from(bytes);
    for (const [from, to] of unknown) copy.fill(0, from, to);
    return copy.toString('hex');
  };
  assert.equal(clean(said), clean(wanted), what);
}

describe('boards of the witness answer as captured ones', () => {
  const clock = new FakeClock();

  it('JBD: basic information and cells', async () => {
    const vector = loadVector('jbd', 'sp04s034-ble-after-auth');
    const board = new JbdWitness({ clock, truth: truthOf(vector, { alarms: [] }) });
    for (const [index, current] of [0, -0.53, -0.53].entries()) {
      board.truth.current = current;
      const { tx, rx } = captured(vector, index);
      assert.equal((await ask(board, clock, tx)).toString('hex'), rx.toString('hex'));
    }
  });

  it('JBD: what stands behind the sensors', async () => {
    const vector = loadVector('jbd', 'jbdtool-issue15-22sp-369ah');
    const cells = Array.from({ length: 16 }, () => 59.48 / 16);
    const board = new JbdWitness({
      clock,
      tail: true,
      truth: truthOf(vector, { cells, alarms: [], balanceCurrent: 0 }),
    });
    const { tx, rx } = captured(vector, 0);
    assert.equal((await ask(board, clock, tx)).toString('hex'), rx.toString('hex'));
  });

  for (const [tx, rx, what] of [
    ['dd5ae1020001ff1c77', 'dde10000000077', 'charge off'],
    ['dd5a00025678ff3077', 'dd000000000077', 'into factory mode'],
    ['dd5a01020000fffd77', 'dd010000000077', 'out of it'],
    ['dd5ae0021388fe8377', 'dde08100ff7f77', 'the state of charge, outside factory mode'],
    ['dda52400ffdc77', 'dd248100ff7f77', 'a parameter, outside factory mode'],
    ['dda5fa03007504fe8a77', '', 'the block of parameters, which this firmware lacks'],
  ] as const) {
    it(`JBD: ${what}`, async () => {
      assert.equal((await ask(new JbdWitness({ clock }), clock, tx)).toString('hex'), rx);
    });
  }

  /** Bytes of an answer that mean something, from the first data byte on; the heartbeat of 93 does not. */
  const DALY_USED: Record<number, readonly number[]> = {
    ...{ 0x90: [0, 1, 4, 5, 6, 7], 0x91: [0, 1, 2, 3, 4, 5], 0x92: [0, 2], 0x93: [0, 1, 2, 4, 5, 6, 7] },
    ...{ 0x94: [0, 1, 2, 3, 4, 5, 6], 0x95: [0, 1, 2, 3, 4, 5, 6], 0x96: [0, 1], 0x97: [0, 1, 2, 3, 4, 5] },
    ...{ 0x98: [0, 1, 2, 3, 4, 5, 6, 7] },
  };

  it('Daly: a whole poll', async () => {
    const vector = loadVector('daly', 'rs485-14s-readme-all');
    const digitalInputs = [false, true, false, false];
    const more = { digitalInputs, chargerConnected: false, loadConnected: false };
    const board = new DalyWitness({ clock, truth: truthOf(vector, more) });
    const shown = (bytes: Buffer): string[] => {
      const frames = Array.from({ length: bytes.length / 13 }, (_, i) => bytes.subarray(13 * i, 13 * i + 13));
      return frames.map((frame) => {
        const used = (DALY_USED[frame[2] ?? 0] ?? []).map((i) => frame[4 + i]);
        // The last frame of the cells is filled up with what has no meaning.
        const meant = frame[2] === 0x95 && frame[4] === 5 ? used.slice(0, 5) : used;
        return `${frame.subarray(0, 4).toString('hex')} ${meant.join(' ')}`;
      });
    };
    for (const index of vector.exchanges.keys()) {
      const { tx, rx } = captured(vector, index);
      // The cell that 91 names is the board's choice among equal ones, and its source prints none.
      if (tx.startsWith('a54091')) continue;
      assert.deepEqual(shown(await ask(board, clock, tx)), shown(rx), tx);
    }
  });

  for (const [tx, rx, what] of [
    ['a540d9080000000000000000c6', 'a501d908000000000000000087', 'discharge off'],
    ['a5402108160c0d151d27012cc3', 'a50121080100000000000000d0', 'state of charge and clock'],
    ['a541900800000000000000007e', '', 'another board on the line'],
  ] as const) {
    it(`Daly: ${what}`, async () => {
      assert.equal((await ask(new DalyWitness({ clock }), clock, tx)).toString('hex'), rx);
    });
  }

  it('JK: the whole set', async () => {
    const vector = loadVector('jk', '16s-7.1.0h-discharging');
    const more = { fullCapacity: 0, manufactureDate: '2021-06-01', alarms: [], balancingCells: [] };
    const board = new JkWitness({ clock, truth: truthOf(vector, more) });
    const { tx, rx } = captured(vector, 0);
    const type = rx.indexOf(Buffer.from('af01b0', 'hex')) + 1;
    const maker = rx.indexOf(Buffer.from('ba4254', 'hex')) + 1;
    const seal = rx.length - 2;
    const unknown = [
      [type, type + 1],
      [maker, maker + 24],
      [seal, seal + 2],
    ] as const;
    assertSame(await ask(board, clock, tx), rx, unknown, 'read all');
  });

  it('JK: the password, then a write; without it nothing', async () => {
    const write = '4e570014000000000202 00ab0000000000 68000001d0'.replaceAll(' ', '');
    const password = '4e570014000000000502 0000000000000068 00000128'.replaceAll(' ', '');
    const board = new JkWitness({ clock });
    assert.equal((await ask(board, clock, write)).length, 0);
    assert.equal(board.truth.chargeSwitch, true);
    board.receive(Buffer.from(password, 'hex'));
    board.receive(Buffer.from(write, 'hex'));
    assert.deepEqual([board.truth.chargeSwitch, board.changes.at(-1)], [false, 'charge=false']);
  });

  it('ANT: the status, but for its lifetime counters', async () => {
    const vector = loadVector('ant', '01-16s-status-idle');
    const alarms = [{ code: 'charge_undertemperature', level: 'warning' }] as const;
    const truth = truthOf(vector, { alarms: [...alarms], balancingSwitch: false, balancingCells: [] });
    const board = new AntWitness({ clock, truth });
    const { tx, rx } = captured(vector, 0);
    const said = await ask(board, clock, tx);
    // State and current differ by their dead band, push flags and counters have no meaning for a reading.
    const core = 6 + 2 * 16 + 2 * 2;
    const unknown = [
      [7, 8],
      [18, 34],
      [core + 56, core + 60],
      [core + 78, core + 88],
      [core + 90, rx.length - 2],
    ] as const;
    assertSame(said, rx, unknown, 'status');
  });

  for (const [file, index] of [
    ['02-16s-device-info', 0],
    ['18-write-two-registers-and-save', 0],
    ['18-write-two-registers-and-save', 1],
    ['20-chip-id', 0],
    ['09-protection-counters', 0],
  ] as const) {
    it(`ANT: ${file} ${index}`, async () => {
      const vector = loadVector('ant', file);
      const counters = (vector as unknown as { expectCounters?: number[] }).expectCounters;
      const truth = truthOf(vector, counters === undefined ? {} : { errorCounts: counters });
      const { tx, rx } = captured(vector, index);
      assert.equal((await ask(new AntWitness({ clock, truth }), clock, tx)).toString('hex'), rx.toString('hex'));
    });
  }

  for (const [tx, rx, what] of [
    ['7ea151040000c8e4aa55', '7ea1610400020100f22baa55', 'charge off'],
    ['7ea151010000d8e5aa55', '7ea16101000201003e2baa55', 'discharge off'],
    ['7ea1236a010c3132333435363738393031328cbfaa55', '7ea1436a010205001e5c', 'a password'],
  ] as const) {
    it(`ANT: ${what}`, async () => {
      const said = await ask(new AntWitness({ clock, password: '123456789012' }), clock, tx);
      assert.ok(said.toString('hex').startsWith(rx), said.toString('hex'));
    });
  }

  /** Compares a record at the places that the sheet names. */
  function assertFields(said: Buffer, wanted: Buffer, fields: readonly Field[], head = 6, order = 'little'): void {
    for (const [offset, type, value] of fields) {
      const at = offset + head;
      const place = `${type} at ${offset.toString(16)}`;
      if (typeof value === 'string') {
        const read = (bytes: Buffer): string => bytes.subarray(at, at + value.length).toString('ascii');
        assert.equal(read(said), read(wanted), place);
        continue;
      }
      const length = Number(type.slice(1)) / 8;
      // What the board reckons from cells that it has measured finer, or measures apart, differs a little.
      const margin = { 0x44: 1, 0x46: 1, 0x90: 10 }[offset] ?? 0;
      const read = (bytes: Buffer): number =>
        order === 'little' ? bytes.readIntLE(at, length) : bytes.readIntBE(at, length);
      assert.ok(Math.abs(read(said) - read(wanted)) <= margin, `${place}: ${read(said)}, captured ${read(wanted)}`);
    }
  }

  /** What a record holds that a reading does not tell. */
  const UNTOLD = [0x48, 0x49, 0x94, 0xd0, 0xe4, 0xef, 0xf0, 0xf8, 0x20, 0x24, 0x38, 0x60, 0x70, 0xb2];
  const told = (fields: readonly Field[]): Field[] => fields.filter(([offset]) => !UNTOLD.includes(offset));

  it('jk-modbus: the three records and their acknowledgements', async () => {
    const vector = loadVector('jk-modbus', 'poll-addr3-charging');
    const board = new JkModbusWitness({ clock, address: 3, truth: truthOf(vector, { alarms: [] }) });
    const { truth } = board;
    const only = [0x6c, 0x70, 0x74, 0x78, 0x7c, 0x108];
    const settings = settingFields(truth, 3).filter(([offset]) => only.includes(offset));
    for (const [index, fields] of [told(infoFields(truth)), settings, told(liveFields(truth))].entries()) {
      const { tx, rx } = captured(vector, index);
      const said = await ask(board, clock, tx);
      assert.equal(said.subarray(300).toString('hex'), rx.subarray(rx.length - 8).toString('hex'));
      assert.equal(said.subarray(0, 5).toString('hex'), rx.subarray(0, 5).toString('hex'));
      assertFields(said, rx, fields);
    }
  });

  it('jk-modbus: registers', async () => {
    const vector = loadVector('jk-modbus', 'fc03-pb2a16s20p-15.41-full');
    const more = { alarms: [], serialNumber: '50314490295', temperatures: [22.4, 22.4, null, null] };
    const board = new JkModbusWitness({ clock, truth: truthOf(vector, more) });
    const { truth } = board;
    const live = captured(vector, 1);
    const said = await ask(board, clock, live.tx);
    assert.equal(said.subarray(0, 3).toString('hex'), live.rx.subarray(0, 3).toString('hex'));
    const inside = told(liveFields(truth)).filter(([offset]) => offset < 0xd0);
    assertFields(said, live.rx, inside, 3, 'big');
    const beyond = captured(vector, 3);
    assert.equal((await ask(board, clock, beyond.tx)).toString('hex'), beyond.rx.toString('hex'));
  });

  it('jk-modbus: writes', async () => {
    const vector = loadVector('jk-modbus', 'write-switches-15.41');
    const board = new JkModbusWitness({ clock });
    for (const index of vector.exchanges.keys()) {
      const { tx, rx } = captured(vector, index);
      assert.equal((await ask(board, clock, tx)).toString('hex'), rx.toString('hex'), tx);
    }
    assert.deepEqual(board.changes, ['charge=false', 'charge=true', 'balancing=false', 'balancing=true']);
  });

  it('ANT: after a request of another protocol, and after one without an end', async () => {
    const board = new AntWitness({ clock });
    const status = '7ea1010000be1855aa55';
    assert.equal((await ask(board, clock, `7e0102ffffff${status}`)).subarray(0, 3).toString('hex'), '7ea111');
    for (const [forgetsAfterMs, answers] of [
      [250, 1],
      [Infinity, 0],
    ] as const) {
      const own = new AntWitness({ clock, forgetsAfterMs });
      const said: Buffer[] = [];
      own.attach((bytes) => said.push(bytes));
      for (const request of ['7ea1220000ff', status]) {
        own.receive(Buffer.from(request, 'hex'));
        await clock.tick(500);
      }
      assert.equal(said.length, answers);
    }
  });

  it('jk-ble: the records, the acknowledgement and the stream', async () => {
    const vector = loadVector('jk-ble', 'live-32s-pb2a16s15p-v14.20-at-junk');
    const board = new JkBleWitness({ clock, truth: truthOf(vector, { alarms: [] }) });
    const { truth } = board;
    const info = await ask(board, clock, captured(vector, 0).tx);
    const heard = captured(vector, 0).rx;
    assertFields(info, heard, told(infoFields(truth)));
    assert.equal(info.subarray(300).toString('hex'), 'aa5590ebc8010100000000000000000000000044');
    const stream = await ask(board, clock, captured(vector, 1).tx, 1000);
    const heads = [...stream.toString('hex').matchAll(/55aaeb90(0[123])/g)].map(([, type]) => type);
    assert.deepEqual(heads, ['01', '03', '02', '02']);
    const record = (bytes: Buffer): Buffer => bytes.subarray(bytes.indexOf(Buffer.from('55aaeb9002', 'hex')));
    assertFields(record(stream), record(captured(vector, 1).rx), told(liveFields(truth)));
  });
});
