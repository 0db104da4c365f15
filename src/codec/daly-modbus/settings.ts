import { NotSentError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { checkLength } from '../kit/malformed';
import { dataOf } from '../kit/modbus';
import type { RegisterWrite, SettingsAccess, SettingsBlock, SettingsOrder } from '../parameter';
import type { Script } from '../protocol';
import { isD2, isP81, type DalyModbusMemory, type Target } from './memory';
import { blockWith, type RegisterSettings } from './register-settings';
import { at } from './tables';
import { d2Settings } from './variants/d2-settings';
import { p81Settings } from './variants/p81-settings';
import { buildRead, buildWrite, matchRead, matchWrite, SETTING_REFUSALS, writeFrames, WRITE_TIMEOUT_MS } from './wire';

/** From one write to the next, and from a write to the moment when it shows (settings-daly-modbus.md 2), ms. */
const GAP_MS = 300;
const SETTLES_MS = 1000;

/** Those of the map that the board has shown; undefined before it has. */
function settingsOf(target: Target): RegisterSettings | undefined {
  if (isD2(target)) return d2Settings;
  return isP81(target) ? p81Settings : undefined;
}

function* read({ target }: SettingsOrder<DalyModbusMemory>, { id, name }: SettingsBlock): Script<Buffer> {
  const found = settingsOf(target);
  const block = found?.blocks.find((each) => each.id === id);
  if (found === undefined || block === undefined) throw new RangeError(`no block ${id}`);
  const { start, count } = block;
  const station = found.stationOf(target);
  const [frame = Buffer.alloc(0)] = yield {
    name,
    request: buildRead(station, start, count),
    isWrite: false,
    match: (answer) => matchRead(answer, station, [count], name),
  };
  const data = Buffer.from(dataOf(frame));
  checkLength(name, data, at(count));
  return data;
}

/** One register; its echo says that the request was understood (settings-daly-modbus.md 2). */
function* write({ target }: SettingsOrder<DalyModbusMemory>, change: RegisterWrite): Script<void> {
  const keys = change.parameters.map(({ key }) => key).join(', ');
  const register = parseInt(change.register, 16);
  const found = settingsOf(target);
  const block = found && blockWith(found.blocks, register);
  const data = block && change.image.get(block.id);
  if (found === undefined || block === undefined || data === undefined) {
    throw new NotSentError('unsupported', say`The board has no register for "${keys}". Nothing was sent.`);
  }
  const value = data.readUInt16BE(at(register - block.start));
  const name = `${keys} (${register.toString(16).padStart(4, '0')})`;
  const station = found.stationOf(target);
  yield {
    name,
    request: buildWrite(station, register, value),
    isWrite: true,
    frames: writeFrames,
    match: (frame) => matchWrite(frame, station, { register, value, name }, SETTING_REFUSALS),
    timeoutMs: WRITE_TIMEOUT_MS,
    gapMs: GAP_MS,
  };
}

/**
 * Settings as registers. D2 boards take them one by one, without password, and keep them at once; of boards with a number
 * nothing is known of how they are written (settings-daly-modbus.md 2, 4).
 */
export const settings: SettingsAccess<DalyModbusMemory> = {
  variant(target) {
    if (isD2(target)) return 'd2';
    return isP81(target) ? 'p81' : undefined;
  },
  blocks: (target) => settingsOf(target)?.blocks ?? [],
  parameters: (target) => settingsOf(target)?.parameters ?? [],
  rules: (target) => settingsOf(target)?.rules ?? [],
  read,
  write,
  provedAfter: 'each',
  settlesMs: SETTLES_MS,
};
