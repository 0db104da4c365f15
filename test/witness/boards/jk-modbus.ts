import { WitnessBoard, type BoardOptions } from './board';
import { expectedOfRecords, mayOfRecords } from './jk-expected';
import { infoFields, liveFields, recordFrame, registerBlock, settingFields, type Field } from './jk-records';
import { be16, crcBytes } from './sums';

/** Triggers of jk-modbus.md 4, and the type of the frame that answers. */
const TRIGGERS: Record<number, number> = { 0x1620: 2, 0x161e: 1, 0x161c: 3 };

const WRONG_FUNCTION = 1;
const WRONG_ADDRESS = 2;
const WRONG_VALUE = 3;

const MOST_REGISTERS = 120;

/** JK inverter board (PB2A16S20P, version 15.32) as a slave on RS485. */
export class JkModbusWitness extends WitnessBoard {
  readonly protocol = 'jk-modbus';
  /** whether a zero byte follows the frame and the acknowledgement, as on some units */
  padded = false;
  private counter = 0;
  /** settings that have no name in the truth, by offset in their block */
  private readonly written = new Map<number, number>();

  constructor(options: BoardOptions) {
    super({ ...options, truth: { temperatures: [21.2, 19.6, 20.3, 20.8], ...options.truth } });
  }

  override expected(): Record<string, unknown> {
    return expectedOfRecords(this.truth);
  }

  override may(): Record<string, unknown> {
    return mayOfRecords(this.truth);
  }

  protected requestLength(heard: Buffer): number | 'more' | 'none' {
    if (heard[0] !== this.address) return 'none';
    if (heard.length < 8) return 'more';
    const length = heard[1] === 0x10 ? 9 + (heard[6] ?? 0) : 8;
    if (heard.length < length) return 'more';
    return heard.subarray(length - 2, length).equals(crcBytes(heard.subarray(0, length - 2))) ? length : 'none';
  }

  protected serve(request: Buffer): void {
    const register = request.readUInt16BE(2);
    const count = request.readUInt16BE(4);
    switch (request[1]) {
      case 0x03:
        return this.read(register, count);
      case 0x10:
        return this.write(register, count, request.subarray(7, request.length - 2), request);
      default:
        return this.answer(this.exception(request[1] ?? 0, WRONG_FUNCTION));
    }
  }

  private read(register: number, count: number): void {
    const block = this.block(register & 0xfe00);
    const offset = register & 0x01ff;
    if (block === undefined || count > MOST_REGISTERS || offset + 2 * count > block.length) {
      return this.answer(this.exception(0x03, WRONG_ADDRESS));
    }
    const data = block.subarray(offset, offset + 2 * count);
    this.answer(sealed(Buffer.concat([Buffer.from([this.address, 0x03, data.length]), data])));
  }

  private block(start: number): Buffer | undefined {
    switch (start) {
      case 0x1000:
        return registerBlock(0x11a, this.settings());
      case 0x1200:
        return registerBlock(0x110, liveFields(this.truth));
      case 0x1400:
        return registerBlock(
          0x0f0,
          infoFields(this.truth).filter(([offset]) => offset < 0xf0),
        );
      default:
        return undefined;
    }
  }

  private settings(): Field[] {
    const further = [...this.written].map(([offset, value]) => [offset, 'u32', value] as const);
    return [...settingFields(this.truth, this.address), ...further];
  }

  private write(register: number, count: number, data: Buffer, frame: Buffer): void {
    const acknowledged = sealed(Buffer.from([this.address, 0x10, ...be16(register), ...be16(count)]));
    const type = TRIGGERS[register];
    if (type !== undefined) return this.trigger(type, acknowledged);
    const { truth } = this;
    const value = data.length === 4 ? data.readInt32BE(0) : data.readUInt16BE(0);
    const switches: Record<number, readonly [string, (on: boolean) => void]> = {
      0x1070: ['charge', (on) => (truth.chargeSwitch = on)],
      0x1074: ['discharge', (on) => (truth.dischargeSwitch = on)],
      0x1078: ['balancing', (on) => (truth.balancingSwitch = on)],
    };
    const known = switches[register];
    if (known !== undefined && data.length === 4) {
      const [what, set] = known;
      const command = { kind: 'switch', what, value: value === 1, frame } as const;
      if (value !== 0 && value !== 1) return this.refuse(command, this.exception(0x10, WRONG_VALUE));
      return this.obey({ ...command, act: () => set(value === 1), ack: acknowledged });
    }
    const command = { kind: 'setting', what: `register ${register.toString(16)}`, value, frame } as const;
    if (register === 0x1114 && data.length === 2) {
      const act = (): void => void (truth.heatingSwitch = (value & 1) === 1);
      return this.obey({ ...command, act, ack: acknowledged });
    }
    if (register < 0x1000 || register > 0x1106 || data.length !== 4) {
      return this.refuse(command, this.exception(0x10, WRONG_ADDRESS));
    }
    this.obey({ ...command, act: () => this.written.set(register - 0x1000, value >>> 0), ack: acknowledged });
  }

  private trigger(type: number, acknowledged: Buffer): void {
    const fields = { 1: this.settings(), 2: liveFields(this.truth), 3: infoFields(this.truth) }[type] ?? [];
    const frame = recordFrame(type, this.counter++, fields);
    const padding = Buffer.alloc(this.padded ? 1 : 0);
    this.answer(Buffer.concat([frame, padding, acknowledged, padding]), 40);
  }

  private exception(func: number, code: number): Buffer {
    return sealed(Buffer.from([this.address, func | 0x80, code]));
  }
}

function sealed(body: Buffer): Buffer {
  return Buffer.concat([body, crcBytes(body)]);
}
