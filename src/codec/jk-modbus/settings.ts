import { say } from '../../battery/sentence';
import { buildRead, dataOf, matchRead } from '../kit/modbus';
import { queryStep } from '../kit/script';
import { refusalOf, type RefusalTable } from '../kit/refusal';
import type { RegisterWrite, SettingsAccess, SettingsBlock, SettingsImage, SettingsOrder } from '../parameter';
import type { Script, Step } from '../protocol';
import { BLOCKS, blockWith, parametersFor, placeOf, rulesFor, widthOf, type RegisterBlock } from './parameters';
import { inRegisterOrder, settings, type JkModbusMemory } from './tables';
import { informationFrame, settingsFrame } from './variants/frames';
import { answeredData, READ, REFUSALS, refusal } from './wire';
import { checkAlone, writeStep } from './write';

/** The sheet's gap behind a write, and the time until it shows (settings-jk-modbus.md 3), ms. */
const GAP_MS = 50;
const SETTLES_MS = 500;

/** In the way in which the board has been found to answer (jk-modbus.md 7). */
function* read({ target }: SettingsOrder<JkModbusMemory>, { id }: SettingsBlock): Script<Buffer> {
  const { address, memory } = target;
  checkAlone(address, memory);
  const block = blockWith(id);
  if (memory.answersFrames !== true) return dataOf((yield readStep(address, block)).at(-1) ?? Buffer.alloc(0));
  const query = block.record === settings ? settingsFrame : informationFrame;
  const parts = yield queryStep(query, target);
  // What came before the answer is the traffic of a master.
  if (parts.length > 1) checkAlone(address, { hasMaster: true });
  return partOf(parts.at(-1), block);
}

function readStep(address: number, { register, bytes, name }: RegisterBlock): Step {
  return {
    name,
    request: buildRead(address, READ, register, bytes / 2),
    isWrite: false,
    match: (frame) => matchRead(frame, { unit: address, func: READ, sizes: [bytes] }, (code) => refusal(code, name)),
  };
}

/** The registers of a block, from the record that holds them. */
function partOf(frame: Buffer | undefined, block: RegisterBlock): Buffer {
  const record = answeredData(frame, block.name);
  const data = block.record === settings ? inRegisterOrder(record) : record;
  const at = placeOf(block);
  return Buffer.from(data.subarray(at, at + block.bytes));
}

/** What the board says to a setting (settings-jk-modbus.md 3). */
const WRITE_REFUSALS: RefusalTable = {
  [REFUSALS.command]: forbidden,
  [REFUSALS.register]: forbidden,
  [REFUSALS.value]: (name) => [
    'bad_value',
    say`The board refuses this value for ${name}: its own limit is lower. It was not written.`,
  ],
  [REFUSALS.checksum]: (name) => [
    'rejected',
    say`The request for ${name} reached the board damaged; check the wiring and try again. It was not written.`,
  ],
};

function forbidden(name: string): ReturnType<RefusalTable[number]> {
  return [
    'rejected',
    say`The board refuses ${name}: it does not have it, or takes no settings at this port; from firmware 15.41 on only UART1 takes them. It was not written.`,
  ];
}

function* write({ target }: SettingsOrder<JkModbusMemory>, change: RegisterWrite): Script<void> {
  const { address, memory } = target;
  checkAlone(address, memory);
  const register = parseInt(change.register, 16);
  const keys = change.parameters.map(({ key }) => key).join(', ');
  const step = writeStep(address, {
    register,
    data: registerIn(change.image, change),
    name: `${keys} (${change.register})`,
    refused: (code, name) => refusalOf(WRITE_REFUSALS, code, name),
  });
  yield { ...step, gapMs: GAP_MS };
}

function registerIn(image: SettingsImage, { register, parameters: [first] }: RegisterWrite): Buffer {
  const block = blockWith(first?.block ?? '');
  const at = parseInt(register, 16) - block.register;
  return Buffer.from(image.get(block.id)?.subarray(at, at + widthOf(block.register + at)) ?? []);
}

/**
 * Settings as registers, written without login and kept at once (settings-jk-modbus.md 3). They are never sent to all boards:
 * what nobody answers cannot be read back.
 */
export const settingsAccess: SettingsAccess<JkModbusMemory> = {
  blocks: () => BLOCKS,
  parameters: (_target, image) => parametersFor(image),
  rules: (_target, image) => rulesFor(image),
  read,
  write,
  provedAfter: 'each',
  settlesMs: SETTLES_MS,
};
