import { BmsError } from '../../battery/errors';
import { mosfetConfirmation, type Direction } from '../kit/mosfet';
import type { Action, Confirmation, Decoded, ScriptInput, Script, Step, Target } from '../untyped';
import { reading, stateOf } from '../kit/script';
import { COMMANDS } from './commands';
import { replyFrames, writeFrame, writtenOf } from './frame';
import { statusQueryOf } from './queries';
import { lockOf, unlocked } from './unlock';

/** After the echo the state may take up to 10 s to show (ant-legacy.md 5). */
const SHOWS = { everyMs: 700, withinMs: 10_000 };

const PER_AH = 1e6;

/**
 * A good answer is the request again, so that the echo of a half-duplex line looks like one: what is read back decides.
 * A toggle is answered with the new state instead.
 */
function write(register: number, value: number, label: string, isToggle = false): Step {
  const name = `${label} (${register.toString(16)})`;
  const request = writeFrame(register, value);
  return {
    name,
    request,
    isWrite: true,
    frames: replyFrames,
    match(frame) {
      const isEcho = isToggle ? writtenOf(frame)?.register === register : frame.equals(request);
      return lockOf(frame, name) ?? (isEcho ? 'complete' : 'foreign');
    },
  };
}

function readStatus(target: Target): Script<Decoded> {
  return reading(statusQueryOf(target))(target);
}

/** The code of a MOSFET tells what its user has set, unless something else keeps it open (ant-legacy.md 4.1). */
function switched(name: Direction): Action {
  return {
    name,
    input: { kind: 'switch' },
    confirm: mosfetConfirmation(name, { read: readStatus, ...SHOWS }),
    *script({ value, password }): Script<void> {
      yield* unlocked(password, write(COMMANDS[name], value === true ? 1 : 0, name));
    },
  };
}

function dangerous(
  name: 'zeroCurrent' | 'restart' | 'shutdown',
  confirm: Omit<Confirmation, 'read' | 'evidence'>,
): Action {
  return {
    name,
    input: { kind: 'command' },
    dangerous: true,
    confirm: { read: readStatus, evidence: 'effect', ...confirm },
    *script({ password }): Script<void> {
      yield* unlocked(password, write(COMMANDS[name], 0, name));
    },
  };
}

const balancing: Action = {
  name: 'balancing',
  input: { kind: 'switch' },
  confirm: { read: readStatus, state: stateOf('balancing'), evidence: 'effect', ...SHOWS },
  *script({ value, before, password }): Script<void> {
    // A toggle that is not needed would do the contrary.
    if (before.reading.balancing === value) return;
    yield* unlocked(password, write(COMMANDS.balance, 0, 'balancing', true));
  },
};

/** The SOC follows the remaining capacity: two registers, and then they are applied (ant-legacy.md 6). */
function* setSoc({ value, before, password }: ScriptInput): Script<void> {
  const { designCapacity } = before.reading;
  if (designCapacity === undefined) {
    const remedy = 'set it with the app of the vendor first';
    throw new BmsError('unsupported', `The board does not know its capacity; ${remedy}. Nothing was sent.`);
  }
  const raw = Math.round((designCapacity * PER_AH * Number(value)) / 100);
  const low = raw % 0x10000;
  const high = Math.floor(raw / 0x10000);
  yield* unlocked(password, write(COMMANDS.remainingLow, low, 'remaining capacity, lower half'));
  yield* unlocked(password, write(COMMANDS.remainingHigh, high, 'remaining capacity, upper half'));
  yield* unlocked(password, write(COMMANDS.apply, 0, 'apply'));
}

/** No state tells of a restart or a shutdown, but whether the board answers. */
const state = (): undefined => undefined;

/**
 * What ANT boards up to about 2021 can be asked to do (ant-legacy.md 5, 6). Presets, factory parameters and a new
 * Bluetooth address are left out: they cost thresholds or the link.
 */
export const actions: readonly Action[] = [
  switched('charge'),
  switched('discharge'),
  balancing,
  {
    name: 'soc',
    input: { kind: 'number', min: 0, max: 100, unit: '%' },
    confirm: { read: readStatus, state: stateOf('soc'), evidence: 'switch', step: 1, ...SHOWS },
    script: setSoc,
  },
  dangerous('zeroCurrent', { state: ({ reading: { current } }) => current === 0, ...SHOWS }),
  dangerous('restart', { state, proof: 'restart', everyMs: 300, withinMs: 20_000 }),
  dangerous('shutdown', { state, proof: 'silence', everyMs: 1000, withinMs: 20_000 }),
];
