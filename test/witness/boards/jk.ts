import { WitnessBoard, type BoardOptions } from './board';
import { be16, be32, bits, sum, text } from './sums';
import { chargeEnabled, derivedOf, dischargeEnabled, stateOf, tidy, voltageOf } from './truth';

/** Bits of id 8B, jk.md 7. */
const ALARMS: Record<string, number> = {
  soc_low: 0,
  mos_overtemperature: 1,
  pack_overvoltage: 2,
  pack_undervoltage: 3,
  overtemperature: 4,
  charge_overcurrent: 5,
  discharge_overcurrent: 6,
  cell_imbalance: 7,
  undertemperature: 9,
  cell_overvoltage: 10,
  cell_undervoltage: 11,
  afe_fault: 12,
};

const ACTIVATE = 1;
const WRITE = 2;
const READ_ONE = 3;
const PASSWORD = 5;
const READ_ALL = 6;

/** A password counts for a write that follows soon, ms. */
const PASSWORD_HOLDS_MS = 10_000;

/** What stands in a reply: id and data. */
type Item = readonly [number, Buffer];

const byte = (value: number): Buffer => Buffer.from([value]);

export interface JkOptions extends BoardOptions {
  current?: 'signed' | 'offset';
  /** what ab and ac say: what is set, what the MOSFETs do, or nothing */
  switches?: 'told' | 'follow' | 'zero';
}

/** JK board on its serial port, protocol 4E57, as firmware 11.26 behaves. */
export class JkWitness extends WitnessBoard {
  readonly protocol = 'jk';
  private passwordAt = -Infinity;
  private current: 'signed' | 'offset';

  private readonly switches: 'told' | 'follow' | 'zero';

  constructor(options: JkOptions) {
    const own = { softwareVersion: '11.XW_S11.26___', model: 'JK_B2A24S20P' };
    super({ ...options, truth: { ...own, ...options.truth } });
    this.current = options.current ?? 'signed';
    this.switches = options.switches ?? 'told';
  }

  override expected(): Record<string, unknown> {
    const { truth } = this;
    return {
      cellVoltages: truth.cells,
      mosTemperature: truth.mosTemperature,
      temperatures: truth.temperatures,
      voltage: voltageOf(truth, 0.01),
      current: truth.current,
      soc: truth.soc,
      state: stateOf(truth),
      cycles: truth.cycles,
      cycleCapacity: truth.cycleCapacity,
      cellCount: truth.cells.length,
      alarms: truth.alarms,
      chargeEnabled: chargeEnabled(truth),
      dischargeEnabled: dischargeEnabled(truth),
      balancing: truth.balancingCells.length > 0,
      designCapacity: truth.designCapacity,
      fullCapacity: truth.fullCapacity,
      remainingCapacity: tidy((truth.designCapacity * truth.soc) / 100),
      runtime: truth.runtime,
      softwareVersion: truth.softwareVersion,
      model: truth.model,
      ...derivedOf(truth),
    };
  }

  override may(): Record<string, unknown> {
    const { chargeSwitch, dischargeSwitch, balancingSwitch } = this.truth;
    return { chargeSwitch, dischargeSwitch, balancingSwitch };
  }

  protected override connected(): void {
    this.passwordAt = -Infinity;
  }

  protected requestLength(heard: Buffer): number | 'more' | 'none' {
    if (heard[0] !== 0x4e || (heard.length > 1 && heard[1] !== 0x57)) return 'none';
    if (heard.length < 4) return 'more';
    const length = heard.readUInt16BE(2) + 2;
    if (length < 21 || length > 1026) return 'none';
    if (heard.length < length) return 'more';
    const sealed = heard.readUInt16BE(length - 2) === sum(heard.subarray(0, length - 4), 16);
    return sealed && heard[length - 5] === 0x68 && heard[10] === 0 ? length : 'none';
  }

  protected serve(request: Buffer): void {
    const id = request[11] ?? 0;
    const data = request.subarray(12, request.length - 9);
    switch (request[8]) {
      case READ_ALL:
        return this.answer(this.frame(READ_ALL, this.all()));
      case READ_ONE: {
        const items = this.all();
        const found = id === 0 ? items : items.filter(([each]) => each === id);
        if (found.length > 0) this.answer(this.frame(READ_ONE, found));
        return;
      }
      case PASSWORD: {
        const act = (): void => void (this.passwordAt = this.clock.monotonic());
        const ack = this.frame(PASSWORD, [[id, Buffer.alloc(0)]]);
        return this.obey({ kind: 'mode', what: 'password', value: true, frame: request, act, ack });
      }
      case ACTIVATE:
        return this.answer(this.frame(ACTIVATE, [[id, Buffer.alloc(0)]]));
      case WRITE:
        return this.write(id, data, request);
      default:
        return;
    }
  }

  private write(id: number, data: Buffer, frame: Buffer): void {
    const { truth } = this;
    const switches: Record<number, readonly [string, (on: boolean) => void]> = {
      0xab: ['charge', (on) => (truth.chargeSwitch = on)],
      0xac: ['discharge', (on) => (truth.dischargeSwitch = on)],
      0x9d: ['balancing', (on) => (truth.balancingSwitch = on)],
    };
    const known = switches[id];
    const value = data[0] === 1;
    const what = known?.[0] ?? `id ${id.toString(16)}`;
    const command = { kind: known === undefined ? 'setting' : 'switch', what, value, frame } as const;
    // A board without the password, or with a write that it does not know, is silent.
    const open = this.clock.monotonic() - this.passwordAt < PASSWORD_HOLDS_MS;
    if (known === undefined || !open || data.length !== 1) return this.refuse(command, undefined);
    this.obey({ ...command, act: () => known[1](value), ack: this.frame(WRITE, [[id, Buffer.alloc(0)]]) });
  }

  private all(): Item[] {
    const { truth } = this;
    const cells = truth.cells.map((cell, i) => Buffer.concat([byte(i + 1), be16(Math.round(cell * 1000))]));
    const status = [chargeEnabled(truth), dischargeEnabled(truth), truth.balancingCells.length > 0];
    const [year, month] = truth.manufactureDate.split('-');
    const sensors = truth.temperatures.map((value, i) => [0x81 + i, temperature(value ?? 0)] as const);
    return [
      [0x79, Buffer.concat([byte(3 * cells.length), ...cells])],
      [0x80, temperature(truth.mosTemperature)],
      ...sensors,
      [0x83, be16(Math.round(voltageOf(truth, 0.01) * 100))],
      [0x84, this.currentWord()],
      [0x85, byte(truth.soc)],
      [0x86, byte(2)],
      [0x87, be16(truth.cycles)],
      [0x89, be32(truth.cycleCapacity)],
      [0x8a, be16(truth.cells.length)],
      [0x8b, be16(bits(truth.alarms.map(({ code }) => alarmBit(code))))],
      [0x8c, be16(bits(status.flatMap((on, i) => (on ? [i] : []))))],
      ...SETTINGS.map(([id, value]) => [id, be16(value)] as const),
      [0x9d, byte(truth.balancingSwitch ? 1 : 0)],
      ...TEMPERATURES.map(([id, value]) => [id, be16(value)] as const),
      [0xa9, byte(truth.cells.length)],
      [0xaa, be32(truth.designCapacity)],
      [0xab, this.switchByte(truth.chargeSwitch, chargeEnabled(truth))],
      [0xac, this.switchByte(truth.dischargeSwitch, dischargeEnabled(truth))],
      [0xad, be16(725)],
      [0xae, byte(1)],
      [0xaf, byte(0)],
      [0xb0, be16(10)],
      [0xb1, byte(20)],
      [0xb2, text('123456', 10)],
      [0xb3, byte(0)],
      [0xb4, text('Input Us', 8)],
      [0xb5, text(`${year?.slice(2)}${month}`, 4)],
      [0xb6, be32(truth.runtime / 60)],
      [0xb7, text(truth.softwareVersion, 15, 0x5f)],
      [0xb8, byte(0)],
      [0xb9, be32(truth.fullCapacity)],
      [0xba, text(`Input Userda${truth.model}`, 24)],
      [0xc0, byte(this.current === 'signed' ? 1 : 0)],
    ];
  }

  private switchByte(isSet: boolean, conducts: boolean): Buffer {
    return byte(this.switches === 'zero' ? 0 : Number(this.switches === 'told' ? isSet : conducts));
  }

  private currentWord(): Buffer {
    const raw = Math.round(Math.abs(this.truth.current) * 100);
    if (this.current === 'offset') return be16(10000 - Math.round(this.truth.current * 100));
    return be16(this.truth.current > 0 ? raw | 0x8000 : raw);
  }

  private frame(command: number, items: readonly Item[]): Buffer {
    const data = Buffer.concat(items.flatMap(([id, value]) => [byte(id), value]));
    const head = Buffer.concat([Buffer.from([command, 0, 1]), data, Buffer.from([0, 0, 0, 0, 0x68])]);
    const body = Buffer.concat([Buffer.from('NW'), be16(head.length + 10), Buffer.alloc(4), head]);
    return Buffer.concat([body, Buffer.alloc(2), be16(sum(body, 16))]);
  }
}

/** 100 is zero from below, 101 is one below zero. */
function temperature(value: number): Buffer {
  return be16(value < 0 ? 100 - value : value);
}

function alarmBit(code: string): number {
  const bit = ALARMS[code];
  if (bit === undefined) throw new Error(`a JK board does not report ${code}`);
  return bit;
}

/** What else the board is set to, jk.md 5: ids in rising order. */
const SETTINGS: readonly (readonly [number, number])[] = [
  ...([
    [0x8e, 5840],
    [0x8f, 4240],
    [0x90, 3650],
    [0x91, 3550],
    [0x92, 5],
    [0x93, 2650],
    [0x94, 2750],
  ] as const),
  ...([
    [0x95, 5],
    [0x96, 300],
    [0x97, 60],
    [0x98, 300],
    [0x99, 30],
    [0x9a, 30],
    [0x9b, 3450],
    [0x9c, 10],
  ] as const),
];
const TEMPERATURES: readonly (readonly [number, number])[] = [
  ...([
    [0x9e, 90],
    [0x9f, 70],
    [0xa0, 100],
    [0xa1, 100],
    [0xa2, 20],
    [0xa3, 70],
    [0xa4, 70],
  ] as const),
  ...([
    [0xa5, 0],
    [0xa6, 5],
    [0xa7, 0xffec],
    [0xa8, 0xfff6],
  ] as const),
];
