import type { PackLimits } from '../../battery/bank/member';
import { summarise } from '../../battery/derive';
import { BmsError } from '../../battery/errors';
import type { LimitsReading } from '../../battery/limits/limits';
import { dropImplausible } from '../../battery/plausible';
import { shownValue } from '../../battery/quoted';
import { say, type Sentence } from '../../battery/sentence';

/** The phases that a message can ask for. */
export const LIMITS_COMMANDS = ['bulk', 'float'] as const;

/** See `LIMITS_COMMANDS`. */
export type LimitsCommand = (typeof LIMITS_COMMANDS)[number];

/** What a message to a bms-limits asks for. */
export type LimitsRequest =
  | { readonly kind: 'command'; readonly action: LimitsCommand }
  | { readonly kind: 'reading'; readonly reading: LimitsReading }
  | { readonly kind: 'repeat' };

/**
 * Parses a message: a command `{ action }`, or a reading where readings come as messages; any other one repeats the limits.
 * @param takesReadings whether readings come as messages: then every object, list or text must be one
 * @throws BmsError `bad_value`
 */
export function limitsRequestOf(payload: unknown, takesReadings: boolean): LimitsRequest {
  const action = isObject(payload) ? own(payload, 'action') : undefined;
  if (action !== undefined) return { kind: 'command', action: commandOf(action) };
  if (!takesReadings || payload === null || !['object', 'string'].includes(typeof payload)) return { kind: 'repeat' };
  return { kind: 'reading', reading: readingOf(payload) };
}

function commandOf(action: unknown): LimitsCommand {
  const found = LIMITS_COMMANDS.find((command) => command === action);
  if (found !== undefined) return found;
  const wanted = LIMITS_COMMANDS.join(', ');
  throw new BmsError('bad_value', say`The action ${shownValue(action)} is none of this node; send one of ${wanted}.`);
}

interface Kind {
  readonly wanted: Sentence;
  fits(value: unknown): boolean;
}

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const NUMBER: Kind = { wanted: say`a number`, fits: isNumber };
const FLAG: Kind = { wanted: say`true or false`, fits: (value) => typeof value === 'boolean' };
const isList = (value: unknown, fits: (entry: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(fits);
const CELLS: Kind = { wanted: say`a list of numbers`, fits: (value) => isList(value, isNumber) };
const SENSORS: Kind = {
  wanted: CELLS.wanted,
  fits: (value) => isList(value, (entry) => entry === null || isNumber(entry)),
};
const ALARMS: Kind = {
  wanted: say`a list of alarms`,
  fits: (value) =>
    isList(value, (entry) => isObject(entry) && ['code', 'level'].every((key) => typeof own(entry, key) === 'string')),
};

/** What of a reading the limits, and what they are sent as, are made of. */
const KINDS: Readonly<Record<string, Kind>> = {
  ...{ voltage: NUMBER, current: NUMBER, power: NUMBER, soc: NUMBER, soh: NUMBER, timeToEmpty: NUMBER },
  ...{
    fullCapacity: NUMBER,
    designCapacity: NUMBER,
    remainingCapacity: NUMBER,
    cellCount: NUMBER,
    seriesCells: NUMBER,
  },
  ...{ cellVoltages: CELLS, cellVoltageMin: NUMBER, cellVoltageMax: NUMBER, minCell: NUMBER, maxCell: NUMBER },
  ...{ temperatures: SENSORS, temperatureMin: NUMBER, temperatureMax: NUMBER, temperatureAverage: NUMBER },
  ...{ mosTemperature: NUMBER, chargeEnabled: FLAG, dischargeEnabled: FLAG, alarms: ALARMS },
  ...{ chargeVoltageLimit: NUMBER, chargeCurrentLimit: NUMBER },
  ...{ dischargeVoltageLimit: NUMBER, dischargeCurrentLimit: NUMBER },
};

/** A reading by its keys, checked, without what cannot be true, and with what follows from lists. */
function readingOf(payload: unknown): LimitsReading {
  if (!isObject(payload)) {
    throw new BmsError(
      'bad_value',
      say`The payload must be a reading, an object as bms-read sends it; it is ${shownValue(payload)}. The limits stay.`,
    );
  }
  const reading: Record<string, unknown> = {};
  for (const [key, { wanted, fits }] of Object.entries(KINDS)) {
    const value = own(payload, key);
    if (value === undefined || value === null) continue;
    if (!fits(value)) {
      throw new BmsError(
        'bad_value',
        say`In the reading, ${key} is ${shownValue(value)}; it must be ${wanted}. The limits stay.`,
      );
    }
    reading[key] = structuredClone(value);
  }
  dropImplausible(reading);
  return summarise(reading);
}

const PACK_LIMITS = [
  ...(['chargeVoltageTarget', 'chargeVoltageCeiling', 'chargeCurrentLimit', 'dischargeCurrentLimit'] as const),
  'dischargeVoltageLimit' as const,
];

/**
 * What a limits node makes of one pack, as it sends it in the format "object".
 * @param bms of the message: its device is the pack
 * @returns undefined for a message that is no object, which repeats the limits
 * @throws BmsError `bad_value`
 */
export function packLimitsOf(payload: unknown, bms: unknown): { pack: string; limits: PackLimits } | undefined {
  if (!isObject(payload)) return undefined;
  const pack = isObject(bms) ? own(bms, 'device') : undefined;
  const entries = PACK_LIMITS.map((key) => [key, own(payload, key)] as const).filter(
    ([, value]) => value !== undefined,
  );
  if (typeof pack !== 'string' || entries.length === 0 || !entries.every(([, value]) => isNumber(value))) {
    throw new BmsError(
      'bad_value',
      say`The message must hold the limits of a pack, as its bms-limits sends them in the format ${'object'}. Nothing has changed.`,
    );
  }
  return { pack, limits: Object.fromEntries(entries) };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}

/** A property of the object itself, not one that it inherits. */
function own(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}
