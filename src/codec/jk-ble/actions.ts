import type { ActionName } from '../../battery/action';
import { BmsError } from '../../battery/errors';
import { switchOf } from '../jk-record/switches';
import { mosfetConfirmation, type Direction } from '../kit/mosfet';
import type { Action, Confirmation, Decoded, ScriptInput, Script, Target } from '../untyped';
import { reading } from '../kit/script';
import { deviceInfo } from './queries';
import { REGISTERS, writeCommand, type Registers } from './registers';
import { readSwitches, readSwitchesAndMosfets } from './switch-settings';
import { variantKnown, type Variant } from './variant';
import { isAcknowledgement } from './wire';

/** From a write to its acknowledgement: usually a tenth of this (jk-ble.md 10, 13), ms. */
const ACKNOWLEDGED_MS = 1000;

/** The settings are not asked for more often than once a second (jk-ble.md 10). */
const FOLLOWS = { everyMs: 1000, withinMs: 6000 };

/** How long a board and its Bluetooth module may take to go, and to come back, ms. */
const GOES_AND_COMES = { everyMs: 1000, withinMs: 30_000 };

function registersOf({ memory }: Target): Registers | undefined {
  const variant = variantKnown(memory);
  return variant && REGISTERS[variant];
}

/** @throws BmsError `unsupported` while the structure of its records has not shown what the board is */
function variantFor({ memory }: Target): Variant {
  const variant = variantKnown(memory);
  if (variant !== undefined) return variant;
  const message = 'The board has not yet shown which variant it is; connect its cells and read it.';
  throw new BmsError('unsupported', `${message} Nothing was sent.`);
}

/** The acknowledgement tells no register, so that one command is under way at a time (jk-ble.md 3). */
function* write(name: ActionName, { target, value }: ScriptInput): Script<void> {
  const register = REGISTERS[variantFor(target)][name];
  if (register === undefined) {
    throw new BmsError('unsupported', `The board has no register for "${name}". Nothing was sent.`);
  }
  yield {
    name: `${name} (${register.number.toString(16)})`,
    request: writeCommand(register, value),
    isWrite: true,
    match: (frame) => (isAcknowledgement(frame) ? 'complete' : 'foreign'),
    timeoutMs: ACKNOWLEDGED_MS,
  };
}

function action(name: ActionName, rest: Pick<Action, 'input' | 'dangerous' | 'confirm'>): Action {
  return {
    name,
    ...rest,
    applies: (target) => registersOf(target)?.[name] !== undefined,
    *script(order): Script<void> {
      yield* write(name, order);
    },
  };
}

/** A permission: what comes of it, the board decides. */
function permission(name: 'balancing' | 'heating'): Action {
  const state = ({ memory }: Decoded): boolean | undefined => switchOf(name, memory);
  const read = (target: Target): Script<Decoded> => readSwitches(variantFor(target));
  return action(name, { input: { kind: 'switch' }, confirm: { read, state, evidence: 'switch', ...FOLLOWS } });
}

function mosfet(name: Direction): Action {
  const read = (target: Target): Script<Decoded> => readSwitchesAndMosfets(variantFor(target), target);
  const confirm = mosfetConfirmation(name, { read, ...FOLLOWS }, ({ memory }) => switchOf(name, memory));
  return action(name, { input: { kind: 'switch' }, confirm });
}

/** The whole board; to be seen by whether it says who it is. */
function power(name: 'restart' | 'shutdown', proof: Confirmation['proof']): Action {
  const confirm: Confirmation = {
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
export const actions: readonly Action[] = [
  mosfet('charge'),
  mosfet('discharge'),
  permission('balancing'),
  permission('heating'),
  power('restart', 'restart'),
  power('shutdown', 'silence'),
];
