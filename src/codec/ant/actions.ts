import { BmsError } from '../../battery/errors';
import { mosfetConfirmation, settingOf, type Direction } from '../kit/mosfet';
import type { Action, Confirmation, ScriptInput, Script, Step } from '../untyped';
import { reading, stateOf } from '../kit/script';
import { addressOf, ANSWER, buildRequest, COMMAND, dataOf, functionOf, registerOf } from './frame';
import { permitted } from './password';
import { blockQuery } from './query';
import { commandRefusalOf } from './refusal';
import { writeRemaining } from './remaining';
import { status, UNEXPLAINED } from './status';

/**
 * Commands, function 51 (ant.md 7). Those that want level 9 (clearing counters and logs), presets, factory parameters and
 * switching Bluetooth off are left out: they cost thresholds, history, or the way back.
 */
export const COMMANDS = {
  dischargeOff: 0x01,
  dischargeOn: 0x03,
  chargeOff: 0x04,
  chargeOn: 0x06,
  save: 0x07,
  zeroCurrent: 0x08,
  restart: 0x09,
  shutdown: 0x0b,
  balanceOn: 0x0d,
  balanceOff: 0x0e,
} as const;

/** A command is answered within 125 ms (ant.md 7, 11), and its effect was seen after 0.7 to 6 s. */
const TIMEOUT_MS = 1500;
const SHOWS = { everyMs: 700, withinMs: 10_000 };

function command({ target: { address } }: ScriptInput, code: number, label: string): Step {
  const name = `${label} (51 ${code.toString(16).padStart(2, '0')})`;
  return {
    name,
    request: buildRequest(address, COMMAND, code, 0),
    isWrite: true,
    match(frame) {
      if (addressOf(frame) !== address || functionOf(frame) !== COMMAND + ANSWER) return 'foreign';
      if (registerOf(frame) !== code || dataOf(frame).length < 2) return 'foreign';
      return commandRefusalOf(dataOf(frame).readUInt16LE(0), name) ?? 'complete';
    },
    timeoutMs: TIMEOUT_MS,
  };
}

const readStatus = reading(blockQuery(status));
const follows = { read: readStatus, ...SHOWS };

function mosfet(direction: Direction): Confirmation {
  const setting = settingOf(direction);
  return mosfetConfirmation(direction, follows, (decoded) => {
    const set = setting(decoded);
    return set === true && decoded.memory?.[UNEXPLAINED[direction]] === 1 ? undefined : set;
  });
}

/** A MOSFET passes through code 0 while it is switched on, which is off as well (ant.md 5.2). */
function switched(name: Action['name'], confirm: Confirmation, { on, off }: { on: number; off: number }): Action {
  return {
    name,
    input: { kind: 'switch' },
    confirm,
    *script(order): Script<void> {
      yield* permitted(order, command(order, order.value === true ? on : off, name));
    },
  };
}

function dangerous(name: Action['name'], code: number, confirm: Omit<Confirmation, 'read' | 'evidence'>): Action {
  return {
    name,
    input: { kind: 'command' },
    dangerous: true,
    confirm: { read: readStatus, evidence: 'effect', ...confirm },
    *script(order): Script<void> {
      yield* permitted(order, command(order, code, name));
    },
  };
}

/** What is written lasts until a restart only, unless it is saved (ant.md 10.1). */
function* saved(order: ScriptInput): Script<void> {
  yield* permitted(order, command(order, COMMANDS.save, 'save'));
}

/** No state tells of a restart or a shutdown, but whether the board answers. */
const state = (): undefined => undefined;

/** What ANT boards of 2021 and later can be asked to do (ant.md 7, 10.4). */
export const actions: readonly Action[] = [
  switched('charge', mosfet('charge'), { on: COMMANDS.chargeOn, off: COMMANDS.chargeOff }),
  switched('discharge', mosfet('discharge'), {
    on: COMMANDS.dischargeOn,
    off: COMMANDS.dischargeOff,
  }),
  // Nothing tells of a switch of the balancer, which may end by itself.
  switched(
    'balancing',
    { ...follows, state: stateOf('balancing'), evidence: 'effect' },
    { on: COMMANDS.balanceOn, off: COMMANDS.balanceOff },
  ),
  {
    // There is no command for the SOC: it follows the remaining capacity (ant.md 7, 10.4).
    name: 'soc',
    input: { kind: 'number', min: 0, max: 100, unit: '%' },
    confirm: { read: readStatus, state: stateOf('soc'), evidence: 'switch', step: 1, ...SHOWS },
    *script(order): Script<void> {
      const { designCapacity } = order.before.reading;
      if (designCapacity === undefined) {
        const remedy = 'set it with the app of the vendor first';
        throw new BmsError('unsupported', `The board does not know its capacity; ${remedy}. Nothing was sent.`);
      }
      yield* writeRemaining(order, (designCapacity * Number(order.value)) / 100, designCapacity);
      yield* saved(order);
    },
    save: saved,
  },
  dangerous('zeroCurrent', COMMANDS.zeroCurrent, { state: ({ reading: { current } }) => current === 0, ...SHOWS }),
  dangerous('restart', COMMANDS.restart, { state, proof: 'restart', everyMs: 300, withinMs: 20_000 }),
  dangerous('shutdown', COMMANDS.shutdown, { state, proof: 'silence', everyMs: 1000, withinMs: 20_000 }),
];
