import type { Reading } from '../../battery/reading';
import { checkLength, wrongLength } from '../kit/malformed';
import type { Direction } from '../kit/mosfet';
import type { Decoded, Query } from '../protocol';
import { refusalIn } from './results';
import { decodeStatus, STATUS_NAME, unexplained } from './status';
import { CHIP_ID_LENGTH, counters, packName, STATUS, UNNAMED, versions } from './tables';
import { buildRead, dataOf, FUNCTIONS, isResponseTo, modelOf } from './wire';

/** What later requests depend on, from the last status. */
export interface AntMemory {
  /** the level of permission in force (ant.md 9.1) */
  level?: number;
  /** see `unexplained` */
  unexplained?: Readonly<Record<Direction, boolean>>;
}

/** What is asked for: a function, and the register or index that it reads. */
export interface Block extends Pick<Query, 'name' | 'group' | 'optional'> {
  readonly func: number;
  readonly register: number;
  /** bytes to ask for; the board may send fewer */
  readonly wanted: number;
}

/** @param decode throws `malformed` when the length cannot be right; `model` is the register of the model segment (ant.md 3) */
function query(block: Block, decode: (data: Buffer, model?: number) => Decoded<AntMemory>): Query<AntMemory> {
  const { func, register, wanted, name, group, optional = false } = block;
  return {
    name,
    group,
    optional,
    request: ({ address }) => buildRead(address, func, register, wanted),
    match(frame, _parts, { address }) {
      return isResponseTo(frame, address, func, register) ? (refusalIn(frame, name) ?? 'complete') : 'foreign';
    },
    decode: ([frame = Buffer.alloc(0)]) => decode(dataOf(frame), modelOf(frame)),
  };
}

export const BLOCKS = {
  status: { func: FUNCTIONS.status, register: 0, wanted: 190, name: STATUS_NAME, group: 'fast' },
  counters: {
    func: FUNCTIONS.counters,
    register: 0,
    wanted: counters.size,
    name: 'protection counters (05)',
    group: 'counters',
    optional: true,
  },
  deviceInfo: {
    func: FUNCTIONS.read,
    register: 620,
    wanted: versions.size,
    name: 'device information (620)',
    group: 'identity',
  },
  chipId: {
    func: FUNCTIONS.chipId,
    register: 0,
    wanted: CHIP_ID_LENGTH,
    name: 'chip id (04)',
    group: 'identity',
    optional: true,
  },
  packId: {
    func: FUNCTIONS.read,
    register: 262,
    wanted: packName.size,
    name: 'pack id (262)',
    group: 'identity',
    optional: true,
  },
} as const satisfies Record<string, Block>;

export const statusQuery = query(BLOCKS.status, (data, model) => ({
  reading: decodeStatus(data, model),
  memory: { level: data.readUInt8(STATUS.level), unexplained: unexplained(data) },
}));

const countersQuery = query(BLOCKS.counters, (data) => {
  checkLength(BLOCKS.counters.name, data, counters.size);
  const errorCounts: Record<string, number> = {};
  counters.decode(data, errorCounts);
  return { reading: Object.keys(errorCounts).length === 0 ? {} : { errorCounts } };
});

const deviceInfoQuery = query(BLOCKS.deviceInfo, (data) => {
  checkLength(BLOCKS.deviceInfo.name, data, versions.size);
  const reading: Reading = {};
  versions.decode(data, reading);
  if (reading.hardwareVersion !== undefined) reading.model = reading.hardwareVersion;
  return { reading };
});

const chipIdQuery = query(BLOCKS.chipId, (data) => {
  if (data.length !== CHIP_ID_LENGTH) throw wrongLength(BLOCKS.chipId.name, data.length);
  const isEmpty = data.every((byte) => byte === 0xff) || data.every((byte) => byte === 0);
  return { reading: isEmpty ? {} : { serialNumber: [...data].join('.') } };
});

const packIdQuery = query(BLOCKS.packId, (data) => {
  checkLength(BLOCKS.packId.name, data, packName.size);
  const reading: Reading = {};
  packName.decode(data, reading);
  return { reading: reading.deviceName === UNNAMED ? {} : reading };
});

export const queries: readonly Query<AntMemory>[] = [
  statusQuery,
  countersQuery,
  deviceInfoQuery,
  chipIdQuery,
  packIdQuery,
];
