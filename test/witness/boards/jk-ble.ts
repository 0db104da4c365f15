import type { Timer } from '../../../src/clock';
import { WitnessBoard, type BoardOptions } from './board';
import { expectedOfRecords, mayOfRecords } from './jk-expected';
import { infoFields, liveFields, recordFrame, settingFields, type Field } from './jk-records';
import { sum } from './sums';

/** The board talks by itself from the first request for cells on, every so often, ms. */
const STREAM_MS = 500;

/** JK board (JK02_32S, version 15.32) behind its Bluetooth module: asked twice, it streams by itself. */
export class JkBleWitness extends WitnessBoard {
  readonly protocol = 'jk-ble';
  private counter = 0;
  private stream: Timer | undefined;
  /** settings that have no name in the truth, by offset */
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

  protected override connected(): void {
    this.stream?.cancel();
    this.stream = undefined;
  }

  protected requestLength(heard: Buffer): number | 'more' | 'none' {
    if (heard[0] !== 0xaa) return 'none';
    if (heard.length < 20) return 'more';
    if (heard.readUInt32BE(0) !== 0xaa5590eb) return 'none';
    return heard[19] === sum(heard.subarray(0, 19), 8) ? 20 : 'none';
  }

  protected serve(request: Buffer): void {
    const register = request[4] ?? 0;
    switch (register) {
      case 0x97:
        this.answer(this.record(3, infoFields(this.truth)), 150);
        return this.answer(acknowledgement(), 250);
      case 0x96:
        this.answer(this.record(1, this.settings()), 150);
        this.answer(this.record(3, infoFields(this.truth)), 200);
        this.answer(Buffer.concat([acknowledgement(), AT]), 300);
        this.stream ??= this.clock.after(400, () => this.flow());
        return;
      default:
        this.write(register, request[5] ?? 0, request.subarray(6, 19), request);
    }
  }

  /** The next record of the stream. */
  private flow(): void {
    this.answer(this.record(2, liveFields(this.truth)), 0);
    this.stream = this.clock.after(STREAM_MS, () => this.flow());
  }

  private settings(): Field[] {
    const further = [...this.written].map(([offset, value]) => [offset, 'u32', value] as const);
    return [...settingFields(this.truth, this.address), ...further];
  }

  private write(register: number, length: number, data: Buffer, frame: Buffer): void {
    const { truth } = this;
    const value = data.readUInt32LE(0);
    const switches: Record<number, readonly [string, (on: boolean) => void]> = {
      0x1d: ['charge', (on) => (truth.chargeSwitch = on)],
      0x1e: ['discharge', (on) => (truth.dischargeSwitch = on)],
      0x1f: ['balancing', (on) => (truth.balancingSwitch = on)],
      0x27: ['heating', (on) => (truth.heatingSwitch = on)],
    };
    const known = switches[register];
    const ack = acknowledgement();
    if (known !== undefined && length === 4 && value <= 1) {
      const [what, set] = known;
      const command = { kind: 'switch', what, value: value === 1, frame } as const;
      return this.obey({ ...command, act: () => set(value === 1), ack });
    }
    const command = { kind: 'setting', what: `register ${register.toString(16)}`, value, frame } as const;
    if (register < 1 || register > 0x20 || length !== 4) return this.refuse(command, undefined);
    this.obey({ ...command, act: () => this.written.set(4 * (register - 1), value), ack });
  }

  private record(type: number, fields: readonly Field[]): Buffer {
    return recordFrame(type, this.counter++, fields);
  }
}

/** What the Bluetooth module says by itself in between. */
const AT = Buffer.from('AT\r\n');

function acknowledgement(): Buffer {
  const frame = Buffer.alloc(20);
  frame.set([0xaa, 0x55, 0x90, 0xeb, 0xc8, 1, 1]);
  frame[19] = sum(frame, 8);
  return frame;
}
