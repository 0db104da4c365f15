import type { ActionName } from '../../battery/action';
import type { BooleanKey } from '../../battery/reading';
import type { Action, Confirmation, Script, ScriptInput, Step } from '../protocol';
import { reading, stateOf } from '../kit/script';
import { buildRequest, DATA_AT, DATA_LENGTH, isResponseTo } from './wire';
import { mosfets, pack } from './queries';
import type { DalyMemory } from './tables';

/** Ids that change something (daly.md 6). */
export const DISCHARGE = 0xd9;
export const CHARGE = 0xda;
export const SET_SOC = 0x21;
export const RESTART = 0x00;

/** acknowledges a SOC that was set */
const DONE = 1;

/** A MOSFET follows within about a second (daly.md 6). */
const FOLLOWS = { everyMs: 500, withinMs: 3000 };

/**
 * @param said the first byte of the acknowledgement: with another one it is of an earlier command, or none at all, and
 *   what is read back decides. What else it holds is left over from earlier answers.
 */
function write(
  { target }: ScriptInput<DalyMemory>,
  id: number,
  name: string,
  data: readonly number[],
  said: number,
): Step {
  const bytes = Buffer.alloc(DATA_LENGTH);
  bytes.set(data);
  return {
    name,
    request: buildRequest(target.address, id, bytes),
    isWrite: true,
    match: (frame) => (isResponseTo(frame, target.address, id) && frame[DATA_AT] === said ? 'complete' : 'foreign'),
  };
}

function mosfet(name: ActionName, id: number, key: BooleanKey, label: string): Action<DalyMemory> {
  return {
    name,
    input: { kind: 'switch' },
    confirm: { read: reading(mosfets), state: stateOf(key), evidence: 'effect', ...FOLLOWS },
    *script(order): Script<void> {
      const state = order.value === true ? 1 : 0;
      yield write(order, id, label, [state], state);
    },
  };
}

const packConfirmation: Confirmation<DalyMemory> = {
  read: reading(pack),
  state: stateOf('soc'),
  evidence: 'switch',
  step: 0.1,
  ...FOLLOWS,
};

/** What classic boards can be asked to do (daly.md 6). There is no command for balancing, alarms or the current. */
export const actions: readonly Action<DalyMemory>[] = [
  mosfet('charge', CHARGE, 'chargeEnabled', 'charge MOSFET (da)'),
  mosfet('discharge', DISCHARGE, 'dischargeEnabled', 'discharge MOSFET (d9)'),
  {
    name: 'soc',
    input: { kind: 'number', min: 0, max: 100, unit: '%' },
    confirm: packConfirmation,
    *script(order): Script<void> {
      const steps = Math.round(Number(order.value) * 10);
      yield write(order, SET_SOC, 'SOC and clock (21)', [...clock(order.now), steps >> 8, steps & 0xff], DONE);
    },
  },
  {
    name: 'restart',
    input: { kind: 'command' },
    dangerous: true,
    confirm: { ...packConfirmation, evidence: 'effect', proof: 'restart', everyMs: 300, withinMs: 15_000 },
    *script(order): Script<void> {
      yield write(order, RESTART, 'restart (00)', [], 0);
    },
  },
];

/**
 * The SOC cannot be set without the clock: zeros would set it to zero (daly.md 6). Local time, binary. A computer that has
 * not got the time yet is in 1970.
 */
function clock(now: Date): number[] {
  return [
    Math.max(0, now.getFullYear() - 2000),
    now.getMonth() + 1,
    now.getDate(),
    now.getHours(),
    now.getMinutes(),
    now.getSeconds(),
  ];
}
