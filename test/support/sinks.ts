import type { SinkLimits } from '../../src/battery/sinks/sink';

/** The limits of the worked examples (victron.md 7 and 10). */
export const LIMITS: SinkLimits = {
  chargeVoltageLimit: 55.2,
  chargeCurrentLimit: 98,
  dischargeCurrentLimit: 80,
  dischargeVoltageLimit: 46.4,
};

/** Limits while the pack is lost, as `onLost: "discharge"` gives them. */
export const LOST: SinkLimits = {
  ...LIMITS,
  chargeCurrentLimit: 0,
  dischargeCurrentLimit: 40,
  chargeLimitedBy: ['lost'],
};
