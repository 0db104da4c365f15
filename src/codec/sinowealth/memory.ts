/** What one register tells and the meaning of another depends on. */
export const MEMORY = {
  /** cells: as configured, or as counted where the configuration does not come */
  cellCount: 'cellCount',
  /** external temperature sensors, 1 or 2 */
  sensorCount: 'sensorCount',
  /** 1 on a board that does not know the register of its configuration */
  isUnconfigured: 'isUnconfigured',
  /** what register 0b holds */
  packMillivolts: 'packMillivolts',
} as const;
