import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BatteryState, Reading } from '../../src/battery/reading';
import { BmsError } from '../../src/battery/errors';
import { Framer } from '../../src/codec/kit/framing';
import type { Query } from '../../src/codec/protocol';
import { sinowealth } from '../../src/codec/sinowealth';
import type { SinowealthMemory } from '../../src/codec/sinowealth/queries';
import { crc } from '../kits/checks';
import { alarmsOf, scaled, whole } from '../support/arbitraries';
import { readAll } from '../support/protocol-properties';
import { codes, hex, sheetTable } from '../support/sheet';
import { answer, shown, type Answer } from '../support/vectors';

const TARGET = { address: 0, memory: { cellCount: 10, sensorCount: 2 } };

const temperature = fc.option(whole(1, 0xffff).map((raw) => (raw - 2731) / 10));

/** The wire has no way to leave a value out. */
const pack: fc.Arbitrary<Reading> = fc
  .record({
    voltage: scaled(6000, 0xffff, 1000),
    current: scaled(-500_000, 500_000, 1000),
    soc: whole(0, 100),
    state: fc.constantFrom<BatteryState>('idle', 'charging', 'discharging'),
    remainingCapacity: scaled(0, 0x7fffffff, 1000),
    fullCapacity: scaled(1, 0x7fffffff, 1000),
    cycles: whole(0, 0xffff),
    chargeEnabled: fc.boolean(),
    dischargeEnabled: fc.boolean(),
    cellVoltages: fc.array(scaled(1, 0xffff, 1000), { minLength: 3, maxLength: 10 }),
    temperatures: fc.array(temperature, { minLength: 1, maxLength: 2 }),
    alarms: alarmsOf([
      ['cell_overvoltage', 'protection'],
      ['charge_overcurrent', 'protection'],
      ['discharge_undertemperature', 'protection'],
      ['short_circuit', 'protection'],
      ['cell_sense_fault', 'fault'],
    ]),
  })
  .map((state) => ({ ...state, cellCount: state.cellVoltages.length }));

const anyQuery = fc.constantFrom(...sinowealth.queries);

function framesOf(query: Query<SinowealthMemory>): Framer {
  const format = query.frames?.(TARGET);
  assert.ok(format, 'every query brings its own frames');
  return new Framer(format);
}

function answerTo(query: Query<SinowealthMemory>, state: Reading): Buffer {
  const emulated = sinowealth.emulate(query.request(TARGET));
  assert.equal(emulated?.address, 0);
  return emulated.answer(state);
}

describe('sinowealth', () => {
  it('decodes what it encodes', () => {
    fc.assert(fc.property(pack, (state) => assert.deepEqual(readAll(sinowealth, state, 0), state)));
  });

  it('finds an answer however it is cut, behind its own echo, and none with a flipped byte', () => {
    fc.assert(
      fc.property(pack, anyQuery, whole(1, 5), whole(1, 255), (state, query, at, flip) => {
        const bytes = answerTo(query, state);
        const framer = framesOf(query);
        const found = [...framer.push(bytes.subarray(0, at)), ...framer.push(bytes.subarray(at))];
        assert.deepEqual([found, framer.discarded, framer.badChecksums], [[bytes], 0, 0]);
        const echo = query.request(TARGET);
        assert.deepEqual(framesOf(query).push(Buffer.concat([echo, bytes])), [echo, bytes]);
        assert.deepEqual([query.match(echo, [], TARGET), query.match(bytes, [], TARGET)], ['foreign', 'complete']);
        const flipped = Buffer.from(bytes.map((byte, i) => (i === at % bytes.length ? byte ^ flip : byte)));
        const damaged = framesOf(query);
        assert.deepEqual([...damaged.push(flipped), ...damaged.resync()], []);
      }),
    );
  });

  it('survives any bytes with a bounded buffer', () => {
    fc.assert(
      fc.property(anyQuery, fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (query, chunks) => {
        const framer = framesOf(query);
        const framed = chunks
          .flatMap((chunk) => framer.push(Buffer.from(chunk)))
          .reduce((sum, one) => sum + one.length, 0);
        assert.ok(framer.pending < 5);
        const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        assert.equal(framed + framer.discarded + framer.pending, bytes);
      }),
    );
  });

  it('asks the configuration, the voltage that tells large boards, and the rest; two of them to be found', () => {
    const asked = (list: readonly Query[] = []): string[] =>
      list.map((query) => `${query.request(TARGET).toString('hex', 1)} ${query.group}`);
    assert.deepEqual(asked(sinowealth.queries), [
      ...['1702', '0b02', '0c02', '0d02', '1004', '1204', '1302', '1502', '1602'].map((request) => `${request} fast`),
      ...['0102', '0202', '0302', '0402', '0502', '0602', '0702', '0802', '0902', '0a02'].map((one) => `${one} cells`),
      ...['1104 counters', '1402 counters'],
    ]);
    assert.deepEqual(asked(sinowealth.probe), ['1302 fast', '0b02 fast']);
    const { queries } = sinowealth;
    for (const query of queries)
      assert.match(query.name, new RegExp(`\\(${query.request(TARGET).toString('hex', 1, 2)}\\)$`));
    const lists = queries.map(({ partOf }) => partOf).filter((partOf) => partOf !== undefined);
    assert.deepEqual(lists, [...Array<string>(2).fill('temperatures'), ...Array<string>(10).fill('cells')]);
  });
});

function queryFor(command: number): Query<SinowealthMemory> {
  const found = sinowealth.queries.find((query) => query.request(TARGET)[1] === command);
  assert.ok(found, `no query for ${command.toString(16)}`);
  return found;
}

/** A register with its check byte, and what a session makes of it. */
function ask(command: number, raw: number, memory: SinowealthMemory = {}): Answer<SinowealthMemory> {
  const query = queryFor(command);
  const request = query.request({ address: 0, memory });
  const data = Buffer.alloc(request.readUInt8(2));
  if (data.length === 4) data.writeInt32BE(raw);
  else data.writeUInt16BE(raw);
  const reply = Buffer.concat([data, Buffer.of(crc(Buffer.concat([request, data]), 8))]);
  return answer(sinowealth, query, { address: 0, memory }, [reply]);
}

function read(command: number, raw: number, memory: SinowealthMemory = {}): Reading {
  return ask(command, raw, memory).reading;
}

describe('sinowealth registers (sections 4, 5, 9)', () => {
  it('battery status: every bit is that of the sheet, and the two overvoltages are one alarm', () => {
    const alarmsIn = (raw: number): string[] => codes(read(0x16, raw).alarms);
    const rows = sheetTable('sinowealth', '5').filter(([bit]) => /^\d+$/.test(bit ?? ''));
    const meanings = new Map(rows.map(([bit, , code, level]) => [Number(bit), `${code?.split(' ')[0]} ${level}`]));
    assert.equal(meanings.size, 11);
    for (let bit = 0; bit < 16; bit++) assert.deepEqual(alarmsIn(1 << bit), [meanings.get(bit) ?? []].flat(), `${bit}`);
    assert.deepEqual(alarmsIn(0x1001), ['cell_overvoltage protection']);
    assert.deepEqual(alarmsIn(0xffff), [...new Set(meanings.values())].sort());
  });

  it('pack status: MOSFETs and state; both directions at once leave the state to the current', () => {
    for (const [raw, chargeEnabled, dischargeEnabled, state] of [
      [0x0000, false, false, 'idle'],
      [0x0005, true, false, 'charging'],
      [0x000a, false, true, 'discharging'],
      [0x000f, true, true, undefined],
      [0xfff0, false, false, 'idle'],
    ] as const) {
      assert.deepEqual(read(0x15, raw), { chargeEnabled, dischargeEnabled, ...(state && { state }) });
    }
  });

  it('configuration: 3 to 10 cells', () => {
    for (let bits = 0; bits < 8; bits++) assert.equal(read(0x17, bits | 0xff80).cellCount, bits + 3);
  });

  for (const [command, raw, expected] of [
    [0x0b, 13325, { voltage: 13.325 }],
    [0x01, 3331, { cellVoltages: [3.331] }],
    [0x10, 500_000, { current: 500 }],
    [0x10, -500_000, { current: -500 }],
    [0x10, 0, { current: 0 }],
    [0x13, 100, { soc: 100 }],
    [0x14, 9999, { cycles: 9999 }],
    [0x11, 20_000, { fullCapacity: 20 }],
    [0x11, 0, {}], // never learned
    [0x11, -1, {}],
    [0x12, 0, { remainingCapacity: 0 }],
    [0x12, -1, {}],
    [0x0c, 0, { temperatures: [null] }], // not connected
    [0x0c, 2731, { temperatures: [0] }],
  ] as const) {
    it(`${command.toString(16)} with ${raw}`, () => assert.deepEqual(shown(read(command, raw)), expected));
  }

  it('refuses what cannot be', () => {
    const fourth = { cellCount: 4, cells: [3.3, 3.3, 3.3] };
    for (const [command, raw, memory] of [
      [0x0b, 0],
      [0x13, 101],
      [0x10, 500_001],
      [0x10, -500_001],
      [1, 0],
      [1, 0, { cellCount: 4 }],
      [4, 0, fourth],
    ] as const) {
      assert.throws(() => read(command, raw, memory), { code: 'malformed' }, `${command.toString(16)} ${raw}`);
    }
    for (const query of sinowealth.queries) {
      for (const parts of [[], [Buffer.alloc(6)]])
        assert.throws(() => query.decode(parts, TARGET), { code: 'malformed' });
    }
  });
});

describe('sinowealth frames (section 3): answers without a head', () => {
  const reply = hex('340d0f');
  const voltage = (...chunks: string[]): unknown =>
    answer(sinowealth, queryFor(0x0b), TARGET, chunks.map(hex)).reading.voltage;

  it('the check byte ties an answer to its request, and none of two bytes looks like the echo of its request', () => {
    for (const query of sinowealth.queries) {
      const taken = query.frames?.(TARGET).measure(reply, 0, reply.length) ?? 0;
      assert.equal(taken > 0, query === queryFor(0x0b), query.name);
      const request = query.request(TARGET);
      if (request[2] === 2) assert.notEqual(crc(Buffer.concat([request, request.subarray(0, 2)]), 8), 2, query.name);
    }
  });

  it('bytes in front are skipped one by one, without the check nothing is taken', () => {
    for (const chunks of [['340d0f'], ['34', '0d', '0f'], ['ff340d0f'], ['0a0b02340d0f']]) {
      assert.equal(voltage(...chunks), 13.325, chunks.join());
    }
    for (const [chunk, code] of [
      ['340d', 'timeout'],
      ['340d0e', 'checksum'],
      ['0a0b02', 'timeout'],
    ] as const) {
      assert.throws(() => voltage(chunk), { code });
    }
  });
});

type Registers = Readonly<Record<number, number>>;

/**
 * One poll of a board that has these registers, as a session does it: only queries that apply, memory kept.
 * @param registers those that are missing are not answered
 */
function poll(registers: Registers, memory: SinowealthMemory = {}) {
  let known = sinowealth.lasting?.(memory) ?? memory;
  let reading: Reading = {};
  const asked: number[] = [];
  for (const query of sinowealth.queries) {
    const target = { address: 0, memory: known };
    if (query.applies?.(target) === false) continue;
    const command = query.request(target).readUInt8(1);
    asked.push(command);
    const raw = registers[command];
    if (raw === undefined) {
      known = { ...known, ...query.unanswered?.(known.sensorCount !== undefined) };
      continue;
    }
    try {
      const got = ask(command, raw, known);
      known = got.memory;
      reading = { ...reading, ...got.reading };
    } catch (error) {
      if (!(error instanceof BmsError)) throw error;
    }
  }
  const cells = asked.filter((command) => command <= 0x0a);
  return { reading, memory: known, asked, cells };
}

const FOUR: Registers = { 0x17: 1, 0x0b: 13200, 0x0c: 2981, 1: 3301, 2: 3302, 3: 3303, 4: 3304 };
const VOLTS = [3.301, 3.302, 3.303, 3.304];
const TEN: Registers = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i + 1, 3300]));

function without(registers: Registers, ...commands: number[]): Registers {
  return Object.fromEntries(Object.entries(registers).filter(([key]) => !commands.includes(Number(key))));
}

describe('sinowealth lists, which come value by value (section 8)', () => {
  it('the configuration tells how many, and the list comes with the last one', () => {
    const { reading, asked, cells } = poll(FOUR);
    assert.deepEqual([reading.cellCount, reading.cellVoltages, reading.temperatures], [4, VOLTS, [25]]);
    assert.deepEqual([cells, asked.includes(0x0d)], [[1, 2, 3, 4], false]);
    assert.equal(queryFor(0x17).unanswered?.(true)?.isUnconfigured, undefined, 'a board that is only silent');
  });

  it('without the configuration: cells up to the first 0, one sensor, and no counting again', () => {
    const others = without(FOUR, 0x17);
    const first = poll({ ...others, 5: 0, 0x0d: 2991 });
    assert.deepEqual([first.reading.cellVoltages, first.reading.temperatures], [VOLTS, [25]]);
    const second = poll(others, first.memory);
    assert.deepEqual(
      [first.cells, second.cells],
      [
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4],
      ],
    );
    assert.deepEqual(second.reading.cellVoltages, VOLTS);
    // ... which must be all there from now on.
    assert.equal(poll({ ...others, 3: 0 }, first.memory).reading.cellVoltages, undefined);
    const most = poll({ ...TEN, 0x0b: 33000 });
    assert.deepEqual([most.reading.cellVoltages?.length, most.memory.cellCount, most.reading.voltage], [10, 10, 33]);
  });

  it('bit 6 alone tells two sensors, whatever the other bits are', () => {
    for (const [bits, temperatures] of [
      [0x40, [25, null]],
      [0xffc1, [25, null]],
      [0x41, [25, null]],
      [0, [25]],
      [0xffbf, [25]],
    ] as const) {
      const { reading, asked } = poll({ 0x17: bits, 0x0c: 2981, 0x0d: 0 });
      assert.deepEqual([reading.temperatures, asked.includes(0x0d)], [temperatures, temperatures.length === 2]);
    }
  });

  it('values of different polls never meet in one list; one that fails to come, as how many there are, leaves it out', () => {
    const commands = Object.keys(FOUR).map(Number);
    fc.assert(
      fc.property(fc.array(fc.subarray(commands), { minLength: 2, maxLength: 6 }), (lost) => {
        let { memory } = poll(FOUR);
        for (const [round, missing] of lost.entries()) {
          const raised = commands.map((command) => [command, (FOUR[command] ?? 0) + (command <= 4 ? 10 * round : 0)]);
          const got = poll(without(Object.fromEntries(raised) as Registers, ...missing), memory);
          memory = got.memory;
          const isWhole = !missing.some((command) => command <= 4 || command === 0x17);
          const expected = VOLTS.map((volts) => Math.round(1000 * volts + 10 * round) / 1000);
          assert.deepEqual(got.reading.cellVoltages, isWhole ? expected : undefined);
        }
      }),
    );
    const failed = poll(without(FOUR, 3), poll(FOUR).memory);
    assert.deepEqual([failed.reading.voltage, failed.asked.includes(4)], [13.2, false]);
  });
});

describe('sinowealth large boards (section 8)', () => {
  const cellVoltages = Array<number>(10).fill(3.3);

  it('ten cells and less than 6 V: cells 1 to 10 only', () => {
    const { reading, asked } = poll({ ...TEN, 0x17: 7, 0x0b: 3300, 0x0c: 3300, 0x13: 50 });
    assert.deepEqual(reading, { cellCount: 10, cellVoltages });
    assert.deepEqual(
      asked.filter((command) => command > 0x0a),
      [0x17, 0x0b],
    );
  });

  it('ten cells and 6 V, or fewer cells and less: the pack', () => {
    assert.equal(poll({ 0x17: 7, 0x0b: 6000, 0x13: 50 }).reading.soc, 50);
    assert.equal(poll({ 0x17: 6, 0x0b: 5999 }).reading.voltage, 5.999);
    assert.equal(poll({ 0x17: 0, 0x0b: 3300 }).reading.voltage, 3.3);
  });

  it('before the cells are counted there may be ten: no pack values yet', () => {
    const first = poll({ ...TEN, 0x0b: 3300, 0x13: 50 });
    assert.deepEqual([first.reading, first.memory.cellCount], [{ cellVoltages }, 10]);
    const few = { 1: 1300, 2: 1300, 3: 1300, 0x0b: 3900 };
    const second = poll({ ...few, 4: 0, 0x13: 50 });
    assert.equal(second.reading.voltage, undefined);
    assert.equal(poll(few, second.memory).reading.voltage, 3.9);
  });
});

describe('sinowealth emulator', () => {
  const PACK: Reading = { voltage: 13.2, current: -2, cellVoltages: VOLTS, temperatures: [25], soc: 50 };
  const emulated = (request: string, state: Reading = PACK): string | undefined =>
    sinowealth.emulate(hex(request))?.answer(state).toString('hex');

  it('answers as captured, and finds the state from the current', () => {
    assert.equal(emulated('0a0b02', { voltage: 13.325 }), '340d0f');
    assert.equal(emulated('0a0102', { cellVoltages: [3.331] }), '0d03fd');
    assert.equal(emulated('0a1502')?.slice(0, 4), '0008');
  });

  it('is silent to what it does not know, above all to the way to the gauge (18)', () => {
    for (const request of ['0a1802', '0a0002', '0a0e02', '0a0b04', '0a1002', '0a0b', '0a0b0200', '0b0b02', '']) {
      assert.equal(emulated(request), undefined, request);
    }
    // Fewer cells than the configuration can hold; more are reported as ten.
    assert.equal(emulated('0a1702', { cellVoltages: [3.3, 3.3] }), '');
    assert.equal(emulated('0a1702', {}), '');
    assert.equal(emulated('0a1702', { cellVoltages: Array<number>(16).fill(3.3) })?.slice(0, 4), '0007');
  });
});
