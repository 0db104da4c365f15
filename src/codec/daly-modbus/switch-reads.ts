import type { Reading } from '../../battery/reading';
import { layout, type Layout } from '../kit/fields';
import type { Memory } from '../untyped';
import { BALANCER } from './balancer';
import type { Read } from './block';
import { MEMORY, isD2, isP81 } from './memory';
import { at, switchRegister } from './registers';
import { checkLength } from './validity';

/*
 * What the user has set, apart from what the MOSFETs and the balancer do (daly-modbus.md 4.3, 5.2, 7). An answer does not say
 * which registers it brings, so that no other read of a board is as long as one of these.
 */

/** The registers of both MOSFETs, charge before discharge. */
export const D2_SWITCHES = 0xa5;
export const P81_SWITCHES = 0x121;

/** Both switches, at offsets counted from register 0. */
export function switchTable(first: number): Layout<Reading> {
  return layout<Reading>([switchRegister(first, 'chargeSwitch'), switchRegister(first + 1, 'dischargeSwitch')]);
}

const balancer = layout<Reading>([switchRegister(BALANCER, 'balancingSwitch')]);

/** @param memoryOf what it tells for actions */
function switchRead(
  rest: Pick<Read, 'name' | 'start' | 'count' | 'applies'>,
  table: Layout<Reading>,
  memoryOf: (reading: Reading) => Memory = () => ({}),
): Read {
  const { name, start, count } = rest;
  return {
    ...rest,
    // May be changed by others at any time.
    group: 'counters',
    optional: true,
    decode(data) {
      checkLength(name, data, count);
      const reading: Reading = {};
      table.decode(data, reading, -at(start));
      return { reading, memory: memoryOf(reading) };
    },
  };
}

function mosfetFacts({ chargeSwitch, dischargeSwitch }: Reading): Memory {
  return { [MEMORY.switches]: chargeSwitch === undefined || dischargeSwitch === undefined ? 0 : 1 };
}

/** Four registers: two would be as long as the production date. */
export const d2Mosfets = switchRead(
  { name: 'MOSFET switches of a D2 board (00a5)', start: D2_SWITCHES, count: 4, applies: isD2 },
  switchTable(D2_SWITCHES),
  mosfetFacts,
);

export const p81Mosfets = switchRead(
  { name: 'MOSFET switches (0121)', start: P81_SWITCHES, count: 2, applies: isP81 },
  switchTable(P81_SWITCHES),
  mosfetFacts,
);

export const d2Switches = [
  d2Mosfets,
  switchRead({ name: 'balancer of a D2 board (00cf)', start: BALANCER, count: 1, applies: isD2 }, balancer),
];

export const p81Switches = [p81Mosfets];
