import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alarm, unknownAlarm, type Alarm, type AlarmCode, type AlarmLevel } from '../../src/battery/alarm';
import { derive } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';
import { ant } from '../../src/codec/ant';
import { Framer } from '../../src/codec/kit/framing';
import {
  antFrame,
  antQuery,
  antVector,
  assertValues,
  capacity,
  failsWith,
  put,
  readStatus,
  segment,
  statusData,
  type Bytes,
} from '../support/ant';
import { cells, label, scaled, whole } from '../support/arbitraries';
import { assertDecoded } from '../support/expected';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { codes, hex, meaningsOf, sheetTable, type Meanings } from '../support/sheet';
import { answer, readVector, type Vector } from '../support/vectors';

const TARGET = { address: 0xa1, memory: {} };

/** Behind two cells and no sensor. */
const CORE = 4;

/** ant.md 6.1, 6.2: two rows of the words side by side. */
function bitsOf(register: string, section: string): Meanings {
  const rows = sheetTable('ant', section);
  return meaningsOf(register, 64, [
    ...rows.map(([n, , what]) => [n, what] as const),
    ...rows.map((row) => [row[3], row[5]] as const),
  ]);
}

const PROTECTION = bitsOf('protection', '6.1');
const WARNING = bitsOf('warning', '6.2');

/** Every code of both words once, in the order of their bits, protections first. */
const BITS: Alarm[] = [...PROTECTION, ...WARNING].flatMap((meaning) => {
  const [code = '', level] = meaning?.split(' ') ?? [];
  const [, register, bit] = /^unknown_(\w+)_(\d+)$/.exec(code) ?? [];
  if (register !== undefined) return [unknownAlarm(register, Number(bit))];
  return level === undefined ? [] : [alarm(code as AlarmCode, level as AlarmLevel)];
});
const ALARMS = BITS.filter(({ code }, i) => BITS.findIndex((other) => other.code === code) === i);

/** Only a MOSFET that is off has a code for it. */
const BOARD_HOT = alarm('board_overtemperature', 'protection');

const switched = fc
  .tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean(), fc.subarray(ALARMS))
  .map(([chargeEnabled, dischargeEnabled, charge, discharge, hot, bits]) => ({
    chargeEnabled,
    dischargeEnabled,
    chargeSwitch: chargeEnabled || charge,
    dischargeSwitch: dischargeEnabled || discharge,
    alarms: hot && !(chargeEnabled && dischargeEnabled) ? [...bits, BOARD_HOT] : bits,
  }));

const celsius = whole(-39, 0x7fff);

/** By their place among twenty (ant.md 8.1); charges and cycles, the empty ones, are no errors. */
const COUNTERS = [
  ...['cellOvervoltage', 'packOvervoltage', 'cellUndervoltage', 'packUndervoltage', 'cellImbalance'],
  ...['chargeOvertemperature', 'dischargeOvertemperature', 'mosOvertemperature', 'chargeUndertemperature'],
  ...['dischargeUndertemperature', 'chargeOvercurrent', 'dischargeOvercurrent', 'shortCircuit', '', ''],
  ...['lowVoltageShutdowns', 'currentSensorFault', 'manualRestarts', 'watchdogResets', 'abnormalResets'],
];

const errorCounts = fc
  .array(whole(0, 0xfffe), { minLength: COUNTERS.length, maxLength: COUNTERS.length })
  .map((values) =>
    Object.fromEntries(COUNTERS.map((name, i) => [name, values[i] ?? 0] as const).filter(([name]) => name !== '')),
  );

const values = fc.record(
  {
    voltage: scaled(0, 0xffff, 100),
    current: scaled(-0x7fff, 0x7fff, 10),
    power: whole(-0x7fffffff, 0x7fffffff),
    soc: whole(0, 100),
    soh: whole(0, 100),
    remainingCapacity: scaled(0, 0xffffffff, 1e6),
    runtime: whole(0, 0xffffffff),
    state: fc.constantFrom('idle', 'charging', 'discharging'),
    balancing: fc.boolean(),
    temperatures: fc.array(fc.option(celsius), { maxLength: 8 }),
    mosTemperature: celsius,
    balancerTemperature: celsius,
    heating: fc.constant(true),
    errorCounts,
    model: label(16),
    softwareVersion: label(16),
    deviceName: label(32),
    serialNumber: fc
      .uint8Array({ minLength: 12, maxLength: 12 })
      .filter((bytes) => bytes.some((byte) => byte !== 0) && bytes.some((byte) => byte !== 255))
      .map((bytes) => bytes.join('.')),
  },
  {
    requiredKeys: [
      ...(['voltage', 'current', 'power', 'soc', 'soh', 'remainingCapacity', 'runtime'] as const),
      ...(['state', 'balancing', 'temperatures'] as const),
    ],
  },
);

/** Ah in its life. */
const counted = fc.record({
  chargedCapacity: scaled(0, 0xffffffff, 1000),
  dischargedCapacity: scaled(0, 0xffffffff, 1000),
});

/** Of newer firmware, where the answer has room for it. */
const connections = fc.oneof(
  fc.constant({}),
  fc.record({ timeSinceCharge: whole(0, 0xffffffff), chargerConnected: fc.boolean() }),
);

const pack: fc.Arbitrary<Reading> = fc
  .tuple(values, cells(32, { most: 0x1fff }), capacity, switched, counted)
  .map((parts): Reading => Object.assign({}, ...parts) as Reading)
  .chain((all) => ((all.cellCount ?? 0) > 24 ? fc.constant(all) : connections.map((more) => ({ ...all, ...more }))))
  .map((all) => (all.model === undefined ? all : { ...all, hardwareVersion: all.model }));

describe('ant', () => {
  describeProtocol({ protocol: ant, pack, uncovered: () => [], noise: 0x77 });

  it('asks in the frames of the protocol sheet', () => {
    const asked = ant.queries.map(({ request, group, optional }) => [request(TARGET).toString('hex'), group, optional]);
    assert.deepEqual(asked, [
      ['7ea1010000be1855aa55', 'fast', false],
      ['7ea105000028990baa55', 'counters', true],
      ['7ea1026c022058c4aa55', 'identity', false],
      ['7ea10400000c98ecaa55', 'identity', true],
      ['7ea1020601207828aa55', 'identity', true],
    ]);
  });

  it('decodes what other apps have asked for', () => {
    for (const number of ['05', '06', '07', '12', '13']) {
      const vector = antVector('ant', number);
      const exchanges = vector.exchanges.map((entry) => ({ ...entry, tx: entry.tx.replace('f55862', 'be1855') }));
      assertDecoded(readVector(ant, { ...vector, exchanges }).reading, vector);
    }
  });
});

/** Head and core of a status of two cells with these bytes, by their places in ant.md 5. */
function changed(bytes: Bytes): Buffer {
  return put(
    statusData(),
    Object.fromEntries(Object.entries(bytes).map(([at, hex]) => [Number(at) + (Number(at) < 28 ? 0 : CORE), hex])),
  );
}

describe('ant alarms (sections 5.2, 5.3, 6)', () => {
  const alarmsWith = (bytes: Bytes, rest = ''): string[] => codes(readStatus(changed(bytes), rest).alarms);
  const one = (meaning: string | undefined): string[] => (meaning === undefined ? [] : [meaning]);
  const byte = (value: number): string => value.toString(16).padStart(2, '0');

  for (const [name, at, table] of [
    ['protection', 4, PROTECTION],
    ['warning', 12, WARNING],
  ] as const) {
    it(`${name}: every bit is that of the sheet`, () => {
      for (const [bit, meaning] of table.entries()) {
        assert.deepEqual(alarmsWith({ [at + (bit >> 3)]: byte(1 << (bit & 7)) }), one(meaning), `bit ${bit}`);
      }
    });
  }

  for (const [at, key, register, column] of [
    [40, 'dischargeEnabled', 'discharge_mos', 2],
    [41, 'chargeEnabled', 'charge_mos', 4],
  ] as const) {
    it(`${register}: every code is that of the sheet, and only 1 is on`, () => {
      const meanings = meaningsOf(
        register,
        22,
        sheetTable('ant', '5.2').map((row) => [row[0], row[column]]),
      );
      for (const [code, meaning] of meanings.entries()) {
        const reading = readStatus(changed({ [at]: byte(code) }));
        assert.deepEqual([codes(reading.alarms), reading[key]], [one(meaning), code === 1], `code ${code}`);
      }
    });
  }

  it('balancer: it works with 1, 2, 4 and 5; too hot is an alarm', () => {
    const ALARMS_OF: Readonly<Record<number, string>> = {
      3: 'balancer_overtemperature warning',
      6: 'unknown_balancer_6 warning',
      10: 'board_overtemperature warning',
    };
    for (const code of [0, 1, 2, 3, 4, 5, 6, 10]) {
      const reading = readStatus(changed({ 42: byte(code) }));
      assertValues(reading, { balancing: [1, 2, 4, 5].includes(code) });
      assert.deepEqual(codes(reading.alarms), one(ALARMS_OF[code]), `code ${code}`);
    }
  });

  it('a code is named once, at its highest level', () => {
    const both = alarmsWith({ 4: '06', 12: '03', 41: '02' });
    assert.deepEqual(both, ['cell_overvoltage protection', 'pack_overvoltage warning']);
    assert.deepEqual(alarmsWith({ 40: '0a010a' }), ['board_overtemperature protection']);
    assert.deepEqual(alarmsWith({ 9: '08', 18: '20' }), ['communication_fault fault']);
    assert.deepEqual(alarmsWith({ 20: 'ff'.repeat(8) }), [], 'push flags');
  });

  it('a fault of an active balancer is one, and no bit of a passive one is', () => {
    const active = segment(0xfe, 0x0200);
    for (const [type, rest, expected] of [
      ['01', '', ['balancer_fault fault']],
      ['02', '', ['balancer_fault fault']],
      ['21', active, ['balancer_fault fault']],
      ['21', '', []],
      ['00', active, []],
    ] as const) {
      assert.deepEqual(alarmsWith({ 43: type, 64: '03' }, rest), expected, type);
    }
  });
});

/** What a status with these bytes expected (ant.md 5, 12). */
const STATUS: readonly (readonly [name: string, bytes: Bytes, expected: Partial<Reading>, rest?: string])[] = [
  ['positive on the wire is discharging', { 34: '1600', 56: '6f000000' }, { current: -2.2, power: -111 }],
  ['0 has no sign', {}, { current: 0, power: 0 }],
  ['-40 is no sensor', { 28: 'd8ff', 30: 'd9ff' }, { mosTemperature: undefined, balancerTemperature: -39 }],
  ['the type of the board is no balancer code', { 42: '0421' }, { balancing: true }],
  ['no cell beyond the count balances', { 64: 'ffffffff' }, { balancingCells: [1, 2] }],
  ['an active balancer of type 1', { 43: '01', 64: '00c80002' }, { balanceCurrent: -0.56, balancingCells: [2] }],
  ['of type 2', { 43: '02', 64: '00140001' }, { balanceCurrent: 2, balancingCells: [1] }],
  ['at rest', { 43: '02' }, { balanceCurrent: 0, balancingCells: [] }],
  ['on a cell that there is not', { 43: '02', 64: '00140009' }, { balancingCells: [] }],
  ['of type 33, by its model', { 43: '21', 64: '00140001' }, { balanceCurrent: 2 }, segment(0xfe, 0x0200)],
  ['by the last such model', { 43: '21', 64: '00140001' }, { balanceCurrent: 2 }, segment(0xfe, 0x02ff)],
  ['type 33 of another model', { 43: '21', 64: '03140001' }, { balancingCells: [1, 2] }, segment(0xfe, 0x0300)],
  ['type 33 without a model', { 43: '21', 64: '01' }, { balanceCurrent: undefined, balancingCells: [1] }],
  ['one short of two cycles', { 44: '80f0fa02', 52: '9f860100' }, { cycleCapacity: 99.999, cycles: 1 }],
  ['two cycles', { 44: '80f0fa02', 52: 'a0860100' }, { designCapacity: 50, cycles: 2 }],
  ['no capacity, no cycles', { 52: 'a0860100' }, { designCapacity: undefined, cycles: undefined }],
  ['a heater shows when it is on', { 16: '10' }, { heating: true }],
  ['and is unknown when it is off', {}, { heating: undefined }],
  ['MOSFETs that protections hold', { 40: '0502' }, { chargeSwitch: true, dischargeSwitch: true }],
  ['charge switched off: bit 21', { 6: '20', 41: '02' }, { chargeSwitch: false, dischargeSwitch: true }],
  ['discharge switched off: bit 17', { 6: '02', 40: '02' }, { chargeSwitch: true, dischargeSwitch: false }],
  ['off by hand, and on its way to on', { 40: '000f' }, { chargeSwitch: false, dischargeSwitch: true }],
  ['the other way round', { 40: '0f00' }, { chargeSwitch: true, dischargeSwitch: false }],
  ['a charger on CAN', { 14: '10' }, { chargerConnected: true }],
  ['one in the current', { 14: '40' }, { chargerConnected: true }],
  ['one of ANT', { 18: '04' }, { chargerConnected: true }],
  ['no charger is unknown without the extension', {}, { chargerConnected: undefined }],
  ['a percentage beyond 100 is none, 0 is one', { 38: '6500' }, { soc: 0, soh: undefined }],
  ['a lost application', { 8: '40' }, { runtime: 0, alarms: [alarm('firmware_missing', 'fault')] }],
];

describe('ant status (sections 5, 12)', () => {
  for (const [name, bytes, expected, rest] of STATUS) {
    it(name, () => assertValues(readStatus(changed(bytes), rest), expected));
  }

  it('the extension expected last charge and charger, where it is as long as was seen', () => {
    const read = (length: number, bytes: Bytes): Reading =>
      readStatus(Buffer.concat([statusData(), put(Buffer.alloc(length), bytes)]));
    assertValues(read(12, {}), { chargerConnected: undefined, timeSinceCharge: undefined });
    assertValues(read(14, { 4: 'ad130000' }), { chargerConnected: undefined, timeSinceCharge: 5037 });
    assertValues(read(24, {}), { chargerConnected: false, timeSinceCharge: 0 });
    assertValues(read(24, { 22: '0080' }), { chargerConnected: true, timeSinceCharge: 0 });
  });

  it('state 3 is standby, 4 discharging; a fault leaves it to the current', () => {
    const state = (code: number, current: string): unknown =>
      derive(readStatus(changed({ 1: `0${code}`, 34: current }))).state;
    const expected = [0, 1, 2, 3, 4].map((code) => state(code, '0100'));
    assert.deepEqual(expected, ['idle', 'idle', 'charging', 'idle', 'discharging']);
    const byCurrent = ['f6ff', '0000', '0a00'].map((raw) => state(5, raw));
    assert.deepEqual(byCurrent, ['charging', 'idle', 'discharging']);
  });

  it('the length depends on cells and sensors, and on what the firmware appends', () => {
    for (const count of [1, 8, 16, 22, 24, 32]) {
      for (const sensors of [0, 2, 4]) {
        for (const extra of [0, 2, 8]) {
          const data = put(statusData(count, sensors), { 32: 'a414', 64: '00000080' }, 2 * count + 2 * sensors);
          const reading = readStatus(Buffer.concat([data, Buffer.alloc(extra, 0xab)]));
          const balancingCells = count === 32 ? [32] : [];
          assertValues(reading, { voltage: 52.84, cellCount: count, balancingCells });
          assert.deepEqual(reading.temperatures, Array<number>(sensors).fill(20));
        }
      }
    }
    const lists = put(statusData(2, 3), { 28: 'e5ec', 34: 'd8ffd9ff' });
    // Newer firmware keeps flags in the upper bits of a cell.
    assertValues(readStatus(lists), { cellVoltages: [3.301, 3.3], temperatures: [20, null, -39] });
  });

  it('MOSFET bytes: discharge comes first; charge reads 0 for seconds after it was switched on', () => {
    assertValues(readVector(ant, antVector('ant', '24')).reading, { chargeEnabled: false, dischargeEnabled: true });
    const vector = antVector('ant', '14');
    const readings = vector.exchanges
      .slice(1)
      .map((exchange) => readVector(ant, { ...vector, exchanges: [exchange] }).reading);
    for (const [i, reading] of readings.entries()) assertValues(reading, { chargeEnabled: i === 1, alarms: [] });
    assert.equal(readings.length, 2);
  });
});

/** Takes all that came in a vector as one stream: what each frame answers, and the reading of all. */
function readStream(vector: Vector): { answered: string[]; reading: Reading } {
  const framer = new Framer(ant.frames);
  const frames = vector.exchanges.flatMap(({ rx }) => rx.flatMap((chunk) => framer.push(hex(chunk))));
  const answered: string[] = [];
  const reading: Reading = {};
  for (const frame of [...frames, ...framer.resync()]) {
    const query = ant.queries.find((entry) => entry.match(frame, [], TARGET) === 'complete');
    if (query === undefined) continue;
    answered.push(query.name);
    Object.assign(reading, query.decode([frame], TARGET).reading);
  }
  return { answered, reading: derive(reading) };
}

function read(code: string, ...chunks: Buffer[]): Reading {
  return answer(ant, antQuery(ant, code), TARGET, chunks).reading;
}

describe('ant frames (sections 3, 9.3)', () => {
  const data = statusData();
  const status = 'status (01)';
  const device = 'device information (620)';

  for (const [name, number, answered] of [
    ['one notification may hold the end of a frame and the start of the next', '21', [status, device, status]],
    ['two answers may come back to back', '23', [device, device]],
    ['a good frame inside the length that a corrupted one claims is found', '22', [status]],
    ['behind an answer that was cut as well', '07', [status]],
  ] as const) {
    it(name, () => {
      const vector = antVector('ant', number);
      const stream = readStream(vector);
      assert.deepEqual(stream.answered, answered);
      assertDecoded(stream.reading, vector);
    });
  }

  it('a good frame inside a damaged one is found wherever the damage cuts', () => {
    const good = antFrame(0xa1, 0x11, 0, statusData(16, 4));
    for (let kept = 1; kept < good.length; kept++) {
      const bytes = Buffer.concat([good.subarray(0, kept), good, Buffer.alloc(600, 0x77)]);
      assert.deepEqual(new Framer(ant.frames).push(bytes), [good], `${kept} bytes`);
    }
  });

  it('55, aa 55 and 7e a1 inside the data end and begin nothing', () => {
    const info = put(Buffer.alloc(32), { 0: '5555', 16: 'aa557ea111' });
    const frame = antFrame(0xa1, 0x12, 620, info, segment(0xff, 11));
    assert.deepEqual(new Framer(ant.frames).push(frame), [frame]);
    assert.equal(read('620', ...Array.from(frame, (byte) => Buffer.of(byte))).hardwareVersion, 'UU');
  });

  it('a header waits for no more bytes than its kind has', () => {
    for (const [start, pending] of [
      ['7e', 1],
      ['7ea1', 2],
      ['7ea1ff', 0],
      ['7ea110', 0],
      ['7ea111', 3],
      ['7ea1110000c0', 6],
      ['7ea1110000c1', 0],
      // A request has no data, however many bytes it asks for.
      ['7ea1010000be1855aa', 9],
      ['7ea1010000be1955', 0],
      // A frame is closed by aa 55 or goes on with ff or fe.
      ['7ea1010000be185500', 0],
      ['7ea1010000be1855aa54', 0],
      ['7ea1010000be1855ff', 9],
    ] as const) {
      const framer = new Framer(ant.frames);
      framer.push(hex(start));
      assert.equal(framer.pending, pending, start);
    }
  });

  it('several segments may follow, each with its own checksum; without end they do not fill the buffer', () => {
    const model = segment(0xfe, 0x0100, '010203040506');
    assert.equal(readStatus(data, model + segment(0xff, 11)).cellCount, 2);
    failsWith('checksum', () => readStatus(data, model.replace('0102', '0103')));
    const endless = antFrame(0xa1, 0x11, 0, data, segment(0xfe, 0, 'aa'.repeat(250)).repeat(4));
    const framer = new Framer(ant.frames);
    assert.deepEqual(framer.push(endless), []);
    assert.ok(framer.pending <= ant.frames.maxLength);
  });

  it('only the answer to the pending request counts: function, register, address', () => {
    const good = antFrame(0xa1, 0x11, 0, data);
    for (const other of [
      antFrame(0xa1, 0x12, 0, data), // a parameter
      antFrame(0xa1, 0x11, 1, data), // another register
      antFrame(0xc1, 0x11, 0, data), // another board
      antFrame(0xa1, 0x61, 0, Buffer.from([1, 0])), // a command that went before
      hex(antVector('ant', '02').exchanges[0]?.rx.join('') ?? ''),
      antQuery(ant, '01').request(TARGET), // the echo
    ]) {
      failsWith('timeout', () => read('01', other));
      assert.equal(read('01', Buffer.concat([other, good])).cellCount, 2);
    }
  });

  it('the result segment refuses, or grants', () => {
    const info = (rest: string): Reading => read('620', antFrame(0xa1, 0x12, 620, Buffer.alloc(32, 0x41), rest));
    for (const granted of ['', segment(0xff, 0), segment(0xff, 10), segment(0xff, 11)]) {
      assert.equal(info(granted).softwareVersion, 'A'.repeat(16));
    }
    for (const [code, error] of [
      [1, 'denied'],
      [5, 'denied'],
      [4, 'unsupported'],
      [17, 'rejected'],
    ] as const) {
      failsWith(error, () => info(segment(0xff, code)));
    }
  });

  it('a level that is too low reads as ff, which is no value; lengths that cannot be are malformed', () => {
    for (const [code, func, register, length] of [
      ['620', 0x12, 620, 32],
      ['262', 0x12, 262, 32],
      ['04', 0x14, 0, 12],
      ['05', 0x15, 0, 40],
    ] as const) {
      assert.deepEqual(read(code, antFrame(0xa1, func, register, Buffer.alloc(length, 0xff))), {});
      failsWith('malformed', () => read(code, antFrame(0xa1, func, register, Buffer.alloc(length - 1))));
    }
    failsWith('malformed', () => readStatus(data.subarray(0, 27)));
    failsWith('malformed', () => readStatus(statusData(16, 4).subarray(0, 145)));
  });

  it('the name that nobody has given a pack is none', () => {
    for (const [text, name] of [
      ['ABCDEFGHIJKLMNOPQRSTUVWXYZ12345', undefined],
      ['Garage 2', 'Garage 2'],
    ] as const) {
      assert.equal(read('262', antFrame(0xa1, 0x12, 262, Buffer.from(text.padEnd(32, '\0')))).deviceName, name);
    }
  });
});

describe('ant emulator', () => {
  const emulated = (request: string, state: Reading): Buffer | undefined => ant.emulate(hex(request))?.answer(state);

  it('answers as real boards do, byte by byte', () => {
    const [info] = antVector('ant', '02').exchanges;
    const state = { model: '16ZM', softwareVersion: '16ZMUB00-211026A' };
    assert.equal(emulated(info?.tx ?? '', state)?.toString('hex'), info?.rx.join(''));
  });

  it('answers from any part of a pack, and no more than fits or is asked for', () => {
    const bare = readAll(ant, {}, 0xa1);
    const nothing = { designCapacity: undefined, cycles: undefined, mosTemperature: undefined, errorCounts: undefined };
    assertValues(bare, { ...nothing, model: undefined, serialNumber: undefined, cellVoltages: [], alarms: [] });
    assertValues(bare, { chargeEnabled: false, dischargeEnabled: false, balancing: false });
    for (const [state, expected] of [
      [{ cellVoltages: [3.3, 3.4] }, { cellCount: 2 }],
      [{ designCapacity: 100, cycles: 7 }, { cycles: 7 }],
      [
        { voltage: 50, current: -2 },
        { state: 'discharging', power: -100 },
      ],
      [{ hardwareVersion: '16ZM' }, { model: '16ZM' }],
    ] as const) {
      assertValues(readAll(ant, state as Reading, 0xa1), expected);
    }
    const large = readAll(
      ant,
      { cellVoltages: Array<number>(48).fill(3.3), temperatures: Array<number>(20).fill(20) },
      0xa1,
    );
    assert.deepEqual([large.cellCount, large.temperatures?.length], [32, 8]);
    const state = derive({ cellVoltages: Array<number>(32).fill(3.3), temperatures: [20, 20, 20, 20] });
    const asked = ['7ea1010000be1855aa55', '7ea1010000f55862aa55', '7ea10100009c984caa55'];
    assert.deepEqual(
      asked.map((request) => emulated(request, state)?.[5]),
      [178, 178, 156],
    );
  });

  it('is silent on requests that it does not know', () => {
    for (const request of ['7ea1021002109908aa55', 'dda50300fffd77']) {
      assert.equal(ant.emulate(hex(request)), undefined, request);
    }
  });
});
