import { ACKNOWLEDGEMENT, CELLS_24S, CELLS_32S } from '../jk-ble';
import { chars, record } from '../jk-record';
import { sheetTable } from '../sheet';
import { loadVector } from '../vectors';
import { settingsIn, SWITCH_BITS } from './jk-sheet';

/*
 * A board behind Bluetooth with its settings, made from settings-jk-ble.md and jk-ble.md 3 and 4 alone: what it takes, and what
 * may go wrong between it and its host. It acknowledges what it does not take.
 */

export type BoardVariant = '24S' | '32S';

/** Where a register puts its value: bytes of record 01 or 03, or a bit. */
interface Place {
  readonly type: 1 | 3;
  readonly at: number;
  readonly width: number;
  readonly bit?: number;
  readonly key: string;
  readonly range: readonly [number, number];
}

const MAIN = settingsIn('settings-jk-ble', [2, 3, 5, 6, 7]);

/** Registers of the main part, by the column of the variant, and for 32 cells those behind it. */
function registersOf(variant: BoardVariant): Map<number, Place> {
  const column = variant === '32S' ? 0 : 1;
  const places = new Map<number, Place>();
  for (const { registers, at, key, range, scale } of MAIN) {
    const number = parseInt(registers[column] ?? '', 16);
    const raw = [range[0] / scale, range[1] / scale] as const;
    if (!Number.isNaN(number)) places.set(number, { type: 1, at, width: 4, key, range: raw });
  }
  if (variant === '24S') return places;
  const any = [-Infinity, Infinity] as const;
  for (const [registers = '', width = '', ats = '', keys = ''] of sheetTable('settings-jk-ble', '1.1')) {
    const numbers = registers.split(' ').map((each) => parseInt(each, 16));
    const offsets = ats.match(/\d{3}/g)?.map(Number) ?? [];
    if (!/^\d$/.test(width) || offsets.length !== numbers.length) continue;
    numbers.forEach((number, i) => {
      const type = ats.startsWith('record 03') ? 3 : 1;
      places.set(number, { type, at: offsets[i] ?? 0, width: Number(width), key: keys, range: any });
    });
  }
  // Their row stands for all of them.
  SWITCH_BITS.forEach(({ key }, bit) => places.set(0x27 + bit, { type: 1, at: 282, width: 4, bit, key, range: any }));
  return places;
}

/** Settings as they were captured: of a board with software 15.38, and of one with 10.07. */
const CAPTURED = { '32S': 'read-32s-v15.38', '24S': 'read-24s-10.07' } as const;

export interface JkBleFaults {
  /** writes that are done, but whose acknowledgement is lost */
  losesAcknowledgements?: number;
  /** writes that do not arrive */
  losesWrites?: number;
  /** a setting of which the board takes at most this raw number, and says nothing */
  clips?: Readonly<Record<string, number>>;
  /** a settings password was changed: writes are acknowledged and change nothing (settings-jk-ble.md 3) */
  isLocked?: boolean;
}

export class JkBleBoard {
  readonly records: Record<1 | 3, Buffer>;
  readonly written: string[] = [];
  private readonly registers: Map<number, Place>;

  constructor(
    readonly variant: BoardVariant = '32S',
    readonly faults: JkBleFaults = {},
    { model = 'JK_PB2A16S20P', software = '15.41' } = {},
  ) {
    this.registers = registersOf(variant);
    const [first] = loadVector('settings/jk-ble', CAPTURED[variant]).exchanges;
    const settings = Buffer.from(first?.rx.join('') ?? '', 'hex').subarray(0, 300);
    const identity = { 6: chars(model, 16), 22: chars('15A', 8), 30: chars(software, 8), 46: chars('JK-BMS', 16) };
    // both PINs, which nobody may see
    const secrets = { 62: chars('1234', 16), 118: chars('secret99', 16) };
    this.records = { 1: record(1, {}, settings), 3: record(3, { ...identity, ...secrets, 266: '0a08' }) };
  }

  /** Puts bytes into a record, by the offset of the sheet. */
  put(type: 1 | 3, at: number, bytes: string): void {
    this.records[type] = record(type, { [at]: bytes }, this.records[type]);
  }

  /** What comes back to a command, in one piece each; nothing for silence. */
  answer(command: Buffer): Buffer[] {
    const [number = 0, width = 0] = command.subarray(4, 6);
    if (command.length !== 20 || command.readUInt32BE(0) !== 0xaa5590eb) return [];
    if (number === 0x97) return [this.records[3], ACKNOWLEDGEMENT];
    if (number === 0x96)
      return [this.records[1], this.records[3], ACKNOWLEDGEMENT, this.variant === '32S' ? CELLS_32S : CELLS_24S];
    const { faults } = this;
    if (take(faults, 'losesWrites')) return [];
    this.write(number, command.subarray(6, 6 + width));
    return take(faults, 'losesAcknowledgements') ? [] : [ACKNOWLEDGEMENT];
  }

  private write(number: number, value: Buffer): void {
    this.written.push(`${number.toString(16).padStart(2, '0')} ${value.toString('hex')}`);
    const place = this.registers.get(number);
    if (place === undefined || place.width !== value.length || this.faults.isLocked === true) return;
    const { type, at, bit, key, range } = place;
    const before = this.records[type];
    const after = Buffer.from(before);
    const raw = value.length === 4 ? value.readInt32LE(0) : value.readInt8(0);
    if (raw < range[0] || raw > range[1]) return;
    if (bit !== undefined) after.writeUInt16LE((after.readUInt16LE(at) & ~(1 << bit)) | ((raw & 1) << bit), at);
    else if (value.length === 4) after.writeInt32LE(Math.min(raw, this.faults.clips?.[key] ?? Infinity), at);
    else value.copy(after, at);
    if (type === 1 && this.variant === '32S' && !isInOrder(after)) return;
    this.records[type] = record(type, {}, after);
  }
}

/** Whether one of so many faults happens now. */
function take(faults: JkBleFaults, name: 'losesWrites' | 'losesAcknowledgements'): boolean {
  const left = faults[name] ?? 0;
  if (left > 0) faults[name] = left - 1;
  return left > 0;
}

/** The rule of boards: overvoltage protection > voltage of 100 % >= its end. */
function isInOrder(settings: Buffer): boolean {
  const [protection, full, recovery] = [18, 30, 22].map((at) => settings.readUInt32LE(at));
  return Number(protection) > Number(full) && Number(full) >= Number(recovery);
}
