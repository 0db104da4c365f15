import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Reading } from '../../src/battery/reading';
import { BmsError } from '../../src/battery/errors';
import { sinowealth } from '../../src/codec/sinowealth';
import type { Query } from '../../src/codec/protocol';
import type { SinowealthMemory as Memory } from '../../src/codec/sinowealth/queries';
import { readAll } from '../support/protocol-properties';
import { answer, shown, type Answer } from '../support/vectors';

/** CRC-8, bit by bit: another way than the codec's table. */
function crc(bytes: Buffer): number {
  let value = 0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value & 0x80) !== 0 ? ((value << 1) ^ 7) & 0xff : value << 1;
  }
  return value;
}

function queryFor(command: number): Query<Memory> {
  const found = sinowealth.queries.find((query) => query.request({ address: 0, memory: {} })[1] === command);
  if (found === undefined) throw new Error(`no query for ${command.toString(16)}`);
  return found;
}

/** A register with its check byte, and what a session makes of it. */
function ask(command: number, raw: number, memory: Memory = {}): Answer<Memory> {
  const query = queryFor(command);
  const request = query.request({ address: 0, memory });
  const data = Buffer.alloc(request.readUInt8(2));
  if (data.length === 4) data.writeInt32BE(raw);
  else data.writeUInt16BE(raw);
  const reply = Buffer.concat([data, Buffer.from([crc(Buffer.concat([request, data]))])]);
  return answer(sinowealth, query, { address: 0, memory }, [reply]);
}

function read(command: number, raw: number, memory: Memory = {}): Reading {
  return ask(command, raw, memory).reading;
}

function refused(command: number, raw: number, memory: Memory = {}): void {
  assert.throws(
    () => read(command, raw, memory),
    (error) => error instanceof BmsError && error.code === 'malformed',
    `${command.toString(16)} ${raw}`,
  );
}

/**
 * One poll of a board that has these registers, as a session does it: only queries that apply, memory kept.
 * @param registers those that are missing are not answered
 */
function poll(registers: Record<number, number>, memory: Memory = {}): Answer<Memory> & { asked: number[] } {
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
      known = { ...known, ...query.unanswered?.(false) };
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
  return { reading, memory: known, asked };
}

const FOUR: Record<number, number> = { 0x17: 1, 0x0b: 13200, 0x0c: 2981, 1: 3301, 2: 3302, 3: 3303, 4: 3304 };
function without(registers: Record<number, number>, command: number): Record<number, number> {
  return Object.fromEntries(Object.entries(registers).filter(([key]) => Number(key) !== command));
}

const VOLTS = [3.301, 3.302, 3.303, 3.304];

/** Section 5 of the sheet, bit 0 first; undefined is reserved. */
const STATUS_BITS: readonly (string | undefined)[] = [
  'cell_overvoltage protection',
  'cell_undervoltage protection',
  'charge_overcurrent protection',
  'discharge_overcurrent protection',
  undefined,
  undefined,
  undefined,
  undefined,
  'charge_overtemperature protection',
  'discharge_overtemperature protection',
  'charge_undertemperature protection',
  'discharge_undertemperature protection',
  'cell_overvoltage protection',
  'short_circuit protection',
  'cell_sense_fault fault',
  undefined,
];

function alarmsOf(raw: number): string[] {
  return (read(0x16, raw).alarms ?? []).map(({ code, level }) => `${code} ${level}`);
}

describe('sinowealth battery status (section 5)', () => {
  for (const [bit, meaning] of STATUS_BITS.entries()) {
    it(`bit ${bit}: ${meaning ?? 'reserved'}`, () => {
      assert.deepEqual(alarmsOf(1 << bit), meaning === undefined ? [] : [meaning]);
    });
  }

  it('all at once: overvoltage of the chip and of the cells is one alarm', () => {
    assert.deepEqual(alarmsOf(0x1001), ['cell_overvoltage protection']);
    const named = new Set(STATUS_BITS.filter((meaning) => meaning !== undefined));
    assert.deepEqual(alarmsOf(0xffff).sort(), [...named].sort());
    assert.deepEqual(alarmsOf(0), []);
  });
});

describe('sinowealth registers (section 4)', () => {
  it('pack status: MOSFETs and state; both directions at once leave the state to the current', () => {
    const of = (raw: number): unknown => {
      const { chargeEnabled, dischargeEnabled, state } = read(0x15, raw);
      return [chargeEnabled, dischargeEnabled, state];
    };
    assert.deepEqual(of(0x0000), [false, false, 'idle']);
    assert.deepEqual(of(0x0005), [true, false, 'charging']);
    assert.deepEqual(of(0x000a), [false, true, 'discharging']);
    assert.deepEqual(of(0x000f), [true, true, undefined]);
    assert.deepEqual(of(0xfff0), [false, false, 'idle']);
  });

  it('configuration: 3 to 10 cells', () => {
    for (let bits = 0; bits < 8; bits++) assert.equal(read(0x17, bits | 0xff80).cellCount, bits + 3);
  });

  it('current: positive while charging', () => {
    assert.deepEqual(
      [12500, -12500, 0].map((raw) => read(0x10, raw).current),
      [12.5, -12.5, 0],
    );
  });

  it('cycles as shown by the board; a full capacity of 0 was never learned, a negative one is none', () => {
    assert.equal(read(0x14, 9999).cycles, 9999);
    assert.deepEqual([read(0x11, 0), shown(read(0x11, -1)), shown(read(0x12, -1))], [{}, {}, {}]);
    assert.deepEqual([read(0x11, 20_000), read(0x12, 0)], [{ fullCapacity: 20 }, { remainingCapacity: 0 }]);
  });

  it('raw 0 in a temperature is a sensor that is not connected', () => {
    assert.deepEqual(read(0x0c, 0).temperatures, [null]);
    assert.deepEqual(read(0x0c, 2731).temperatures, [0]);
  });
});

describe('sinowealth validity (section 9)', () => {
  it('refuses what cannot be', () => {
    refused(0x0b, 0);
    refused(0x13, 101);
    refused(0x10, 500_001);
    refused(0x10, -500_001);
    for (const command of [1, 4]) refused(command, 0, { cellCount: 4, cells: Array<number>(command - 1).fill(3.3) });
    refused(1, 0);
  });

  it('takes the edges', () => {
    assert.equal(read(0x13, 100).soc, 100);
    assert.deepEqual([read(0x10, 500_000).current, read(0x10, -500_000).current], [500, -500]);
    assert.equal(read(0x0b, 2000, { cellCount: 3 }).voltage, 2);
  });

  it('without parts, or with other lengths, there is no answer', () => {
    for (const query of sinowealth.queries) {
      assert.throws(() => query.decode([], { address: 0, memory: {} }), { code: 'malformed' });
      assert.throws(() => query.decode([Buffer.alloc(6)], { address: 0, memory: {} }), { code: 'malformed' });
    }
  });
});

describe('sinowealth quirks (section 8): answers without a head', () => {
  const reply = Buffer.from('340d0f', 'hex');
  const voltage = (chunks: readonly string[]): unknown =>
    answer(
      sinowealth,
      queryFor(0x0b),
      { address: 0, memory: {} },
      chunks.map((chunk) => Buffer.from(chunk, 'hex')),
    ).reading.voltage;

  it('the worked examples of section 3', () => {
    assert.equal(voltage(['340d0f']), 13.325);
    assert.equal(voltage(['34', '0d', '0f']), 13.325);
    assert.deepEqual(ask(1, 3331).reading.cellVoltages, [3.331]);
  });

  it('the check byte ties an answer to its request', () => {
    for (const query of sinowealth.queries) {
      const target = { address: 0, memory: {} };
      const taken = query.frames?.(target).measure(reply, 0, reply.length) ?? 0;
      assert.equal(taken > 0, query === queryFor(0x0b), query.name);
    }
  });

  it('no answer of two bytes has the look of the echo of its request', () => {
    for (const query of sinowealth.queries) {
      const request = query.request({ address: 0, memory: {} });
      if (request[2] === 2) assert.notEqual(crc(Buffer.concat([request, request.subarray(0, 2)])), 2, query.name);
    }
  });

  it('bytes in front are skipped one by one, without the check nothing is taken', () => {
    assert.equal(voltage(['ff340d0f']), 13.325);
    assert.equal(voltage(['0a0b02340d0f']), 13.325);
    assert.throws(() => voltage(['340d']), { code: 'timeout' });
    assert.throws(() => voltage(['340d0e']), { code: 'checksum' });
    assert.throws(() => voltage(['0a0b02']), { code: 'timeout' });
  });
});

describe('sinowealth quirks (section 8): lists that come value by value', () => {
  it('the configuration tells how many, and the list comes with the last one', () => {
    const { reading, asked } = poll(FOUR);
    assert.deepEqual([reading.cellCount, reading.cellVoltages, reading.temperatures], [4, VOLTS, [25]]);
    assert.deepEqual(
      asked.filter((command) => command <= 0x0a || command === 0x0d),
      [1, 2, 3, 4],
    );
  });

  it('without the configuration: cells up to the first 0, one sensor, and no counting again', () => {
    const others = without(FOUR, 0x17);
    const first = poll({ ...others, 5: 0, 0x0d: 2991 });
    assert.deepEqual([first.reading.cellVoltages, first.reading.temperatures], [VOLTS, [25]]);
    assert.deepEqual(
      first.asked.filter((command) => command <= 0x0a),
      [1, 2, 3, 4, 5],
    );
    const second = poll(others, first.memory);
    assert.deepEqual(second.reading.cellVoltages, VOLTS);
    assert.deepEqual(
      second.asked.filter((command) => command <= 0x0a),
      [1, 2, 3, 4],
    );
    // ... which must be all there from now on.
    assert.equal(poll({ ...others, 3: 0 }, first.memory).reading.cellVoltages, undefined);
  });

  it('without the configuration: ten cells are the most', () => {
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i + 1, 3300 + i]));
    const { reading, memory } = poll({ ...ten, 0x0b: 33000 });
    assert.deepEqual([reading.cellVoltages?.length, memory.cellCount, reading.voltage], [10, 10, 33]);
  });

  it('bit 6 alone tells two sensors, whatever the other bits are', () => {
    for (const bits of [0x40, 0xffc1, 0x41]) {
      assert.deepEqual(poll({ 0x17: bits, 0x0c: 2981, 0x0d: 0 }).reading.temperatures, [25, null]);
    }
    for (const bits of [0, 0xffbf]) {
      const { reading, asked } = poll({ 0x17: bits, 0x0c: 2981, 0x0d: 0 });
      assert.deepEqual([reading.temperatures, asked.includes(0x0d)], [[25], false]);
    }
  });

  it('values of different polls never meet in one list', () => {
    fc.assert(
      fc.property(fc.array(fc.subarray(Object.keys(FOUR).map(Number)), { minLength: 2, maxLength: 6 }), (lost) => {
        let { memory } = poll(FOUR);
        for (const [round, commands] of lost.entries()) {
          const answered = Object.entries(FOUR).filter(([command]) => !commands.includes(Number(command)));
          const shifted = answered.map(([command, raw]) => [command, Number(command) <= 4 ? raw + 10 * round : raw]);
          const got = poll(Object.fromEntries(shifted) as Record<number, number>, memory);
          memory = got.memory;
          const expected = VOLTS.map((volts) => Math.round(1000 * volts + 10 * round) / 1000);
          if (got.reading.cellVoltages !== undefined) assert.deepEqual(got.reading.cellVoltages, expected);
        }
      }),
    );
  });

  it('a cell that fails to come leaves the list out, and the next poll has it again', () => {
    const failed = poll(without(FOUR, 3), poll(FOUR).memory);
    assert.deepEqual([failed.reading.cellVoltages, failed.reading.voltage], [undefined, 13.2]);
    assert.equal(failed.asked.includes(4), false);
    assert.deepEqual(poll(FOUR, failed.memory).reading.cellVoltages, VOLTS);
    assert.equal(poll(without(FOUR, 1), failed.memory).reading.cellVoltages, undefined);
  });
});

describe('sinowealth quirks (section 8): large boards', () => {
  const TEN = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i + 1, 3300]));

  it('ten cells and less than 6 V: cells 1 to 10 only', () => {
    const { reading, asked } = poll({ ...TEN, 0x17: 7, 0x0b: 3300, 0x0c: 3300, 0x13: 50 });
    assert.deepEqual(reading, { cellCount: 10, cellVoltages: Array<number>(10).fill(3.3) });
    assert.deepEqual(
      asked.filter((command) => command > 0x0a),
      [0x17, 0x0b],
    );
  });

  it('ten cells and 6 V, or fewer cells and less: the pack', () => {
    assert.equal(poll({ 0x17: 7, 0x0b: 6000, 0x13: 50 }).reading.soc, 50);
    assert.deepEqual(poll({ 0x17: 6, 0x0b: 5999 }).reading.voltage, 5.999);
    assert.equal(poll({ 0x17: 0, 0x0b: 3300 }).reading.voltage, 3.3);
  });

  it('before the cells are counted there may be ten: no pack values yet', () => {
    const first = poll({ ...TEN, 0x0b: 3300, 0x13: 50 });
    assert.deepEqual([first.reading, first.memory.cellCount], [{ cellVoltages: Array<number>(10).fill(3.3) }, 10]);
    const few = poll({ 1: 1300, 2: 1300, 3: 1300, 4: 0, 0x0b: 3900, 0x13: 50 });
    assert.equal(few.reading.voltage, undefined);
    assert.equal(poll({ 1: 1300, 2: 1300, 3: 1300, 0x0b: 3900 }, few.memory).reading.voltage, 3.9);
  });
});

describe('sinowealth board (serve)', () => {
  const PACK: Reading = { voltage: 13.2, current: -2, cellVoltages: VOLTS, temperatures: [25], soc: 50 };
  const serve = (request: string, pack: Reading = PACK): string | undefined =>
    sinowealth.emulate(Buffer.from(request, 'hex'))?.answer(pack).toString('hex');

  it('answers as captured', () => {
    assert.equal(serve('0a0b02', { voltage: 13.325 }), '340d0f');
    assert.equal(serve('0a0102', { cellVoltages: [3.331] }), '0d03fd');
  });

  it('is silent to what it does not know, above all to the way to the gauge (18)', () => {
    for (const request of ['0a1802', '0a0002', '0a0e02', '0a0b04', '0a1002', '0a0b', '0a0b0200', '0b0b02', '']) {
      assert.equal(serve(request), undefined, request);
    }
  });

  it('finds the state from the current when the pack does not tell it', () => {
    assert.equal(read(0x15, Number.parseInt(serve('0a1502')?.slice(0, 4) ?? '', 16)).state, 'discharging');
  });

  it('does not answer the configuration of a pack with fewer cells than it can say', () => {
    assert.equal(serve('0a1702', { cellVoltages: [3.3, 3.3] }), '');
    assert.equal(serve('0a1702', {}), '');
    assert.equal(serve('0a1702', { cellVoltages: Array<number>(16).fill(3.3) })?.slice(0, 4), '0007');
  });

  it('answers from any part of a pack, whatever its values, and leaves it as it was', () => {
    const value = fc.option(fc.double(), { nil: undefined });
    const part: fc.Arbitrary<Reading> = fc.record(
      {
        voltage: value,
        current: value,
        soc: value,
        remainingCapacity: value,
        fullCapacity: value,
        cycles: value,
        cellCount: fc.oneof(fc.integer({ min: -9, max: 99 }), fc.double()),
        cellVoltages: fc.array(fc.double(), { maxLength: 40 }),
        temperatures: fc.array(fc.option(fc.double()), { maxLength: 5 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(part, (pack) => {
        const before = structuredClone(pack);
        for (const query of sinowealth.queries) {
          const request = query.request({ address: 0, memory: {} });
          const bytes = sinowealth.emulate(request)?.answer(pack);
          assert.ok(bytes?.length === 0 || bytes?.length === request.readUInt8(2) + 1);
        }
        assert.deepEqual({ ...pack }, { ...before });
      }),
    );
    assert.deepEqual(readAll(sinowealth, { ...PACK, cellVoltages: [...VOLTS] }, 0).cellVoltages, VOLTS);
  });
});
