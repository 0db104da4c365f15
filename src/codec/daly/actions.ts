import { actionsOf, type ActionRow, type ConfirmationRow } from '../kit/actions';
import type { Action, Script, ScriptInput, Step } from '../protocol';
import { mosfets, pack } from './queries';
import type { DalyMemory } from './tables';
import { buildRequest, DATA_AT, DATA_LENGTH, isResponseTo } from './wire';

/** Ids that change something (daly.md 6). */
export const DISCHARGE = 0xd9;
export const CHARGE = 0xda;
export const SET_SOC = 0x21;
export const RESTART = 0x00;

/** What is sent for an action. */
interface Command {
  readonly id: number;
  /** in the words of the vendor's documents, for messages */
  readonly label: string;
  /** the bytes of data; the raw value alone, when missing */
  data?(raw: number, now: Date): readonly number[];
  /** the first byte of the acknowledgement, where it is not that of the data */
  readonly done?: number;
}

/** A MOSFET follows within about a second (daly.md 6). */
const FOLLOWS = { everyMs: 500, withinMs: 3000 };

const SHOWN_BY_SOC: ConfirmationRow<DalyMemory> = {
  queries: [pack],
  state: 'soc',
  evidence: 'switch',
  step: 0.1,
  ...FOLLOWS,
};

const ROWS: readonly ActionRow<DalyMemory, Command>[] = [
  {
    name: 'charge',
    takes: 'switch',
    to: { id: CHARGE, label: 'charge MOSFET (da)' },
    confirm: { queries: [mosfets], state: 'chargeEnabled', evidence: 'effect', ...FOLLOWS },
  },
  {
    name: 'discharge',
    takes: 'switch',
    to: { id: DISCHARGE, label: 'discharge MOSFET (d9)' },
    confirm: { queries: [mosfets], state: 'dischargeEnabled', evidence: 'effect', ...FOLLOWS },
  },
  {
    name: 'soc',
    ...{ takes: 'number', min: 0, max: 100, unit: '%', divisor: 10 },
    to: {
      id: SET_SOC,
      label: 'SOC and clock (21)',
      data: (raw, now) => [...clock(now), raw >> 8, raw & 0xff],
      done: 1,
    },
    confirm: SHOWN_BY_SOC,
  },
  {
    name: 'restart',
    ...{ takes: 'command', raw: 0, dangerous: true },
    to: { id: RESTART, label: 'restart (00)' },
    confirm: { ...SHOWN_BY_SOC, evidence: 'effect', proof: 'restart', everyMs: 300, withinMs: 15_000 },
  },
];

/** What classic boards can be asked to do (daly.md 6). There is no command for balancing, alarms or the current. */
export const actions: readonly Action<DalyMemory>[] = actionsOf(ROWS, function* send(order, { to }, raw): Script<void> {
  yield write(order, to, raw);
});

/**
 * An acknowledgement with another first byte belongs to an earlier command, or is none at all: what is read back decides. Its
 * other bytes are left over from earlier responses (daly.md 3).
 */
function write({ target, now }: ScriptInput<DalyMemory>, command: Command, raw: number): Step {
  const { id, label, data, done = raw } = command;
  const bytes = Buffer.alloc(DATA_LENGTH);
  bytes.set(data?.(raw, now) ?? [raw]);
  return {
    name: label,
    request: buildRequest(target.address, id, bytes),
    isWrite: true,
    match: (frame) => (isResponseTo(frame, target.address, id) && frame[DATA_AT] === done ? 'complete' : 'foreign'),
  };
}

/**
 * The SOC cannot be set without the clock: zeros would set it to zero (daly.md 6). Local time, binary. On a computer that
 * does not know the time yet it is 1970.
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
