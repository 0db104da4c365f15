import { inputsOf } from './inputs';
import type { LimitsSettings } from './settings';
import type { LimitsState } from './state';

/** Where a pack stands on the curves of its limits. What is not known is absent. */
export interface OperatingPoint {
  /** V: of the highest and the lowest cell */
  readonly highest?: number;
  readonly lowest?: number;
  /** °C: of the coldest and the hottest sensor */
  readonly coldest?: number;
  readonly hottest?: number;
  /** °C */
  readonly mos?: number;
  /** % */
  readonly soc?: number;
  /** given out, A */
  readonly charge?: number;
  readonly discharge?: number;
}

/** Where the pack stands by what was seen of it last. */
export function operatingPoint(settings: LimitsSettings, state: LimitsState): OperatingPoint {
  const { highest, lowest, coldest, hottest, mos, soc } = inputsOf(settings, state.seen);
  return { highest, lowest, coldest, hottest, mos, soc, charge: state.charge.given, discharge: state.discharge.given };
}
