/** What one answer tells and another query needs, beside the software (see `SOFTWARE_MAJOR`). */
export const MEMORY = {
  /** 1 once the board has answered a trigger with a frame */
  frames: 'frames',
  /** 1 once the board has answered with registers */
  registers: 'registers',
  /** 1 while another master is on the bus: then this host only listens */
  master: 'master',
  /** how many answers came since that master was heard last */
  unheard: 'unheard',
  /** °C of the first two sensors, and the byte of those present, for the answer that holds the others */
  first: 'first',
  second: 'second',
  present: 'present',
} as const;
