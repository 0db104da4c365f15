import { above, notBelow, type OrderingRule } from '../../battery/settings/ordering-rule';
import { RECOVERY_RULES } from '../../battery/settings/ordering-rules';
import type { SettingRowValues } from '../../battery/settings/vocabulary';
import { choice, number, onOff, text, type Row, type WireType } from '../kit/fields';
import { parameter, parametersOf, unreadable, type ParameterTerms } from '../kit/parameters';
import { WIDTH } from '../kit/raw';
import type { Parameter, SettingsBlock, SettingsImage } from '../parameter';
import { walk } from './walk';

/*
 * The settings in the answer that has all values (settings-jk.md 1). Their ids come among others of changing lengths, and with
 * a password among them: the block holds the settings alone, each at a place of its own, the id and its data. An id that the
 * board did not send is zeros.
 */

export const BLOCK: SettingsBlock = { id: '06', name: 'all values (06)' };

type Range = readonly [number, number];
type NumberKey = Parameters<typeof number<SettingRowValues>>[2];

/** One id: its row, whose place is in its data, and its bytes. */
interface Setting {
  readonly id: number;
  readonly row: Row<SettingRowValues>;
  readonly terms: Partial<ParameterTerms>;
  readonly bytes: number;
}

/** Link, structure, identity, calibration and switches are never written (settings-jk.md 5). */
const READ = { access: 'read' } as const;

function setting(id: number, row: Row<SettingRowValues>, bytes: number, terms: Partial<ParameterTerms> = {}): Setting {
  return { id, row, bytes, terms };
}

function numeric(
  id: number,
  key: NumberKey,
  terms: Partial<ParameterTerms>,
  divisor = 1,
  type: WireType = 'u16',
): Setting {
  return setting(id, number(0, type, key, { divisor }), WIDTH[type], terms);
}

/** With its range. */
function ranged(id: number, key: NumberKey, range: Range, divisor = 1, type: WireType = 'u16'): Setting {
  return numeric(id, key, { range }, divisor, type);
}

function switched(
  id: number,
  key: Parameters<typeof onOff<SettingRowValues>>[2],
  terms: Partial<ParameterTerms>,
): Setting {
  return setting(id, onOff(0, 'u8', key), 1, terms);
}

const PACK: Range = [10, 150];
const CELL: Range = [1, 4.5];
const DELAY: Range = [1, 60];
/** The document ends at 60 s, boards are delivered with 300. */
const LONG_DELAY: Range = [1, 300];
const CURRENT: Range = [1, 1000];
const HOT: Range = [0, 100];
const BOX: Range = [40, 100];
const COLD: Range = [-45, 25];

const SETTINGS: readonly Setting[] = [
  ranged(0x8e, 'packOvervoltageProtection', PACK, 100),
  ranged(0x8f, 'packUndervoltageProtection', PACK, 100),
  ranged(0x90, 'cellOvervoltageProtection', CELL, 1000),
  ranged(0x91, 'cellOvervoltageRecovery', CELL, 1000),
  ranged(0x92, 'cellOvervoltageDelay', DELAY),
  ranged(0x93, 'cellUndervoltageProtection', CELL, 1000),
  ranged(0x94, 'cellUndervoltageRecovery', CELL, 1000),
  ranged(0x95, 'cellUndervoltageDelay', DELAY),
  ranged(0x96, 'cellDifferenceProtection', [0, 1], 1000),
  ranged(0x97, 'dischargeOvercurrentProtection', CURRENT),
  ranged(0x98, 'dischargeOvercurrentDelay', LONG_DELAY),
  ranged(0x99, 'chargeOvercurrentProtection', CURRENT),
  ranged(0x9a, 'chargeOvercurrentDelay', DELAY),
  ranged(0x9b, 'balanceStartVoltage', [2, 4.5], 1000),
  ranged(0x9c, 'balanceDelta', [0.01, 1], 1000),
  switched(0x9d, 'balancerSwitch', READ),
  ranged(0x9e, 'mosOvertemperatureProtection', HOT),
  ranged(0x9f, 'mosOvertemperatureRecovery', HOT),
  ranged(0xa0, 'boardOvertemperatureProtection', BOX),
  ranged(0xa1, 'boardOvertemperatureRecovery', BOX),
  ranged(0xa2, 'temperatureDifferenceProtection', [5, 20]),
  ranged(0xa3, 'chargeOvertemperatureProtection', HOT),
  ranged(0xa4, 'dischargeOvertemperatureProtection', HOT),
  ranged(0xa5, 'chargeUndertemperatureProtection', COLD, 1, 's16'),
  ranged(0xa6, 'chargeUndertemperatureRecovery', COLD, 1, 's16'),
  ranged(0xa7, 'dischargeUndertemperatureProtection', COLD, 1, 's16'),
  ranged(0xa8, 'dischargeUndertemperatureRecovery', COLD, 1, 's16'),
  numeric(0xa9, 'cellCount', READ, 1, 'u8'),
  numeric(0xaa, 'designCapacity', {}, 1, 'u32'),
  switched(0xab, 'chargeSwitch', READ),
  switched(0xac, 'dischargeSwitch', READ),
  numeric(0xad, 'currentCalibration', READ, 1000),
  numeric(0xae, 'boardAddress', READ, 1, 'u8'),
  // Often nmc, whatever the cells are (settings-jk.md 3).
  setting(0xaf, choice(0, 'u8', 'chemistry', ['lfp', 'nmc', 'lto']), 1, { ...READ, isDoubtful: true }),
  numeric(0xb0, 'sleepDelay', {}),
  ranged(0xb1, 'socLowWarning', [0, 80], 1, 'u8'),
  switched(0xb3, 'jkDedicatedCharger', {}),
  setting(0xb4, text(0, 8, 'deviceName'), 8, READ),
  setting(0xba, text(0, 24, 'jkManufacturerId'), 24, READ),
];

/** Where an id stands in the block. */
export interface Slot {
  readonly id: number;
  /** of the id itself; its data follow */
  readonly at: number;
  readonly bytes: number;
}

export const SLOTS: ReadonlyMap<number, Slot> = new Map(
  SETTINGS.reduce<Slot[]>((slots, { id, bytes }) => {
    const before = slots.at(-1);
    return [...slots, { id, at: before === undefined ? 0 : before.at + 1 + before.bytes, bytes }];
  }, []).map((slot) => [slot.id, slot]),
);
const BLOCK_LENGTH = [...SLOTS.values()].reduce((length, { bytes }) => length + 1 + bytes, 0);

/** The row of each id, with its place in the block. */
const PLACED = SETTINGS.map(({ id, row, terms }) => {
  const place = { ...row, at: (SLOTS.get(id)?.at ?? 0) + 1 };
  return parameter(place, { register: id.toString(16), ...terms });
});

/** Whether an id is a setting of so many bytes that can be written. */
export function isWritten(id: number, bytes: number): boolean {
  return SETTINGS.some((each) => each.id === id && each.bytes === bytes && each.terms.access !== 'read');
}

/** The rows, for the simulator. */
export const ROWS: readonly Row<SettingRowValues>[] = PLACED.map(([row]) => row);

/** In the order of the ids. How a threshold is written is known from the vendor's document alone. */
const PARAMETERS = parametersOf(BLOCK.id, 'big', { access: 'experimental', confidence: 'D C M' }, PLACED);

/** Ids that are only written (settings-jk.md 1). */
const UNREADABLE = [unreadable('gpsShutdownVoltage', BLOCK.id, 'D'), unreadable('gpsRestartVoltage', BLOCK.id, 'D')];

/** The parameters that a board has sent. */
export function parametersFor(image: SettingsImage): readonly Parameter[] {
  const block = image.get(BLOCK.id);
  const isThere = ({ register }: Parameter): boolean => {
    const slot = SLOTS.get(parseInt(register, 16));
    return slot !== undefined && block?.[slot.at] === slot.id;
  };
  return [...PARAMETERS.filter(isThere), ...UNREADABLE];
}

/** The block from the ids and data of an answer. */
export function blockFrom(information: Buffer): Buffer {
  const block = emptyBlock();
  walk(information, ({ id }, at) => putSlot(block, id, information.subarray(at)));
  return block;
}

export function emptyBlock(): Buffer {
  return Buffer.alloc(BLOCK_LENGTH);
}

/** Puts an id with its data into a block; nothing, where the block has no place for it. @param data as long or longer */
export function putSlot(block: Buffer, id: number, data: Buffer): void {
  const slot = SLOTS.get(id);
  if (slot === undefined) return;
  block[slot.at] = id;
  data.copy(block, slot.at + 1, 0, slot.bytes);
}

/** The data of an id; nothing where the board did not send it. */
export function dataIn(block: Buffer, id: number): Buffer | undefined {
  const slot = SLOTS.get(id);
  return slot === undefined || block[slot.at] !== id
    ? undefined
    : block.subarray(slot.at + 1, slot.at + 1 + slot.bytes);
}

/**
 * settings-jk.md 4. Boards hold the two temperatures of the box, and the end of overvoltage and the voltage of balancing, also
 * equal.
 */
export const RULES: readonly OrderingRule[] = [
  ...RECOVERY_RULES.filter(({ upper }) => upper !== 'boardOvertemperatureProtection'),
  notBelow('boardOvertemperatureProtection', 'boardOvertemperatureRecovery'),
  above('cellOvervoltageProtection', 'balanceStartVoltage'),
  notBelow('cellOvervoltageRecovery', 'balanceStartVoltage'),
];
