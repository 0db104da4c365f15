import { alarmsNow, cellPlace, isLost, layoutOf, type SinkLimits, type SinkReading } from './sink';
import { otherFailures, VIRTUAL_BATTERY_ALARMS, venusLevels, venusLimits } from './venus';

/** Path without a leading slash, and its value; null is "unknown" (victron.md 2). */
export type VictronPayload = Readonly<Record<string, number | null>>;

/** What the virtual battery has got: plain JSON. It is not kept over a restart, as the virtual battery forgets, too. */
export interface VictronMemory {
  readonly sent: VictronPayload;
  /** when everything was sent, s */
  readonly completeAt?: number;
}

export interface VictronStep {
  /** each the payload of a message of its own, in this order; none is empty */
  readonly payloads: readonly VictronPayload[];
  readonly memory: VictronMemory;
}

/** s: what has not changed is sent again (victron.md 2) */
const REPEAT_AFTER = 30;

/**
 * What the virtual battery of Victron's palette is to get: the limits, alone and first, because one bad value in a message
 * keeps others of it from being set; then the rest (victron.md 2). A value that is absent is null where it was sent before.
 * @param reading the last one, also while the pack is lost: then what was measured is null
 * @param memory of the last step; undefined at first
 * @param now monotonic, s; steps are to be 1 s apart at least
 */
export function toVictron(
  reading: SinkReading | undefined,
  limits: SinkLimits,
  memory: VictronMemory | undefined,
  now: number,
): VictronStep {
  const { sent = {}, completeAt } = memory ?? {};
  const isComplete = completeAt === undefined || now < completeAt || now - completeAt >= REPEAT_AFTER;
  const first = withNulls(limitValues(limits), sent);
  const rest = withNulls({ ...nowValues(reading, limits), ...alarmValues(reading, limits) }, sent);
  const later = withNulls(laterValues(isLost(limits) ? undefined : reading), sent);
  const changed = Object.entries(later).filter(([path, value]) => isComplete || sent[path] !== value);
  const second = { ...rest, ...Object.fromEntries(changed) };
  return {
    payloads: [first, second].filter((payload) => Object.keys(payload).length > 0),
    memory: { sent: { ...sent, ...first, ...second }, completeAt: isComplete ? now : completeAt },
  };
}

/** undefined: absent; null: sent as unknown at once */
type Values = Readonly<Record<string, number | null | undefined>>;

/** All four are sent each time: a virtual battery that was deployed anew has none. */
function limitValues(limits: SinkLimits): Values {
  const { chargeVoltage, chargeCurrent, dischargeCurrent, dischargeVoltage } = venusLimits(limits);
  return {
    'Info/MaxChargeVoltage': chargeVoltage,
    'Info/MaxChargeCurrent': chargeCurrent,
    'Info/MaxDischargeCurrent': dischargeCurrent,
    'Info/BatteryLowVoltage': dischargeVoltage,
  };
}

/**
 * What is set at once, all of a message together: sent each time. Not the temperature of the whole battery, which a virtual battery
 * without that option writes into its log each time.
 */
function nowValues(reading: SinkReading | undefined, limits: SinkLimits): Values {
  const { chargeRequest } = limits;
  const measured = isLost(limits) ? {} : (reading ?? {});
  return {
    'Info/ChargeRequest': chargeRequest === undefined ? undefined : Number(chargeRequest),
    'Dc/0/Voltage': measured.voltage,
    'Dc/0/Current': measured.current,
    'Dc/0/Power': measured.power,
    Soc: within(measured.soc, 100),
    Soh: within(measured.soh, 100),
    TimeToGo: within(measured.timeToEmpty, LONGEST_TIME_TO_GO) ?? (reading === undefined ? undefined : null),
    'System/MinCellVoltage': measured.cellVoltageMin,
    'System/MaxCellVoltage': measured.cellVoltageMax,
    'System/MinCellTemperature': measured.temperatureMin,
    'System/MaxCellTemperature': measured.temperatureMax,
  };
}

/** s; more is refused (victron.md 3) */
const LONGEST_TIME_TO_GO = 864_000;

/** What is set 100 ms later, each by itself: one signal on the D-Bus each, so it is sent when it changes, and each 30 s. */
function laterValues(reading: SinkReading | undefined): Values {
  const layout = reading === undefined ? undefined : layoutOf(reading);
  return {
    'System/MinVoltageCellId': reading && cellId(reading, 'min'),
    'System/MaxVoltageCellId': reading && cellId(reading, 'max'),
    'System/MinTemperatureCellId': reading && sensorId(reading, reading.temperatureMin),
    'System/MaxTemperatureCellId': reading && sensorId(reading, reading.temperatureMax),
    'System/NrOfBatteries': layout?.packs ?? reading?.packs?.length,
    'System/BatteriesParallel': layout?.inParallel,
    'System/BatteriesSeries': layout?.inSeries,
    'System/NrOfCellsPerBattery': layout?.cellsOfPack,
  };
}

/** Every path each time, 0 too: else an alarm stays (victron.md 3). */
function alarmValues(reading: SinkReading | undefined, limits: SinkLimits): Values {
  const alarms = alarmsNow(reading, limits);
  if (alarms === undefined) return {};
  const levels = {
    ...venusLevels(VIRTUAL_BATTERY_ALARMS, alarms),
    InternalFailure: otherFailures(VIRTUAL_BATTERY_ALARMS, alarms),
  };
  return Object.fromEntries(Object.entries(levels).map(([name, level]) => [`Alarms/${name}`, level]));
}

/** A number, as the virtual battery refuses a text; 204 is cell 4 of pack 2 of a bank (victron.md 3). */
function cellId(reading: SinkReading, which: 'min' | 'max'): number | undefined {
  const place = cellPlace(reading, which);
  return place === undefined ? undefined : 100 * (place.pack ?? 0) + place.cell;
}

/** Number of the first sensor that measures a temperature, from 1. */
function sensorId({ temperatures = [] }: SinkReading, temperature: number | undefined): number | undefined {
  const index = temperature === undefined ? -1 : temperatures.indexOf(temperature);
  return index < 0 ? undefined : index + 1;
}

function within(value: number | undefined, most: number): number | undefined {
  return value === undefined ? undefined : Math.min(most, Math.max(0, value));
}

/** Values without those that are absent, which are null where they were sent before. */
function withNulls(values: Values, sent: VictronPayload): VictronPayload {
  const known = Object.entries(values).flatMap(([path, value]): [string, number | null][] => {
    if (typeof value === 'number' && Number.isFinite(value)) return [[path, value]];
    return value === null || path in sent ? [[path, null]] : [];
  });
  return Object.fromEntries(known);
}
