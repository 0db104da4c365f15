import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { queryStep } from '../kit/script';
import type { RegisterWrite, SettingsAccess, SettingsOrder } from '../parameter';
import type { Script } from '../protocol';
import { BLOCK, blockFrom, dataIn, parametersFor, RULES } from './parameters';
import { readAll } from './queries';
import { informationOf } from './wire';
import { unlock, writeStep } from './write';

/** From a write until it shows (jk.md 9), ms. */
const SETTLES_MS = 500;

function* read({ target }: SettingsOrder): Script<Buffer> {
  const [frame] = yield queryStep(readAll, target);
  return blockFrom(frame === undefined ? Buffer.alloc(0) : informationOf(frame));
}

/** One id, behind the password (settings-jk.md 3). */
function* write(_order: SettingsOrder, { register, parameters, image }: RegisterWrite): Script<void> {
  const id = parseInt(register, 16);
  const data = dataIn(image.get(BLOCK.id) ?? Buffer.alloc(0), id);
  const keys = parameters.map(({ key }) => key).join(', ');
  if (data === undefined) {
    throw new BmsError('unsupported', say`The board has no ${keys}, or does not show it. Nothing was written.`);
  }
  yield* unlock();
  yield writeStep(`${keys} (${register})`, id, data);
}

/** One answer has all settings. Of writes only those of switches are proven: the others are an experiment. */
export const settingsAccess: SettingsAccess = {
  blocks: () => [BLOCK],
  parameters: (_target, image) => parametersFor(image),
  rules: () => RULES,
  read,
  write,
  provedAfter: 'each',
  settlesMs: SETTLES_MS,
};
