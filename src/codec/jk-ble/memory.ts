/** What one record tells and another one needs, beside the software (see `SOFTWARE_MAJOR`). */
export const MEMORY = {
  /** 1: by its model an active balancer, 0: another board */
  balancer: 'balancer',
  /** a `Variant`, once the structure of a cell record has shown it */
  variant: 'variant',
  /** Ah, from the settings, which come only when they are asked for */
  designCapacity: 'designCapacity',
  /** how often the board may yet fail to send by itself before it is asked each time; unset until settings came */
  streaming: 'streaming',
} as const;
