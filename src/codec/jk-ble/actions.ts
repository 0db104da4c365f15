import type { ActionName, ActionValue } from '../../battery/action';
import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { mosfetConfirmation, type Direction } from '../kit/mosfet';
import { reading, stateOf } from '../kit/script';
import type { Action, Confirmation, Decoded, Script, ScriptInput, Target } from '../protocol';
import { deviceInfo } from './queries';
import { readSwitches, readSwitchesAndMosfets } from './settings';
import { LAYOUTS, type JkBleMemory, type Variant } from './variant';
import type { Register } from './variants/layout';
import { command, isAcknowledgement } from './wire';

/** From a write to its acknowledgement: usually a tenth of this (jk-ble.md 10, 13), ms. */
const ACKNOWLEDGED_MS = 1000;

/** The settings are not asked for more often than once a second (jk-ble.md 10). */
const SHOWS = { everyMs: 1000, withinMs: 6000 };

/** How long a board and its Bluetooth module may take to go, and to come back, ms. */
const GOES_AND_COMES = { everyMs: 1000, withinMs: 30_000 };

/** @throws BmsError `unsupported` while the structure of its records has not shown what the board is */
function variantFor({ memory: { variant } }: Target<JkBleMemory>): Variant {
  if (variant !== undefined) return variant;
  throw new BmsError(
    'unsupported',
    say`The board has not yet shown which variant it is; connect its cells and read it. Nothing was sent.`,
  );
}

/** The command that writes a register; the value is little-endian (jk-ble.md 3). */
function writeCommand({ number, width }: Register, value: ActionValue): Buffer {
  const bytes = Array.from({ length: width }, (_, i) => (i === 0 && value === true ? 1 : 0));
  return command(number, ...bytes);
}

/** The acknowledgement names no register, so that one command is under way at a time (jk-ble.md 3). */
function* write(name: ActionName, { target, value }: ScriptInput<JkBleMemory>): Script<void> {
  const register = LAYOUTS[variantFor(target)].registers[name];
  if (register === undefined) {
    throw new BmsError('unsupported', say`The board has no register for "${name}". Nothing was sent.`);
  }
  yield {
    name: `${name} (${register.number.toString(16)})`,
    request: writeCommand(register, value),
    isWrite: true,
    match: (frame) => (isAcknowledgement(frame) ? 'complete' : 'foreign'),
    timeoutMs: ACKNOWLEDGED_MS,
  };
}

function action(
  name: ActionName,
  rest: Pick<Action<JkBleMemory>, 'input' | 'dangerous' | 'confirm'>,
): Action<JkBleMemory> {
  return {
    name,
    ...rest,
    applies: ({ memory: { variant } }) => variant !== undefined && LAYOUTS[variant].registers[name] !== undefined,
    script: (input) => write(name, input),
  };
}

/** A permission: what comes of it, the board decides. */
function permission(name: 'balancing' | 'heating'): Action<JkBleMemory> {
  const read = (target: Target<JkBleMemory>): Script<Decoded<JkBleMemory>> => readSwitches(variantFor(target));
  const state = stateOf(`${name}Switch`);
  return action(name, { input: { kind: 'switch' }, confirm: { read, state, evidence: 'switch', ...SHOWS } });
}

function mosfet(name: Direction): Action<JkBleMemory> {
  const read = (target: Target<JkBleMemory>): Script<Decoded<JkBleMemory>> =>
    readSwitchesAndMosfets(variantFor(target), target);
  return action(name, { input: { kind: 'switch' }, confirm: mosfetConfirmation(name, { read, ...SHOWS }) });
}

/** The whole board; proved by whether it answers who it is. */
function power(name: 'restart' | 'shutdown', proof: Confirmation['proof']): Action<JkBleMemory> {
  const confirm: Confirmation<JkBleMemory> = {
    read: reading(deviceInfo),
    state: () => undefined,
    evidence: 'effect',
    proof,
    ...GOES_AND_COMES,
  };
  return action(name, { input: { kind: 'command' }, dangerous: true, confirm });
}

/**
 * What boards can be asked to do (jk-ble.md 10), each variant by its own registers, and none before its structure has
 * shown which it is. The SOC has no register; calibration, presets and emergency mode are not offered.
 */
export const actions: readonly Action<JkBleMemory>[] = [
  mosfet('charge'),
  mosfet('discharge'),
  permission('balancing'),
  permission('heating'),
  power('restart', 'restart'),
  power('shutdown', 'silence'),
];
