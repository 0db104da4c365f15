import type { Reading } from '../../battery/reading';
import { deliveredRequestTimes, deliveredSettings } from '../jk-record/delivered';
import { encodeDeviceInfo } from '../jk-record/device-info';
import { noteEvent } from '../jk-record/log-book';
import { isTaken } from '../jk-record/rules';
import { encodeSwitchBits, encodeSwitches, isHeating, withHeating } from '../jk-record/settings';
import { DATA_LENGTH } from '../jk-record/wire';
import type { Parameter } from '../parameter';
import type { EmulatedBoard } from '../protocol';
import { BLOCKS, parametersFor, placeOf, widthOf } from './parameters';
import { settings, SWITCH_REGISTERS } from './tables';
import { REFUSALS } from './wire';

/*
 * The settings of the simulated board. They stand in `EmulatedBoard.settings`, but for what its user has switched, which is
 * the board's own.
 */

/** where request times stand, and the word of switches */
const REQUEST_TIMES = '1504';
const SWITCH_BITS = '1114';

const STORED = BLOCKS.filter(({ record }) => record === settings);

/** Switches that are written with a value of four bytes. */
const SWITCHES: ReadonlyMap<number, 'charge' | 'discharge' | 'balancing'> = new Map([
  [SWITCH_REGISTERS.charge, 'charge'],
  [SWITCH_REGISTERS.discharge, 'discharge'],
  [SWITCH_REGISTERS.balancing, 'balancing'],
]);

function fill(pack: Reading, board: EmulatedBoard): void {
  if (board.settings.size > 0) return;
  const registers = deliveredSettings(pack, 'big');
  for (const block of STORED) {
    const from = placeOf(block);
    board.settings.set(block.id, Buffer.from(registers.subarray(from, from + block.bytes)));
  }
  board.settings.set(REQUEST_TIMES, deliveredRequestTimes());
}

/** The registers from 1000 on of a board in this state. @param board a new one, where it is missing */
export function settingRegisters(pack: Reading, board?: EmulatedBoard): Buffer {
  const registers = deliveredSettings(pack, 'big');
  if (board === undefined) return registers;
  fill(pack, board);
  for (const block of STORED) board.settings.get(block.id)?.copy(registers, placeOf(block));
  encodeSwitches(board.switches, registers, 'big');
  const word = board.settings.get(SWITCH_BITS)?.readUInt16BE(0) ?? 0;
  encodeSwitchBits(withHeating(word, board.switches.heating), registers, 'big');
  return registers;
}

/** The register 1504 of a board; parameters as above. */
export function requestTimes(pack: Reading, board?: EmulatedBoard): Buffer {
  if (board !== undefined) fill(pack, board);
  return board?.settings.get(REQUEST_TIMES) ?? deliveredRequestTimes();
}

/** Whether a register may be one of a setting; all others are silent. */
export function isSetting(register: number): boolean {
  return BLOCKS.some(
    ({ id, ...block }) => id !== '1400' && register >= block.register && register < block.register + block.bytes,
  );
}

/** What the log notes of what a host switches off and on (jk-ble.md 12). */
const EVENTS: Readonly<Partial<Record<string, readonly number[]>>> = { charge: [0x34, 0x35], discharge: [0x36, 0x37] };

/** What is written, and to where. */
export interface SettingWrite {
  readonly register: number;
  /** whole registers */
  readonly data: Buffer;
}

/** Does what a write asks for. @returns the code of the refusal, where the board refuses it */
export function writeSetting(write: SettingWrite, pack: Reading, board: EmulatedBoard): number | undefined {
  const { register, data } = write;
  fill(pack, board);
  const identity = Buffer.alloc(DATA_LENGTH);
  encodeDeviceInfo(pack, identity, 'big');
  const parameters = parametersFor(new Map([...board.settings, ['1400', identity]]));
  const written = parameters.filter((each) => each.register === register.toString(16));
  const name = SWITCHES.get(register);
  const isWritable = name !== undefined || written.some(({ access }) => access === 'write');
  if (!isWritable || data.length !== widthOf(register)) return REFUSALS.register;
  if (name !== undefined) {
    const value = data.readUInt32BE(0);
    if (value > 1) return REFUSALS.value;
    board.execute(name, value === 1);
    const event = EVENTS[name]?.[value];
    if (event !== undefined) noteEvent(event, pack, board);
    return undefined;
  }
  return store(write, written, parameters, board);
}

function store(
  { register, data }: SettingWrite,
  written: readonly Parameter[],
  parameters: readonly Parameter[],
  board: EmulatedBoard,
): number | undefined {
  const block = BLOCKS.find(({ id }) => id === written[0]?.block);
  const before = board.settings.get(block?.id ?? '');
  if (block === undefined || before === undefined) return REFUSALS.register;
  const after = Buffer.from(before);
  data.copy(after, register - block.register);
  const image = new Map([...board.settings, [block.id, after]]);
  const keys = written.map(({ key }) => key);
  if (!written.every((each) => isInRange(each, image)) || !isTaken(keys, parameters, image)) return REFUSALS.value;
  board.settings.set(block.id, after);
  if (block.id === SWITCH_BITS) board.execute('heating', isHeating(after.readUInt16BE(0)));
  return undefined;
}

function isInRange(parameter: Parameter, image: ReadonlyMap<string, Buffer>): boolean {
  const value = parameter.decode(image);
  const [least, most] = parameter.range ?? [-Infinity, Infinity];
  return typeof value !== 'number' || (value >= least && value <= most);
}
