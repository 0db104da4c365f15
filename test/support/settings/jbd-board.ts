import { classicReply } from '../jbd';
import { hex } from '../sheet';
import { loadVector } from '../vectors';

/*
 * A classic board with its settings, made from settings-jbd.md and jbd.md 3, 6 alone: what it takes, what it refuses, and what may
 * go wrong between it and its host.
 */

const ENTER = '5678';
const SAVE = '2828';

/** Registers that only firmware from 0x20 on has. */
const NEWER = [0x42, 0x43, 0x44, 0x45, 0x46, 0x47];
const TEXTS = [0xa0, 0xa1, 0xa2];

const DONE = 0x00;
const UNKNOWN = 0x80;
const WRONG_MODE = 0x81;
const WRONG_PASSWORD = 0x83;

export interface JbdFaults {
  /** how often entering factory mode goes unheard; a board that is woken is deaf once */
  losesEnters?: number;
  /** writes that are done, but whose acknowledgement is lost */
  losesAcknowledgements?: number;
  /** writes that are acknowledged, and change nothing */
  ignoresWrites?: number;
  /** a register of which the board takes at most so much, raw, and says nothing */
  clips?: Readonly<Record<number, number>>;
  /** registers whose writes it refuses with 80 */
  refuses?: readonly number[];
  /** after so many requests in factory mode it has left it, once */
  leavesAfter?: number;
}

export interface JbdKind {
  /** firmware: 0x15 acknowledges writes to registers that it does not have */
  firmware?: number;
  /** says 80 where others say 81, outside factory mode */
  old?: boolean;
  /** six digits that it wants before a write */
  password?: string;
  /** of its measuring chip; it never tells, when missing */
  chip?: number;
}

export class JbdBoard {
  /** what it holds, by register */
  readonly registers = new Map<number, string>();
  /** every write to a setting that it has granted: register and bytes */
  readonly granted: string[] = [];
  counters = [0, 0, 2, 5, 1, 0, 0, 0, 0, 0, 0, 3];
  inFactoryMode = false;
  /** how often factory mode was entered, and how often the settings were saved */
  entered = 0;
  saved = 0;

  private isUnlocked = false;
  private isLocked = false;
  private lasting: ReadonlyMap<number, string>;

  constructor(
    readonly faults: JbdFaults = {},
    private readonly kind: JbdKind = {},
  ) {
    for (const { rx } of loadVector('settings/jbd', 'read-overkill-4s-lfp').exchanges) {
      const answer = rx.join('');
      const register = Number.parseInt(answer.slice(2, 4), 16);
      const data = answer.slice(8, -6);
      if (register >= 0x10 && data !== '') this.registers.set(register, data);
    }
    for (const register of TEXTS) if (!this.registers.has(register)) this.registers.set(register, '00');
    // a PIN of an app, which nobody may see in a log
    this.registers.set(0xa1, `06${Buffer.from('246810').toString('hex')}`);
    if ((kind.firmware ?? 0x44) >= 0x20) {
      for (const [i, register] of NEWER.entries()) this.registers.set(register, NEWER_VOLTAGES[i] ?? '');
    }
    this.lasting = new Map(this.registers);
  }

  /** The board without current, and with it again: what was not saved is gone. */
  powerOff(): void {
    this.registers.clear();
    for (const [register, data] of this.lasting) this.registers.set(register, data);
    this.inFactoryMode = false;
    this.isUnlocked = false;
  }

  /** What it works with now, by register. */
  get ram(): ReadonlyMap<string, Buffer> {
    return imageOf(this.registers);
  }

  /** What it works with after a restart. */
  get flash(): ReadonlyMap<string, Buffer> {
    return imageOf(this.lasting);
  }

  get isInMode(): boolean {
    return this.inFactoryMode;
  }

  /** Takes no writes from now on, whatever password. */
  lock(): void {
    this.isLocked = true;
  }

  /** Whether a request writes a setting. */
  writes(request: Buffer): boolean {
    return request[1] === 0x5a && (request[2] ?? 0) >= 0x10;
  }

  /** The answer that refuses a write. */
  refusal(request: Buffer): Buffer[] {
    return this.status(request.readUInt8(2), UNKNOWN);
  }

  /**
   * What the board answers; nothing for what it does not hear, or never answers.
   * @param obeys whether it does what it acknowledges
   */
  answer(request: Buffer, obeys = true): Buffer[] {
    if (!obeys && this.writes(request)) this.faults.ignoresWrites = 1 + (this.faults.ignoresWrites ?? 0);
    const register = request.readUInt8(2);
    const data = request.subarray(4, -3);
    // A request has the rule of a reply whose status is its register (jbd.md 3).
    if (!classicReply(request.readUInt8(1), data, register).equals(request)) return [];
    this.forgetMode();
    return request[1] === 0x5a ? this.write(register, data.toString('hex')) : this.read(register);
  }

  private forgetMode(): void {
    const { faults } = this;
    if (!this.inFactoryMode || faults.leavesAfter === undefined) return;
    if (faults.leavesAfter-- > 0) return;
    delete faults.leavesAfter;
    this.inFactoryMode = false;
  }

  private read(register: number): Buffer[] {
    const state = STATE.get(register);
    if (state !== undefined) return [classicReply(register, hex(state))];
    if (register === 0x00) {
      return this.kind.chip === undefined ? [] : [classicReply(register, Buffer.of(0, this.kind.chip))];
    }
    if (register === 0xaa) return this.isOpen() ? [classicReply(register, this.countersData())] : this.refuse(register);
    const held = this.registers.get(register);
    if (!this.inFactoryMode) return this.refuse(register);
    return held === undefined ? this.status(register, UNKNOWN) : [classicReply(register, hex(held))];
  }

  /** Captured boards tell their counters at any time, old ones in factory mode. */
  private isOpen(): boolean {
    return this.kind.old !== true || this.inFactoryMode;
  }

  private countersData(): Buffer {
    return Buffer.concat(this.counters.map((count) => Buffer.of(count >> 8, count & 0xff)));
  }

  private write(register: number, data: string): Buffer[] {
    switch (register) {
      case 0x00:
        return this.enter(data);
      case 0x01:
        return this.leave(data);
      case 0x06:
        return this.unlock(data);
      default:
        return this.set(register, data);
    }
  }

  private enter(data: string): Buffer[] {
    const { faults } = this;
    if ((faults.losesEnters ?? 0) > 0) {
      faults.losesEnters = (faults.losesEnters ?? 0) - 1;
      return [];
    }
    if (data !== ENTER) return this.status(0x00, WRONG_MODE);
    this.inFactoryMode = true;
    this.entered++;
    return this.status(0x00, DONE);
  }

  private leave(data: string): Buffer[] {
    // Whether a board says so is not known; one that does can be brought back.
    if (!this.inFactoryMode && data === SAVE) return this.refuse(0x01);
    if (this.inFactoryMode && data === SAVE) {
      this.saved++;
      this.lasting = new Map(this.registers);
      this.counters = this.counters.map(() => 0);
    }
    this.inFactoryMode = false;
    return this.status(0x01, DONE);
  }

  private unlock(data: string): Buffer[] {
    const wanted = [...(this.kind.password ?? '')].map((digit) => `0${digit}`).join('');
    if (this.isLocked || (this.kind.password !== undefined && data !== `06${wanted}`))
      return this.status(0x06, WRONG_PASSWORD);
    this.isUnlocked = true;
    return this.status(0x06, DONE);
  }

  private set(register: number, data: string): Buffer[] {
    const { faults } = this;
    const held = this.registers.get(register);
    const isGhost = held === undefined && NEWER.includes(register) && this.kind.firmware !== undefined;
    const fits = TEXTS.includes(register) ? data.length >= 2 : data.length === 4;
    if (!this.inFactoryMode) return this.refuse(register);
    if (this.isLocked || (this.kind.password !== undefined && !this.isUnlocked))
      return this.status(register, WRONG_MODE);
    if ((held === undefined && !isGhost) || !fits || faults.refuses?.includes(register))
      return this.status(register, UNKNOWN);
    this.granted.push(`${register.toString(16)} ${data}`);
    if ((faults.ignoresWrites ?? 0) > 0) faults.ignoresWrites = (faults.ignoresWrites ?? 0) - 1;
    else if (!isGhost) this.registers.set(register, this.clipped(register, data));
    if ((faults.losesAcknowledgements ?? 0) === 0) return this.status(register, DONE);
    faults.losesAcknowledgements = (faults.losesAcknowledgements ?? 0) - 1;
    return [];
  }

  private clipped(register: number, data: string): string {
    const most = this.faults.clips?.[register];
    if (most === undefined || Number.parseInt(data, 16) <= most) return data;
    return most.toString(16).padStart(4, '0');
  }

  /** Outside factory mode. */
  private refuse(register: number): Buffer[] {
    return this.status(register, this.kind.old === true ? UNKNOWN : WRONG_MODE);
  }

  private status(register: number, code: number): Buffer[] {
    return [classicReply(register, Buffer.alloc(0), code)];
  }
}

/** A pack of four cells at rest: registers 03 and 04 (jbd.md 4). */
const STATE: ReadonlyMap<number, string> = new Map([
  [0x03, '0528 0000 1388 2710 0003 2aa5 0000 0000 0000 20 32 03 04 02 0b98 0b98'],
  [0x04, '0ce4 0ce4 0ce4 0ce4'],
]);

function imageOf(registers: ReadonlyMap<number, string>): ReadonlyMap<string, Buffer> {
  return new Map([...registers].map(([register, data]) => [register.toString(16), hex(data)]));
}

/** 42 to 47: cell voltages at 90, 70, 50, 30, 10 and 100 %, which fit between those of the file. */
const NEWER_VOLTAGES = ['0d2f', '0d02', '0cb2', '0c35', '0be0', '0d48'];
