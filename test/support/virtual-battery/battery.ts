import type { Clock, Timer } from '../../../src/clock';
import { INITIAL, PROPERTIES, type Property } from './properties';

export type Value = number | null;

export interface VirtualBatteryOptions {
  readonly clock: Clock;
  /** the node's `default_values` and `battery_voltage_preset` */
  readonly defaultVoltage?: number;
  readonly includeTemperature?: boolean;
  readonly startDisconnected?: boolean;
  /** what was on disk */
  readonly kept?: Readonly<Record<string, Value>>;
}

/** A value that was set; ms on the clock's monotonic time. */
export interface Setting {
  readonly path: string;
  readonly value: Value;
  readonly at: number;
}

/** What the stand-in in a real Node-RED answers to the test. */
export interface VirtualBatteryReport extends Pick<VirtualBattery, 'isPresent' | 'log' | 'signals' | 'history'> {
  readonly values: Readonly<Record<string, Value>>;
}

const DEBOUNCE_MS = 100;

/**
 * What Victron's virtual battery does with messages, built from victron.md 2 and 3 alone: what is on the D-Bus, and what is
 * written to its log.
 */
export class VirtualBattery {
  /** whether its name is on the D-Bus */
  isPresent: boolean;
  readonly values = new Map<string, Value>();
  /** warnings and errors that no Catch node sees */
  readonly log: string[] = [];
  /** signals on the D-Bus */
  signals = 0;
  /** every value that was set */
  readonly history: Setting[] = [];
  private readonly waiting = new Map<string, Timer>();
  private readonly hasTemperature: boolean;

  constructor(private readonly options: VirtualBatteryOptions) {
    const { defaultVoltage, includeTemperature = false, startDisconnected = false, kept = {} } = options;
    this.hasTemperature = includeTemperature;
    this.isPresent = !startDisconnected;
    for (const path of PROPERTIES.keys()) if (this.has(path)) this.values.set(path, INITIAL[path] ?? null);
    if (defaultVoltage !== undefined) {
      this.values.set('Dc/0/Voltage', defaultVoltage).set('Soc', 80);
      if (includeTemperature) this.values.set('Dc/0/Temperature', 25);
    }
    for (const [path, value] of Object.entries(kept)) this.values.set(path, value);
  }

  /** What a restart finds on disk. */
  get kept(): Record<string, Value> {
    return Object.fromEntries([...this.values].filter(([path]) => PROPERTIES.get(path)?.isKept === true));
  }

  /**
   * Takes a message.
   * @throws Error what a Catch node sees
   */
  receive(message: Readonly<Record<string, unknown>>): void {
    if ('connected' in message) {
      this.isPresent = message['connected'] === true;
      return;
    }
    const { payload } = message;
    if (!isFlatObject(payload)) {
      this.log.push('warning: the payload is no object of values');
      return;
    }
    const entries = Object.entries(payload);
    this.setNow(entries.filter(([path]) => PROPERTIES.get(path)?.isNow === true));
    for (const [path, value] of entries) {
      if (PROPERTIES.get(path)?.isNow !== true) this.setLater(path, value);
    }
  }

  close(): void {
    for (const timer of this.waiting.values()) timer.cancel();
    this.waiting.clear();
  }

  private has(path: string): boolean {
    return PROPERTIES.has(path) && (path !== 'Dc/0/Temperature' || this.hasTemperature);
  }

  /** All or nothing. */
  private setNow(entries: readonly (readonly [string, unknown])[]): void {
    const checked = entries.flatMap(([path, value]): [string, Value][] => {
      const property = this.has(path) ? PROPERTIES.get(path) : undefined;
      if (property !== undefined) return [[path, checkedValue(path, property, value)]];
      this.log.push(`error: Property ${path} not found`);
      return [];
    });
    for (const [path, value] of checked) this.set(path, value);
    if (checked.length > 0) this.signals++;
  }

  /** With a leading slash, a key counts as one of these. */
  private setLater(key: string, value: unknown): void {
    const path = key.replace(/^\//, '');
    this.waiting.get(path)?.cancel();
    const set = (): void => {
      this.waiting.delete(path);
      const property = this.has(path) ? PROPERTIES.get(path) : undefined;
      try {
        if (property === undefined) throw new Error(`Property ${path} not found`);
        this.set(path, checkedValue(path, property, value));
        this.signals++;
      } catch (error) {
        this.log.push(`error: ${(error as Error).message}`);
      }
    };
    this.waiting.set(path, this.options.clock.after(DEBOUNCE_MS, set));
  }

  private set(path: string, value: Value): void {
    this.values.set(path, value);
    this.history.push({ path, value, at: this.options.clock.monotonic() });
  }
}

function isFlatObject(payload: unknown): payload is Record<string, unknown> {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return false;
  const values = Object.values(payload);
  return values.length > 0 && values.every((value) => typeof value !== 'object' || value === null);
}

function checkedValue(path: string, { type, least, most }: Property, value: unknown): Value {
  if (value === null) return null;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new Error(`${path}: ${JSON.stringify(value)} is no number`);
  if (value < least || value > most) throw new Error(`${path}: ${value} is out of range`);
  return type === 'integer' ? Math.trunc(value) : value;
}
