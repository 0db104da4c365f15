import { BmsError } from '../../battery/errors';
import { isPossible } from '../../battery/plausible';
import type { Reading } from '../../battery/reading';
import { decodeDeviceInfo } from '../jk-record/device-info';
import { dataOf, RECORDS } from '../jk-record/record';
import { decodeSettings } from '../jk-record/settings';
import { readSwitches } from '../jk-record/switches';
import type { Decoded, Memory, Query } from '../untyped';
import { MEMORY } from './memory';
import { askSettings, switchFacts } from './switch-settings';
import {
  isBalancer,
  layoutOf,
  variantByIdentity,
  variantByStructure,
  variantKnown,
  VARIANTS,
  type Variant,
} from './variant';
import { ASK_CELL_INFO, ASK_DEVICE_INFO, command, isRecord } from './wire';

const NO_REQUEST = Buffer.alloc(0);

/** How often a board may fail to send by itself until it is asked with every poll. */
const PATIENCE = 2;

/** Asked first: without it some firmware never begins to send, and the version tells how to read what it sends. */
export const deviceInfo: Query = {
  name: 'device information (97)',
  group: 'identity',
  // Asked for alone it is told twice before it counts; beside a cell record it comes once.
  overrides: ['model', 'hardwareVersion', 'softwareVersion', 'serialNumber', 'deviceName', 'manufactureDate'],
  request: () => command(ASK_DEVICE_INFO),
  match: (frame) => (isRecord(frame, RECORDS.deviceInfo) ? 'complete' : 'foreign'),
  decode: (parts) => identityOf(needed(deviceInfo, parts, RECORDS.deviceInfo)),
};

/**
 * Asked once, a board answers with its settings and, on some firmware, its device information, and from then on sends
 * the cell record about twice a second by itself (jk-ble.md 2, 3): after the first time it is only listened to.
 */
const cellInfo: Query = {
  name: 'cell information (96)',
  group: 'fast',

  request: ({ memory }, attempt = 1) => (attempt === 1 && isStreaming(memory) ? NO_REQUEST : command(ASK_CELL_INFO)),

  match(frame) {
    if (isRecord(frame, RECORDS.cellInfo)) return 'complete';
    return isRecord(frame, RECORDS.settings) || isRecord(frame, RECORDS.deviceInfo) ? 'part' : 'foreign';
  },

  decode(parts, { memory }) {
    const record = needed(cellInfo, parts, RECORDS.cellInfo);
    const info = last(parts, RECORDS.deviceInfo);
    const told = info && identityOf(info);
    const known = told === undefined ? memory : { ...memory, ...told.memory };
    return decodeCells(record, last(parts, RECORDS.settings), known, told?.reading);
  },
};

/** What its user has switched, which may be changed at any time; the records that come by themselves do not tell it. */
const switches: Query = {
  name: 'switches (96)',
  group: 'counters',
  optional: true,
  applies: ({ memory }) => variantKnown(memory) !== undefined,
  request: () => askSettings.request,
  match: (frame, parts) => askSettings.match(frame, parts),
  decode(parts, { memory }) {
    const variant = variantKnown(memory);
    const reading: Reading = {};
    if (variant !== undefined) readSwitches(switchFacts(parts, variant), reading);
    return { reading };
  },
};

export const queries: readonly Query[] = [deviceInfo, cellInfo, switches];

function identityOf(record: Buffer): Decoded {
  const { reading, memory } = decodeDeviceInfo(dataOf(record), 'little');
  return { reading, memory: { ...memory, [MEMORY.balancer]: isBalancer(reading.model) ? 1 : 0 } };
}

/** @param memory with those of the device information that came in the same answer */
function decodeCells(record: Buffer, settings: Buffer | undefined, memory: Memory, identity?: Reading): Decoded {
  const found = variantKnown(memory) ?? variantByStructure(record);
  const variant = found ?? variantByIdentity(memory);
  const reading = layoutOf(variant).decode(record, memory);
  const designCapacity = (settings && capacityOf(settings, variant)) ?? memory[MEMORY.designCapacity];
  if (designCapacity !== undefined) reading.designCapacity = designCapacity;
  const streaming = settings === undefined ? trustAfterStream(memory) : trustAfterAsking(memory);
  const after: Record<string, number | undefined> = { ...memory };
  // The version alone may be wrong: as long as there are no cells, the next record is looked at again.
  if (found !== undefined) after[MEMORY.variant] = found;
  if (designCapacity !== undefined && isPossible('designCapacity', designCapacity))
    after[MEMORY.designCapacity] = designCapacity;
  if (streaming !== undefined) after[MEMORY.streaming] = streaming;
  return { reading: identity === undefined ? reading : { ...identity, ...reading }, memory: after };
}

/** Ah; undefined for balancers, whose settings are floats and hold none. */
function capacityOf(settings: Buffer, variant: Variant): number | undefined {
  return variant === VARIANTS.jk04 ? undefined : decodeSettings(dataOf(settings), 'little').designCapacity;
}

function isStreaming(memory: Memory): boolean {
  return (memory[MEMORY.streaming] ?? 0) > 0;
}

/**
 * A board that was sending already may put a cell record in front of its settings: until these have come once, it is
 * asked again, so that they are not missed for good.
 */
function trustAfterStream(memory: Memory): number | undefined {
  return isStreaming(memory) ? PATIENCE : memory[MEMORY.streaming];
}

/** The settings show that the board did not send by itself. One that never does is not waited for for ever. */
function trustAfterAsking({ [MEMORY.streaming]: trust }: Memory): number {
  return trust === undefined ? PATIENCE : Math.max(0, trust - 1);
}

/** A loop, and no callback, which would be a tenth of what a record takes. */
function last(parts: readonly Buffer[], type: number): Buffer | undefined {
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i];
    if (part !== undefined && isRecord(part, type)) return part;
  }
  return undefined;
}

/** @throws BmsError `malformed` */
function needed(query: Query, parts: readonly Buffer[], type: number): Buffer {
  const record = last(parts, type);
  if (record !== undefined) return record;
  throw new BmsError('malformed', `The answer to "${query.name}" lacks its main record. Read again.`);
}
