import { unknownCapacity } from '../ant/actions';
import { actionsOf, type ActionRow, type Send } from '../kit/actions';
import { mosfetConfirmation } from '../kit/mosfet';
import { reading, stateOf } from '../kit/script';
import type { Action, Decoded, Script, ScriptInput, Target } from '../protocol';
import { statusQueryOf, type AntLegacyMemory } from './queries';
import { unlocked, writeStep } from './requests';
import { COMMANDS, PER_AH } from './wire';

/** After the echo the state may take up to 10 s to show (ant-legacy.md 5). */
const SHOWS = { everyMs: 700, withinMs: 10_000 };

const send: Send<AntLegacyMemory, number> = ({ password }, { name, to }, raw) =>
  unlocked(password, writeStep(to, raw, name));

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
    yield* unlocked(password, writeStep(COMMANDS.balance, 0, 'balancing', true));
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
    yield* unlocked(password, writeStep(COMMANDS.remainingLow, low, 'remaining capacity, lower half'));
    yield* unlocked(password, writeStep(COMMANDS.remainingHigh, high, 'remaining capacity, upper half'));
    yield* unlocked(password, writeStep(COMMANDS.apply, 0, 'apply'));
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
