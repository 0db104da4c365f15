import { cellsOf } from './inputs';
import type { LimitsSettings } from './settings';
import type { LimitsState, LossState } from './state';
import { isAtLeast, isAtMost } from './tolerance';

/** V around the rebulk voltage: cells within it are neither full nor empty (charge-limits.md 7) */
const MIDDLE = 0.075;
/** of what was given out when the pack was lost */
const HALF = 0.5;

/**
 * What a lost pack is given: charging without seeing a cell is the greater danger, and no discharge blacks out an island
 * system while the board still protects the pack (charge-limits.md 7).
 * @param elapsed since the step before, s
 */
export function lossStep(settings: LimitsSettings, state: LimitsState, elapsed: number): LimitsState {
  const { loss: before } = state;
  const loss = before === undefined ? lossOf(settings, state) : { ...before, lasted: before.lasted + elapsed };
  const isHeld = loss.lasted < settings.holdFor;
  return {
    ...state,
    loss,
    isStale: false,
    charge: { given: isHeld ? loss.charge : loss.charge && 0, risingFor: 0 },
    discharge: { given: isHeld ? loss.discharge : loss.discharge && 0, risingFor: 0 },
    blockCap: capOf(settings, state),
    ...{ chargeLimitedBy: [], dischargeLimitedBy: [] },
  };
}

/** What is given out for `holdFor`, of what was given out before; 0 where that was nothing yet. */
function lossOf(settings: LimitsSettings, state: LimitsState): LossState {
  const { onLost, maxChargeCurrent, maxDischargeCurrent } = settings;
  const charges = onLost === 'hold' && areCellsInMiddle(settings, state);
  const discharges = onLost === 'discharge' || charges;
  return {
    lasted: 0,
    charge: maxChargeCurrent === undefined ? undefined : charges ? HALF * (state.charge.given ?? 0) : 0,
    discharge: maxDischargeCurrent === undefined ? undefined : discharges ? HALF * (state.discharge.given ?? 0) : 0,
  };
}

function areCellsInMiddle({ rebulkVoltage }: LimitsSettings, { seen }: LimitsState): boolean {
  return [seen.cellVoltageMin?.value, seen.cellVoltageMax?.value].every(
    (cell) => cell !== undefined && isAtLeast(cell, rebulkVoltage - MIDDLE) && isAtMost(cell, rebulkVoltage + MIDDLE),
  );
}

/** The voltage of float at most, and no more than was given out. */
function capOf(settings: LimitsSettings, { seen, blockCap, chargeVoltage }: LimitsState): LimitsState['blockCap'] {
  const cells = cellsOf(settings, seen, Infinity);
  if (cells === undefined) return blockCap;
  const voltage = Math.min(blockCap?.voltage ?? Infinity, chargeVoltage ?? Infinity, cells * settings.floatVoltage);
  return { voltage, since: 0, isHeld: false };
}
