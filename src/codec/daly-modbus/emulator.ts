import type { ActionName, ActionValue } from '../../battery/action';
import type { EmulatedResponse } from '../untyped';
import { PLACES, type Place } from './actions';
import { balancerBlock } from './balancer';
import type { Block } from './block';
import * as d2 from './d2';
import { ANY } from './memory';
import { d2Identity, p81Identity } from './identity';
import * as p81 from './p81';
import { at } from './registers';
import { boardStation, d2Station, decodeRequest, encodeAnswer } from './wire';
import { decodeWrite, encodeEcho } from './write';

const D2_BLOCKS: readonly Block[] = [d2.statusBlock, ...d2Identity.blocks, balancerBlock];
const P81_BLOCKS: readonly Block[] = [p81.statusBlock, ...p81Identity.blocks];

/**
 * The board's side, for the simulator. Any part of a block may be asked; registers that the board does not have are met
 * with silence (daly-modbus.md 3).
 * @param request bytes as they came over the line
 * @returns undefined when they are no whole, valid request for registers that a board has
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  return serveRead(request) ?? serveWrite(request);
}

function serveRead(request: Buffer): EmulatedResponse | undefined {
  const asked = decodeRequest(request);
  if (asked === undefined) return undefined;
  const { board, start, count } = asked;
  const blocks = board === undefined ? D2_BLOCKS : P81_BLOCKS;
  const block = blocks.find((entry) => start >= entry.start && start + count <= entry.start + entry.count);
  if (block === undefined || count === 0) return undefined;
  const station = board === undefined ? d2Station : boardStation(board);
  const from = at(start - block.start);
  return {
    address: board ?? ANY,
    answer: (pack, side) => encodeAnswer(station, block.encode(pack, side).subarray(from, from + at(count))),
  };
}

const SOC_MAX = 1000;

/** What writing a register asks of a board; a value that it does not take is undefined. */
const MEANINGS: Readonly<Record<Place['takes'], (raw: number) => ActionValue | undefined>> = {
  switch: (raw) => (raw <= 1 ? raw === 1 : undefined),
  soc: (raw) => (raw <= SOC_MAX ? raw / 10 : undefined),
  command: (raw) => (raw === 1 ? true : undefined),
};

type Control = Pick<Place, 'takes'> & { action: ActionName };

function controlsOf(variant: 'd2' | 'p81'): ReadonlyMap<number, Control> {
  const controls = new Map<number, Control>();
  for (const action of Object.keys(PLACES) as (keyof typeof PLACES)[]) {
    const { takes, [variant]: register } = PLACES[action];
    if (register !== undefined) controls.set(register, { action, takes });
  }
  return controls;
}

const D2_CONTROLS = controlsOf('d2');
const P81_CONTROLS = controlsOf('p81');

/** Registers and values that a board does not know are met with silence (daly-modbus.md 3). */
function serveWrite(request: Buffer): EmulatedResponse | undefined {
  const asked = decodeWrite(request);
  if (asked === undefined) return undefined;
  const { board, register, value } = asked;
  const control = (board === undefined ? D2_CONTROLS : P81_CONTROLS).get(register);
  const meant = control && MEANINGS[control.takes](value);
  if (control === undefined || meant === undefined) return undefined;
  const station = board === undefined ? d2Station : boardStation(board);
  return {
    address: board ?? ANY,
    answer(_pack, side) {
      side?.execute(control.action, meant);
      return side === undefined ? Buffer.alloc(0) : encodeEcho(station, register, value);
    },
  };
}
