/** What one register tells and the meaning of another depends on. */
export const FACTS = {
  /** cells: as configured, or as counted where the configuration does not come */
  cellCount: 'cellCount',
  /** external temperature sensors, 1 or 2 */
  sensorCount: 'sensorCount',
  /** what register 0b holds */
  packMillivolts: 'packMillivolts',
} as const;
