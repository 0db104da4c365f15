import type { Alarm } from '../alarm';

/** A bit of a byte; both count from 0. */
interface Bits {
  readonly byte: number;
  readonly mask: number;
}

interface Row {
  readonly codes: readonly string[];
  /** of 0x359, where warnings are two bytes further */
  readonly flag: Bits;
  /** of 0x35A, the lower of two bits, where warnings are four bytes further */
  readonly pair: Bits;
}

const at = (byte: number, mask: number): Bits => ({ byte, mask });

/** Charge overcurrent stands in bit 7 or in bit 0, depending on the source (victron.md 10): both are set. */
const CHARGE_CURRENT = 0x81;

/** What the frames can say (victron.md 10). */
const ROWS: readonly Row[] = [
  { codes: ['pack_overvoltage', 'cell_overvoltage'], flag: at(0, 0x02), pair: at(0, 0x04) },
  { codes: ['pack_undervoltage', 'cell_undervoltage'], flag: at(0, 0x04), pair: at(0, 0x10) },
  {
    codes: ['overtemperature', 'discharge_overtemperature', 'mos_overtemperature'],
    flag: at(0, 0x08),
    pair: at(0, 0x40),
  },
  { codes: ['undertemperature', 'discharge_undertemperature'], flag: at(0, 0x10), pair: at(1, 0x01) },
  { codes: ['charge_overtemperature'], flag: at(0, 0x08), pair: at(1, 0x04) },
  { codes: ['charge_undertemperature'], flag: at(0, 0x10), pair: at(1, 0x10) },
  { codes: ['discharge_overcurrent'], flag: at(0, 0x80), pair: at(1, 0x40) },
  { codes: ['charge_overcurrent'], flag: at(1, CHARGE_CURRENT), pair: at(2, 0x01) },
  { codes: ['short_circuit'], flag: at(0, 0x80), pair: at(2, 0x10) },
  { codes: ['cell_imbalance'], flag: at(1, 0x10), pair: at(3, 0x01) },
];

/** What no other row names: only what is broken, as an inverter may stop at it. */
const INTERNAL: Omit<Row, 'codes'> = { flag: at(1, 0x08), pair: at(2, 0x40) };

/** Bytes 0 to 3 of 0x359, and the bytes of 0x35A: protections and faults first, then warnings. */
export function alarmFlags(alarms: readonly Alarm[]): { flags: Buffer; pairs: Buffer } {
  const flags = Buffer.alloc(4);
  const pairs = Buffer.alloc(8);
  for (const { code, level } of alarms) {
    const row = ROWS.find(({ codes }) => codes.includes(code)) ?? (level === 'fault' ? INTERNAL : undefined);
    if (row === undefined) continue;
    const isWarning = level === 'warning';
    set(flags, row.flag, isWarning ? 2 : 0);
    set(pairs, row.pair, isWarning ? 4 : 0);
  }
  return { flags, pairs };
}

function set(bytes: Buffer, { byte, mask }: Bits, offset: number): void {
  bytes[byte + offset] = (bytes[byte + offset] ?? 0) | mask;
}
