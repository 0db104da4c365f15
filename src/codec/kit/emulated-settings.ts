import type { SettingKey, SettingValue } from '../../battery/settings/vocabulary';
import type { Parameter } from '../parameter';
import type { EmulatedBoard } from '../protocol';

/*
 * Settings of a simulated board that live in RAM until they are saved: what was saved last stands beside what is in force.
 */

const savedId = (id: string): string => `saved ${id}`;
const isSaved = (id: string): boolean => id.startsWith('saved ');

/** The settings in force, by blocks. @param delivered makes those of a new board, at first use */
export function settingsInForce(
  { settings }: EmulatedBoard,
  delivered: () => ReadonlyMap<string, Buffer>,
): Map<string, Buffer> {
  if (settings.size === 0) {
    for (const [id, data] of delivered()) settings.set(id, data).set(savedId(id), data);
  }
  return settings;
}

/** What is in force now survives a restart. */
export function saveSettings({ settings }: EmulatedBoard): void {
  for (const [id, data] of [...settings].filter(([id]) => !isSaved(id))) settings.set(savedId(id), data);
}

/** The board starts again with what was saved last. */
export function forgetUnsaved({ settings }: EmulatedBoard): void {
  for (const id of [...settings.keys()].filter((each) => !isSaved(each))) {
    settings.set(id, settings.get(savedId(id)) ?? Buffer.alloc(0));
  }
}

/** Puts values into the blocks of a board, cut to what it takes. @param valueOf undefined: the block stays as it is */
export function putSettings(
  blocks: Map<string, Buffer>,
  parameters: readonly Parameter[],
  valueOf: (key: SettingKey) => SettingValue | undefined,
): void {
  for (const { key, block, range, encode } of parameters) {
    const value = valueOf(key);
    if (value !== undefined && value !== null && !Number.isNaN(value))
      blocks.set(block, encode(within(value, range), blocks));
  }
}

function within(value: SettingValue, range: readonly [number, number] | undefined): SettingValue {
  if (typeof value !== 'number' || range === undefined) return value;
  return Math.min(range[1], Math.max(range[0], value));
}
