import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { unknownCapacity } from '../ant/actions';
import { actionsOf, type ActionRow, type Send } from '../kit/actions';
import { mosfetConfirmation } from '../kit/mosfet';
import { reading, stateOf } from '../kit/script';
import type { Action, Decoded, Script, ScriptInput, Step, Target } from '../protocol';
import { statusQueryOf, type AntLegacyMemory } from './queries';
import { buildWrite, COMMANDS, LOCKED, Locked, parseWrite, PASSWORD_LENGTH, PER_AH, shortFrames, UNLOCK } from './wire';

/** After the echo the state may take up to 10 s to show (ant-legacy.md 5). */
const SHOWS = { everyMs: 700, withinMs: 10_000 };

/**
 * A good answer is the request again, so that the echo of a half-duplex line looks like one: what is read back decides.
 * A toggle is answered with the new state instead.
 */
function write(register: number, value: number, label: string, isToggle = false): Step {
  const name = `${label} (${register.toString(16)})`;
  const request = buildWrite(register, value);
  return {
    name,
    request,
    isWrite: true,
    frames: shortFrames,
    match(frame) {
      if (frame.equals(LOCKED)) return new Locked(name);
      const isEcho = isToggle ? parseWrite(frame)?.register === register : frame.equals(request);
      return isEcho ? 'complete' : 'foreign';
    },
  };
}

/**
 * Sends a step; when the board is locked, its password, once, and the step once more (ant-legacy.md 5).
 * @throws BmsError `denied` without a password, or with a wrong one
 */
function* unlocked(password: string, step: Step): Script<readonly Buffer[]> {
  try {
    return yield step;
  } catch (thrown) {
    // Without a password, this error already asks for one.
    if (!(thrown instanceof Locked) || password === '') throw thrown;
  }
  yield unlockStep(password);
  return yield step;
}

/** @throws BmsError `denied` for a password that cannot be one */
function unlockStep(password: string): Step {
  if (password.length !== PASSWORD_LENGTH || !/^[\x20-\x7e]+$/.test(password)) {
    const why = say`the password in the device cannot be its own, which has 8 letters and digits`;
    throw new BmsError('denied', say`The board is locked, and ${why}. Correct it. Nothing was switched.`);
  }
  const letters = Buffer.from(password, 'latin1');
  const requests = UNLOCK.map((command, i) => buildWrite(command, letters.readUInt16BE(2 * i)));
  return {
    name: 'password (f1 to f4)',
    request: Buffer.concat(requests),
    isWrite: true,
    frames: shortFrames,
    match(frame, parts) {
      if (requests.at(-1)?.equals(frame) === true) return 'complete';
      // Each is answered, and only the last answer counts: a locked board answers the first three as locked.
      const isOne = frame.equals(LOCKED) || UNLOCK.includes(parseWrite(frame)?.register ?? 0);
      if (!isOne) return 'foreign';
      return parts.length < requests.length - 1 ? 'part' : wrongPassword();
    },
  };
}

function wrongPassword(): BmsError {
  const message = say`The board does not take the password of the device; correct it. Nothing was switched.`;
  return new BmsError('denied', message);
}

const send: Send<AntLegacyMemory, number> = ({ password }, { name, to }, raw) =>
  unlocked(password, write(to, raw, name));

function readStatus(target: Target<AntLegacyMemory>): Script<Decoded<AntLegacyMemory>> {
  return reading(statusQueryOf(target))(target);
}

const effect = { read: readStatus, evidence: 'effect', ...SHOWS } as const;

/** A restart and a shutdown show in nothing but whether the board answers. */
const unseen = { ...effect, state: () => undefined } as const;

/** The code of a MOSFET is its switch, unless a protection keeps it open (ant-legacy.md 4.1). */
const SWITCHES: readonly ActionRow<AntLegacyMemory, number>[] = (['charge', 'discharge'] as const).map((name) => ({
  name,
  takes: 'switch',
  to: COMMANDS[name],
  confirm: mosfetConfirmation<AntLegacyMemory>(name, { read: readStatus, ...SHOWS }),
}));

const DANGEROUS: readonly ActionRow<AntLegacyMemory, number>[] = [
  {
    name: 'zeroCurrent',
    takes: 'command',
    to: COMMANDS.zeroCurrent,
    raw: 0,
    dangerous: true,
    confirm: { ...effect, state: ({ reading: { current } }) => current === 0 },
  },
  {
    name: 'restart',
    takes: 'command',
    to: COMMANDS.restart,
    raw: 0,
    dangerous: true,
    confirm: { ...unseen, proof: 'restart', everyMs: 300, withinMs: 20_000 },
  },
  {
    name: 'shutdown',
    takes: 'command',
    to: COMMANDS.shutdown,
    raw: 0,
    dangerous: true,
    confirm: { ...unseen, proof: 'silence', everyMs: 1000, withinMs: 20_000 },
  },
];

const balancing: Action<AntLegacyMemory> = {
  name: 'balancing',
  input: { kind: 'switch' },
  confirm: { ...effect, state: stateOf('balancing') },
  *script({ value, before, password }) {
    // A toggle that is not needed would do the contrary.
    if (before.reading.balancing === value) return;
    yield* unlocked(password, write(COMMANDS.balance, 0, 'balancing', true));
  },
};

/** The SOC follows the remaining capacity: two registers, and then they are applied (ant-legacy.md 6). */
const soc: Action<AntLegacyMemory> = {
  name: 'soc',
  input: { kind: 'number', min: 0, max: 100, unit: '%' },
  confirm: { read: readStatus, state: stateOf('soc'), evidence: 'switch', step: 1, ...SHOWS },
  *script({ value, before, password }: ScriptInput): Script<void> {
    const { designCapacity } = before.reading;
    if (designCapacity === undefined) throw unknownCapacity();
    const raw = Math.round((designCapacity * PER_AH * Number(value)) / 100);
    const low = raw % 0x10000;
    const high = Math.floor(raw / 0x10000);
    yield* unlocked(password, write(COMMANDS.remainingLow, low, 'remaining capacity, lower half'));
    yield* unlocked(password, write(COMMANDS.remainingHigh, high, 'remaining capacity, upper half'));
    yield* unlocked(password, write(COMMANDS.apply, 0, 'apply'));
  },
};

/**
 * What ANT boards up to about 2021 can be asked to do (ant-legacy.md 5, 6). Presets, factory parameters and a new
 * Bluetooth address are left out: they cost thresholds or the link.
 */
export const actions: readonly Action<AntLegacyMemory>[] = [
  ...actionsOf(SWITCHES, send),
  balancing,
  soc,
  ...actionsOf(DANGEROUS, send),
];
