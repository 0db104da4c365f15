import { NotSentError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { actionsOf, type ActionRow } from '../kit/actions';
import { mosfetConfirmation, type Direction } from '../kit/mosfet';
import { reading } from '../kit/script';
import type { Action, Confirmation, Script, Step } from '../protocol';
import { d2StationOf, isD2, isP81, p81Station, type DalyModbusMemory, type Decoded, type Target } from './memory';
import { statusQuery } from './queries';
import { queryOf } from './registers';
import { balancerSwitch, d2, mosfets as d2Mosfets } from './variants/d2';
import { mosfets as p81Mosfets, p81, state as p81State } from './variants/p81';
import { buildWrite, matchWrite, WRITE_TIMEOUT_MS, writeFrames, type Station } from './wire';

/** Where an action is written: its register in either map. A map without one does not have the action. */
interface Place {
  readonly d2: number;
  readonly p81?: number;
  /** how long to wait for the response, ms */
  readonly timeoutMs?: number;
}

type Row = ActionRow<DalyModbusMemory, Place>;

/** What a write does shows within 2 s, or 5 (daly-modbus.md 7). */
const SHOWS = { everyMs: 500, withinMs: 5000 };

/** A board that restarts or switches off may not respond: it must be looked for while it is off. */
const LEAVING_TIMEOUT_MS = 1000;

/** What the MOSFETs do, and the switches that the user sets, on boards that have registers for them. */
function readMosfets(target: Target): Script<Decoded> {
  const [mosfets, switches] = isD2(target)
    ? [statusQuery, queryOf(d2Mosfets, d2)]
    : [queryOf(p81State, p81), queryOf(p81Mosfets, p81)];
  return reading(mosfets, ...(target.memory.hasSwitches === true ? [switches] : []))(target);
}

const mosfet = (direction: Direction): Confirmation<DalyModbusMemory> =>
  mosfetConfirmation(direction, { read: readMosfets, ...SHOWS });

/** After these two the board answers again, or does not answer any more: no value shows them. */
const leaving = { queries: [statusQuery], evidence: 'effect' } as const;

/**
 * Registers that are written with function 06 (daly-modbus.md 7). Those of p81 are 121 and 122, sniffed from the vendor's
 * tool, and 116, which is in no capture. Two are left out: the balancer of p81 (f6) cannot be read back, and the reset to
 * factory settings (f3) loses calibration and protections.
 */
export const ROWS: readonly Row[] = [
  { name: 'charge', takes: 'switch', to: { d2: 0xa5, p81: 0x121 }, confirm: mosfet('charge') },
  { name: 'discharge', takes: 'switch', to: { d2: 0xa6, p81: 0x122 }, confirm: mosfet('discharge') },
  {
    name: 'balancing',
    takes: 'switch',
    to: { d2: 0xcf },
    onlyIfTold: true,
    confirm: { queries: [queryOf(balancerSwitch, d2)], state: 'balancingSwitch', evidence: 'switch', ...SHOWS },
  },
  {
    name: 'soc',
    ...{ takes: 'number', min: 0, max: 100, unit: '%', divisor: 10 },
    to: { d2: 0xa7, p81: 0x116 },
    confirm: { queries: [statusQuery], state: 'soc', evidence: 'switch', step: 0.1, ...SHOWS },
  },
  {
    name: 'zeroCurrent',
    ...{ takes: 'command', dangerous: true },
    to: { d2: 0xf2 },
    confirm: {
      queries: [statusQuery],
      state: ({ reading: { current } }) => current === 0,
      evidence: 'effect',
      ...SHOWS,
    },
  },
  {
    name: 'restart',
    ...{ takes: 'command', dangerous: true },
    to: { d2: 0xf0, timeoutMs: LEAVING_TIMEOUT_MS },
    confirm: { ...leaving, proof: 'restart', everyMs: 300, withinMs: 20_000 },
  },
  {
    name: 'shutdown',
    ...{ takes: 'command', dangerous: true },
    to: { d2: 0xf1, timeoutMs: LEAVING_TIMEOUT_MS },
    confirm: { ...leaving, proof: 'silence', everyMs: 1000, withinMs: 15_000 },
  },
];

/** Where a board has the register; undefined where its map, which may not be known yet, does not have it. */
function spotOf({ to }: Row, target: Target): { station: Station; register: number } | undefined {
  if (isD2(target)) return { station: d2StationOf(), register: to.d2 };
  if (to.p81 === undefined || !isP81(target)) return undefined;
  return { station: p81Station(target), register: to.p81 };
}

function write(row: Row, target: Target, value: number): Step {
  const spot = spotOf(row, target);
  if (spot === undefined)
    throw new NotSentError('unsupported', say`The board has no register for "${row.name}". Nothing was sent.`);
  const { station, register } = spot;
  const name = `${row.name} (${register.toString(16).padStart(4, '0')})`;
  return {
    name,
    request: buildWrite(station, register, value),
    isWrite: true,
    frames: writeFrames,
    match: (frame) => matchWrite(frame, station, { register, value, name }),
    timeoutMs: row.to.timeoutMs ?? WRITE_TIMEOUT_MS,
  };
}

/** What boards of the newer kind can be asked to do; some of it only those with the D2 map. */
export const actions: readonly Action<DalyModbusMemory>[] = actionsOf(
  ROWS.map((row): Row => ({ ...row, applies: (target) => spotOf(row, target) !== undefined })),
  function* send({ target }, row, raw): Script<void> {
    yield write(row, target, raw);
  },
);
