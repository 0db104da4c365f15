import type { SettingsImage } from '../../../src/codec/parameter';
import { CELLS_32S } from '../jk-ble';
import { acknowledgement, modbus } from '../jk-modbus';
import { chars, record } from '../jk-record';
import { hex } from '../sheet';
import { settingsIn } from './jk-sheet';
import type { BoardUnderTest } from './settings-bench';

/*
 * A board on RS485 with its settings as registers, made from settings-jk-modbus.md alone: what it takes, what it refuses, and
 * what may go wrong between it and its host.
 */

const SETTINGS = settingsIn('settings-jk-modbus', [1, 2, 5, 6, 7]);
const MODEL_CEILINGS: Readonly<Record<string, number>> = {
  chargeOvercurrentProtection: 200,
  dischargeOvercurrentProtection: 200,
  balanceCurrent: 2,
};

/** The whole settings of a PB2A16S20P with 15.41, as its owner's app shows them, and what the app shows beside them. */
const DUMP =
  '00000dac00000a1400000a3c00000e4200000dfc0000000a00000e0600000a2800000e1000000dac000009c400009c40000000030000003c00030d40' +
  '0000012c0000003c00000005000007d0000002bc00000258000002bc00000258000000140000004600000320000002bc000000100000000100000001' +
  '000000010004ca90000005dc00000bb8';

export interface JkModbusFaults {
  /** writes that are done, but whose acknowledgement is lost */
  losesAcknowledgements?: number;
  /** writes that are acknowledged, and change nothing */
  ignoresWrites?: number;
  /** a setting of which the board takes at most this, and says nothing */
  clips?: Readonly<Record<string, number>>;
  /** whether no write is taken at this port: exception 2 */
  isReadOnly?: boolean;
}

export class JkModbusBoard {
  /** by byte address */
  readonly memory = Buffer.alloc(0x1600);
  readonly written: string[] = [];

  constructor(
    readonly faults: JkModbusFaults = {},
    private readonly address = 1,
    { model = 'JK_PB2A16S20P', software = '15.41' } = {},
  ) {
    this.put(0x1000, DUMP);
    this.put(0x1114, '3200 000a 1800');
    this.put(0x1400, chars(model, 16) + chars('15A', 8) + chars(software, 8));
    // the PIN and the settings password, which nobody may see
    this.put(0x1438, chars('1234', 16));
    this.put(0x1470, chars('secret99', 16));
    this.put(0x1504, '0a08');
  }

  put(register: number, bytes: string): void {
    hex(bytes).copy(this.memory, register);
  }

  /** What the board answers; nothing for what is not for it. */
  answer(request: Buffer): Buffer[] {
    const body = request.subarray(0, -2);
    if (request[0] !== this.address || !modbus(body).equals(request)) return [];
    const register = request.readUInt16BE(2);
    const answer = this.serve(request, register);
    return answer === undefined ? [] : [answer];
  }

  private serve(request: Buffer, register: number): Buffer | undefined {
    switch (request[1]) {
      case 0x03:
        return this.read(register, request.readUInt16BE(4));
      case 0x06:
        return this.refuse(0x06, 2);
      case 0x10:
        return (register & 0xff00) === 0x1600 ? this.frame(register) : this.write(register, request.subarray(7, -2));
      default:
        return this.refuse(request[1] ?? 0, 1);
    }
  }

  private refuse(func: number, code: number): Buffer {
    return modbus(Buffer.of(this.address, 0x80 | func, code));
  }

  private read(register: number, count: number): Buffer {
    const end = register + 2 * count;
    const isThere = [
      [0x1000, 0x111a],
      [0x1400, 0x14f0],
      [0x1504, 0x1506],
    ].some(([from = 0, to = 0]) => register >= from && end <= to);
    if (!isThere || count > 120) return this.refuse(0x03, 2);
    return modbus(Buffer.concat([Buffer.of(this.address, 3, 2 * count), this.memory.subarray(register, end)]));
  }

  private write(register: number, data: Buffer): Buffer | undefined {
    const { faults } = this;
    const wide = register < 0x1110;
    const isKnown = wide
      ? register >= 0x1000 && register % 4 === 0
      : [0x1114, 0x1116, 0x1118, 0x1504].includes(register);
    if (faults.isReadOnly || !isKnown || data.length !== (wide ? 4 : 2)) return this.refuse(0x10, 2);
    const taken = this.taken(register, data);
    if (taken === undefined) return this.refuse(0x10, 3);
    this.written.push(`${register.toString(16)} ${taken.toString('hex')}`);
    if ((faults.ignoresWrites ?? 0) > 0) faults.ignoresWrites = (faults.ignoresWrites ?? 0) - 1;
    else taken.copy(this.memory, register);
    if ((faults.losesAcknowledgements ?? 0) > 0) {
      faults.losesAcknowledgements = (faults.losesAcknowledgements ?? 0) - 1;
      return undefined;
    }
    return modbus(Buffer.concat([Buffer.of(this.address), hex('10'), word(register), word(data.length / 2)]));
  }

  /** What the board makes of a value; undefined when it refuses it. */
  private taken(register: number, data: Buffer): Buffer | undefined {
    if (register === 0x1504) return data[0] === 0 || (data[0] ?? 0) > 182 || (data[1] ?? 0) > 182 ? undefined : data;
    const row = SETTINGS.find(({ registers: [own] }) => own === register.toString(16));
    if (row === undefined) return data;
    const value = Math.round(data.readInt32BE(0) * row.scale * 1e6) / 1e6;
    const [least, most] = row.range;
    if (value < least || value > Math.min(most, MODEL_CEILINGS[row.key] ?? Infinity)) return undefined;
    const after = Buffer.from(this.memory);
    data.copy(after, register);
    if (!isInOrder(after)) return undefined;
    const clipped = Buffer.from(data);
    clipped.writeInt32BE(Math.round(Math.min(value, this.faults.clips?.[row.key] ?? Infinity) / row.scale));
    return clipped;
  }

  /** The record behind a trigger: the same memory with the low byte first. */
  private frame(register: number): Buffer | undefined {
    const type = { 0x161e: 1, 0x161c: 3 }[register];
    if (type === undefined) return undefined;
    const data = Buffer.from(this.memory.subarray(type === 1 ? 0x1000 : 0x1400, type === 1 ? 0x1119 : 0x1519));
    if (type === 1) {
      for (let at = 0; at < 0x114; at += 4) data.subarray(at, at + 4).reverse();
      data.subarray(0x114, 0x116).reverse();
    }
    return Buffer.concat([
      record(type, { 6: data.toString('hex') }),
      acknowledgement(this.address, register.toString(16)),
    ]);
  }
}

function word(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

/** The rule of boards: overvoltage protection > voltage of 100 % >= its end. */
function isInOrder(memory: Buffer): boolean {
  const [protection, full, recovery] = [0x100c, 0x1018, 0x1010].map((at) => memory.readUInt32BE(at));
  return Number(protection) > Number(full) && Number(full) >= Number(recovery);
}

/** Register and bytes of each block that a host reads. */
const BLOCKS: readonly (readonly [register: number, bytes: number])[] = [
  [0x1400, 32],
  [0x1000, 144],
  [0x1090, 120],
  [0x1108, 8],
  [0x1114, 2],
  [0x1116, 4],
  [0x1504, 2],
];

/** The board on a line that is disturbed: it keeps at once what is written, and knows no modes. */
export class DisturbedJkModbusBoard extends JkModbusBoard implements BoardUnderTest {
  readonly isInMode = false;

  get ram(): SettingsImage {
    return new Map(
      BLOCKS.map(([register, bytes]) => [
        register.toString(16),
        Buffer.from(this.memory.subarray(register, register + bytes)),
      ]),
    );
  }

  get flash(): SettingsImage {
    return this.ram;
  }

  override answer(request: Buffer, obeys = true): Buffer[] {
    if (request.subarray(1, 4).equals(hex('101620'))) return [CELLS];
    const before = Buffer.from(this.memory);
    const answer = super.answer(request);
    if (!obeys) before.copy(this.memory);
    return answer;
  }

  writes(request: Buffer): boolean {
    return request[1] === 0x10 && request[2] !== 0x16;
  }

  refusal(request: Buffer): Buffer[] {
    return [modbus(Buffer.of(request[0] ?? 0, 0x90, 2))];
  }

  lock(): void {
    this.faults.isReadOnly = true;
  }
}

/** Four cells of 3.300 V at rest. */
const CELLS = Buffer.concat([CELLS_32S, acknowledgement(1)]);
