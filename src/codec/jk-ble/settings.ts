import { NotSentError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { dataOf, RECORDS } from '../jk-record/wire';
import type { RegisterWrite, SettingsAccess, SettingsBlock, SettingsOrder } from '../parameter';
import type { Script, Step } from '../protocol';
import { INFO_BLOCK, parametersFor, REGISTERS, rulesFor, SETTINGS_BLOCK, valueIn } from './parameters';
import type { JkBleMemory, Variant } from './variant';
import { variantFor, writeStep } from './write';
import { ASK_CELL_INFO, ASK_DEVICE_INFO, command, isRecord } from './wire';

/** From a write to the next request (jk-ble.md 10), ms. */
const SETTLES_MS = 200;

/**
 * A board is not asked for its settings more often than this (jk-ble.md 10). By then the acknowledgement, which follows within
 * half a second (jk-ble.md 13), has gone by too, and is not taken for that of a write; ms.
 */
const GAP_MS = 1000;

/** Asks for a record that comes only then. @param type of the record */
export function readStep(name: string, number: number, type: number): Step {
  return {
    name,
    request: command(number),
    isWrite: false,
    match: (frame) => (isRecord(frame, type) ? 'complete' : 'foreign'),
    gapMs: GAP_MS,
  };
}

const READS: Readonly<Record<string, Step>> = {
  [SETTINGS_BLOCK.id]: readStep(SETTINGS_BLOCK.name, ASK_CELL_INFO, RECORDS.settings),
  [INFO_BLOCK.id]: readStep(INFO_BLOCK.name, ASK_DEVICE_INFO, RECORDS.deviceInfo),
};

function* read({ target }: SettingsOrder<JkBleMemory>, { id }: SettingsBlock): Script<Buffer> {
  variantFor(target);
  const step = READS[id];
  if (step === undefined) throw new RangeError(`no block ${id}`);
  const [record = Buffer.alloc(0)] = yield step;
  return Buffer.from(dataOf(record));
}

function* write({ target }: SettingsOrder<JkBleMemory>, change: RegisterWrite): Script<void> {
  const register = REGISTERS[variantFor(target)].get(change.register);
  const data = change.image.get(register?.block ?? '');
  const keys = change.parameters.map(({ key }) => key).join(', ');
  if (register === undefined || data === undefined) {
    throw new NotSentError('unsupported', say`The board has no register for "${keys}". Nothing was sent.`);
  }
  yield writeStep(keys, parseInt(change.register, 16), valueIn(register, data));
}

/** As JK calls them (jk-ble.md 1). */
const VARIANT_NAMES: Readonly<Record<Variant, string>> = {
  jk04: 'JK04',
  'jk02-24s': 'JK02_24S',
  'jk02-32s': 'JK02_32S',
};

/**
 * Settings as registers that are written one by one, without login, and kept at once (settings-jk-ble.md 3). The
 * acknowledgement proves the frame only: a register of another variant is acknowledged and changes nothing.
 */
export const settingsAccess: SettingsAccess<JkBleMemory> = {
  variant: ({ memory }) => memory.variant && VARIANT_NAMES[memory.variant],
  blocks: () => [INFO_BLOCK, SETTINGS_BLOCK],
  parameters: ({ memory }, image) => (memory.variant === undefined ? [] : parametersFor(memory.variant, image, memory)),
  rules: ({ memory }, image) => rulesFor(image, memory),
  read,
  write,
  repeatsUnacknowledged: true,
  whyNotTaken: say`From firmware 15.33 on a board whose settings password was changed in the app is said to take no settings from other hosts.`,
  provedAfter: 'each',
  settlesMs: SETTLES_MS,
};
