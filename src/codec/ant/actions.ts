import { NotSentError, type BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { actionsOf, type ActionRow, type ConfirmationRow, type Send } from '../kit/actions';
import { mosfetConfirmation, settingOf, type Direction } from '../kit/mosfet';
import { isRefusal } from '../kit/refusal';
import { reading, stateOf } from '../kit/script';
import type { Action, Confirmation, Script, ScriptInput, Step } from '../protocol';
import { permitted } from './password';
import { statusQuery, type AntMemory } from './queries';
import { COMMANDS, commandStep, readStep, saveStep, writeStep } from './requests';
import { REMAINING } from './tables';
import { dataOf, FUNCTIONS } from './wire';

/** The effect of a command was seen after 0.7 to 6 s (ant.md 11). */
const SHOWS = { everyMs: 700, withinMs: 10_000 };

const sendCommand: Send<AntMemory, number> = (order, { name }, code) =>
  permitted(order, commandStep(order.target.address, code, name));

/** The switch counts where its bit is certain: a MOSFET passes through code 0 while it is switched on (ant.md 5.2). */
function mosfet(direction: Direction): Confirmation<AntMemory> {
  const setting = settingOf(direction);
  return mosfetConfirmation<AntMemory>(direction, { read: reading(statusQuery), ...SHOWS }, (decoded) => {
    const set = setting(decoded);
    return set === true && decoded.memory?.unexplained?.[direction] === true ? undefined : set;
  });
}

const effect = { queries: [statusQuery], evidence: 'effect', ...SHOWS } as const satisfies ConfirmationRow<AntMemory>;

/** Every command is written in the same place: the number is the command. */
const SWITCHES: readonly ActionRow<AntMemory, number>[] = [
  {
    name: 'charge',
    takes: 'switch',
    to: FUNCTIONS.command,
    raw: { on: COMMANDS.chargeOn, off: COMMANDS.chargeOff },
    confirm: mosfet('charge'),
  },
  {
    name: 'discharge',
    takes: 'switch',
    to: FUNCTIONS.command,
    raw: { on: COMMANDS.dischargeOn, off: COMMANDS.dischargeOff },
    confirm: mosfet('discharge'),
  },
  {
    // The status has no bit for a switch of the balancer, and the balancer may stop by itself.
    name: 'balancing',
    takes: 'switch',
    to: FUNCTIONS.command,
    raw: { on: COMMANDS.balanceOn, off: COMMANDS.balanceOff },
    confirm: { ...effect, state: 'balancing' },
  },
];

const DANGEROUS: readonly ActionRow<AntMemory, number>[] = [
  {
    name: 'zeroCurrent',
    takes: 'command',
    to: FUNCTIONS.command,
    raw: COMMANDS.zeroCurrent,
    dangerous: true,
    confirm: { ...effect, state: ({ reading: { current } }) => current === 0 },
  },
  {
    name: 'restart',
    takes: 'command',
    to: FUNCTIONS.command,
    raw: COMMANDS.restart,
    dangerous: true,
    confirm: { ...effect, proof: 'restart', everyMs: 300, withinMs: 20_000 },
  },
  {
    name: 'shutdown',
    takes: 'command',
    to: FUNCTIONS.command,
    raw: COMMANDS.shutdown,
    dangerous: true,
    confirm: { ...effect, proof: 'silence', everyMs: 1000, withinMs: 20_000 },
  },
];

/** There is no command for the SOC: it follows the remaining capacity (ant.md 7, 10.4). */
const soc: Action<AntMemory> = {
  name: 'soc',
  input: { kind: 'number', min: 0, max: 100, unit: '%' },
  confirm: { read: reading(statusQuery), state: stateOf('soc'), evidence: 'switch', step: 1, ...SHOWS },
  *script(order) {
    const { designCapacity } = order.before.reading;
    if (designCapacity === undefined) throw unknownCapacity();
    yield* writeRemaining(order, (designCapacity * Number(order.value)) / 100, designCapacity);
    yield* saved(order);
  },
  save: saved,
};

/** The error of a board whose SOC cannot be set because it has no capacity to count it by. */
export function unknownCapacity(): BmsError {
  const remedy = say`set it with the app of the vendor first`;
  return new NotSentError('unsupported', say`The board does not know its capacity; ${remedy}. Nothing was sent.`);
}

/** What is written lasts until a restart only, unless it is saved (ant.md 10.1). */
function* saved(order: ScriptInput<AntMemory>): Script<void> {
  yield* permitted(order, saveStep(order.target.address));
}

/** How far the register may have gone on counting when it is read back, as a part of the capacity. */
const TOLERANCE = 0.01;

/**
 * Writes the remaining capacity, which is kept only when it is saved afterwards (ant.md 10.1). After a lost answer the
 * register is read: it goes on when the value is there.
 * @param remaining Ah; @param capacity Ah
 */
function* writeRemaining(order: ScriptInput<AntMemory>, remaining: number, capacity: number): Script<void> {
  const value = Math.round(remaining * REMAINING.perAh);
  const data = Buffer.alloc(REMAINING.length);
  data.writeUInt32LE(value);
  try {
    yield* permitted(order, write(order, REMAINING.register, data));
  } catch (thrown) {
    if (isRefusal(thrown)) {
      if (thrown.code !== 'unsupported') throw thrown;
      // Firmware that has only registers of two bytes takes it as two of them, the lower one first (ant.md 10.1).
      yield* permitted(order, write(order, REMAINING.register, data.subarray(0, 2)));
      yield* permitted(order, write(order, REMAINING.highRegister, data.subarray(2)));
      return;
    }
    const held = yield* readBack(order);
    if (held === undefined || Math.abs(held - value) > TOLERANCE * capacity * REMAINING.perAh) throw thrown;
  }
}

function write({ target: { address } }: ScriptInput, register: number, data: Buffer): Step {
  return writeStep(address, register, data, `remaining capacity (22 ${register})`);
}

/** What the register holds, 1e-6 Ah; undefined when it cannot be read, which leaves the write in doubt. */
function* readBack({ target: { address } }: ScriptInput): Script<number | undefined> {
  const { register, length } = REMAINING;
  try {
    const [frame] = yield readStep(address, register, length, `remaining capacity (02 ${register})`);
    const data = frame && dataOf(frame);
    return data?.length === length ? data.readUInt32LE(0) : undefined;
  } catch {
    // Whatever keeps it from being read: the error of the write is the one that counts.
    return undefined;
  }
}

/** What ANT boards of 2021 and later can be asked to do (ant.md 7, 10.4). */
export const actions: readonly Action<AntMemory>[] = [
  ...actionsOf(SWITCHES, sendCommand),
  soc,
  ...actionsOf(DANGEROUS, sendCommand),
];
