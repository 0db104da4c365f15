import { round } from '../derive';
import type { Reading } from '../reading';
import { alarmsNow, cellPlace, isLost, layoutOf, type SinkLimits, type SinkReading } from './sink';
import { MQTT_BATTERY_ALARMS, venusLevels, venusLimits } from './venus';

type Value = number | string;

/** The payload of dbus-mqtt-battery: to be sent as JSON, without "retain", at least every 20 s (victron.md 8). */
export type MqttBatteryPayload = Readonly<Record<string, Value | Readonly<Record<string, Value>>>>;

/**
 * What dbus-mqtt-battery is to get. A value that is absent is left out, as the driver refuses null; it keeps what it got last.
 * While the pack is lost, it gets the last voltage, power and state of charge, without which it takes no limits.
 * @returns undefined while voltage, power or state of charge have never been known
 */
export function toMqttBattery(reading: SinkReading | undefined, limits: SinkLimits): MqttBatteryPayload | undefined {
  const { voltage, current, power, soc } = reading ?? {};
  if (reading === undefined || !isNumber(voltage) || !isNumber(power) || !isNumber(soc)) return undefined;
  const isKnown = !isLost(limits);
  const measured: SinkReading = isKnown ? reading : {};
  const payload = {
    Dc: { Power: power, Voltage: voltage, Current: current, Temperature: measured.temperatureAverage },
    Soc: within100(soc),
    Soh: within100(measured.soh),
    InstalledCapacity: measured.fullCapacity,
    Capacity: measured.remainingCapacity,
    ConsumedAmphours: consumed(measured),
    TimeToGo: measured.timeToEmpty,
    Balancing: flag(measured.balancing),
    Heating: flag(measured.heating),
    Alarms: venusLevels(MQTT_BATTERY_ALARMS, alarmsNow(reading, limits) ?? []),
    Info: info(limits),
    History: { ChargeCycles: measured.cycles },
    System: { ...extremes(measured), ...modules(reading, isKnown) },
    // The cells of a bank are not the cells of one battery.
    ...(reading.packs === undefined ? cells(measured) : {}),
    Io: switches(measured, limits),
  };
  return present(payload);
}

function info(limits: SinkLimits): Values {
  const { chargeVoltage, chargeCurrent, dischargeCurrent } = venusLimits(limits);
  return {
    ChargeRequest: flag(limits.chargeRequest),
    MaxChargeVoltage: chargeVoltage,
    MaxChargeCurrent: chargeCurrent,
    MaxDischargeCurrent: dischargeCurrent,
  };
}

function extremes(reading: SinkReading): Values {
  const { temperatures = [], temperatureMin, temperatureMax } = reading;
  const sensor = (temperature: number | undefined): string | undefined => {
    const index = temperature === undefined ? -1 : temperatures.indexOf(temperature);
    return index < 0 ? undefined : `T${index + 1}`;
  };
  return {
    MinVoltageCellId: cellId(reading, 'min'),
    MinCellVoltage: reading.cellVoltageMin,
    MaxVoltageCellId: cellId(reading, 'max'),
    MaxCellVoltage: reading.cellVoltageMax,
    MinTemperatureCellId: sensor(temperatureMin),
    MinCellTemperature: temperatureMin,
    MaxTemperatureCellId: sensor(temperatureMax),
    MaxCellTemperature: temperatureMax,
    MOSTemperature: reading.mosTemperature,
  };
}

/** A text, as "P2C4" (victron.md 8). */
function cellId(reading: SinkReading, which: 'min' | 'max'): string | undefined {
  const place = cellPlace(reading, which);
  if (place === undefined) return undefined;
  return place.pack === undefined ? `C${place.cell}` : `P${place.pack}C${place.cell}`;
}

/** How many packs are there, and how many of them block: a pack alone is a bank of one. */
function modules(reading: SinkReading, isKnown: boolean): Values {
  const { packCount = 1, packsOnline = 1, chargeEnabled, dischargeEnabled } = reading;
  const online = isKnown ? packsOnline : 0;
  return {
    NrOfModulesOnline: online,
    NrOfModulesOffline: packCount - online,
    NrOfCellsPerBattery: layoutOf(reading)?.cellsOfPack,
    NrOfModulesBlockingCharge: isKnown ? (reading.packsBlockingCharge ?? flag(chargeEnabled === false)) : undefined,
    NrOfModulesBlockingDischarge: isKnown
      ? (reading.packsBlockingDischarge ?? flag(dischargeEnabled === false))
      : undefined,
  };
}

function cells({ cellVoltages = [], balancingCells }: SinkReading): Readonly<Record<string, Values>> {
  const voltages = Object.fromEntries(cellVoltages.map((voltage, index) => [`Cell${index + 1}`, voltage]));
  if (balancingCells === undefined) return { Voltages: voltages };
  const balances = cellVoltages.map((_, index) => [`Cell${index + 1}`, Number(balancingCells.includes(index + 1))]);
  return { Voltages: voltages, Balances: Object.fromEntries(balances) as Values };
}

/** What is allowed: by the limits, and by the board. */
function switches(reading: SinkReading, limits: SinkLimits): Values {
  const { chargeCurrent, dischargeCurrent } = venusLimits(limits);
  const isAllowed = (current: number | undefined, isEnabled: boolean | undefined): number | undefined =>
    flag(current === undefined ? isEnabled : current > 0 && isEnabled !== false);
  return {
    AllowToCharge: isAllowed(chargeCurrent, reading.chargeEnabled),
    AllowToDischarge: isAllowed(dischargeCurrent, reading.dischargeEnabled),
    AllowToBalance: flag(reading.balancingSwitch),
    AllowToHeat: flag(reading.heatingSwitch),
  };
}

/** Ah that are missing to full, positive. */
function consumed({ fullCapacity, remainingCapacity }: Pick<Reading, 'fullCapacity' | 'remainingCapacity'>) {
  if (fullCapacity === undefined || remainingCapacity === undefined) return undefined;
  return Math.max(0, round(fullCapacity - remainingCapacity, 3));
}

const isNumber = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value);

const flag = (value: boolean | undefined): 0 | 1 | undefined => (value === undefined ? undefined : value ? 1 : 0);

const within100 = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.min(100, Math.max(0, value));

type Values = Readonly<Record<string, Value | undefined>>;

/** Without what is absent, and without groups of which nothing is left. */
function present(payload: Readonly<Record<string, Value | Values | undefined>>): MqttBatteryPayload {
  const kept: Record<string, Value | Record<string, Value>> = {};
  for (const [key, value] of Object.entries(payload)) {
    if (typeof value !== 'object') {
      if (isKnown(value)) kept[key] = value;
      continue;
    }
    const entries = Object.entries(value).filter((entry): entry is [string, Value] => isKnown(entry[1]));
    if (entries.length > 0) kept[key] = Object.fromEntries(entries);
  }
  return kept;
}

function isKnown(value: Value | undefined): value is Value {
  return typeof value === 'string' || isNumber(value);
}
