import type { ActionName } from '../../battery/action';
import { NotSentError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { actionsOf, type ActionRow, type ConfirmationRow, type Send } from '../kit/actions';
import { mosfetConfirmation, type Direction } from '../kit/mosfet';
import { stateOf } from '../kit/script';
import type { Confirmation, Decoded, Script, Target } from '../protocol';
import { deviceInfo } from './queries';
import { readSwitches, readSwitchesAndMosfets } from './switches';
import { LAYOUTS, type JkBleMemory } from './variant';
import { variantFor, writeStep } from './write';

/** The settings are not asked for more often than once a second (jk-ble.md 10). */
const SHOWS = { everyMs: 1000, withinMs: 6000 };

const send: Send<JkBleMemory, ActionName> = function* ({ target }, { to: name }, raw) {
  const register = LAYOUTS[variantFor(target)].registers[name];
  if (register === undefined) {
    throw new NotSentError('unsupported', say`The board has no register for "${name}". Nothing was sent.`);
  }
  const { number, width } = register;
  const value = Buffer.alloc(width);
  if (width > 0) value.writeUIntLE(raw, 0, width);
  yield writeStep(name, number, value);
};

function mosfet(name: Direction): Confirmation<JkBleMemory> {
  const read = (target: Target<JkBleMemory>): Script<Decoded<JkBleMemory>> =>
    readSwitchesAndMosfets(variantFor(target), target);
  return mosfetConfirmation(name, { read, ...SHOWS });
}

/** Whether something is allowed: what comes of it, the board decides. */
function permission(name: 'balancing' | 'heating'): Confirmation<JkBleMemory> {
  const read = (target: Target<JkBleMemory>): Script<Decoded<JkBleMemory>> => readSwitches(variantFor(target));
  return { read, state: stateOf(`${name}Switch`), evidence: 'switch', ...SHOWS };
}

/** The whole board and its Bluetooth module go, and may come back: proved by whether it answers who it is. */
const POWER: ConfirmationRow<JkBleMemory> = {
  queries: [deviceInfo],
  evidence: 'effect',
  everyMs: 1000,
  withinMs: 30_000,
};

type Row = ActionRow<JkBleMemory, ActionName>;

/** Each variant has registers of its own, and none before its structure has shown which it is. */
function register(to: ActionName): Pick<Row, 'applies' | 'to'> {
  return {
    to,
    applies: ({ memory: { variant } }) => variant !== undefined && LAYOUTS[variant].registers[to] !== undefined,
  };
}

/** What boards can be asked to do (jk-ble.md 10). The SOC has no register; calibration, presets and emergency mode are not offered. */
const ROWS: readonly Row[] = [
  { name: 'charge', takes: 'switch', ...register('charge'), confirm: mosfet('charge') },
  { name: 'discharge', takes: 'switch', ...register('discharge'), confirm: mosfet('discharge') },
  { name: 'balancing', takes: 'switch', ...register('balancing'), confirm: permission('balancing') },
  { name: 'heating', takes: 'switch', ...register('heating'), confirm: permission('heating') },
  {
    name: 'restart',
    takes: 'command',
    ...register('restart'),
    dangerous: true,
    confirm: { ...POWER, proof: 'restart' },
  },
  {
    name: 'shutdown',
    takes: 'command',
    ...register('shutdown'),
    dangerous: true,
    confirm: { ...POWER, proof: 'silence' },
  },
];

export const actions = actionsOf(ROWS, send);
