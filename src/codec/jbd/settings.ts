import { above, notBelow, type OrderingRule } from '../../battery/settings/ordering-rule';
import {
  BALANCING_RULES,
  FULL_AND_EMPTY_RULES,
  HARDWARE_RULES,
  OVERCURRENT_RULES,
  RECOVERY_RULES,
} from '../../battery/settings/ordering-rules';
import type { SettingKey } from '../../battery/settings/vocabulary';
import type { SettingsAccess, SettingsBlock } from '../parameter';
import type { Script, Step } from '../protocol';
import { CHIP_TYPE } from './chip-codes';
import { fig } from './fig';
import { FUNCTIONS, isText, parametersFor, TEXTS } from './parameters';
import type { JbdMemory } from './queries';
import { counters } from './tables';
import { Access, bytesOf, LEAVE, readParameter, SAVE, write } from './write';

/*
 * How the settings of classic boards are read and written: one register for each request, in factory mode (settings-jbd.md 5, 6).
 */

const COUNTERS = counters.number.toString(16);

/** Registers of 16 bits from one to another. */
function words(from: number, to: number, optional: boolean): SettingsBlock[] {
  return Array.from({ length: to - from + 1 }, (_, i) => block((from + i).toString(16), optional));
}

function block(id: string, optional: boolean): SettingsBlock {
  return { id, name: `parameter (${id})`, ...(optional && { optional }) };
}

/**
 * The function bits come first, since they decide of the unit of others, and with them what tells the chip. GPS boards alone have
 * 40 and 41, firmware from 0x20 on 42 to 47 (settings-jbd.md 2). The event counters have no settings in them: they are kept
 * because saving clears them (settings-jbd.md 6).
 */
const BLOCKS: readonly SettingsBlock[] = [
  block(FUNCTIONS, false),
  { id: CHIP_TYPE, name: `chip type (${CHIP_TYPE})`, optional: true },
  ...words(0x10, 0x3f, false).filter(({ id }) => id !== FUNCTIONS),
  ...words(0x40, 0x47, true),
  ...TEXTS.map((id) => block(id, true)),
  { id: COUNTERS, name: counters.name, optional: true },
];

/** What holds in all files and captures (settings-jbd.md 7). No board is known to check it: the driver does. */
const RULES: readonly OrderingRule[] = [
  // Here not even the two of the pack's undervoltage are equal.
  ...RECOVERY_RULES.filter(({ upper }) => upper !== 'packUndervoltageRecovery'),
  above('packUndervoltageRecovery', 'packUndervoltageProtection'),
  ...HARDWARE_RULES,
  ...BALANCING_RULES,
  ...FULL_AND_EMPTY_RULES,
  ...OVERCURRENT_RULES,
  notBelow('fullChargeCellVoltage', 'socVoltage80'),
  ...falling('socVoltage80', 'socVoltage60', 'socVoltage40', 'socVoltage20', 'emptyCellVoltage'),
  // Firmware from 0x20 on has the steps between.
  ...falling('socVoltage100', 'socVoltage90', 'socVoltage80', 'socVoltage70', 'socVoltage60'),
  ...falling('socVoltage60', 'socVoltage50', 'socVoltage40', 'socVoltage30', 'socVoltage20', 'socVoltage10'),
  notBelow('designCapacity', 'cycleCountCapacity'),
];

/** Each of these is above the next. */
function falling(...keys: readonly SettingKey[]): OrderingRule[] {
  return keys.slice(1).map((lower, i) => above(keys[i] ?? lower, lower));
}

/** Captured boards answer within 150 ms; some never tell their chip, and have the usual one then (jbd.md 4, 8). */
const CHIP_TIMEOUT_MS = 300;

function readBlock({ id, name }: SettingsBlock): Step {
  const register = Number.parseInt(id, 16);
  if (id === COUNTERS) return readParameter(register, name, (data) => counters.plausible(data));
  if (id === CHIP_TYPE) return { ...readParameter(register, name), optional: true, timeoutMs: CHIP_TIMEOUT_MS };
  return readParameter(register, name, ...(TEXTS.includes(id) ? [isText] : []));
}

/** The settings of classic boards (settings-jbd.md). */
export const settings: SettingsAccess<JbdMemory> = {
  blocks: () => BLOCKS,
  parameters: (_target, image) => parametersFor(image),
  rules: () => RULES,

  *during<T>({ password }: { readonly password: string }, purpose: 'read' | 'save', inside: Script<T>): Script<T> {
    const access = new Access(purpose === 'save' ? password : undefined);
    let isSaved = false;
    function* andSave(): Script<T> {
      const result = yield* inside;
      if (purpose === 'save') yield SAVE;
      isSaved = purpose === 'save';
      return result;
    }
    return yield* access.inFactoryMode(access.throughout(andSave()), () => (isSaved ? undefined : LEAVE));
  },

  *read(_order, wanted) {
    return bytesOf(yield readBlock(wanted));
  },

  *write(_order, { register, image }) {
    const data = image.get(register);
    if (data === undefined) throw new Error(`nothing to write into ${register}`);
    yield write(Number.parseInt(register, 16), `parameter (${register})`, data);
  },

  provedAfter: 'save',
  // A cautious choice; nothing is known to be too short (settings-jbd.md 6).
  settlesMs: 500,
  // By it, thresholds across the shunt are currents (settings-jbd.md 4, 6).
  mustMatch: ['shuntResistance'],
  vendorFile: fig,
};
