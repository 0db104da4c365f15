import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AlarmCode, AlarmLevel } from '../../src/battery/alarm';
import type { BatteryState, Reading } from '../../src/battery/reading';
import { dalyModbus } from '../../src/codec/daly-modbus';
import type { DalyModbusMemory } from '../../src/codec/daly-modbus/memory';
import { Framer } from '../../src/codec/kit/framing';
import { alarmsOf, date, label, scaled, whole } from '../support/arbitraries';
import { ask, block, closed, D2_BOARD, D2_KNOWN, P81_BOARD, queryFor, reply } from '../support/daly-modbus';
import { FLAGGED } from '../support/daly-frames';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { loadVector, readVector } from '../support/vectors';

const D2_NEW: DalyModbusMemory = { ...D2_KNOWN, statusRegisters: 80 };
const P81_KNOWN: DalyModbusMemory = { variant: 'p81', cellCount: 4 };

const STATUS = reply(0xd2, block(0, 62, D2_BOARD));
const CELLS = reply(0x51, block(0, 64, P81_BOARD));

type Known = readonly (readonly [AlarmCode, AlarmLevel])[];

/** Alarms of boards with a number, in the order in which their first bits stand on the wire (daly-modbus.md 6.2). */
const P81_ALARMS: Known = [
  ['cell_overvoltage', 'warning'],
  ['cell_undervoltage', 'protection'],
  ['communication_fault', 'fault'],
  ['discharge_overtemperature', 'warning'],
  ['short_circuit', 'protection'],
  ['soh_low', 'warning'],
  ['thermal_runaway', 'protection'],
  ['afe_fault', 'fault'],
  ['heater_fault', 'fault'],
];

/** What both maps have. ffff is no value, and a cell at 65.535 V none that is measured. */
const common = (known: Known): fc.Arbitrary<Reading> =>
  fc.record(
    {
      voltage: scaled(1, 0xfffe, 10),
      current: scaled(-29999, 35534, 10),
      soc: scaled(0, 1000, 10),
      state: fc.constantFrom<BatteryState>('idle', 'charging', 'discharging'),
      remainingCapacity: scaled(0, 0xfffe, 10),
      cycles: whole(0, 0xfffe),
      ...{ chargeEnabled: fc.boolean(), dischargeEnabled: fc.boolean() },
      temperatures: fc.array(fc.option(whole(-40, 210)), { maxLength: 8 }),
      alarms: alarmsOf(known),
      ...{ softwareVersion: label(16), hardwareVersion: label(14) },
      manufactureDate: date(2254, 2001),
    },
    { requiredKeys: ['state'] },
  );

const cellsUpTo = (most: number): fc.Arbitrary<Reading> =>
  fc
    .array(scaled(0, 0xfffe, 1000), { minLength: 1, maxLength: most })
    .map((cellVoltages) => ({ cellVoltages, cellCount: cellVoltages.length }));

/** Cells that balance; a word of sixteen of them would be ffff, which is no value. */
const balancingOf = ({ cellVoltages = [] }: Reading): fc.Arbitrary<Reading> =>
  fc
    .subarray(cellVoltages.map((_, i) => i + 1).filter((n) => n % 16 !== 0))
    .map((balancingCells) => ({ balancing: balancingCells.length > 0, balancingCells }));

const balanceCurrent = whole(1, 0xfffe).map((raw) => (raw - 30000) / 1000);

/** With the registers from 3e on, which count only where there is a MOSFET temperature, or without. */
const d2Pack = fc
  .tuple(common(FLAGGED), cellsUpTo(32), fc.record({ designCapacity: scaled(1, 0xfffe, 10) }))
  .chain(([values, cells, rating]) => {
    const more = { mosTemperature: whole(-39, 210), balanceCurrent };
    const extended = fc.tuple(balancingOf(cells), fc.record(more, { requiredKeys: ['mosTemperature'] }));
    const old = fc.record({ balancing: fc.boolean() }, { requiredKeys: [] });
    return fc
      .oneof(extended, old)
      .map((rest) => Object.assign({ ...values, ...cells, ...rating }, ...[rest].flat()) as Reading);
  });

const p81Own = fc.record(
  {
    balanceCurrent,
    mosTemperature: whole(-40, 210),
    heating: fc.boolean(),
    serialNumber: label(24),
    designCapacity: scaled(1, 0xfffffffe, 1000),
  },
  { requiredKeys: [] },
);
const p81Pack = fc
  .tuple(common(P81_ALARMS), cellsUpTo(48), p81Own)
  .chain(([values, cells, own]) => balancingOf(cells).map((rest) => ({ ...values, ...cells, ...own, ...rest })));

for (const [board, pack, address] of [
  ['a D2 board', d2Pack, { initial: 0, min: 0, max: 0 }],
  ['a board with a number', p81Pack, { initial: 1, min: 1, max: 17 }],
] as const) {
  describe(`daly-modbus, ${board}`, () => {
    describeProtocol({ protocol: { ...dalyModbus, address }, pack, uncovered: () => [], noise: 0xff });
  });
}

describe('daly-modbus requests (daly-modbus.md 1, 4, 5)', () => {
  const request = (words: string, address: number, memory: DalyModbusMemory = {}, attempt = 1): string =>
    queryFor(words).request({ address, memory }, attempt).toString('hex');
  const tries = (address: number, memory: DalyModbusMemory, count: number): string[] =>
    Array.from({ length: count }, (_, i) => request('status (0000)', address, memory, i + 1));
  const asked = (address: number, memory: DalyModbusMemory): string[] => {
    const target = { address, memory };
    const queries = dalyModbus.queries.filter((query) => query.applies?.(target) ?? true);
    return queries.map((query) => query.request(target).toString('hex'));
  };
  const [OLD, NEW, BOARD_1] = ['d2030000003ed7b9', 'd203000000505655', '8103000000405bfa'] as const;

  it('at address 0: D2 with 62 registers, then board 1, then D2 with 80; at d2 no other board', () => {
    assert.deepEqual(tries(0, {}, 5), [OLD, BOARD_1, NEW, BOARD_1, OLD]);
    assert.deepEqual(tries(0xd2, {}, 3), [OLD, NEW, OLD]);
  });

  it('a board that has answered is asked as it was, whatever else is lost', () => {
    assert.deepEqual(tries(0, D2_KNOWN, 3), [OLD, OLD, OLD]);
    assert.deepEqual(tries(0, D2_NEW, 3), [NEW, NEW, NEW]);
    assert.deepEqual(tries(0, P81_KNOWN, 2), [BOARD_1, BOARD_1]);
  });

  it('the whole of either board: reads alone, and never the password', () => {
    const once = ['d20300a900208791', 'd20300cc00021797', 'd20300800029965f', 'd20300a500044789', 'd20300cf0001a796'];
    assert.deepEqual(asked(0, D2_KNOWN), [OLD, 'd203003e0009f7a3', ...once]);
    assert.deepEqual(asked(0, { ...D2_KNOWN, hasExtended: false }), [OLD, ...once]);
    assert.deepEqual(asked(0, D2_NEW), [NEW, ...once]);
    assert.deepEqual(asked(0xd2, D2_KNOWN), asked(0, D2_KNOWN));
    const board = [BOARD_1, '81030041003e8bce', '81030178004a5a18', '8103010000519a0a', '8103012100028a3d'];
    assert.deepEqual(asked(1, {}), board);
    assert.deepEqual(asked(0, P81_KNOWN), board);
    assert.equal(request('status (0000)', 17), closed('910300000040').toString('hex'));
    assert.equal(request('(0041)', 2), closed('82030041003e').toString('hex'));
  });

  it('what many boards do not have is optional', () => {
    const optional = dalyModbus.queries.filter((query) => query.optional === true);
    assert.deepEqual([optional.length, dalyModbus.queries.length], [9, 11]);
  });
});

describe('daly-modbus answers (daly-modbus.md 3)', () => {
  it('whichever map answers at address 0 is the one that is read from then on', () => {
    assert.equal(ask('status (0000)', STATUS).memory.variant, 'd2');
    assert.deepEqual(ask('status (0000)', CELLS).memory, P81_KNOWN);
    assert.equal(ask('(0041)', reply(0x51, block(0x41, 62, {}))).memory.variant, 'p81');
  });

  it('an answer carries no register: another length, address or function is another answer', () => {
    for (const [words, frame, address, expected, memory = {}] of [
      ['status (0000)', STATUS, 0, 'complete'],
      ['status (0000)', STATUS, 0, 'foreign', P81_KNOWN],
      ['status (0000)', CELLS, 0, 'foreign', D2_KNOWN],
      ['status (0000)', CELLS, 0xd2, 'foreign'],
      ['status (0000)', reply(0xd2, Buffer.alloc(122)), 0, 'foreign'],
      ['status (0000)', reply(0xd2, Buffer.alloc(126)), 0, 'foreign'],
      ['status (0000)', reply(0xd2, Buffer.alloc(160)), 0, 'foreign', D2_KNOWN],
      ['status (0000)', reply(0x52, Buffer.alloc(128)), 0, 'foreign'],
      ['status (0000)', reply(0x52, Buffer.alloc(128)), 2, 'complete'],
      ['status (0000)', STATUS, 1, 'foreign'],
      ['(0041)', reply(0x51, Buffer.alloc(124)), 1, 'complete'],
      ['(0041)', reply(0x51, Buffer.alloc(122)), 1, 'foreign'],
      ['(0041)', reply(0xd2, Buffer.alloc(124)), 1, 'foreign'],
      ['(0041)', closed('518302'), 2, 'foreign'],
    ] as const) {
      const what = `${words} ${frame.length} bytes at ${address}`;
      assert.equal(queryFor(words).match(frame, [], { address, memory }), expected, what);
    }
  });

  it('a shorter answer with a right CRC is never decoded in part', () => {
    const target = { address: 0, memory: {} };
    for (const query of dalyModbus.queries) {
      for (const parts of [[], [reply(0xd2, Buffer.alloc(0))], [reply(0x51, Buffer.alloc(0))]]) {
        assert.throws(() => query.decode(parts, target), { code: 'malformed' });
      }
    }
  });

  it('echoes, answers to writes and other functions are no frames, and hold nothing up', () => {
    const writes = [
      ['d2-balancer-switch-write', 'd20600cf0000aa56'],
      ['d2-write-bad-crc-echo', 'd20600cf00016b96'],
      ['p81-probe-by-app', '81100f05000200000000876a'],
    ] as const;
    const captured = writes.map(([file, tx]) => {
      const { exchanges } = loadVector('daly-modbus', file);
      return exchanges.find((exchange) => exchange.tx === tx)?.rx.join('') ?? '';
    });
    const echoes = ['d2030000003ed7b9', 'd203003e0009f7a3', '8103000000405bfa', '81030178004a5a18'];
    const heads = ['d205', 'd20300', 'd20301', 'd2037d', 'd203fc', '50', '62', '5106', '5110'];
    for (const bytes of [...captured, ...echoes, ...heads]) {
      assert.ok(bytes.length > 0);
      const framer = new Framer(dalyModbus.frames);
      assert.deepEqual([...framer.push(Buffer.from(bytes, 'hex')), ...framer.resync()], [], bytes);
      // A byte of a checksum may be the first one of an answer.
      assert.ok(framer.pending <= (captured.includes(bytes) ? 1 : 0), bytes);
      assert.equal(framer.badChecksums, 0);
    }
    const both = Buffer.concat([Buffer.from('d2030000003ed7b9', 'hex'), STATUS]);
    assert.equal(ask('status (0000)', both).reading.voltage, 13.3);
  });

  it('pipelined answers are glued: cut by byte count and CRC, each to its own request', () => {
    const { exchanges } = loadVector('daly-modbus', 'd2-pipelined-answers');
    const stream = Buffer.from(exchanges.flatMap(({ rx }) => rx).join(''), 'hex');
    const frames = new Framer(dalyModbus.frames).push(stream);
    assert.deepEqual(
      frames.map((frame) => frame[2]),
      [56, 4, 18, 34, 24],
    );
    // The answers to the two requests before come first; the date is 00-01-01, which was never set.
    assert.deepEqual(ask('(00cc)', stream, D2_KNOWN).reading, {});
    assert.equal(ask('(003e)', stream, D2_KNOWN).memory.hasExtended, false);
  });

  it('a damaged answer is a checksum error, a cut one a time-out', () => {
    const damaged = Buffer.from(STATUS);
    damaged[40] = (damaged[40] ?? 0) ^ 1;
    assert.throws(() => ask('status (0000)', damaged), { code: 'checksum' });
    assert.throws(() => ask('status (0000)', STATUS.subarray(0, -1)), { code: 'timeout' });
  });

  it('exceptions of Modbus are refusals', () => {
    for (const code of [1, 2, 3, 4, 6]) {
      const expected = { code: code <= 3 ? 'unsupported' : 'rejected' };
      assert.throws(() => ask('status (0000)', closed(`d2830${code}`)), expected);
      assert.throws(() => ask('(0041)', closed(`52830${code}`), {}, 2), expected);
    }
  });
});

describe('daly-modbus emulator', () => {
  const PACK: Reading = {
    ...{ voltage: 13.2, current: -5, soc: 55, mosTemperature: 30, manufactureDate: '2024-02-29' },
    ...{ cellVoltages: [3.3, 3.31, 3.29, 3.3], temperatures: [21, null], balancingCells: [2] },
  };
  const answer = (request: string): string | undefined =>
    dalyModbus.emulate(closed(request))?.answer(PACK).toString('hex');

  it('tells its captured pack again, in the bytes that mean something', () => {
    for (const [file, address] of [
      ['d2-16s-discharging-80reg', 0],
      ['p81-16s-discharging', 1],
    ] as const) {
      const { reading } = readVector(dalyModbus, loadVector('daly-modbus', file));
      assert.deepEqual({ ...reading, ...readAll(dalyModbus, reading, address) }, reading);
    }
  });

  it('answers any part of what it has, with extremes, average and a power without a sign', () => {
    for (const [request, expected] of [
      ['d20300310001', 'd203020004'],
      ['8103003c0002', '51030400040002'],
      ['d20300cc0002', 'd2030418021d00'],
      ['d203002b0004', 'd203080cee0cda003d003d'],
      ['d20300370003', 'd203060ce400140042'],
      ['8103003e0005', '51030a0cee00020cda00030014'],
    ] as const) {
      assert.equal(answer(request), closed(expected).toString('hex'), request);
    }
  });

  it('says which address was asked, and answers with that of the board', () => {
    for (const [asked, address, first] of [
      ['d2', 0, 0xd2],
      ['81', 1, 0x51],
      ['91', 17, 0x61],
    ] as const) {
      const emulated = dalyModbus.emulate(closed(`${asked}0300000001`));
      assert.deepEqual([emulated?.address, emulated?.answer(PACK)[0]], [address, first]);
    }
  });

  it('is silent to registers that it does not have, and to addresses of no board', () => {
    for (const bytes of [
      'd20300c90003', // password
      'd203004f0002', // beyond the status
      'd20300000000', // nothing
      'd20301000001', // not of this map
      '81030126007f', // beyond the settings
      '810301770002', // across two blocks
      '800300000001',
      '920300000001',
      '510300000001', // the address of a response
    ]) {
      assert.equal(answer(bytes), undefined, bytes);
    }
  });

  it('what a pack does not have, the board does not have', () => {
    const bare: Reading = { cellVoltages: [3.3], cellCount: 1 };
    for (const address of [0, 3]) assert.deepEqual(readAll(dalyModbus, bare, address), bare);
  });
});
