import { antFrame, segment } from '../ant';
import { hex, sheetTable } from '../sheet';

/*
 * A board with its settings, levels and passwords, made from settings-ant.md and ant.md 9 alone: what it takes, what it refuses,
 * and what may go wrong between it and its host.
 */

/** A setting as the table of the sheet has it: value = raw * scale. */
export interface AntSetting {
  register: number;
  key: string;
  /** u16, s16 or u32, with a word behind it for what is no number */
  wire: string;
  scale: number;
  /** in the unit of the key; unlimited where the sheet has no two numbers */
  range: readonly [number, number];
  class: string;
  confidence: string;
}

const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:e-?\d+)?`;
const SOC = [100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0];

/** The rows of section 2, with the two that stand for many taken apart. */
export const SHEET: readonly AntSetting[] = sheetTable('settings-ant', '2').flatMap(
  ([address = '', name = '', wire = '', , scale = '', range = '', kind = '', confidence = '']) => {
    const [first = NaN, last = first] = address.split('..').map(Number);
    const [, least, most] = new RegExp(`^(${NUMBER})\\.\\.(${NUMBER})`).exec(range) ?? [];
    const limits = least === undefined ? ([-Infinity, Infinity] as const) : ([Number(least), Number(most)] as const);
    return Array.from({ length: (last - first) / 2 + 1 }, (_, i) => ({
      register: first + 2 * i,
      key: name.startsWith('socVoltage100') ? `socVoltage${SOC[i]}` : name.replace(/1\.\.32$/, String(i + 1)),
      wire,
      scale: Number(/^x (\S+)$/.exec(scale)?.[1] ?? 1),
      range: limits,
      class: kind,
      confidence: (confidence.split('(')[0] ?? '').trim(),
    }));
  },
);

/** Levels fall back after about so long without a request (ant.md 9.2). */
const FALLS_BACK_MS = 5 * 60_000;
/** How late the result of a write may come behind its echo. */
const LATE_MS = 190;

/** Registers in which passwords are checked, by level (ant.md 9.2). */
const SLOTS: Readonly<Record<number, number>> = { 330: 1, 338: 2, 346: 3, 354: 4, 362: 5 };

export interface AntFaults {
  /** writes whose answer is lost, although they are done */
  losesAnswers?: number;
  /** writes that are granted, and change nothing */
  ignoresWrites?: number;
  /** the result of a write comes behind its echo, by itself: before the frame is closed, or behind a whole frame */
  lateResults?: 'open' | 'closed';
  /** a register of which the board takes at most so much, and says nothing */
  clips?: Readonly<Record<number, number>>;
  /** limits of this board, raw: the least and the greatest number of a register */
  limits?: Readonly<Record<number, readonly [number, number]>>;
  /** the level that a write demands; 3 when missing */
  writeLevel?: number;
}

/** A piece of an answer, and how long it takes. */
export interface Piece {
  readonly bytes: Buffer;
  readonly afterMs: number;
}

/** The blocks of the manual's board: 24 cells of NMC (ant-app-features.md 4 to 9). */
const MANUAL: Readonly<Record<number, string>> = {
  0:
    '6810 0410 cc10 6810 0804 f003 540b 800c d007 9808 0a00 0a00 e803 2003 ffff ffff' +
    '9a10 6810 f003 e403 800c e40c 0a00 0a00 2003 bc02 ffff ffff',
  56: '3c00 3700 3c00 3700 5000 4100 feff 0200 f6ff fbff ffff ffff 3700 3500 3700 3500 4600 4300 0000 0200 fbff 0700',
  104: '2003 0500 ac0d 0500 8813 e803 2602 c800 ffff ffff bc02 f401 b80b d007 1400 0500',
  140: '6810 0410 1400 0500 b400 6400',
  152:
    'f1fa 1800 0100 1c0c c800 80f0fa02 80f0fa02 00000000' +
    `4a10 d50f 6a0f 050f ab0e 590e 280e 080e e30d 950d 4d0d 0100${'0000'.repeat(32)}`,
  298: '100e 0807 0000 0f00 0000 1400 b70b ac0d 0000 c0a8 c0a8 c0a8 c0a8 0000 0000 ffff',
};

export class AntBoard {
  /** what is in force, by the address of a byte: in RAM until it is saved */
  readonly memory = Buffer.alloc(512, 0xff);
  /** in words: `write 0 3650`, `verify 5`, `save` */
  readonly log: string[] = [];
  level = 5;
  /** to which it falls back */
  resting = 5;
  /** what is in force after a restart */
  readonly saved: Buffer;
  private lastAsked = -Infinity;

  /** @param passwords by level; @param now ms */
  constructor(
    readonly faults: AntFaults = {},
    private readonly passwords: Readonly<Record<number, string>> = {},
    private readonly now: () => number = () => 0,
  ) {
    for (const [register, bytes] of Object.entries(MANUAL)) hex(bytes).copy(this.memory, Number(register));
    this.memory.write('SECRET99', 330, 'latin1');
    this.saved = Buffer.from(this.memory);
  }

  /** Its power comes back: what was not saved is lost. */
  restart(): void {
    this.saved.copy(this.memory);
    this.level = this.resting;
  }

  /** What it answers, piece by piece; nothing for what is no request, or where the answer is lost. */
  answer(request: Buffer): readonly Piece[] {
    if (request[0] !== 0x7e || request[1] !== 0xa1) return [];
    if (this.now() - this.lastAsked > FALLS_BACK_MS) this.level = Math.min(this.level, this.resting);
    this.lastAsked = this.now();
    const register = request.readUInt16LE(3);
    const data = request.subarray(6, -4);
    switch (request[2]) {
      case 0x01:
        return whole(antFrame(0xa1, 0x11, 0, this.status()));
      case 0x02:
        return whole(antFrame(0xa1, 0x12, register, this.read(register, request[5] ?? 0), segment(0xff, 11)));
      case 0x22:
        return this.write(register, data);
      case 0x23:
        return whole(antFrame(0xa1, 0x43, register, this.verify(SLOTS[register] ?? 0, data)));
      case 0x51:
        return whole(antFrame(0xa1, 0x61, register, Buffer.of(this.command(register), 0)));
      default:
        return [];
    }
  }

  /** One cell, no sensors, and a core of zeros. */
  private status(): Buffer {
    const data = Buffer.alloc(28 + 78 + 2);
    data.set([this.level, 1, 0, 1]);
    data.writeUInt16LE(3300, 28);
    return data;
  }

  private read(register: number, wanted: number): Buffer {
    return this.level < 2 ? Buffer.alloc(wanted, 0xff) : this.memory.subarray(register, register + wanted);
  }

  private verify(level: number, data: Buffer): Buffer {
    this.log.push(`verify ${level}`);
    if (this.passwords[level] === data.toString('latin1')) this.level = level;
    return Buffer.of(this.level, 0);
  }

  private command(code: number): number {
    if (code !== 0x07) return 2;
    if (this.level < 3) return 3;
    this.log.push('save');
    this.memory.copy(this.saved);
    return 1;
  }

  /** The echo comes whatever becomes of it. */
  private write(register: number, data: Buffer): readonly Piece[] {
    const { faults } = this;
    const result = this.take(register, data);
    if ((faults.losesAnswers ?? 0) > 0) {
      faults.losesAnswers = (faults.losesAnswers ?? 0) - 1;
      return [];
    }
    if (faults.lateResults === undefined) return whole(antFrame(0xa1, 0x42, register, data, result));
    const echo = antFrame(0xa1, 0x42, register, data);
    return [
      { bytes: faults.lateResults === 'closed' ? echo : echo.subarray(0, -2), afterMs: 5 },
      { bytes: hex(`${result}aa55`), afterMs: LATE_MS },
    ];
  }

  /** @returns the segment with the result */
  private take(register: number, data: Buffer): string {
    const { writeLevel = 3, limits = {}, clips = {}, ignoresWrites = 0 } = this.faults;
    if (this.level < writeLevel) return segment(0xff, 1, words(register, writeLevel));
    const isKnown = SHEET.some(({ register: at, wire }) => at === register || (wire === 'u32' && at + 2 === register));
    if (!isKnown || data.length !== 2) return segment(0xff, 4);
    const raw = data.readUInt16LE(0);
    const [least, most] = limits[register] ?? [0, 0xffff];
    if (raw < least) return segment(0xff, 2, words(register, least));
    if (raw > most) return segment(0xff, 3, words(register, most));
    this.log.push(`write ${register} ${raw}`);
    if (ignoresWrites > 0) this.faults.ignoresWrites = ignoresWrites - 1;
    else this.memory.writeUInt16LE(Math.min(raw, clips[register] ?? 0xffff), register);
    return segment(0xff, 10);
  }
}

function whole(bytes: Buffer): readonly Piece[] {
  return [{ bytes, afterMs: 5 }];
}

function words(...values: readonly [number, number]): string {
  return values.map((value) => Buffer.of(value & 0xff, value >> 8).toString('hex')).join('');
}
