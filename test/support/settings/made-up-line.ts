import { alarm } from '../../../src/battery/alarm';
import type { Reading } from '../../../src/battery/reading';
import { NOTHING_PRIVATE } from '../../../src/codec/kit/privacy';
import {
  buildException,
  buildRead,
  buildReadResponse,
  buildWriteRegisters,
  buildWriteResponse,
  dataOf,
  matchRead,
  matchWrite,
  modbusFrames,
  parseRequest,
} from '../../../src/codec/kit/modbus';
import { Refusal } from '../../../src/codec/kit/refusal';
import { reading } from '../../../src/codec/kit/script';
import type { RegisterWrite, SettingsAccess, SettingsBlock, SettingsImage } from '../../../src/codec/parameter';
import type { Action, Protocol, Query, Script, Step } from '../../../src/codec/protocol';
import { say } from '../../../src/battery/sentence';
import { MADE_UP, madeUpBoard } from './board';
import type { BoardUnderTest } from './settings-bench';

/*
 * A board of no vendor on a line: Modbus frames, the settings of `board.ts`, and each way in which boards take settings.
 */

/** How a board takes settings. */
export interface MadeUpKind {
  readonly id: string;
  /** stored at once; stored by a request of its own; or written and stored in a mode */
  readonly stores: 'at once' | 'when asked' | 'as it leaves its mode';
  /** whether one answer alone proves nothing */
  readonly isWeak?: boolean;
  readonly repeatsUnacknowledged?: boolean;
}

export const MADE_UP_KINDS: readonly MadeUpKind[] = [
  { id: 'stores at once', stores: 'at once' },
  { id: 'stores at once, and is asked again', stores: 'at once', repeatsUnacknowledged: true },
  { id: 'stores when asked', stores: 'when asked' },
  { id: 'stores as it leaves its mode', stores: 'as it leaves its mode', isWeak: true },
];

const UNIT = 1;
const STATUS = 0x0001;
const STATUS_SIZE = 32;
const BLOCKS: Readonly<Record<string, { at: number; size: number }>> = {
  10: { at: 0x0100, size: 26 },
  20: { at: 0x0200, size: 8 },
};
/** the places of registers in block 10: from, and bytes */
const REGISTERS: Readonly<Record<string, readonly [number, number]>> = {
  ...{ '10a': [0, 2], '10b': [2, 2], '10c': [4, 2], '10d': [6, 1], '10e': [7, 1], '10f': [8, 2] },
  ...{ 110: [10, 2], 112: [14, 2], 113: [16, 2], 114: [18, 2] },
};
const FIRST_REGISTER = 0x1000;
const MODE = 0x2000;
const SAVE = 0x2001;
const SWITCH = 0x3000;
const NORMAL = 0;
const SERVICE = 1;
const SERVICE_SAVED = 2;

const refused = (code: number): Refusal => {
  if (code === 2) return new Refusal('denied', say`The board wants its password.`, code);
  return new Refusal(code === 3 ? 'bad_value' : 'rejected', say`The board refuses it with code ${code}.`, code);
};

function read(register: number, size: number, name: string): Step {
  const request = buildRead(UNIT, 3, register, size / 2);
  return {
    name,
    request,
    isWrite: false,
    match: (frame) => matchRead(frame, { unit: UNIT, func: 3, sizes: [size] }, refused),
  };
}

function write(register: number, data: Buffer, name: string, more: Partial<Step> = {}): Step {
  const response = buildWriteResponse(UNIT, register, data.length / 2);
  const request = buildWriteRegisters(UNIT, register, data);
  return { name, request, isWrite: true, match: (frame) => matchWrite(frame, response, refused), ...more };
}

function word(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

const LEAVE = write(MODE, word(NORMAL), 'leave', { isWrite: false, leavesMode: true });
const LEAVE_AND_SAVE = write(MODE, word(SERVICE_SAVED), 'save and leave', { isWrite: false, leavesMode: true });
const ENTER = write(MODE, word(SERVICE), 'enter', { isWrite: false, entersMode: LEAVE });

function accessOf({ stores, repeatsUnacknowledged = false }: MadeUpKind): SettingsAccess {
  return {
    ...MADE_UP,
    *read(_order, { id, name }: SettingsBlock): Script<Buffer> {
      const { at = 0, size = 0 } = BLOCKS[id] ?? {};
      return Buffer.from(dataOf((yield read(at, size, name))[0] ?? Buffer.alloc(0)));
    },
    *write(_order, { register, image }: RegisterWrite): Script<void> {
      const [at = 0, size = 0] = REGISTERS[register] ?? [];
      const data = Buffer.alloc(2);
      image.get('10')?.copy(data, 0, at, at + size);
      yield write(FIRST_REGISTER + Number.parseInt(register, 16), data, `setting (${register})`);
    },
    ...(stores === 'when asked' && {
      *save(): Script<void> {
        yield write(SAVE, word(1), 'save');
      },
    }),
    ...(stores === 'as it leaves its mode' && {
      *during<T>(_order: unknown, purpose: 'read' | 'save', inside: Script<T>): Script<T> {
        let exit = LEAVE;
        try {
          yield ENTER;
          const result = yield* inside;
          if (purpose === 'save') exit = LEAVE_AND_SAVE;
          return result;
        } finally {
          yield exit;
        }
      },
    }),
    provedAfter: stores === 'as it leaves its mode' ? 'save' : 'each',
    repeatsUnacknowledged,
    settlesMs: 100,
  };
}

const query: Query = {
  name: 'status',
  group: 'fast',
  request: () => buildRead(UNIT, 3, STATUS, STATUS_SIZE / 2),
  match: (frame) => matchRead(frame, { unit: UNIT, func: 3, sizes: [STATUS_SIZE] }, refused),
  decode([frame = Buffer.alloc(0)]) {
    const data = dataOf(frame);
    const measured: Reading = {
      voltage: data.readUInt16BE(0) / 100,
      current: data.readInt16BE(2) / 100,
      soc: 50,
      dischargeSwitch: data[13] === 1,
      cellVoltages: [4, 6, 8, 10].map((at) => data.readUInt16BE(at) / 1000),
      alarms: data[12] === 0 ? [] : [alarm('cell_overvoltage', 'protection')],
      serialNumber: data.toString('latin1', 16, 28).trim(),
      model: 'MADE-UP',
    };
    return { reading: measured };
  },
};

/** A switch beside the settings. */
const discharge: Action = {
  name: 'discharge',
  input: { kind: 'switch' },
  *script({ value }) {
    yield write(SWITCH, word(value === true ? 1 : 0), 'discharge');
  },
  confirm: {
    read: reading(query),
    state: ({ reading }) => reading.dischargeSwitch,
    evidence: 'switch',
    ...{ everyMs: 50, withinMs: 500 },
  },
};

/** The protocol of such boards. */
export function madeUpProtocol(kind: MadeUpKind): Protocol {
  return {
    id: 'made-up',
    label: 'made up',
    profile: { baudRate: 9600, gapMs: 5, retryGapMs: 5, timeoutMs: 100, quietMs: 20, retries: 2 },
    frames: modbusFrames({ isUnit: (unit) => unit === UNIT, functions: [3, 16] }),
    checksum: kind.isWeak === true ? 'sum16' : 'crc16',
    privacy: NOTHING_PRIVATE,
    queries: [query],
    settings: accessOf(kind),
    actions: [discharge],
    modeExits: [LEAVE],
    emulate: () => undefined,
  };
}

/** A board with its settings, and what it makes of requests. */
export class MadeUpBoard implements BoardUnderTest {
  ram = imageOf();
  flash = imageOf();
  serialNumber = 'MU20260815X1';
  current = 0;
  hasProtection = false;
  discharges = true;
  isInMode = false;
  /** whether it takes no writes until it is unlocked, which nobody can */
  isLocked = false;
  /** raw numbers above which a register is cut without a word */
  clips: Readonly<Record<string, number>> = {};
  /** how many writes of settings it has carried out */
  written = 0;

  constructor(private readonly kind: MadeUpKind) {}

  writes(request: Buffer): boolean {
    const register = request.readUInt16BE(2);
    return request[1] === 16 && register >= FIRST_REGISTER && register < MODE;
  }

  refusal(): Buffer[] {
    return [buildException(UNIT, 16, 4)];
  }

  lock(): void {
    this.isLocked = true;
  }

  /** The power goes and comes back. */
  restart(): void {
    this.ram = copyOf(this.flash);
    this.isInMode = false;
  }

  /** What it answers; nothing to what is not for it. @param obeys whether it does what it acknowledges */
  answer(request: Buffer, obeys = true): Buffer[] {
    const asked = parseRequest(request);
    if (asked === undefined || asked.unit !== UNIT) return [];
    const { func, register, count, data } = asked;
    if (func === 3) return [this.read(register, 2 * count)];
    const code = obeys ? this.write(register, data) : 0;
    return [code === 0 ? buildWriteResponse(UNIT, register, count) : buildException(UNIT, func, code)];
  }

  private read(register: number, size: number): Buffer {
    if (register === STATUS) return buildReadResponse(UNIT, 3, this.status());
    const [id] = Object.entries(BLOCKS).find(([, { at }]) => at === register) ?? [];
    const block = id === undefined ? undefined : this.ram.get(id);
    if (block === undefined || this.lacksMode) return buildException(UNIT, 3, 1);
    return buildReadResponse(UNIT, 3, block.subarray(0, size));
  }

  private get lacksMode(): boolean {
    return this.kind.stores === 'as it leaves its mode' && !this.isInMode;
  }

  /** @returns the code of its refusal, or 0 */
  private write(register: number, data: Buffer): number {
    if (register === MODE) {
      if (this.isInMode && data.readUInt16BE(0) === SERVICE_SAVED) this.flash = copyOf(this.ram);
      this.isInMode = data.readUInt16BE(0) === SERVICE;
      return 0;
    }
    if (register === SWITCH) {
      this.discharges = data.readUInt16BE(0) === 1;
      return 0;
    }
    if (this.isLocked) return 2;
    if (register === SAVE) {
      this.flash = copyOf(this.ram);
      return 0;
    }
    if (this.lacksMode) return 1;
    const name = (register - FIRST_REGISTER).toString(16);
    const [at = 0, size = 0] = REGISTERS[name] ?? [];
    const clipped = size === 2 ? word(Math.min(data.readUInt16BE(0), this.clips[name] ?? 0xffff)) : data;
    const after = copyOf(this.ram);
    clipped.copy(after.get('10') ?? clipped, at, 0, size);
    if (!isInOrder(after)) return 3;
    this.ram = after;
    if (this.kind.stores === 'at once') this.flash = copyOf(this.ram);
    this.written++;
    return 0;
  }

  private status(): Buffer {
    const data = Buffer.alloc(STATUS_SIZE);
    data.writeUInt16BE(1320, 0);
    data.writeInt16BE(Math.round(this.current * 100), 2);
    for (const at of [4, 6, 8, 10]) data.writeUInt16BE(3300, at);
    data[12] = this.hasProtection ? 1 : 0;
    data[13] = this.discharges ? 1 : 0;
    data.write(this.serialNumber.padEnd(12), 16, 'latin1');
    return data;
  }
}

/** The rules that the board keeps by itself. */
function isInOrder(image: SettingsImage): boolean {
  const [protection, recovery] = [0, 2].map((at) => image.get('10')?.readUInt16BE(at) ?? 0);
  return Number(protection) > Number(recovery);
}

function imageOf(): Map<string, Buffer> {
  return copyOf(madeUpBoard().image);
}

function copyOf(image: SettingsImage): Map<string, Buffer> {
  return new Map([...image].map(([id, data]) => [id, Buffer.from(data)]));
}
