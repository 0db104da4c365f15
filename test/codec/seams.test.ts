import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import { Framer } from '../../src/codec/kit/framing';
import { PROTOCOLS } from '../../src/codec/registry';
import { benchPack, framesOf, partsOf, pollAnswers } from '../support/poll-answers';

/*
 * Codes with an offset, a sign or a fold, at both sides of each seam. The bytes are those of the sheets, written into an
 * answer by hand: the emulator shares its tables with the decoder. (Those of jk are in jk-values.test.ts.)
 */

type Value = number | null | undefined;

interface Seam {
  protocol: string;
  /** part of the query's name */
  query: string;
  /** of the code in the frame that carries it, the last of the answer */
  at: number;
  bytes: 1 | 2 | 4;
  little?: boolean;
  told(reading: Reading): Value;
  /** raw code -> value */
  codes: readonly (readonly [number, Value])[];
}

const CELLS = benchPack.cellVoltages?.length ?? 0;
const SENSORS = benchPack.temperatures?.length ?? 0;

const current = ({ current: value }: Reading): Value => value;
const balanceCurrent = ({ balanceCurrent: value }: Reading): Value => value;
const firstSensor = ({ temperatures = [] }: Reading): Value => temperatures[0];

const KELVIN = [
  [2730, -0.1],
  [2731, 0],
  [2732, 0.1],
] as const;
const SIGNED_16 = (divisor: number): Seam['codes'] => [
  [0x7fff, 0x7fff / divisor],
  [0x8000, -0x8000 / divisor],
  [0xffff, -1 / divisor],
  [0, 0],
];
const SIGNED_32 = (divisor: number): Seam['codes'] => [
  [0xffffffff, -1 / divisor],
  [0, 0],
  [1, 1 / divisor],
];
const WHOLE = [
  [0xffff, -1],
  [0, 0],
  [1, 1],
] as const;

const SEAMS: readonly Seam[] = [
  { protocol: 'jbd', query: '(03)', at: 4 + 2, bytes: 2, told: current, codes: SIGNED_16(100) },
  { protocol: 'jbd', query: '(03)', at: 4 + 23, bytes: 2, told: firstSensor, codes: KELVIN },
  { protocol: 'jbd-addressed', query: '(03)', at: 5 + 2, bytes: 2, told: current, codes: SIGNED_16(100) },
  { protocol: 'jbd-addressed', query: '(03)', at: 5 + 29, bytes: 2, told: firstSensor, codes: KELVIN },
  {
    ...{ protocol: 'jbd-up16s', query: '(1000)', at: 8 + 4, bytes: 4, told: current },
    codes: [
      [299_999, -0.01],
      [300_000, 0],
      [300_001, 0.01],
    ],
  },
  {
    ...{ protocol: 'jbd-up16s', query: '(1000)', at: 8 + 70 + 2 * CELLS, bytes: 2, told: firstSensor },
    codes: [
      [499, -0.1],
      [500, 0],
      [501, 0.1],
    ],
  },
  {
    ...{ protocol: 'daly', query: '(90)', at: 4 + 4, bytes: 2, told: current },
    codes: [
      [29_999, 0.1],
      [30_000, 0],
      [30_001, -0.1],
    ],
  },
  {
    ...{ protocol: 'daly', query: '(96)', at: 4 + 1, bytes: 1, told: firstSensor },
    codes: [
      [0, null],
      [1, -39],
      [39, -1],
      [40, 0],
      [41, 1],
    ],
  },
  {
    ...{ protocol: 'daly-modbus', query: '(0000)', at: 3 + 2 * 0x29, bytes: 2, told: current },
    codes: [
      [29_999, -0.1],
      [30_000, 0],
      [30_001, 0.1],
    ],
  },
  {
    ...{ protocol: 'daly-modbus', query: '(0000)', at: 3 + 2 * 0x20, bytes: 2, told: firstSensor },
    codes: [
      [0, -40],
      [39, -1],
      [40, 0],
      [41, 1],
      [255, null],
    ],
  },
  {
    ...{ protocol: 'ant', query: '(01)', at: 6 + 34 + 2 * (CELLS + SENSORS), bytes: 2, little: true, told: current },
    codes: [
      [0xffff, 0.1],
      [0, 0],
      [1, -0.1],
    ],
  },
  {
    ...{ protocol: 'ant', query: '(01)', at: 6 + 28 + 2 * CELLS, bytes: 2, little: true, told: firstSensor },
    codes: [...WHOLE, [0xffd8, null], [0xffd9, -39]],
  },
  {
    ...{ protocol: 'ant-legacy', query: '(db db)', at: 70, bytes: 4, told: current },
    codes: [
      [0xffffffff, 0.1],
      [0, 0],
      [1, -0.1],
    ],
  },
  { protocol: 'ant-legacy', query: '(db db)', at: 95, bytes: 2, told: firstSensor, codes: WHOLE },
  { protocol: 'jk-modbus', query: '(1620)', at: 158, bytes: 4, little: true, told: current, codes: SIGNED_32(1000) },
  { protocol: 'jk-modbus', query: '(1620)', at: 162, bytes: 2, little: true, told: firstSensor, codes: SIGNED_16(10) },
  {
    ...{ protocol: 'jk-modbus', query: '(1620)', at: 170, bytes: 2, little: true, told: balanceCurrent },
    codes: SIGNED_16(1000),
  },
  {
    protocol: 'jk-ble',
    query: 'cell information',
    at: 158,
    bytes: 4,
    little: true,
    told: current,
    codes: SIGNED_32(1000),
  },
  {
    ...{ protocol: 'jk-ble', query: 'cell information', at: 162, bytes: 2, little: true, told: firstSensor },
    codes: [
      [0xffff, -0.1],
      [0, 0],
      [1, 0.1],
      [0xf830, null],
      [0xf831, -199.9],
    ],
  },
  { protocol: 'sinowealth', query: '(10)', at: 0, bytes: 4, told: current, codes: SIGNED_32(1000) },
  { protocol: 'sinowealth', query: '(0c)', at: 0, bytes: 2, told: firstSensor, codes: [[0, null], ...KELVIN] },
];

/** The answer of a pack with one code written over. */
function withCode({ protocol: id, query: name, at, bytes, little = false }: Seam, raw: number): Reading {
  const protocol = PROTOCOLS.find((entry) => entry.id === id);
  assert.ok(protocol);
  const found = pollAnswers(protocol).find(({ query }) => query.name.includes(name));
  assert.ok(found, `${id} does not ask ${name}`);
  const { query, target } = found;
  const parts = partsOf(query, new Framer(framesOf(protocol, query, target)).push(found.bytes), target);
  // The checksum, which comes to be wrong, has been looked at by the framer.
  const frame = Buffer.from(parts.at(-1) ?? []);
  if (little) frame.writeUIntLE(raw, at, bytes);
  else frame.writeUIntBE(raw, at, bytes);
  const { memory } = target;
  // Sensors are told once the last of them has come.
  return query.decode([...parts.slice(0, -1), frame], {
    ...target,
    memory: { ...memory, sensorCount: id === 'sinowealth' ? 1 : SENSORS },
  }).reading;
}

describe('seams of folded and offset codes', () => {
  for (const seam of SEAMS) {
    it(`${seam.protocol} ${seam.query} at ${seam.at}`, () => {
      for (const [raw, value] of seam.codes) assert.equal(seam.told(withCode(seam, raw)), value, raw.toString(16));
    });
  }

  it('stand here for every protocol but jk', () => {
    const covered = new Set(SEAMS.map(({ protocol }) => protocol));
    assert.deepEqual(
      PROTOCOLS.map(({ id }) => id).filter((id) => !covered.has(id)),
      ['jk'],
    );
  });
});
