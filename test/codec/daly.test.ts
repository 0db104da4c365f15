import assert from 'node:assert/strict';
import fc from 'fast-check';
import { vendorFault } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { daly } from '../../src/codec/daly';
import { Framer } from '../../src/codec/kit/framing';
import { alarmsOf, cells, date, label, scaled, whole } from '../support/arbitraries';
import { cellFrame, FLAGGED, frame, NO_DATA, queryFor, read, readOne } from '../support/daly-frames';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { loadVector, readVector } from '../support/vectors';

const alarms = fc
  .tuple(alarmsOf(FLAGGED), fc.option(whole(1, 255)))
  .map(([set, fault]) => [...set, ...(fault === null ? [] : [vendorFault(fault)])]);

/** What every answer of a board has. */
const always = {
  voltage: scaled(50, 2500, 10),
  current: scaled(-14999, 14999, 10),
  soc: scaled(0, 1000, 10),
  state: fc.constantFrom('idle', 'charging', 'discharging'),
  ...{ chargeEnabled: fc.boolean(), dischargeEnabled: fc.boolean() },
  remainingCapacity: scaled(0, 0xffffffff, 1000),
  cycles: whole(0, 0xffff),
  ...{ chargerConnected: fc.boolean(), loadConnected: fc.boolean() },
  digitalInputs: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  alarms,
};

const pack: fc.Arbitrary<Reading> = fc
  .tuple(
    fc.record(always),
    fc.record(
      {
        temperatures: fc.array(fc.option(whole(-39, 215)), { minLength: 1, maxLength: 16 }),
        designCapacity: scaled(1, 0xffffffff, 1000),
        manufactureDate: date(2099),
        ...{ serialNumber: label(35), softwareVersion: label(14), hardwareVersion: label(14) },
      },
      { requiredKeys: [] },
    ),
    cells(48, { least: 1, most: 5000 }),
  )
  .map(([values, more, list]) => ({ ...values, ...more, ...list }));

describe('daly', () => {
  describeProtocol({ protocol: daly, pack, uncovered: () => [], noise: 0xff });

  it('decodes what it encodes through a dongle, address 128', () => {
    fc.assert(fc.property(pack, (values) => assert.deepEqual(readAll(daly, values, 128), values)));
  });

  it('asks for the counts before the lists, and for no list whose length is not known', () => {
    const ids = daly.queries.map((query) => query.request({ address: 1, memory: {} }).toString('hex', 2, 3));
    assert.deepEqual(ids, ['90', '93', '94', '95', '96', '97', '98', '50', '53', '57', '62', '63']);
    const optional = daly.queries.filter((query) => query.optional).map(({ group }) => group);
    assert.deepEqual(optional, Array<string>(5).fill('identity'));
    const applies = (id: number, memory: object): unknown => queryFor(id).applies?.({ address: 1, memory });
    for (const id of [0x95, 0x96]) assert.equal(applies(id, {}), false);
    assert.deepEqual([applies(0x96, { sensorCount: 0 }), applies(0x96, { sensorCount: 1 })], [false, true]);
    assert.throws(() => read(0x95, [cellFrame(1, [3300, 3300, 3300])]), { code: 'timeout' });
    assert.throws(() => read(0x96, [frame(1, 0x96, '013d000000000000')]), { code: 'timeout' });
  });

  it('asks board n with host byte 40 + (n - 1), a dongle with 80, and hears only that board', () => {
    for (const [address, host, board] of BOARDS) {
      assert.deepEqual(queryFor(0x90).request({ address, memory: {} }), frame(host, 0x90, NO_DATA));
      assert.equal(read(0x90, [frame(board, 0x90, '023a0000753001ed')], {}, address).voltage, 57);
    }
  });
});

/** Address, host byte of its requests, board number in its responses. */
const BOARDS = [
  [1, 0x40, 1],
  [2, 0x41, 2],
  [31, 0x5e, 31],
  [128, 0x80, 1],
] as const;

describe('daly: what cannot be true (daly.md 8)', () => {
  const memory = { cellCount: 3, sensorCount: 1 };
  const REFUSED: readonly (readonly [id: number, data: string, what: string])[] = [
    ...([0x90, 0x93, 0x94] as const).map((id) => [id, NO_DATA, 'no data'] as const),
    [0x90, '021200000000039a', 'raw current 0'],
    [0x90, '00000000753001f4', '0 V'],
    [0x90, '00310000753001f4', '4.9 V'],
    [0x90, '09c50000753001f4', '250.1 V'],
    [0x90, '02120000753003e9', '100.1 %'],
    [0x90, '021200003a9801f4', '1500.0 A'],
    [0x90, '02120000afc801f4', '-1500.0 A'],
    [0x93, '0301019e0003eaf8', 'a state that does not exist'],
    [0x93, 'ff01019e0003eaf8', 'a state that does not exist'],
    [0x94, '0001000002000b9b', 'no cell'],
    [0x94, '3101000002000b9b', '49 cells'],
    [0x94, '1011000002000b9b', '17 sensors'],
    [0x95, '010ce400000ce400', 'a cell at 0 V'],
    [0x95, '0100000ce40ce400', 'the first cell at 0 V'],
  ];
  for (const [id, data, what] of REFUSED) {
    it(`${id.toString(16)}: ${what}`, () => {
      assert.throws(() => read(id, [frame(1, id, data)], memory), { name: 'BmsError', code: 'malformed' });
    });
  }

  it('the edges can', () => {
    assert.deepEqual(readOne(0x90, '0032000075300000'), { voltage: 5, current: 0, soc: 0 });
    assert.deepEqual(readOne(0x90, '09c400003a9903e8'), { voltage: 250, current: 1499.9, soc: 100 });
    assert.equal(readOne(0x90, '09c40000afc703e8').current, -1499.9);
    assert.deepEqual(
      [readOne(0x94, '3010000002000b9b').cellCount, readOne(0x94, '1000000002000b9b').cellCount],
      [48, 16],
    );
    // An empty pack that is switched off is told from no data by its heartbeat.
    const off = { state: 'idle', chargeEnabled: false, dischargeEnabled: false, remainingCapacity: 0 };
    assert.deepEqual(readOne(0x93, '0000000100000000'), off);
    assert.deepEqual(read(0x95, [cellFrame(1, [3300, 5000, 0])], { cellCount: 2 }).cellVoltages, [3.3, 5]);
  });
});

describe('daly: identity (daly.md 7)', () => {
  const text = (id: number, value: string, frames: number): Buffer[] =>
    Array.from({ length: frames }, (_, i) => {
      const data = Buffer.alloc(8);
      data.writeUInt8(i + 1, 0);
      data.write(value.slice(7 * i, 7 * i + 7), 1, 'latin1');
      return frame(1, id, data.toString('hex'));
    });

  for (const [id, frames, key] of [
    [0x57, 5, 'serialNumber'],
    [0x62, 2, 'softwareVersion'],
    [0x63, 2, 'hardwareVersion'],
  ] as const) {
    it(`${key}: cut at 00, printable, trimmed, absent when blank; whole after ${frames} frames`, () => {
      const of = (value: string): string | undefined => read(id, text(id, value, frames))[key];
      assert.equal(of('  DL-R32S\x01\xff 1 \0left-over'), 'DL-R32S 1');
      assert.equal(of('x'.repeat(7 * frames)), 'x'.repeat(7 * frames));
      for (const blank of ['', '   \x02 ', '\0left-over']) assert.equal(of(blank), undefined);
      assert.throws(() => read(id, text(id, '12345678', frames).slice(0, -1)), { code: 'timeout' });
    });
  }

  it('rated capacity in Ah, absent when never set', () => {
    assert.deepEqual(readOne(0x50, '0000753000000e10'), { designCapacity: 30 });
    assert.deepEqual(readOne(0x50, '0000000000000e10'), {});
  });

  it('production date as YYYY-MM-DD, absent when impossible', () => {
    const of = (days: string): unknown => readOne(0x53, `0101${days}ffff0a`).manufactureDate;
    assert.deepEqual([of('16080a'), of('18021d')], ['2022-08-10', '2024-02-29']);
    const impossible = ['000000', '17021d', '160d01', '160020', '16041f', '160800', 'ffffff', '640101'];
    for (const days of impossible) assert.equal(of(days), undefined, days);
  });
});

describe('daly: values (daly.md 3, 4, 10)', () => {
  it('stale bytes behind the values of a frame mean nothing', () => {
    for (const stale of ['00', '20', '9b', 'ff']) {
      const inputs = { chargerConnected: false, loadConnected: false, digitalInputs: [false, true, false, false] };
      assert.deepEqual(readOne(0x94, `1001000002000b${stale}`), { cellCount: 16, cycles: 11, ...inputs });
      assert.deepEqual(readOne(0x97, `010100000000${stale}${stale}`).balancingCells, [1, 9]);
    }
    assert.deepEqual(read(0x96, [frame(1, 0x96, '013d3e3f40414243')], { sensorCount: 2 }).temperatures, [21, 22]);
  });

  it('charger, load and inputs are those of 94; a number that is neither yes nor no tells nothing', () => {
    const seen = (data: string): unknown => {
      const { chargerConnected, loadConnected, digitalInputs } = readOne(0x94, data);
      return [chargerConnected, loadConnected, digitalInputs];
    };
    assert.deepEqual(seen('1001010009000b00'), [true, false, [true, false, false, true]]);
    assert.deepEqual(seen('10010001f0000b00'), [false, true, [false, false, false, false]], 'outputs are no inputs');
    assert.deepEqual(seen('10010205f6000b00'), [undefined, undefined, [false, true, true, false]]);
  });

  it('no cell beyond the count balances', () => {
    assert.deepEqual(read(0x97, [frame(1, 0x97, 'ff01000000800000')], EIGHT).balancingCells?.length, 8);
    assert.deepEqual(readOne(0x97, '0000008001800000').balancingCells, [32, 33, 48]);
  });

  it('-40 °C is a sensor that is not connected: null, in its place', () => {
    const two = [frame(1, 0x96, '0100013c3d3e3f40'), frame(1, 0x96, '0241000000000000')];
    assert.deepEqual(read(0x96, two, { sensorCount: 8 }).temperatures, [null, -39, 20, 21, 22, 23, 24, 25]);
  });

  it('the heartbeat in 93 is no cycle count, and changes nothing', () => {
    const expected = { state: 'discharging', chargeEnabled: true, dischargeEnabled: true, remainingCapacity: 256.76 };
    for (const beat of ['00', '01', '7f', 'ff']) assert.deepEqual(readOne(0x93, `020101${beat}0003eaf8`), expected);
  });

  it('equal cells: the first one is named, whatever 91 says', () => {
    const { reading } = readVector(daly, loadVector('daly', 'rs485-14s-readme-all'));
    assert.deepEqual([reading.maxCell, reading.minCell], [12, 1]);
  });
});

const EIGHT = { cellCount: 8, sensorCount: 1 };
const CELLS = [3301, 3302, 3303, 3304, 3305, 3306, 3307, 3308];
const VOLTS = CELLS.map((millivolts) => millivolts / 1000);
const ANSWER = [
  cellFrame(1, CELLS.slice(0, 3)),
  cellFrame(2, CELLS.slice(3, 6)),
  cellFrame(3, [...CELLS.slice(6), 3999]),
];
const OLD = [1, 2, 3].map((number) => cellFrame(number, [3100, 3100, 3100]));
const PACK = frame(1, 0x90, '023a0000753001ed');

describe('daly: frames on the line (daly.md 3, 10)', () => {
  const voltages = (chunks: readonly Buffer[]): number[] | undefined => read(0x95, chunks, EIGHT).cellVoltages;

  it('a damaged tail over Bluetooth: the frames that are needed count, wherever the rest is cut', () => {
    const vector = loadVector('daly', 'ble-16s-cells-corrupt-tail');
    const { cellVoltages } = readVector(daly, vector).reading;
    const burst = Buffer.from(vector.exchanges.at(-1)?.rx.join('') ?? '', 'hex');
    for (let end = 6 * 13; end < burst.length; end++) {
      const cut = read(0x95, [burst.subarray(0, end)], { cellCount: 16 });
      assert.deepEqual(cut.cellVoltages, cellVoltages, `${end} bytes`);
    }
  });

  it('frames of an earlier answer, twice the same, strange numbers: none is part of the answer', () => {
    const [first, second, third] = ANSWER;
    assert.ok(first && second && third);
    const strays = [0, 4, 16, 0xff].map((number) => cellFrame(number, [1, 1, 1]));
    for (const frames of [
      ANSWER,
      [...OLD.slice(0, 2), ...ANSWER],
      [Buffer.concat([...OLD.slice(0, 2), ...OLD.slice(0, 2), ...ANSWER])],
      [...OLD.slice(2), ...ANSWER],
      [...ANSWER.slice(0, 2), ...ANSWER],
      ANSWER.flatMap((part) => [part, part]),
      [...strays, first, ...strays, second, third],
    ]) {
      assert.deepEqual(voltages(frames), VOLTS);
    }
    assert.throws(() => voltages(strays), { code: 'timeout' });
  });

  it('frames of several answers are never put together', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...OLD, ...ANSWER], { minLength: 3 }), (frames) => {
        const numbers = frames.map((part) => part.readUInt8(4)).join('');
        if (numbers.includes('123')) assert.equal(voltages(frames)?.length, 8);
        else assert.throws(() => voltages(frames), { code: 'timeout' });
      }),
      { numRuns: 500 },
    );
  });

  it('answers to another host, of another board, and the echo of the own request are skipped', () => {
    const [first, second, third] = ANSWER;
    assert.ok(first && second && third);
    for (const address of [1, 128]) {
      const target = { address, memory: EIGHT };
      for (const stranger of [
        PACK,
        frame(1, 0x96, '02ff000000000000'),
        frame(2, 0x95, '030d000d000d0000'),
        frame(0x40, 0x95, '030d000d000d0000'),
        queryFor(0x95).request(target),
      ]) {
        const chunks: Buffer[] = [stranger, first, stranger, second, stranger, third];
        assert.deepEqual(read(0x95, chunks, EIGHT, address).cellVoltages, VOLTS);
      }
      assert.throws(() => read(0x90, [queryFor(0x90).request(target)], {}, address), { code: 'timeout' });
    }
  });

  it('endless frames that make no answer are not kept for ever', () => {
    const parts: Buffer[] = [];
    for (let i = 0; i < 1000; i++) {
      const stray = cellFrame(1 + (i % 2), [3300 + (i % 100), 3300, 3300]);
      if (queryFor(0x95).match(stray, parts, { address: 1, memory: EIGHT }) === 'part') parts.push(stray);
    }
    assert.ok(parts.length <= 12, `${parts.length} parts`);
  });

  it('a frame with a missing byte hides no good one behind it, also where its sum is right by chance', () => {
    for (let missing = 0; missing < PACK.length; missing++) {
      const cut = Buffer.concat([PACK.subarray(0, missing), PACK.subarray(missing + 1)]);
      assert.equal(read(0x90, [cut, PACK]).voltage, 57, `byte ${missing}`);
    }
    const good = cellFrame(2, CELLS.slice(3, 6));
    let chances = 0;
    for (let value = 0; value < 256; value++) {
      const burst = Buffer.concat([cellFrame(1, [3300, 3300, value]).subarray(0, 11), good]);
      const sum = burst.subarray(0, 12).reduce((total, byte) => total + byte, 0) & 0xff;
      if (sum === burst[12]) chances++;
      assert.deepEqual(new Framer(daly.frames).push(burst), [good]);
    }
    assert.ok(chances > 0);
  });

  it('a start byte without the length byte 08 holds nothing up', () => {
    const framer = new Framer(daly.frames);
    for (const [bytes, pending] of [
      ['a5', 1],
      ['0190', 3],
      ['09', 0],
    ] as const) {
      assert.deepEqual([framer.push(Buffer.from(bytes, 'hex')), framer.pending], [[], pending]);
    }
    assert.equal(framer.badChecksums, 0);
  });
});

describe('daly emulator', () => {
  const BOARD: Reading = {
    ...{ voltage: 52.5, current: 0, soc: 18.9, remainingCapacity: 5.67, cycles: 21 },
    ...{ chargeEnabled: true, dischargeEnabled: true },
    cellVoltages: [3.728, 3.734, 3.734, 3.736, 3.736, 3.742, 3.757, 3.766, 3.768, 3.761, 3.744, 3.78, 3.749, 3.78],
    temperatures: [null, 15, 12],
    alarms: [{ code: 'soc_low', level: 'warning', message: '' }],
  };
  const ask = (host: number, id: number, board: Reading = BOARD): string | undefined =>
    daly
      .emulate(frame(host, id, NO_DATA))
      ?.answer(board)
      .toString('hex');
  const told = (id: number, board: Reading): Reading => read(id, [Buffer.from(ask(0x40, id, board) ?? '', 'hex')]);

  it('answers as a captured pack does, in the bytes that mean something', () => {
    const { exchanges } = loadVector('daly', 'rs485-14s-readme-all');
    const bytesOf = new Map(exchanges.map(({ tx, rx }) => [tx.slice(4, 6), rx.join('')]));
    for (const id of [0x90, 0x98, 0x97]) assert.equal(ask(0x40, id), bytesOf.get(id.toString(16)));
  });

  it('answers 91 and 92 with the extremes and where they are', () => {
    assert.equal(ask(0x40, 0x91), frame(1, 0x91, '0ec40c0e90010000').toString('hex'));
    assert.equal(ask(0x40, 0x92), frame(1, 0x92, '3702340300000000').toString('hex'));
  });

  it('sends the frames that the count needs, and all of them through a dongle', () => {
    const frames = (host: number, id: number): number => (ask(host, id) ?? '').length / 26;
    assert.deepEqual([frames(0x40, 0x95), frames(0x40, 0x96)], [5, 1]);
    assert.deepEqual([frames(0x80, 0x95), frames(0x80, 0x96)], [16, 3]);
  });

  it('says which address was asked, and answers with its board number', () => {
    for (const [address, host, board] of BOARDS) {
      const emulated = daly.emulate(frame(host, 0x93, 'aaaaaaaaaaaaaaaa'));
      assert.equal(emulated?.address, address);
      assert.equal(emulated.answer(BOARD)[1], board);
    }
  });

  it('is silent to other hosts, and to ids that it does not know', () => {
    for (const host of [0x00, 0x01, 0x1f, 0x20, 0x3f, 0x5f, 0x7f, 0x81]) {
      assert.equal(ask(host, 0x90), undefined, host.toString(16));
    }
    for (const id of [0x52, 0x58, 0x10, 0xd8]) assert.equal(ask(0x40, id), undefined, id.toString(16));
  });

  it('has a heartbeat, 0 A for a pack without a current, and a state that follows from the current', () => {
    const off: Reading = { remainingCapacity: 0, chargeEnabled: false, dischargeEnabled: false, state: 'idle' };
    assert.deepEqual(told(0x93, off), off);
    assert.deepEqual(told(0x90, { voltage: 52.8, soc: 50 }), { voltage: 52.8, current: 0, soc: 50 });
    const states = [1, -1, 0, undefined].map((current) => told(0x93, { current }).state);
    assert.deepEqual(states, ['charging', 'discharging', 'idle', 'idle']);
  });
});
