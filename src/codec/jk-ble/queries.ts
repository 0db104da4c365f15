import { isPossible } from '../../battery/plausible';
import type { Reading } from '../../battery/reading';
import { say } from '../../battery/sentence';
import { decodeDeviceInfo } from '../jk-record/device-info';
import { dataOf, RECORDS } from '../jk-record/wire';
import { malformed } from '../kit/malformed';
import type { Decoded, Query } from '../protocol';
import { askSettings, switchesIn } from './switches';
import { isBalancer, LAYOUTS, variantByIdentity, variantByStructure, type JkBleMemory } from './variant';
import { ASK_CELL_INFO, ASK_DEVICE_INFO, command, isRecord } from './wire';

const NO_REQUEST = Buffer.alloc(0);

/** How often a board may fail to send by itself until it is asked with every poll. */
const PATIENCE = 2;

/** Asked first: without it some firmware never begins to send, and the version decides how to read what it sends. */
export const deviceInfo: Query<JkBleMemory> = {
  name: 'device information (97)',
  group: 'identity',
  // Asked for alone it counts when it has come twice; beside a cell record it comes once.
  overrides: ['model', 'hardwareVersion', 'softwareVersion', 'serialNumber', 'deviceName', 'manufactureDate'],
  request: () => command(ASK_DEVICE_INFO),
  match: (frame) => (isRecord(frame, RECORDS.deviceInfo) ? 'complete' : 'foreign'),
  decode: (parts) => identityOf(needed(deviceInfo, parts, RECORDS.deviceInfo)),
};

/**
 * Asked once, a board answers with its settings and, on some firmware, its device information, and from then on sends
 * the cell record about twice a second by itself (jk-ble.md 2, 3): after the first time it is only listened to.
 */
const cellInfo: Query<JkBleMemory> = {
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
    const identity = info && identityOf(info);
    const known = identity === undefined ? memory : { ...memory, ...identity.memory };
    return decodeCells(record, last(parts, RECORDS.settings), known, identity?.reading);
  },
};

/** What the user has switched, which may change at any time; the records that come by themselves do not have it. */
const switches: Query<JkBleMemory> = {
  name: 'switches (96)',
  group: 'counters',
  optional: true,
  applies: ({ memory }) => memory.variant !== undefined,
  request: () => askSettings.request,
  match: (frame, parts) => askSettings.match(frame, parts),
  decode: (parts, { memory: { variant } }) => ({ reading: variant === undefined ? {} : switchesIn(parts, variant) }),
};

export const queries: readonly Query<JkBleMemory>[] = [deviceInfo, cellInfo, switches];

function identityOf(record: Buffer): Decoded<JkBleMemory> {
  const { reading, memory } = decodeDeviceInfo(dataOf(record), 'little');
  return { reading, memory: { ...memory, isBalancer: isBalancer(reading.model) } };
}

/** @param memory with that of the device information that came in the same answer */
function decodeCells(
  record: Buffer,
  settings: Buffer | undefined,
  memory: JkBleMemory,
  identity?: Reading,
): Decoded<JkBleMemory> {
  const found = memory.variant ?? variantByStructure(record);
  const layout = LAYOUTS[found ?? variantByIdentity(memory)];
  const reading = layout.decodeCells(record, memory);
  if (settings !== undefined) layout.decodeCapacity(settings, reading);
  const designCapacity = reading.designCapacity ?? memory.designCapacity;
  if (designCapacity !== undefined) reading.designCapacity = designCapacity;
  const patience = settings === undefined ? patienceAfterStream(memory) : patienceAfterAsking(memory);
  const after: JkBleMemory = { ...memory };
  // The version alone may be wrong: as long as there are no cells, the next record is looked at again.
  if (found !== undefined) after.variant = found;
  if (designCapacity !== undefined && isPossible('designCapacity', designCapacity))
    after.designCapacity = designCapacity;
  if (patience !== undefined) after.patience = patience;
  return { reading: identity === undefined ? reading : { ...identity, ...reading }, memory: after };
}

function isStreaming({ patience = 0 }: JkBleMemory): boolean {
  return patience > 0;
}

/**
 * A board that was sending already may put a cell record in front of its settings: until these have come once, it is
 * asked again, so that they are not missed for good.
 */
function patienceAfterStream(memory: JkBleMemory): number | undefined {
  return isStreaming(memory) ? PATIENCE : memory.patience;
}

/** The settings show that the board did not send by itself. One that never does is not waited for every time. */
function patienceAfterAsking({ patience }: JkBleMemory): number {
  return patience === undefined ? PATIENCE : Math.max(0, patience - 1);
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
function needed({ name }: Query<JkBleMemory>, parts: readonly Buffer[], type: number): Buffer {
  const record = last(parts, type);
  if (record === undefined) throw malformed(name, say`it lacks its main record`);
  return record;
}
