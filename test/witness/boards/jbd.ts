import { WitnessBoard, type BoardOptions } from './board';
import { be16, bits, complement } from './sums';
import { chargeEnabled, derivedOf, dischargeEnabled, stateOf, tidy, voltageOf } from './truth';

/** Bits of the protection word, jbd.md 4.2. */
const PROTECTIONS: Record<string, number> = {
  cell_overvoltage: 0,
  cell_undervoltage: 1,
  pack_overvoltage: 2,
  pack_undervoltage: 3,
  charge_overtemperature: 4,
  charge_undertemperature: 5,
  discharge_overtemperature: 6,
  discharge_undertemperature: 7,
  charge_overcurrent: 8,
  discharge_overcurrent: 9,
  short_circuit: 10,
  afe_fault: 11,
};

const COUNTERS = [
  ...['shortCircuit', 'chargeOvercurrent', 'dischargeOvercurrent', 'cellOvervoltage', 'cellUndervoltage'],
  ...['chargeOvertemperature', 'chargeUndertemperature', 'dischargeOvertemperature', 'dischargeUndertemperature'],
  ...['packOvervoltage', 'packUndervoltage', 'systemRestarts'],
];

const USUAL = { temperatures: [21.3, 19.8], model: 'SP16S020-WITNESS', softwareVersion: '4.4' };

const REFUSED = 0x80;
const WRONG_MODE = 0x81;
const WRONG_PASSWORD = 0x83;

/** Register numbers of jbd.md 7.1. */
const CAPACITY = 0x10;
const PER_CYCLE = 0x11;
const FUNCTIONS = 0x2d;
const BALANCING_BIT = 4;

export interface JbdOptions extends BoardOptions {
  /** whether register 03 ends with full capacity and balance current; not, when missing */
  tail?: boolean;
  /** six digits that register 06 wants before a write; none when missing */
  password?: string;
}

/** Classic JBD board, as a SP04S034 with firmware 0x44 behaves. */
export class JbdWitness extends WitnessBoard {
  readonly protocol = 'jbd';
  factoryMode = false;
  private readonly registers = new Map<number, number>();
  private readonly tail: boolean;
  private readonly password: string | undefined;
  private unlocked = false;

  constructor(options: JbdOptions) {
    super({ ...options, truth: { ...USUAL, ...options.truth } });
    this.tail = options.tail ?? false;
    this.password = options.password;
    const { truth } = this;
    this.registers.set(CAPACITY, truth.designCapacity * 100);
    this.registers.set(PER_CYCLE, truth.designCapacity * 80);
    this.registers.set(FUNCTIONS, truth.balancingSwitch ? BALANCING_BIT : 0);
    for (const [register, value] of SETTINGS) this.registers.set(register, value);
  }

  override get isNormal(): boolean {
    return !this.factoryMode;
  }

  override may(): Record<string, unknown> {
    const { chargeSwitch, dischargeSwitch } = this.truth;
    return { chargeSwitch, dischargeSwitch };
  }

  /** what a setting holds now */
  register(number: number): number | undefined {
    return this.registers.get(number);
  }

  override expected(): Record<string, unknown> {
    const { truth } = this;
    const locked = !truth.chargeSwitch || !truth.dischargeSwitch;
    return {
      voltage: voltageOf(truth, 0.01),
      current: truth.current,
      soc: truth.soc,
      state: stateOf(truth),
      remainingCapacity: truth.remainingCapacity,
      designCapacity: truth.designCapacity,
      cycles: truth.cycles,
      manufactureDate: truth.manufactureDate,
      balancingCells: truth.balancingCells,
      balancing: truth.balancingCells.length > 0,
      softwareVersion: truth.softwareVersion,
      chargeEnabled: chargeEnabled(truth),
      dischargeEnabled: dischargeEnabled(truth),
      cellCount: truth.cells.length,
      temperatures: truth.temperatures,
      cellVoltages: truth.cells,
      model: truth.model,
      errorCounts: Object.fromEntries(COUNTERS.map((name, i) => [name, truth.errorCounts[i]])),
      alarms: [...truth.alarms, ...(locked ? [{ code: 'software_lock', level: 'warning' }] : [])],
      ...(this.tail && { fullCapacity: truth.fullCapacity, balanceCurrent: truth.balanceCurrent }),
      ...derivedOf(truth),
    };
  }

  protected override connected(): void {
    this.unlocked = false;
  }

  protected requestLength(heard: Buffer): number | 'more' | 'none' {
    if (heard[0] !== 0xdd) return 'none';
    if (heard.length < 4) return 'more';
    if (heard[1] !== 0xa5 && heard[1] !== 0x5a) return 'none';
    const length = (heard[3] ?? 0) + 7;
    if (heard.length < length) return 'more';
    const sealed = heard.readUInt16BE(length - 3) === complement(heard.subarray(2, length - 3));
    return sealed && heard[length - 1] === 0x77 ? length : 'none';
  }

  protected serve(request: Buffer): void {
    const register = request[2] ?? 0;
    const data = request.subarray(4, request.length - 3);
    if (request[1] === 0x5a) this.write(register, data, request);
    else this.read(register);
  }

  private read(register: number): void {
    const { truth } = this;
    switch (register) {
      case 0x03:
        return this.reply(register, this.basic());
      case 0x04:
        return this.reply(register, Buffer.concat(truth.cells.map((cell) => be16(Math.round(cell * 1000)))));
      case 0x05:
        return this.reply(register, Buffer.from(truth.model, 'ascii'));
      case 0xaa:
        return this.reply(register, Buffer.concat(truth.errorCounts.map(be16)));
      // This firmware knows neither the chip type nor the block of parameters, and says nothing.
      case 0x00:
      case 0xfa:
        return;
    }
    const value = this.registers.get(register);
    if (value === undefined) this.reply(register, Buffer.alloc(0), REFUSED);
    else if (!this.factoryMode) this.reply(register, Buffer.alloc(0), WRONG_MODE);
    else this.reply(register, be16(value));
  }

  private basic(): Buffer {
    const { truth } = this;
    const [year = 0, month = 0, day = 0] = truth.manufactureDate.split('-').map(Number);
    const low = truth.balancingCells.filter((cell) => cell <= 16).map((cell) => cell - 1);
    const high = truth.balancingCells.filter((cell) => cell > 16).map((cell) => cell - 17);
    const locked = !truth.chargeSwitch || !truth.dischargeSwitch;
    return Buffer.concat([
      be16(Math.round(voltageOf(truth, 0.01) * 100)),
      be16(Math.round(truth.current * 100)),
      be16(Math.round(truth.remainingCapacity * 100)),
      be16(Math.round(truth.designCapacity * 100)),
      be16(truth.cycles),
      be16(((year - 2000) << 9) + (month << 5) + day),
      be16(bits(low)),
      be16(bits(high)),
      be16(bits([...truth.alarms.map(({ code }) => bitOf(code)), ...(locked ? [12] : [])])),
      Buffer.from([parseInt(truth.softwareVersion.replace('.', ''), 16), truth.soc]),
      Buffer.from([(chargeEnabled(truth) ? 1 : 0) + (dischargeEnabled(truth) ? 2 : 0)]),
      Buffer.from([truth.cells.length, truth.temperatures.length]),
      ...truth.temperatures.map((value) => be16(value === null ? 0x097f : Math.round(value * 10) + 2731)),
      ...(this.tail ? this.tailBytes() : []),
    ]);
  }

  private tailBytes(): Buffer[] {
    const { fullCapacity, remainingCapacity, balanceCurrent } = this.truth;
    const words = [0, fullCapacity * 100, remainingCapacity * 100, balanceCurrent * 1000];
    return [Buffer.from([0]), ...words.map((word) => be16(Math.round(word)))];
  }

  private write(register: number, data: Buffer, frame: Buffer): void {
    const { truth } = this;
    const value = data.length === 2 ? data.readUInt16BE(0) : 0;
    const acknowledged = this.frame(register, Buffer.alloc(0), 0);
    switch (register) {
      case 0x00: {
        const enters = data.toString('hex') === '5678';
        const command = { kind: 'mode', what: 'factory mode', value: true, frame } as const;
        if (!enters) return this.refuse(command, this.frame(register, Buffer.alloc(0), REFUSED));
        return this.obey({ ...command, act: () => (this.factoryMode = true), ack: acknowledged });
      }
      case 0x01: {
        const act = (): void => {
          this.factoryMode = false;
          if (value === 0x2828) truth.errorCounts = truth.errorCounts.map(() => 0);
        };
        return this.obey({ kind: 'mode', what: 'factory mode', value: false, frame, act, ack: acknowledged });
      }
      case 0x06: {
        const digits = [...data.subarray(1)].join('');
        const right = this.password === undefined || digits === this.password;
        const command = { kind: 'mode', what: 'password', value: digits, frame } as const;
        if (!right) return this.refuse(command, this.frame(register, Buffer.alloc(0), WRONG_PASSWORD));
        return this.obey({ ...command, act: () => (this.unlocked = true), ack: acknowledged });
      }
      case 0xe1: {
        const act = (): void => {
          truth.chargeSwitch = (value & 1) === 0;
          truth.dischargeSwitch = (value & 2) === 0;
        };
        // One word holds both locks: it is meant for the one that it changes.
        const charge = (value & 1) === 0;
        const changes = [charge !== truth.chargeSwitch, ((value & 2) === 0) !== truth.dischargeSwitch];
        const command = { kind: 'switch', frame, act, ack: acknowledged } as const;
        if (changes[0] === changes[1]) return this.obey({ ...command, what: 'locks', value });
        if (changes[0]) return this.obey({ ...command, what: 'charge', value: charge });
        return this.obey({ ...command, what: 'discharge', value: (value & 2) === 0 });
      }
      case 0xe0: {
        const act = (): void => {
          truth.remainingCapacity = value / 100;
          truth.soc = Math.round((value / 100 / truth.fullCapacity) * 100);
        };
        return this.inFactoryMode({ kind: 'setting', what: 'remaining', value, frame, act, ack: acknowledged });
      }
    }
    if (!this.registers.has(register)) {
      const command = { kind: 'setting', what: `register ${register.toString(16)}`, value, frame } as const;
      return this.refuse(command, this.frame(register, Buffer.alloc(0), REFUSED));
    }
    const act = (): void => this.set(register, value);
    const what = `register ${register.toString(16)}`;
    this.inFactoryMode({ kind: 'setting', what, value, frame, act, ack: acknowledged });
  }

  private inFactoryMode(command: Parameters<WitnessBoard['obey']>[0]): void {
    const locked = this.password !== undefined && !this.unlocked;
    if (this.factoryMode && !locked) this.obey(command);
    else this.refuse(command, this.frame(command.frame[2] ?? 0, Buffer.alloc(0), WRONG_MODE));
  }

  private set(register: number, value: number): void {
    this.registers.set(register, value);
    if (register === CAPACITY) this.truth.designCapacity = tidy(value / 100);
    if (register === FUNCTIONS) this.truth.balancingSwitch = (value & BALANCING_BIT) !== 0;
  }

  private reply(register: number, data: Buffer, status = 0): void {
    this.answer(this.frame(register, data, status));
  }

  private frame(register: number, data: Buffer, status: number): Buffer {
    const body = Buffer.concat([Buffer.from([status, data.length]), data]);
    const seal = be16(complement(body));
    return Buffer.concat([Buffer.from([0xdd, register]), body, seal, Buffer.from([0x77])]);
  }
}

/** Some settings that the board has besides, jbd.md 7.1: cell limits, count. */
const SETTINGS: readonly (readonly [number, number])[] = [
  ...([0x12, 0x13, 0x24, 0x25, 0x26, 0x27] as const).map(
    (n, i) => [n, [3500, 2800, 3650, 3500, 2500, 3000][i] ?? 0] as const,
  ),
  [0x2f, 16],
];

function bitOf(code: string): number {
  const bit = PROTECTIONS[code];
  if (bit === undefined) throw new Error(`a JBD board does not report ${code}`);
  return bit;
}
