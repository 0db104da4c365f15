import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { withHeating, type Switches } from '../jk-record/settings';
import { mosfetConfirmation, type Direction } from '../kit/mosfet';
import { reading, stateOf } from '../kit/script';
import type { Action, Confirmation, Decoded, Script, ScriptInput, Step, Target } from '../protocol';
import { BALANCER, HEATER, MOSFETS, type Views } from './queries';
import { writeRefusal } from './refusal';
import { SWITCH_REGISTERS, type JkModbusMemory } from './tables';
import { LAST_ADDRESS, MASTER, messageOf, WRITE } from './wire';
import { writeAcknowledgement, writeFrames, writeRequest } from './write';

/** jk-modbus.md 9 */
const SHOWS = { everyMs: 500, withinMs: 5000 };

/** A setting of four bytes, or a word. */
type Width = 2 | 4;

/**
 * Nothing is sent to a board that polls, nor to one beside it: requests would collide (jk-modbus.md 8).
 * @throws BmsError `unsupported`
 */
function checkAlone(address: number, { hasMaster }: JkModbusMemory = {}): void {
  if (address === MASTER) {
    throw new BmsError(
      'unsupported',
      say`A master (address 0) is only listened to; give the board an address from 1 to ${LAST_ADDRESS}, or switch it with its app. Nothing was switched: nothing was sent.`,
    );
  }
  if (hasMaster === true) {
    throw new BmsError(
      'unsupported',
      say`A master polls the bus, and a command would collide with its requests; take the master (address 0) off the bus, or switch the board with its app. Nothing was switched: nothing was sent.`,
    );
  }
}

/** The acknowledgement says only that the write was understood (jk-modbus.md 9). */
function write(
  { target: { address } }: ScriptInput<JkModbusMemory>,
  name: string,
  register: number,
  value: number,
  width: Width,
): Step {
  const data = Buffer.alloc(width);
  data.writeUIntBE(value, 0, width);
  const acknowledgement = writeAcknowledgement({ address, register, data });
  return {
    name,
    request: writeRequest({ address, register, data }),
    isWrite: true,
    frames: writeFrames,
    match(frame) {
      if (frame.equals(acknowledgement)) return 'complete';
      const message = messageOf(frame);
      const isOurs = message.kind === 'refusal' && message.address === address && message.function === WRITE;
      return isOurs ? writeRefusal(message.code, name) : 'foreign';
    },
  };
}

/** Reads in the way in which the board has been found to answer. */
function reader(views: Views): Confirmation<JkModbusMemory>['read'] {
  return function* read(target: Target<JkModbusMemory>): Script<Decoded<JkModbusMemory>> {
    checkAlone(target.address, target.memory);
    return yield* reading(...(target.memory.answersFrames === true ? views.frames : views.registers))(target);
  };
}

/** @param step undefined when what was read does not show what is switched now */
function onOff(
  name: keyof Switches,
  confirm: Confirmation<JkModbusMemory>,
  step: (input: ScriptInput<JkModbusMemory>, on: boolean) => Step | undefined,
): Action<JkModbusMemory> {
  return {
    name,
    input: { kind: 'switch' },
    confirm,
    *script(input): Script<void> {
      checkAlone(input.target.address, input.before.memory);
      const next = step(input, input.value === true);
      if (next === undefined) {
        throw new BmsError(
          'unsupported',
          say`The settings of the board do not tell whether ${name} is switched on. Nothing was switched: nothing was sent.`,
        );
      }
      yield next;
    },
  };
}

/** A switch of four bytes. */
function setting(
  name: 'charge' | 'discharge' | 'balancing',
  confirm: Confirmation<JkModbusMemory>,
): Action<JkModbusMemory> {
  const register = SWITCH_REGISTERS[name];
  const label = `${name} (${register.toString(16)})`;
  return onOff(name, confirm, (input, on) => {
    const isKnown = input.before.reading[`${name}Switch`] !== undefined;
    return isKnown ? write(input, label, register, on ? 1 : 0, 4) : undefined;
  });
}

function mosfet(name: Direction): Action<JkModbusMemory> {
  return setting(name, mosfetConfirmation(name, { read: reader(MOSFETS), ...SHOWS }));
}

/** Whether something is allowed: what comes of it, the board decides. */
function permission(name: 'balancing' | 'heating', views: Views): Confirmation<JkModbusMemory> {
  return { read: reader(views), state: stateOf(`${name}Switch`), evidence: 'switch', ...SHOWS };
}

/**
 * What boards can be asked to do (jk-modbus.md 9). There is no command for the SOC; the commands of block 1600 differ from
 * document to document, so that none is sent.
 */
export const actions: readonly Action<JkModbusMemory>[] = [
  mosfet('charge'),
  mosfet('discharge'),
  setting('balancing', permission('balancing', BALANCER)),
  // The word also holds what the RS485 port is, protections and locks: all but one bit go back as they were read.
  onOff('heating', permission('heating', HEATER), (input, on) => {
    const word = input.before.memory?.switchBits;
    return word === undefined
      ? undefined
      : write(input, 'switch bits (1114)', SWITCH_REGISTERS.switchBits, withHeating(word, on), 2);
  }),
];
