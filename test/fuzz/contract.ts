import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { ALARM_CODES, ALARM_LEVELS } from '../../src/battery/alarm';
import { BmsError, ERROR_CODES } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';

type Check = (value: unknown) => boolean;

/** No pack has more cells, and no answer of any protocol room for more. */
const MOST_CELLS = 64;
const LONGEST_TEXT = 128;

const isNumber: Check = (value) => Number.isFinite(value);
const isBoolean: Check = (value) => typeof value === 'boolean';
/** without control characters: it is shown in dashboards, logs and terminals */
const isText: Check = (value) =>
  typeof value === 'string' && /^[\x20-\x7e]+$/.test(value) && value.length <= LONGEST_TEXT;
const isDate: Check = (value) => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= MOST_CELLS && value.every(check);
const isPlace: Check = (value) => Number.isInteger(value) && Number(value) >= 1;

/** What each key of a reading may hold; the compiler asks for all of them. */
const READING: Readonly<Record<keyof Required<Reading>, Check>> = {
  ...{ voltage: isNumber, current: isNumber, power: isNumber, soc: isNumber, soh: isNumber },
  ...{ remainingCapacity: isNumber, fullCapacity: isNumber, designCapacity: isNumber, remainingEnergy: isNumber },
  ...{ chargedEnergy: isNumber, dischargedEnergy: isNumber },
  ...{ chargedCapacity: isNumber, dischargedCapacity: isNumber },
  ...{ cycles: isNumber, cycleCapacity: isNumber, runtime: isNumber, timeToEmpty: isNumber, timeToFull: isNumber },
  ...{ cellCount: isNumber, cellVoltages: listOf(isNumber), cellVoltageMin: isNumber, cellVoltageMax: isNumber },
  ...{ cellVoltageAverage: isNumber, cellVoltageDelta: isNumber, minCell: isNumber, maxCell: isNumber },
  cellResistances: listOf(isNumber),
  temperatures: listOf((value) => value === null || isNumber(value)),
  ...{ temperatureMin: isNumber, temperatureMax: isNumber, temperatureAverage: isNumber, mosTemperature: isNumber },
  ...{ balancerTemperature: isNumber, ambientTemperature: isNumber, chargeEnabled: isBoolean },
  ...{ dischargeEnabled: isBoolean, balancing: isBoolean, balancingCells: listOf(isPlace), balanceCurrent: isNumber },
  ...{ chargeSwitch: isBoolean, dischargeSwitch: isBoolean, balancingSwitch: isBoolean, heatingSwitch: isBoolean },
  ...{ heating: isBoolean, chargerConnected: isBoolean, loadConnected: isBoolean, digitalInputs: listOf(isBoolean) },
  timeSinceCharge: isNumber,
  state: (value) => value === 'idle' || value === 'charging' || value === 'discharging',
  ...{ chargeVoltageLimit: isNumber, chargeCurrentLimit: isNumber },
  ...{ dischargeVoltageLimit: isNumber, dischargeCurrentLimit: isNumber },
  errorCounts: (value) =>
    Object.entries(value as object).every(([name, count]) => /^[a-z][A-Za-z0-9]{0,60}$/.test(name) && isNumber(count)),
  alarms: (value) => Array.isArray(value) && value.length <= 200 && value.every(isAlarm),
  manufacturer: isText,
  ...{ model: isText, hardwareVersion: isText, softwareVersion: isText, serialNumber: isText, deviceName: isText },
  manufactureDate: isDate,
};

function isAlarm(value: unknown): boolean {
  const { code, level, message, ...rest } = value as Record<string, unknown>;
  const isKnown = ALARM_CODES.some((known) => known === code) || /^unknown_[A-Za-z0-9_]+$/.test(String(code));
  const isLevel = ALARM_LEVELS.some((known) => known === level);
  return isKnown && isLevel && isText(message) && Object.keys(rest).length === 0;
}

/** A reading as users see it has the keys of the contract, and in them what they promise. */
export function assertReading(reading: Readonly<Reading>): void {
  assert.equal(Object.getPrototypeOf(reading), Object.prototype, 'the reading has another prototype');
  for (const key of Reflect.ownKeys(reading)) {
    assert.ok(typeof key === 'string' && Object.hasOwn(READING, key), `a reading has no ${String(key)}`);
    const value = reading[key as keyof Reading];
    assert.ok(READING[key as keyof Reading](value), `${key} is ${inspect(value)}`);
  }
}

const MESSAGE_KEYS = new Set(['topic', 'payload', 'bms', 'parts', 'cell', '_msgid']);

/** A message that a node sends by itself has no other keys than the contract's, and nothing odd in them. */
export function assertMessage(message: object): void {
  for (const key of Reflect.ownKeys(message))
    assert.ok(MESSAGE_KEYS.has(String(key)), `a message has no ${String(key)}`);
  assertPlain(message, 'message');
}

/** Plain data through and through: finite numbers, and no key by which a prototype can be reached. */
export function assertPlain(value: unknown, path: string): void {
  if (typeof value === 'number') return assert.ok(Number.isFinite(value), `${path} is ${value}`);
  if (typeof value === 'function' || typeof value === 'symbol') assert.fail(`${path} is a ${typeof value}`);
  if (typeof value !== 'object' || value === null || value instanceof Date) return;
  for (const key of Reflect.ownKeys(value)) {
    assert.ok(
      key !== '__proto__' && key !== 'constructor' && key !== 'prototype',
      `${path} has the key ${String(key)}`,
    );
    assertPlain((value as Record<PropertyKey, unknown>)[key], `${path}.${String(key)}`);
  }
}

/** Whatever fails is one of ours, with a sentence. */
export function assertBmsError(error: unknown): asserts error is BmsError {
  if (!(error instanceof BmsError)) throw new Error('something else than a BmsError was thrown', { cause: error });
  assert.ok(ERROR_CODES.includes(error.code), `unknown code ${error.code}`);
  assert.ok(
    error.message.length > 0 && error.message.length < 2000,
    `a sentence of ${error.message.length} characters`,
  );
}

const SHARED: readonly object[] = [Object.prototype, Array.prototype, Function.prototype, Buffer.prototype];
let known: string | undefined;

/** Nobody has added anything to what all objects share since this was asked first; some test libraries do, when loaded. */
export function assertCleanPrototypes(): void {
  const keys = SHARED.map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join(' ');
  known ??= keys;
  assert.equal(keys, known, 'a prototype was polluted');
}
