import { WitnessBoard, type BoardOptions } from './board';
import { be16, be32, bits, sum, text } from './sums';
import { chargeEnabled, derivedOf, dischargeEnabled, stateOf, tidy, voltageOf, type AlarmTruth } from './truth';

/** Bits of id 98, daly.md 5: first and second level. */
const FLAGS: Record<string, readonly [number, number]> = {
  cell_overvoltage: [0, 1],
  cell_undervoltage: [2, 3],
  pack_overvoltage: [4, 5],
  pack_undervoltage: [6, 7],
  charge_overtemperature: [8, 9],
  charge_undertemperature: [10, 11],
  charge_overcurrent: [16, 17],
  discharge_overcurrent: [18, 19],
  soc_low: [22, 23],
  cell_imbalance: [24, 25],
};

/** Byte 6 bit 4: a MOSFET was switched off by software. */
const SOFTWARE_LOCK = 52;

const BLUETOOTH_HOST = 0x80;

/** Classic Daly board on its UART or RS485 port. */
export class DalyWitness extends WitnessBoard {
  readonly protocol = 'daly';
  /** the host byte of Bluetooth modules; some boards answer that one only, some not at all */
  hosts: 'both' | '40' | '80' = 'both';
  private heartbeat = 0;
  /** what stands in the bytes of an answer that have no meaning */
  private stale = Buffer.alloc(8);

  constructor(options: BoardOptions) {
    const own = { softwareVersion: '15_200826_300T', hardwareVersion: 'DL-BMS-W1', serialNumber: 'DALY-WITNESS-0001' };
    super({ ...options, truth: { ...own, ...options.truth } });
  }

  override expected(): Record<string, unknown> {
    const { truth } = this;
    return {
      voltage: voltageOf(truth, 0.1),
      current: truth.current,
      soc: truth.soc,
      state: stateOf(truth),
      chargeEnabled: chargeEnabled(truth),
      dischargeEnabled: dischargeEnabled(truth),
      remainingCapacity: truth.remainingCapacity,
      designCapacity: truth.designCapacity,
      cellCount: truth.cells.length,
      cycles: truth.cycles,
      cellVoltages: truth.cells,
      temperatures: truth.temperatures,
      balancingCells: truth.balancingCells,
      balancing: truth.balancingCells.length > 0,
      alarms: this.alarms(),
      serialNumber: truth.serialNumber,
      softwareVersion: truth.softwareVersion,
      hardwareVersion: truth.hardwareVersion,
      manufactureDate: truth.manufactureDate,
      ...derivedOf(truth),
    };
  }

  override may(): Record<string, unknown> {
    const { chargerConnected, loadConnected, digitalInputs } = this.truth;
    return { chargerConnected, loadConnected, digitalInputs };
  }

  private alarms(): AlarmTruth[] {
    const { alarms, chargeSwitch, dischargeSwitch } = this.truth;
    const off = !chargeSwitch || !dischargeSwitch;
    return [...alarms, ...(off ? [{ code: 'software_lock', level: 'warning' } as const] : [])];
  }

  protected requestLength(heard: Buffer): number | 'more' | 'none' {
    if (heard[0] !== 0xa5) return 'none';
    if (heard.length < 13) return 'more';
    if (heard[3] !== 8 || heard[12] !== sum(heard.subarray(0, 12), 8)) return 'none';
    return 13;
  }

  protected serve(request: Buffer): void {
    const host = request[1] ?? 0;
    const isWire = host === 0x40 + this.address - 1 && this.hosts !== '80';
    const isRadio = host === BLUETOOTH_HOST && this.address === 1 && this.hosts !== '40';
    if (!isWire && !isRadio) return;
    const id = request[2] ?? 0;
    const data = request.subarray(4, 12);
    if (id === 0xd9 || id === 0xda) return this.switchMosfet(id, data, request);
    if (id === 0x21) return this.setSoc(data, request);
    if (id === 0x00) {
      const act = (): void => undefined;
      return this.obey({ kind: 'setting', what: 'restart', value: true, frame: request, act, ack: undefined });
    }
    const frames = this.read(id, isRadio);
    if (frames.length > 0) this.answer(Buffer.concat(frames.map((frame) => this.frame(id, frame))));
  }

  private read(id: number, isRadio: boolean): Buffer[] {
    const { truth } = this;
    const cells = truth.cells.map((cell) => Math.round(cell * 1000));
    const sensors = truth.temperatures.map((value) => (value === null ? 0 : value + 40));
    switch (id) {
      case 0x90: {
        const words = [voltageOf(truth, 0.1) * 10, 0, 30000 - truth.current * 10, truth.soc * 10];
        return [Buffer.concat(words.map((word) => be16(Math.round(word))))];
      }
      case 0x91: {
        const max = Math.max(...cells);
        const min = Math.min(...cells);
        const high = [be16(max), Buffer.from([cells.indexOf(max) + 1])];
        return [Buffer.concat([...high, be16(min), Buffer.from([cells.indexOf(min) + 1])])];
      }
      case 0x92: {
        const max = Math.max(...sensors);
        const min = Math.min(...sensors);
        return [Buffer.from([max, sensors.indexOf(max) + 1, min, sensors.indexOf(min) + 1])];
      }
      case 0x93: {
        const state = ['idle', 'charging', 'discharging'].indexOf(stateOf(truth));
        this.heartbeat = (this.heartbeat + 1) & 0xff;
        const bytes = [state, chargeEnabled(truth) ? 1 : 0, dischargeEnabled(truth) ? 1 : 0, this.heartbeat];
        return [Buffer.concat([Buffer.from(bytes), be32(Math.round(truth.remainingCapacity * 1000))])];
      }
      case 0x94: {
        const inputs = bits(truth.digitalInputs.flatMap((on, i) => (on ? [i] : [])));
        const bytes = [
          cells.length,
          sensors.length,
          truth.chargerConnected ? 1 : 0,
          truth.loadConnected ? 1 : 0,
          inputs,
        ];
        return [Buffer.concat([Buffer.from(bytes), be16(truth.cycles)])];
      }
      case 0x95:
        return this.numbered(isRadio ? 16 : Math.ceil(cells.length / 3), (k) =>
          Buffer.concat([0, 1, 2].map((i) => be16(cells[3 * k + i] ?? 0))),
        );
      case 0x96:
        return this.numbered(isRadio ? 3 : Math.ceil(sensors.length / 7), (k) =>
          Buffer.from([0, 1, 2, 3, 4, 5, 6].map((i) => sensors[7 * k + i] ?? 0)),
        );
      case 0x97:
        return [
          Buffer.concat([
            mask(
              truth.balancingCells.map((cell) => cell - 1),
              6,
            ),
            Buffer.alloc(2),
          ]),
        ];
      case 0x98: {
        const off = !truth.chargeSwitch || !truth.dischargeSwitch;
        return [mask([...truth.alarms.map(flagOf), ...(off ? [SOFTWARE_LOCK] : [])], 8)];
      }
      case 0x50:
        return [Buffer.concat([be32(Math.round(truth.designCapacity * 1000)), Buffer.alloc(2), be16(3200)])];
      case 0x53: {
        const [year = 0, month = 0, day = 0] = truth.manufactureDate.split('-').map(Number);
        return [Buffer.from([0, 0, year - 2000, month, day, 0x0e, 0x10, 0])];
      }
      case 0x57:
        return this.pages(truth.serialNumber, 5);
      case 0x62:
        return this.pages(truth.softwareVersion, 2);
      case 0x63:
        return this.pages(truth.hardwareVersion, 2);
      default:
        return [];
    }
  }

  private numbered(count: number, data: (k: number) => Buffer): Buffer[] {
    return Array.from({ length: count }, (_, k) => Buffer.concat([Buffer.from([k + 1]), data(k)]));
  }

  private pages(value: string, count: number): Buffer[] {
    const whole = text(value, count * 7, 0x20);
    return this.numbered(count, (k) => whole.subarray(7 * k, 7 * k + 7));
  }

  private switchMosfet(id: number, data: Buffer, frame: Buffer): void {
    const value = data[0] === 1;
    const what = id === 0xd9 ? 'discharge' : 'charge';
    const act = (): void => {
      if (id === 0xd9) this.truth.dischargeSwitch = value;
      else this.truth.chargeSwitch = value;
    };
    this.obey({ kind: 'switch', what, value, frame, act, ack: this.frame(id, Buffer.from([value ? 1 : 0])) });
  }

  private setSoc(data: Buffer, frame: Buffer): void {
    const value = tidy(data.readUInt16BE(6) / 10);
    const act = (): void => {
      this.truth.soc = value;
      this.truth.remainingCapacity = tidy((this.truth.designCapacity * value) / 100);
    };
    this.obey({ kind: 'setting', what: 'soc', value, frame, act, ack: this.frame(0x21, Buffer.from([1])) });
  }

  /** Bytes that an answer does not use keep what stood there. */
  private frame(id: number, data: Buffer): Buffer {
    const body = Buffer.from(this.stale);
    data.copy(body);
    this.stale = Buffer.from(body);
    const frame = Buffer.concat([Buffer.from([0xa5, this.address, id, 8]), body]);
    return Buffer.concat([frame, Buffer.from([sum(frame, 8)])]);
  }
}

function mask(numbers: readonly number[], length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (const number of numbers) bytes[number >> 3] = (bytes[number >> 3] ?? 0) | (1 << (number & 7));
  return bytes;
}

function flagOf({ code, level }: AlarmTruth): number {
  const pair = FLAGS[code];
  if (pair === undefined) throw new Error(`a Daly board does not report ${code}`);
  return level === 'warning' ? pair[0] : pair[1];
}
