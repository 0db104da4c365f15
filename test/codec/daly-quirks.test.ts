import assert from 'node:assert/strict';
import fc from 'fast-check';
import { derive } from '../../src/battery/derive';
import { daly } from '../../src/codec/daly';
import { Framer } from '../../src/codec/kit/framing';
import { cellFrame, frame, queryFor, read } from '../support/daly-frames';
import { loadVector, readVector } from '../support/vectors';

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

function voltages(chunks: readonly Buffer[]): number[] | undefined {
  return read(0x95, chunks, EIGHT).cellVoltages;
}

describe('daly quirks (section 10)', () => {
  it('damaged tail over BLE: takes the frames it needs and ignores the rest', () => {
    const vector = loadVector('daly', 'ble-16s-cells-corrupt-tail');
    const { reading, errors } = readVector(daly, vector);
    assert.deepEqual([reading.cellVoltages?.length, errors], [16, []]);
    const burst = Buffer.from(vector.exchanges.at(-1)?.rx.join('') ?? '', 'hex');
    const needed = 6 * 13;
    for (let end = needed; end < burst.length; end++) {
      const cut = read(0x95, [burst.subarray(0, end)], { cellCount: 16 });
      assert.deepEqual(cut.cellVoltages, reading.cellVoltages, `${end} bytes`);
    }
  });

  it('stale values in unused slots: drops what is beyond the count', () => {
    assert.deepEqual(voltages(ANSWER), VOLTS);
    const { reading } = readVector(daly, loadVector('daly', 'rs485-14s-idle-full-poll'));
    assert.equal(reading.cellVoltages?.length, 14);
    const sensors = read(0x96, [frame(1, 0x96, '013d3e3f40414243')], { sensorCount: 2 });
    assert.deepEqual(sensors.temperatures, [21, 22]);
  });

  it('stale values in unused bytes: every value of them reads the same', () => {
    for (const stale of ['00', '20', '9b', 'ff']) {
      const counts = read(0x94, [frame(1, 0x94, `1001000002000b${stale}`)]);
      const inputs = { chargerConnected: false, loadConnected: false, digitalInputs: [false, true, false, false] };
      assert.deepEqual(counts, { cellCount: 16, cycles: 11, ...inputs });
      assert.deepEqual(read(0x97, [frame(1, 0x97, `010100000000${stale}${stale}`)]).balancingCells, [1, 9]);
    }
  });

  it('charger, load and inputs are those of 94; a number that is neither yes nor no tells nothing', () => {
    const seen = (data: string): unknown => {
      const { chargerConnected, loadConnected, digitalInputs } = read(0x94, [frame(1, 0x94, data)]);
      return [chargerConnected, loadConnected, digitalInputs];
    };
    assert.deepEqual(seen('1001010009000b00'), [true, false, [true, false, false, true]]);
    assert.deepEqual(seen('10010001f0000b00'), [false, true, [false, false, false, false]], 'outputs are no inputs');
    assert.deepEqual(seen('10010205f6000b00'), [undefined, undefined, [false, true, true, false]]);
  });

  it('stale bits: no cell beyond the count balances', () => {
    assert.deepEqual(read(0x97, [frame(1, 0x97, 'ff01000000800000')], EIGHT).balancingCells?.length, 8);
    assert.deepEqual(read(0x97, [frame(1, 0x97, '0000008001800000')]).balancingCells, [32, 33, 48]);
  });

  it('-40 °C: a sensor that is not connected is null and keeps its place', () => {
    const { temperatures } = read(0x96, [frame(1, 0x96, '0100290000000000')], { sensorCount: 3 });
    assert.deepEqual(temperatures, [null, 1, null]);
    const two = [frame(1, 0x96, '0100013c3d3e3f40'), frame(1, 0x96, '0241000000000000')];
    assert.deepEqual(read(0x96, two, { sensorCount: 8 }).temperatures, [null, -39, 20, 21, 22, 23, 24, 25]);
  });

  it('heartbeat: byte 3 of 93 is not the cycle count', () => {
    for (let beat = 0; beat < 256; beat++) {
      const data = `020101${beat.toString(16).padStart(2, '0')}0003eaf8`;
      const expected = { state: 'discharging', chargeEnabled: true, dischargeEnabled: true, remainingCapacity: 256.76 };
      assert.deepEqual(read(0x93, [frame(1, 0x93, data)]), expected);
    }
  });

  it('frames of an earlier cycle in front: the last value of each number wins', () => {
    assert.deepEqual(voltages([...OLD.slice(0, 2), ...ANSWER]), VOLTS);
    assert.deepEqual(voltages([Buffer.concat([...OLD.slice(0, 2), ...OLD.slice(0, 2), ...ANSWER])]), VOLTS);
  });

  it('two hosts on one line: the answers to the other cut into a burst are skipped', () => {
    const [first, second, third] = ANSWER;
    assert.ok(first && second && third);
    const strangers = [
      PACK,
      frame(1, 0x96, '02ff000000000000'),
      frame(2, 0x95, '030d000d000d0000'),
      frame(0x40, 0x95, '030d000d000d0000'),
    ];
    for (const stranger of strangers) {
      assert.deepEqual(voltages([first, stranger, second, stranger, third]), VOLTS);
    }
  });

  it('echo: the own request in front of or between the answers is no answer', () => {
    for (const address of [1, 128]) {
      const target = { address, memory: EIGHT };
      const [first, ...rest] = ANSWER;
      assert.ok(first);
      const echo = queryFor(0x95).request(target);
      assert.deepEqual(read(0x95, [echo, first, echo, ...rest], EIGHT, address).cellVoltages, VOLTS);
      assert.throws(() => read(0x90, [queryFor(0x90).request(target)], {}, address), { code: 'timeout' });
    }
  });

  it('invalid frame number: 0, ff and numbers beyond the need are not part of the answer', () => {
    const strays = [0, 4, 16, 0xff].map((number) => cellFrame(number, [1, 1, 1]));
    assert.deepEqual(voltages([...strays, ...ANSWER.slice(0, 1), ...strays, ...ANSWER.slice(1)]), VOLTS);
    assert.throws(() => voltages(strays), { code: 'timeout' });
  });

  it('frames out of order: those of several answers are never put together', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...OLD, ...ANSWER], { minLength: 3 }), (frames) => {
        const numbers = frames.map((part) => part.readUInt8(4)).join('');
        if (numbers.includes('123')) assert.equal(voltages(frames)?.length, 8);
        else assert.throws(() => voltages(frames), { code: 'timeout' });
      }),
      { numRuns: 500 },
    );
    assert.deepEqual(voltages([...OLD.slice(2), ...ANSWER]), VOLTS);
    assert.deepEqual(voltages([...ANSWER.slice(0, 2), ...ANSWER]), VOLTS);
  });

  it('frames sent twice each: taken once', () => {
    assert.deepEqual(voltages(ANSWER.flatMap((part) => [part, part])), VOLTS);
  });

  it('endless frames that make no answer: taken no longer than for a while', () => {
    const parts: Buffer[] = [];
    const target = { address: 1, memory: EIGHT };
    for (let i = 0; i < 1000; i++) {
      const stray = cellFrame(1 + (i % 2), [3300 + (i % 100), 3300, 3300]);
      if (queryFor(0x95).match(stray, parts, target) === 'part') parts.push(stray);
    }
    assert.ok(parts.length <= 12, `${parts.length} parts`);
  });

  it('frame with a missing byte, followed by a good one: the good one is found', () => {
    for (let missing = 0; missing < PACK.length; missing++) {
      const cut = Buffer.concat([PACK.subarray(0, missing), PACK.subarray(missing + 1)]);
      assert.equal(read(0x90, [cut, PACK]).voltage, 57, `byte ${missing}`);
    }
  });

  it('frame with a missing byte whose sum is right by chance: the good one inside it is found', () => {
    const good = cellFrame(2, CELLS.slice(3, 6));
    let chances = 0;
    for (let value = 0; value < 256; value++) {
      const damaged = Buffer.from(cellFrame(1, [3300, 3300, value]).subarray(0, 11));
      const burst = Buffer.concat([damaged, good]);
      const sum = burst.subarray(0, 12).reduce((total, byte) => total + byte, 0) & 0xff;
      if (sum === burst[12]) chances++;
      assert.deepEqual(new Framer(daly.frames).push(burst), [good]);
    }
    assert.ok(chances > 0);
  });

  it('noise: a start byte without the length byte 08 holds nothing up', () => {
    const framer = new Framer(daly.frames);
    assert.deepEqual(framer.push(Buffer.from('a5', 'hex')), []);
    assert.equal(framer.pending, 1);
    assert.deepEqual(framer.push(Buffer.from('0190', 'hex')), []);
    assert.equal(framer.pending, 3);
    assert.deepEqual(framer.push(Buffer.from('09', 'hex')), []);
    assert.equal(framer.pending, 0);
    assert.equal(framer.badChecksums, 0);
  });

  it('byte 0a occurs in data: a stream cut there is one stream', () => {
    const cells = cellFrame(1, [0x0d0a, 0x0d0a, 0x0d0a], 0x0a);
    const lines = [cells.subarray(0, 7), cells.subarray(7, 9), cells.subarray(9)];
    assert.deepEqual(read(0x95, lines, { cellCount: 3 }).cellVoltages, [3.338, 3.338, 3.338]);
  });

  it('equal cells: the first one is named, whatever 91 says', () => {
    const { reading } = readVector(daly, loadVector('daly', 'rs485-14s-readme-all'));
    assert.deepEqual([reading.maxCell, reading.minCell], [12, 1]);
  });

  it('dead band: a current of 0.0 A is a value', () => {
    const reading = derive(read(0x90, [PACK]));
    assert.deepEqual([reading.current, reading.state, reading.power], [0, 'idle', 0]);
  });
});
