import { inputsOf } from './inputs';
import type { LimitsSettings } from './settings';
import type { LimitsState, LossState } from './state';
import { isAtLeast, isAtMost } from './tolerance';

/** V around the rebulk voltage: cells within it are neither full nor empty (charge-limits.md 7) */
const MIDDLE = 0.075;
/** of what was given out when the pack was lost */
const HALF = 0.5;

/** A; absent where no limit is given out */
interface Currents {
  readonly charge?: number;
  readonly discharge?: number;
}

/**
 * What a lost pack is given: charging without seeing a cell is the greater danger, and no discharge blacks out an island
 * system while the board still protects the pack (charge-limits.md 7).
 * @param elapsed since the step before, s
 */
export function lossStep(settings: LimitsSettings, state: LimitsState, elapsed: number): LimitsState {
  const loss = lossOf(settings, state, elapsed);
  const given = currentsOf(settings, state, loss);
  return {
    ...state,
    loss,
    isStale: false,
    charge: { given: given.charge, risingFor: 0 },
    discharge: { given: given.discharge, risingFor: 0 },
    blockCap: capOf(settings, state),
    ...{ chargeLimitedBy: [], dischargeLimitedBy: [] },
  };
}

function lossOf(settings: LimitsSettings, { loss, charge, discharge }: LimitsState, elapsed: number): LossState {
  if (loss !== undefined) return { ...loss, lasted: loss.lasted + elapsed };
  const { maxChargeCurrent, maxDischargeCurrent } = settings;
  return {
    lasted: 0,
    charge: maxChargeCurrent === undefined ? undefined : (charge.given ?? 0),
    discharge: maxDischargeCurrent === undefined ? undefined : (discharge.given ?? 0),
  };
}

function currentsOf(
  { onLost, holdFor, rebulkVoltage }: LimitsSettings,
  { seen }: LimitsState,
  loss: LossState,
): Currents {
  const isHeld = loss.lasted < holdFor;
  const cells = [seen.cellVoltageMin?.value, seen.cellVoltageMax?.value];
  const areInMiddle = cells.every(
    (cell) => cell !== undefined && isAtLeast(cell, rebulkVoltage - MIDDLE) && isAtMost(cell, rebulkVoltage + MIDDLE),
  );
  const charges = onLost === 'hold' && isHeld && areInMiddle;
  const discharges = isHeld && (onLost === 'discharge' || charges);
  return { charge: part(loss.charge, charges), discharge: part(loss.discharge, discharges) };
}

function part(last: number | undefined, isGiven: boolean): number | undefined {
  return last === undefined ? undefined : isGiven ? HALF * last : 0;
}

/** The voltage of float at most, and no more than was given out. */
function capOf(settings: LimitsSettings, { seen, blockCap, chargeVoltage }: LimitsState): LimitsState['blockCap'] {
  const { cells } = inputsOf(settings, seen, Infinity);
  if (cells === undefined) return blockCap;
  const voltage = Math.min(blockCap?.voltage ?? Infinity, chargeVoltage ?? Infinity, cells * settings.floatVoltage);
  return { voltage, since: 0, isHeld: false };
}
