import { NotSentError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { withHeating } from '../jk-record/settings';
import { actionsOf, type Send } from '../kit/actions';
import { mosfetConfirmation, type Direction } from '../kit/mosfet';
import { reading, stateOf } from '../kit/script';
import type { Confirmation, Decoded, Script, Target } from '../protocol';
import { BALANCER, HEATER, MOSFETS, type Views } from './queries';
import { SWITCH_REGISTERS, type JkModbusMemory } from './tables';
import { writeRefusal } from './wire';
import { checkAlone, writeStep } from './write';

/** jk-modbus.md 9 */
const SHOWS = { everyMs: 500, withinMs: 5000 };

/** Where a switch is written, and how its present state is known: nothing is written where it is not. */
interface Register {
  readonly register: number;
  readonly width: 2 | 4;
  readonly label: string;
  readonly key: 'chargeSwitch' | 'dischargeSwitch' | 'balancingSwitch' | 'heatingSwitch';
}

/** Reads in the way in which the board has been found to answer. */
function reader(views: Views): Confirmation<JkModbusMemory>['read'] {
  return function* read(target: Target<JkModbusMemory>): Script<Decoded<JkModbusMemory>> {
    checkAlone(target.address, target.memory);
    return yield* reading(...(target.memory.answersFrames === true ? views.frames : views.registers))(target);
  };
}

function mosfet(name: Direction): Confirmation<JkModbusMemory> {
  return mosfetConfirmation(name, { read: reader(MOSFETS), ...SHOWS });
}

/** Whether something is allowed: what comes of it, the board decides. */
function permission(name: 'balancing' | 'heating', views: Views): Confirmation<JkModbusMemory> {
  return { read: reader(views), state: stateOf(`${name}Switch`), evidence: 'switch', ...SHOWS };
}

/** What is written for 1 or 0; undefined when what was read does not show what is switched now. */
function valueFor(
  { register, key }: Register,
  raw: number,
  { reading: now, memory = {} }: Decoded<JkModbusMemory>,
): number | undefined {
  if (register !== SWITCH_REGISTERS.switchBits) return now[key] === undefined ? undefined : raw;
  return memory.switchBits === undefined ? undefined : withHeating(memory.switchBits, raw === 1);
}

const send: Send<JkModbusMemory, Register> = function* ({ target, before }, { name, to }, raw) {
  checkAlone(target.address, before.memory);
  const value = valueFor(to, raw, before);
  if (value === undefined) {
    throw new NotSentError(
      'unsupported',
      say`The settings of the board do not tell whether ${name} is switched on. Nothing was switched: nothing was sent.`,
    );
  }
  const { register, width, label } = to;
  const data = Buffer.alloc(width);
  data.writeUIntBE(value, 0, width);
  yield writeStep(target.address, { register, data, name: label, refused: writeRefusal });
};

function switchOf(name: 'charge' | 'discharge' | 'balancing'): Register {
  const register = SWITCH_REGISTERS[name];
  return { register, width: 4, label: `${name} (${register.toString(16)})`, key: `${name}Switch` };
}

/** The word also holds what the RS485 port is, protections and locks: all but one bit go back as they were read. */
const HEATER_BIT: Register = {
  register: SWITCH_REGISTERS.switchBits,
  width: 2,
  label: 'switch bits (1114)',
  key: 'heatingSwitch',
};

/**
 * What boards can be asked to do (jk-modbus.md 9). There is no command for the SOC; the commands of block 1600 differ from
 * document to document, so that none is sent.
 */
export const actions = actionsOf<JkModbusMemory, Register>(
  [
    { name: 'charge', takes: 'switch', to: switchOf('charge'), confirm: mosfet('charge') },
    { name: 'discharge', takes: 'switch', to: switchOf('discharge'), confirm: mosfet('discharge') },
    { name: 'balancing', takes: 'switch', to: switchOf('balancing'), confirm: permission('balancing', BALANCER) },
    { name: 'heating', takes: 'switch', to: HEATER_BIT, confirm: permission('heating', HEATER) },
  ],
  send,
);
