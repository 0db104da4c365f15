import { BmsError } from '../../battery/errors';
import { mosfetConfirmation } from '../kit/mosfet';
import type { Action, Confirmation, Decoded, ScriptInput, Script, Step, Target } from '../untyped';
import { reading, stateOf } from '../kit/script';
import { BALANCER, balancerSwitch } from './balancer';
import { readQuery } from './block';
import { d2StationOf, MEMORY, isD2, isP81, p81Station } from './memory';
import { status as p81Status } from './p81';
import { statusQuery } from './status-query';
import { d2Mosfets, p81Mosfets } from './switch-reads';
import type { Station } from './wire';
import { encodeWrite, judgeEcho, writeFrames } from './write';

/** Where the register of an action is in either map; a map without it does not have the action. */
export interface Place {
  readonly takes: 'switch' | 'soc' | 'command';
  readonly d2: number;
  readonly p81?: number;
}

type Name = 'charge' | 'discharge' | 'balancing' | 'soc' | 'zeroCurrent' | 'restart' | 'shutdown';

/**
 * Registers that are written with function 06 (daly-modbus.md 7). Those of p81 are 121 and 122, sniffed from the vendor's
 * tool, and 116, which nobody has captured. Its balancer (f6) cannot be read back, and resetting to factory settings
 * (f3) loses calibration and protections: neither is offered.
 */
export const PLACES: Readonly<Record<Name, Place>> = {
  charge: { takes: 'switch', d2: 0xa5, p81: 0x121 },
  discharge: { takes: 'switch', d2: 0xa6, p81: 0x122 },
  balancing: { takes: 'switch', d2: BALANCER },
  soc: { takes: 'soc', d2: 0xa7, p81: 0x116 },
  zeroCurrent: { takes: 'command', d2: 0xf2 },
  restart: { takes: 'command', d2: 0xf0 },
  shutdown: { takes: 'command', d2: 0xf1 },
};

/** A write may take longer than a read (daly-modbus.md 10), but what it does shows within 2 s, or 5 (daly-modbus.md 7). */
const WRITE_TIMEOUT_MS = 4000;
const SHOWS = { everyMs: 500, withinMs: 5000 };

/** A board that restarts or goes off may not come to acknowledge it, and is missed if it is waited for too long. */
const LEAVING_TIMEOUT_MS = 1000;

function spotOf(name: Name, target: Target): { station: Station; register: number } | undefined {
  const place = PLACES[name];
  if (isD2(target)) return { station: d2StationOf(), register: place.d2 };
  if (place.p81 === undefined || !isP81(target)) return undefined;
  return { station: p81Station(target), register: place.p81 };
}

function write(name: Name, { target }: ScriptInput, value: number, timeoutMs = WRITE_TIMEOUT_MS): Step {
  const spot = spotOf(name, target);
  if (spot === undefined) throw new BmsError('unsupported', `The board has no register for "${name}".`);
  const { station, register } = spot;
  const label = `${name} (${register.toString(16).padStart(4, '0')})`;
  return {
    name: label,
    request: encodeWrite(station, register, value),
    isWrite: true,
    frames: writeFrames,
    match: (frame) => judgeEcho(frame, station, register, value, label),
    timeoutMs,
  };
}

const applies =
  (name: Name) =>
  (target: Target): boolean =>
    spotOf(name, target) !== undefined;

/** The pack's values: voltage, current, SOC; of a D2 board its MOSFETs as well. */
const readPack = reading(statusQuery);

/** What the MOSFETs do, and what is set, which has registers of its own on boards that tell it. */
function readMosfets(target: Target): Script<Decoded> {
  const [mosfets, switches] = isD2(target)
    ? [statusQuery, readQuery(d2Mosfets, d2StationOf)]
    : [readQuery(p81Status, p81Station), readQuery(p81Mosfets, p81Station)];
  const isTold = target.memory[MEMORY.switches] === 1;
  return reading(mosfets, ...(isTold ? [switches] : []))(target);
}

function switched(name: 'charge' | 'discharge' | 'balancing', confirm: Confirmation): Action {
  return {
    name,
    input: { kind: 'switch' },
    applies: applies(name),
    confirm,
    *script(order): Script<void> {
      yield write(name, order, order.value === true ? 1 : 0);
    },
  };
}

const balancerConfirmation: Confirmation = {
  read: reading(readQuery(balancerSwitch, d2StationOf)),
  state: stateOf('balancing'),
  evidence: 'switch',
  ...SHOWS,
};

const balancing: Action = {
  ...switched('balancing', balancerConfirmation),
  *script(order): Script<void> {
    if (order.before.reading.balancing === undefined) {
      throw new BmsError('unsupported', 'The board does not have a balancer switch (00cf). Nothing was sent.');
    }
    yield write('balancing', order, order.value === true ? 1 : 0);
  },
};

function command(name: 'zeroCurrent' | 'restart' | 'shutdown', confirm: Confirmation, timeoutMs?: number): Action {
  return {
    name,
    input: { kind: 'command' },
    dangerous: true,
    applies: applies(name),
    confirm,
    *script(order): Script<void> {
      yield write(name, order, 1, timeoutMs);
    },
  };
}

/** No state tells of these two, but whether the board answers. */
const answers: Pick<Confirmation, 'read' | 'state' | 'evidence'> = {
  read: readPack,
  state: () => undefined,
  evidence: 'effect',
};

/** What boards of the newer kind can be asked to do (daly-modbus.md 7); some of it only those with the D2 map. */
export const actions: readonly Action[] = [
  switched('charge', mosfetConfirmation('charge', { read: readMosfets, ...SHOWS })),
  switched('discharge', mosfetConfirmation('discharge', { read: readMosfets, ...SHOWS })),
  balancing,
  {
    name: 'soc',
    input: { kind: 'number', min: 0, max: 100, unit: '%' },
    applies: applies('soc'),
    confirm: { read: readPack, state: stateOf('soc'), evidence: 'switch', step: 0.1, ...SHOWS },
    *script(order): Script<void> {
      yield write('soc', order, Math.round(Number(order.value) * 10));
    },
  },
  command('zeroCurrent', {
    read: readPack,
    state: ({ reading: { current } }) => current === 0,
    evidence: 'effect',
    ...SHOWS,
  }),
  command('restart', { ...answers, proof: 'restart', everyMs: 300, withinMs: 20_000 }, LEAVING_TIMEOUT_MS),
  command('shutdown', { ...answers, proof: 'silence', everyMs: 1000, withinMs: 15_000 }, LEAVING_TIMEOUT_MS),
];
