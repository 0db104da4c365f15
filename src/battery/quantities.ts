import type { BankReading } from './bank/reading';
import type { NumberKey, NumberListKey } from './reading';

/** What a value of a reading is called in a sentence, and its unit. */
export interface Quantity {
  /** follows "The" */
  readonly name: string;
  /** '' for a count or a number */
  readonly unit: string;
  /** for a single value that belongs to one cell: the key that says which */
  readonly cellKey?: 'minCell' | 'maxCell';
  /** for a list: what its entries are, numbered from 1 */
  readonly each?: 'cell' | 'sensor';
}

/** The numbers that only a bank has. */
type BankNumberKey = keyof Pick<
  BankReading,
  'packDeltaMax' | 'packsOnline' | 'packCount' | 'packsBlockingCharge' | 'packsBlockingDischarge' | 'seriesCells'
>;

export type QuantityKey = NumberKey | NumberListKey | BankNumberKey;

/** Every number of a reading, single or in a list, in the order in which people look for them; those of a bank last. */
export const QUANTITIES: Readonly<Record<QuantityKey, Quantity>> = {
  soc: { name: 'state of charge', unit: '%' },
  voltage: { name: 'pack voltage', unit: 'V' },
  current: { name: 'current', unit: 'A' },
  power: { name: 'power', unit: 'W' },
  cellVoltageMin: { name: 'lowest cell voltage', unit: 'V', cellKey: 'minCell' },
  cellVoltageMax: { name: 'highest cell voltage', unit: 'V', cellKey: 'maxCell' },
  cellVoltages: { name: 'cell voltage', unit: 'V', each: 'cell' },
  cellVoltageDelta: { name: 'difference between the cell voltages', unit: 'V' },
  cellVoltageAverage: { name: 'average cell voltage', unit: 'V' },
  temperatureMin: { name: 'lowest battery temperature', unit: '°C' },
  temperatureMax: { name: 'highest battery temperature', unit: '°C' },
  temperatures: { name: 'battery temperature', unit: '°C', each: 'sensor' },
  temperatureAverage: { name: 'average battery temperature', unit: '°C' },
  mosTemperature: { name: 'MOSFET temperature', unit: '°C' },
  balancerTemperature: { name: 'balancer temperature', unit: '°C' },
  ambientTemperature: { name: 'ambient temperature', unit: '°C' },
  timeToEmpty: { name: 'time until empty', unit: 's' },
  timeToFull: { name: 'time until full', unit: 's' },
  remainingCapacity: { name: 'remaining capacity', unit: 'Ah' },
  remainingEnergy: { name: 'remaining energy', unit: 'Wh' },
  fullCapacity: { name: 'full capacity', unit: 'Ah' },
  designCapacity: { name: 'nominal capacity', unit: 'Ah' },
  soh: { name: 'state of health', unit: '%' },
  cycles: { name: 'number of cycles', unit: '' },
  cycleCapacity: { name: 'lifetime throughput', unit: 'Ah' },
  chargedEnergy: { name: 'energy charged', unit: 'Wh' },
  dischargedEnergy: { name: 'energy discharged', unit: 'Wh' },
  chargedCapacity: { name: 'capacity charged', unit: 'Ah' },
  dischargedCapacity: { name: 'capacity discharged', unit: 'Ah' },
  runtime: { name: 'running time', unit: 's' },
  timeSinceCharge: { name: 'time since the last charge', unit: 's' },
  cellResistances: { name: 'cell resistance', unit: 'ohm', each: 'cell' },
  balanceCurrent: { name: 'balance current', unit: 'A' },
  chargeVoltageLimit: { name: 'charge voltage limit', unit: 'V' },
  chargeCurrentLimit: { name: 'charge current limit', unit: 'A' },
  dischargeVoltageLimit: { name: 'discharge voltage limit', unit: 'V' },
  dischargeCurrentLimit: { name: 'discharge current limit', unit: 'A' },
  cellCount: { name: 'number of cells', unit: '' },
  minCell: { name: 'number of the lowest cell', unit: '' },
  maxCell: { name: 'number of the highest cell', unit: '' },
  packDeltaMax: { name: 'greatest cell difference within a pack of the bank', unit: 'V' },
  packsOnline: { name: 'number of packs of the bank that answer', unit: '' },
  packCount: { name: 'number of packs of the bank', unit: '' },
  packsBlockingCharge: { name: 'number of packs of the bank that block charging', unit: '' },
  packsBlockingDischarge: { name: 'number of packs of the bank that block discharging', unit: '' },
  seriesCells: { name: 'number of cells in series in the bank', unit: '' },
};

export const QUANTITY_KEYS = Object.keys(QUANTITIES) as readonly QuantityKey[];

/** Whether a word is the key of a number, or of a list of numbers, of a reading. */
export function isQuantityKey(word: unknown): word is QuantityKey {
  return typeof word === 'string' && Object.hasOwn(QUANTITIES, word);
}

/** The same for single numbers alone. */
export function isSingleQuantity(word: unknown): word is QuantityKey {
  return isQuantityKey(word) && QUANTITIES[word].each === undefined;
}
