/** A property of the virtual battery (victron.md 3). */
export interface Property {
  readonly type: 'double' | 'integer';
  /** set at once, all of a message together; else 100 ms after the last message with it, by itself */
  readonly isNow: boolean;
  readonly least: number;
  readonly most: number;
  /** kept on disk */
  readonly isKept: boolean;
}

type Row = readonly [paths: string, type: Property['type'], when: 'now' | 'later', least?: number, most?: number];

const ROWS: readonly Row[] = [
  ['Info/MaxChargeVoltage Info/BatteryLowVoltage', 'double', 'later'],
  ['Info/MaxChargeCurrent Info/MaxDischargeCurrent', 'double', 'later', 0],
  ['Info/ChargeRequest', 'integer', 'now', 0, 1],
  ['Dc/0/Voltage Dc/0/Current Dc/0/Power Dc/0/Temperature', 'double', 'now'],
  ['Soc Soh', 'double', 'now', 0, 100],
  ['TimeToGo', 'double', 'now', 0, 864_000],
  ['Capacity', 'double', 'later'],
  ['System/MinCellVoltage System/MaxCellVoltage', 'double', 'now'],
  ['System/MinVoltageCellId System/MaxVoltageCellId', 'integer', 'later'],
  ['System/MinCellTemperature System/MaxCellTemperature', 'double', 'now'],
  ['System/MinTemperatureCellId System/MaxTemperatureCellId', 'integer', 'later'],
  ['System/NrOfBatteries System/BatteriesParallel System/BatteriesSeries', 'integer', 'later'],
  ['System/NrOfCellsPerBattery NrOfDistributors', 'integer', 'later'],
  ['Alarms/LowVoltage Alarms/HighVoltage Alarms/LowCellVoltage Alarms/HighCellVoltage', 'integer', 'now', 0, 2],
  ['Alarms/CellImbalance Alarms/HighChargeCurrent Alarms/HighDischargeCurrent', 'integer', 'now', 0, 2],
  ['Alarms/HighCurrent Alarms/HighTemperature Alarms/LowTemperature', 'integer', 'now', 0, 2],
  ['Alarms/LowSoc Alarms/StateOfHealth Alarms/InternalFailure', 'integer', 'now', 0, 2],
  ['ErrorCode', 'integer', 'now'],
  ['Connected', 'integer', 'now', 0, 1],
  ['History/ChargedEnergy History/DischargedEnergy', 'double', 'later'],
];

const KEPT = new Set(['Soc', 'Soh', 'History/ChargedEnergy', 'History/DischargedEnergy']);

/** The properties of version 1.7.20 by their paths. */
export const PROPERTIES: ReadonlyMap<string, Property> = new Map(
  ROWS.flatMap(([paths, type, when, least = -Infinity, most = Infinity]) =>
    paths
      .split(' ')
      .map((path): [string, Property] => [path, { type, isNow: when === 'now', least, most, isKept: KEPT.has(path) }]),
  ),
);

/** What the node has before anything was set, without the values that `default_values` adds. */
export const INITIAL: Readonly<Record<string, number>> = {
  'System/NrOfBatteries': 1,
  'System/BatteriesParallel': 1,
  'System/BatteriesSeries': 1,
  'System/NrOfCellsPerBattery': 16,
  NrOfDistributors: 0,
  ErrorCode: 0,
  Connected: 1,
};
