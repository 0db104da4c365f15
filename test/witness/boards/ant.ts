import { WitnessBoard, type BoardOptions } from './board';
import { bits, crcBytes, le16, le32, text } from './sums';
import { chargeEnabled, derivedOf, dischargeEnabled, stateOf, tidy, voltageOf, type AlarmTruth } from './truth';

/** Bits of the protection word, ant.md 6.1. */
const PROTECTIONS: Record<string, number> = {
  cell_overvoltage: 1,
  pack_overvoltage: 3,
  cell_undervoltage: 4,
  pack_undervoltage: 6,
  cell_imbalance: 7,
  charge_overtemperature: 8,
  discharge_overtemperature: 9,
  charge_undertemperature: 11,
  discharge_undertemperature: 12,
  charge_overcurrent: 13,
  discharge_overcurrent: 14,
  short_circuit: 16,
};

/** Bits of the warning word, ant.md 6.2. */
const WARNINGS: Record<string, number> = {
  cell_overvoltage: 0,
  pack_overvoltage: 1,
  cell_undervoltage: 2,
  pack_undervoltage: 3,
  cell_imbalance: 4,
  charge_overtemperature: 5,
  discharge_overtemperature: 6,
  charge_undertemperature: 7,
  soc_low: 12,
};

const ON = 1;
const BY_HAND = 15;
/** a cell too high, or too low */
const BY_CELL = 2;

const DONE = 1;
const FAILED = 2;
const NO_PERMISSION = 3;

const READ_DONE = 11;
const SAVE_NEEDED = 10;
const DENIED = 1;

const REMAINING = 166;
const CAPACITY = 162;

export interface AntOptions extends BoardOptions {
  /** permission level from the start; boards are delivered with 5 */
  level?: number;
  /** twelve characters that bring level 5 */
  password?: string;
  /** whether the status goes on behind its core */
  extended?: boolean;
  timeSinceCharge?: number;
}

/** ANT board of 2021 and later. */
export class AntWitness extends WitnessBoard {
  readonly protocol = 'ant';
  /** when the newest setting was written that the board has taken, and when it saved last */
  private changedAt = -Infinity;
  private savedAt = -Infinity;
  private level: number;
  private readonly options: AntOptions;

  constructor(options: AntOptions) {
    const own = {
      ...{ hardwareVersion: '16ZM', softwareVersion: '16ZMUB00-211026A', model: '16ZM' },
      ...{ balancingSwitch: false, serialNumber: '80.59.1.32.255.0.19.84.7.200.41.6' },
      errorCounts: Array.from({ length: 20 }, (_, i) => i + 1),
    };
    super({ ...options, truth: { ...own, ...options.truth } });
    this.options = options;
    this.level = options.level ?? 5;
  }

  override get isSaved(): boolean {
    return this.changedAt <= this.savedAt;
  }

  override expected(): Record<string, unknown> {
    const { truth } = this;
    const held: AlarmTruth[] = [
      ...(truth.chargeHeld ? [{ code: 'cell_overvoltage', level: 'protection' } as const] : []),
      ...(truth.dischargeHeld ? [{ code: 'cell_undervoltage', level: 'protection' } as const] : []),
    ];
    return {
      voltage: voltageOf(truth, 0.01),
      current: truth.current,
      power: Math.trunc(voltageOf(truth, 0.01) * truth.current),
      soc: truth.soc,
      soh: truth.soh,
      state: stateOf(truth),
      remainingCapacity: truth.remainingCapacity,
      designCapacity: truth.designCapacity,
      cycleCapacity: truth.cycleCapacity,
      chargedCapacity: truth.cycleCapacity,
      dischargedCapacity: truth.cycleCapacity,
      cycles: Math.floor(truth.cycleCapacity / truth.designCapacity),
      runtime: truth.runtime,
      cellCount: truth.cells.length,
      cellVoltages: truth.cells,
      temperatures: truth.temperatures,
      mosTemperature: truth.mosTemperature,
      balancerTemperature: truth.balancerTemperature,
      chargeEnabled: chargeEnabled(truth),
      dischargeEnabled: dischargeEnabled(truth),
      balancing: truth.balancingSwitch,
      balancingCells: truth.balancingCells,
      alarms: [...truth.alarms.filter(({ code }) => !held.some((each) => each.code === code)), ...held],
      model: truth.model,
      hardwareVersion: truth.hardwareVersion,
      softwareVersion: truth.softwareVersion,
      ...derivedOf(truth),
    };
  }

  override may(): Record<string, unknown> {
    const { chargeSwitch, dischargeSwitch, serialNumber } = this.truth;
    const { timeSinceCharge } = this.options;
    return { chargeSwitch, dischargeSwitch, serialNumber, timeSinceCharge, heating: false };
  }

  protected requestLength(heard: Buffer): number | 'more' | 'none' {
    if (heard[0] !== 0x7e || (heard.length > 1 && heard[1] !== 0xa1)) return 'none';
    if (heard.length < 6) return 'more';
    const length = 10 + ((heard[2] ?? 0) < 0x10 ? 0 : (heard[5] ?? 0));
    if (heard.length < length) return 'more';
    const sealed = heard.subarray(length - 4, length - 2).equals(crcBytes(heard.subarray(1, length - 4)));
    return sealed && heard.readUInt16BE(length - 2) === 0xaa55 ? length : 'none';
  }

  protected serve(request: Buffer): void {
    if (request[1] !== 0xa1) return;
    const register = request.readUInt16LE(3);
    const wanted = request[5] ?? 0;
    const data = request.subarray(6, request.length - 4);
    switch (request[2]) {
      case 0x01:
        return this.answer(this.frame(0x11, register, this.status()));
      case 0x02:
        return this.answer(this.frame(0x12, register, this.registers(register, wanted), READ_DONE));
      case 0x04: {
        if (register !== 0) return;
        const bytes = this.truth.serialNumber.split('.').map(Number);
        return this.answer(this.frame(0x14, register, Buffer.from(bytes)));
      }
      case 0x05:
        return this.answer(this.frame(0x15, register, Buffer.concat(this.truth.errorCounts.map(le16))));
      case 0x22:
        return this.write(register, data, request);
      case 0x23:
        return this.verify(register, data, request);
      case 0x51:
        return this.control(register, request);
      default:
        return;
    }
  }

  private status(): Buffer {
    const { truth, options } = this;
    const volts = voltageOf(truth, 0.01);
    const cells = truth.cells.map((cell) => Math.round(cell * 1000));
    const max = Math.max(...cells);
    const min = Math.min(...cells);
    const state = { idle: 1, charging: 2, discharging: 4 }[stateOf(truth) as 'idle'];
    const watts = Math.trunc(volts * truth.current);
    const average = Math.round(cells.reduce((total, cell) => total + cell, 0) / cells.length);
    return Buffer.concat([
      Buffer.from([this.level, state, truth.temperatures.length, cells.length]),
      word64(this.protectionBits()),
      word64(this.warningBits()),
      Buffer.alloc(8),
      ...cells.map(le16),
      ...truth.temperatures.map((value) => le16(value ?? -40)),
      le16(truth.mosTemperature),
      le16(truth.balancerTemperature),
      le16(Math.round(volts * 100)),
      le16(Math.round(-truth.current * 10)),
      le16(truth.soc),
      le16(truth.soh),
      Buffer.from([
        truth.dischargeSwitch ? (truth.dischargeHeld ? BY_CELL : ON) : BY_HAND,
        truth.chargeSwitch ? (truth.chargeHeld ? BY_CELL : ON) : BY_HAND,
        truth.balancingSwitch ? 4 : 0,
        0,
      ]),
      le32(Math.round(truth.designCapacity * 1e6)),
      le32(Math.round(truth.remainingCapacity * 1e6)),
      le32(Math.round(truth.cycleCapacity * 1e3)),
      le32(-watts),
      le32(truth.runtime),
      le32(bits(truth.balancingCells.map((cell) => cell - 1))),
      ...[max, cells.indexOf(max) + 1, min, cells.indexOf(min) + 1, max - min, average].map(le16),
      ...[0, 122, 122, 685, 0xfaf2].map(le16),
      ...[truth.cycleCapacity * 1000, truth.cycleCapacity * 1000, 4_402_650, 4_830_952].map(le32),
      ...(options.extended === true
        ? [le32(0), le32(options.timeSinceCharge ?? 0), le16(0), le16(298), le16(Math.round(-truth.current * 10))]
        : []),
    ]);
  }

  private protectionBits(): number[] {
    const { truth } = this;
    return [
      ...truth.alarms.filter(({ level }) => level === 'protection').map(({ code }) => bitOf(PROTECTIONS, code)),
      ...(truth.dischargeSwitch ? [] : [17]),
      ...(truth.chargeSwitch ? [] : [21]),
    ];
  }

  private warningBits(): number[] {
    const { truth } = this;
    return [
      ...truth.alarms.filter(({ level }) => level === 'warning').map(({ code }) => bitOf(WARNINGS, code)),
      ...(truth.balancingSwitch ? [25, 29] : []),
      ...(truth.current > 0 ? [18] : truth.current < 0 ? [19] : [26]),
      ...(chargeEnabled(truth) ? [23] : []),
      ...(dischargeEnabled(truth) ? [24] : []),
    ];
  }

  /** Bytes of the register file from an address on; what the level does not show is all ones. */
  private registers(from: number, length: number): Buffer {
    const { truth } = this;
    const file = Buffer.alloc(1024, 0xff);
    text(truth.hardwareVersion, 16).copy(file, 620);
    text(truth.softwareVersion, 16).copy(file, 636);
    if (this.level >= 2) {
      le32(Math.round(truth.designCapacity * 1e6)).copy(file, CAPACITY);
      le32(Math.round(truth.remainingCapacity * 1e6)).copy(file, REMAINING);
    }
    return file.subarray(from, from + length);
  }

  private write(register: number, data: Buffer, frame: Buffer): void {
    const value = data.length === 4 ? data.readUInt32LE(0) : data.readUInt16LE(0);
    const command = { kind: 'setting', what: `register ${register}`, value, frame } as const;
    const ack = (code: number): Buffer => this.frame(0x42, register, data, code);
    if (this.level < 3) return this.refuse(command, ack(DENIED));
    const at = this.clock.monotonic();
    this.obey({ ...command, act: () => this.set(register, value, data.length, at), ack: ack(SAVE_NEEDED) });
  }

  private set(register: number, value: number, length: number, at: number): void {
    const { truth } = this;
    this.changedAt = at;
    const low = register - (register % 4 === 2 ? 0 : 2);
    const key = low === REMAINING ? 'remainingCapacity' : low === CAPACITY ? 'designCapacity' : undefined;
    if (key === undefined) return;
    const word = Buffer.concat([le32(Math.round(truth[key] * 1e6))]);
    if (length === 4) word.writeUInt32LE(value);
    else word.writeUInt16LE(value, register - low);
    truth[key] = tidy(word.readUInt32LE(0) / 1e6);
    truth.soc = Math.round((truth.remainingCapacity / truth.designCapacity) * 100);
  }

  private verify(register: number, data: Buffer, frame: Buffer): void {
    const right = data.equals(text(this.options.password ?? '', data.length));
    const command = { kind: 'mode', what: 'password', value: register, frame } as const;
    const act = (): void => {
      if (right) this.level = 5;
    };
    const level = right ? 5 : this.level;
    this.obey({ ...command, act, ack: this.frame(0x43, register, le16(level), right ? 0 : 5) });
  }

  private control(code: number, frame: Buffer): void {
    const { truth } = this;
    const table: Record<number, readonly [string, boolean, () => void]> = {
      0x01: ['discharge', false, () => (truth.dischargeSwitch = false)],
      0x03: ['discharge', true, () => (truth.dischargeSwitch = true)],
      0x04: ['charge', false, () => (truth.chargeSwitch = false)],
      0x06: ['charge', true, () => (truth.chargeSwitch = true)],
      0x0d: ['balancing', true, () => (truth.balancingSwitch = true)],
      0x0e: ['balancing', false, () => (truth.balancingSwitch = false)],
      0x07: ['save', true, () => (this.savedAt = this.clock.monotonic())],
      0x1e: ['buzzer', true, () => undefined],
      0x1f: ['buzzer', false, () => undefined],
    };
    const known = table[code];
    const result = (value: number): Buffer => this.frame(0x61, code, le16(value));
    const [what, value, act] = known ?? [`command ${code}`, true, () => undefined];
    const kind = what === 'save' ? 'mode' : 'switch';
    if (known === undefined) return this.refuse({ kind, what, value, frame }, result(FAILED));
    if (this.level < 3) return this.refuse({ kind, what, value, frame }, result(NO_PERMISSION));
    this.obey({ kind, what, value, frame, act, ack: result(DONE) });
  }

  /** @param result code of a further segment; none when missing */
  private frame(func: number, register: number, data: Buffer, result?: number): Buffer {
    const body = Buffer.concat([Buffer.from([0xa1, func]), le16(register), Buffer.from([data.length]), data]);
    const segment = result === undefined ? Buffer.alloc(0) : Buffer.from([0xff, result, 0, 0]);
    const further = result === undefined ? [] : [segment, crcBytes(segment)];
    return Buffer.concat([Buffer.from([0x7e]), body, crcBytes(body), ...further, Buffer.from([0xaa, 0x55])]);
  }
}

function word64(numbers: readonly number[]): Buffer {
  const low = bits([...new Set(numbers)].filter((bit) => bit < 32));
  const high = bits([...new Set(numbers)].filter((bit) => bit >= 32).map((bit) => bit - 32));
  return Buffer.concat([le32(low), le32(high)]);
}

function bitOf(table: Record<string, number>, code: string): number {
  const bit = table[code];
  if (bit === undefined) throw new Error(`an ANT board does not report ${code}`);
  return bit;
}
