import { ant } from '../../../src/codec/ant';
import { BLOCKS as ANT_BLOCKS } from '../../../src/codec/ant/parameters';
import { jbd } from '../../../src/codec/jbd';
import { jkBle } from '../../../src/codec/jk-ble';
import { jkModbus } from '../../../src/codec/jk-modbus';
import { dataOf } from '../../../src/codec/jk-record/wire';
import type { SettingsImage } from '../../../src/codec/parameter';
import type { Protocol } from '../../../src/codec/protocol';
import { antFrame, segment } from '../ant';
import { AntBoard } from './ant-board';
import { JbdBoard } from './jbd-board';
import { JkBleBoard } from './jk-ble-board';
import { DisturbedJkModbusBoard } from './jk-modbus-board';
import { MADE_UP_KINDS, MadeUpBoard, madeUpProtocol } from './made-up-line';
import type { BoardUnderTest } from './settings-bench';

/** A board of ANT: it works with its RAM until it saves. */
class AntUnderTest implements BoardUnderTest {
  readonly isInMode = false;
  private readonly board = new AntBoard();

  get ram(): SettingsImage {
    return imageOf(this.board.memory);
  }

  get flash(): SettingsImage {
    return imageOf(this.board.saved);
  }

  answer(request: Buffer, obeys = true): Buffer[] {
    if (!obeys && this.writes(request)) this.board.faults.ignoresWrites = 1;
    return this.board.answer(request).map(({ bytes }) => bytes);
  }

  writes(request: Buffer): boolean {
    return request[2] === 0x22;
  }

  refusal(request: Buffer): Buffer[] {
    return [antFrame(0xa1, 0x42, request.readUInt16LE(3), request.subarray(6, -4), segment(0xff, 4))];
  }

  lock(): void {
    this.board.level = 2;
    this.board.resting = 2;
  }
}

function imageOf(memory: Buffer): SettingsImage {
  return new Map(
    Object.values(ANT_BLOCKS).map(({ id, register, wanted }) => [id, memory.subarray(register, register + wanted)]),
  );
}

/** A board behind Bluetooth: it keeps at once what is written, refuses nothing, and knows no modes. */
export class JkBleUnderTest extends JkBleBoard implements BoardUnderTest {
  readonly isInMode = false;
  readonly known = { variant: 'jk02-32s' };

  get ram(): SettingsImage {
    return new Map([
      ['03', dataOf(this.records[3])],
      ['01', dataOf(this.records[1])],
    ]);
  }

  get flash(): SettingsImage {
    return this.ram;
  }

  override answer(request: Buffer, obeys = true): Buffer[] {
    const { ...before } = this.records;
    const answer = super.answer(request);
    if (!obeys) Object.assign(this.records, before);
    return answer;
  }

  writes(request: Buffer): boolean {
    return ![0x96, 0x97].includes(request[4] ?? 0);
  }

  refusal(): Buffer[] {
    return [];
  }

  lock(): void {
    this.faults.isLocked = true;
  }
}

/** A kind of board whose settings are written, with a new one of it. */
export interface SettingsBoardKind {
  readonly name: string;
  readonly protocol: Protocol;
  board(): BoardUnderTest;
}

export const SETTINGS_BOARDS: readonly SettingsBoardKind[] = [
  ...MADE_UP_KINDS.map((kind) => ({
    name: kind.id,
    protocol: madeUpProtocol(kind),
    board: () => new MadeUpBoard(kind),
  })),
  { name: 'jk-modbus', protocol: jkModbus, board: () => new DisturbedJkModbusBoard() },
  { name: 'jk-ble', protocol: jkBle, board: () => new JkBleUnderTest() },
  { name: 'ant', protocol: ant, board: () => new AntUnderTest() },
  { name: 'jbd', protocol: jbd, board: () => new JbdBoard() },
];
