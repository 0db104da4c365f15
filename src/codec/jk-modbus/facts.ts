/** What one answer tells and another query needs, beside the software (see `SOFTWARE_MAJOR`). */
export const FACTS = {
  /** 1 once the board has answered a trigger with a frame */
  frames: 'frames',
  /** 1 once the board has answered with registers */
  registers: 'registers',
  /** 1 once another master was heard on the bus: from then on this host only listens */
  master: 'master',
  /** °C of the first two sensors, and the byte of those present, for the answer that holds the others */
  first: 'first',
  second: 'second',
  present: 'present',
} as const;
