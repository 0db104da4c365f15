import { BmsError } from '../../battery/errors';
import { switchBitsOf, switchOf, withHeating, type Switches } from '../jk-record/switches';
import { mosfetConfirmation, type Direction } from '../kit/mosfet';
import type { Action, Confirmation, Decoded, Memory, ScriptInput, Script, Step, Target } from '../untyped';
import { reading } from '../kit/script';
import { MEMORY } from './memory';
import { writeRefusal } from './refusal';
import { BALANCER, HEATER, MOSFETS, REGISTERS, type Views } from './switch-queries';
import { LAST_ADDRESS, MASTER, messageOf, WRITE } from './wire';
import { writeAcknowledgement, writeFrames, writeRequest } from './write';

/** jk-modbus.md 9 */
const FOLLOWS = { everyMs: 500, withinMs: 5000 };

/** A setting of four bytes, or a word. */
type Width = 2 | 4;

/**
 * A board that polls is not spoken to, and next to one that does nothing is sent: requests would collide (jk-modbus.md 8).
 * @throws BmsError `unsupported`
 */
function checkAlone(address: number, memory: Memory = {}): void {
  if (address === MASTER) {
    const remedy = `give the board an address from 1 to ${LAST_ADDRESS}, or switch it with its app`;
    throw new BmsError(
      'unsupported',
      `A master (address 0) is only listened to; ${remedy}. Nothing was switched: nothing was sent.`,
    );
  }
  if (memory[MEMORY.master] === 1) {
    const remedy = 'take the master (address 0) off the bus, or switch the board with its app';
    const message = `A master polls the bus, and a command would collide with its requests; ${remedy}.`;
    throw new BmsError('unsupported', `${message} Nothing was switched: nothing was sent.`);
  }
}

/** The acknowledgement says only that the write was understood (jk-modbus.md 9). */
function write(
  { target: { address } }: ScriptInput,
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

/** Reads as the board has been found to answer. */
function viewing(views: Views): Confirmation['read'] {
  return function* read(target: Target): Script<Decoded> {
    checkAlone(target.address, target.memory);
    return yield* reading(...(target.memory[MEMORY.frames] === 1 ? views.frames : views.registers))(target);
  };
}

/** @param step undefined when what was read does not tell what is switched now */
function onOff(
  name: keyof Switches,
  confirm: Confirmation,
  step: (order: ScriptInput, on: boolean) => Step | undefined,
): Action {
  return {
    name,
    input: { kind: 'switch' },
    confirm,
    *script(order: ScriptInput): Script<void> {
      const { target, before, value } = order;
      checkAlone(target.address, before.memory);
      const next = step(order, value === true);
      if (next === undefined) {
        const message = `The settings of the board do not tell whether ${name} is switched on.`;
        throw new BmsError('unsupported', `${message} Nothing was switched: nothing was sent.`);
      }
      yield next;
    },
  };
}

/** A switch of four bytes. */
function setting(name: 'charge' | 'discharge' | 'balancing', confirm: Confirmation): Action {
  const register = REGISTERS[name];
  const label = `${name} (${register.toString(16)})`;
  return onOff(name, confirm, (order, on) => {
    const isTold = switchOf(name, order.before.memory) !== undefined;
    return isTold ? write(order, label, register, on ? 1 : 0, 4) : undefined;
  });
}

function mosfet(name: Direction): Action {
  const rest = { read: viewing(MOSFETS), ...FOLLOWS };
  return setting(
    name,
    mosfetConfirmation(name, rest, ({ memory }) => switchOf(name, memory)),
  );
}

/** Whether something is allowed: what comes of it, the board decides. */
function permission(name: 'balancing' | 'heating', views: Views): Confirmation {
  return { read: viewing(views), state: ({ memory }) => switchOf(name, memory), evidence: 'switch', ...FOLLOWS };
}

/**
 * What boards can be asked to do (jk-modbus.md 9). There is no command for the SOC; the commands of block 1600 differ from
 * document to document, so that none is sent.
 */
export const actions: readonly Action[] = [
  mosfet('charge'),
  mosfet('discharge'),
  setting('balancing', permission('balancing', BALANCER)),
  // The word also holds what the RS485 port is, protections and locks: all but one bit go back as they were read.
  onOff('heating', permission('heating', HEATER), (order, on) => {
    const word = switchBitsOf(order.before.memory);
    return word === undefined
      ? undefined
      : write(order, 'switch bits (1114)', REGISTERS.switchBits, withHeating(word, on), 2);
  }),
];
