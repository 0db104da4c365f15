import { CLASS_POLICIES } from '../../../src/battery/settings/classes';
import { settingInfo, type SettingValue, type SettingValues } from '../../../src/battery/settings/vocabulary';
import type { Parameter } from '../../../src/codec/parameter';
import { heldOrAsked, type BoardSettings } from '../../../src/codec/settings/board-settings';
import { planSettings } from '../../../src/codec/settings/plan';

/** Draws a number from 0 up to, not including, 1. */
export type Draw = () => number;

const PERMISSION = { level: 'structure', allowExperimental: true } as const;

/**
 * Some settings that a board may be given: each a little other than now, and together within its rules.
 * @param most how many are tried
 */
export function anySettings(board: BoardSettings, draw: Draw, most: number): SettingValues {
  const writable = board.access.parameters(board.target, board.image).filter(isWritable);
  let values: SettingValues = {};
  for (let i = 0; i < most; i++) {
    const parameter = writable[Math.floor(draw() * writable.length)];
    const value = parameter && anyValue(parameter, board, draw);
    if (parameter !== undefined && value !== undefined) values = { ...values, [parameter.key]: value };
  }
  // Each refusal takes its settings out; what is left may be refused for another reason.
  for (;;) {
    const { refused } = planSettings({ board, wanted: { kind: 'keys', values }, permission: PERMISSION, isOwn: true });
    if (refused.length === 0) return values;
    const out = new Set<string>(refused.map(({ key }) => key));
    values = Object.fromEntries(Object.entries(values).filter(([key]) => !out.has(key)));
  }
}

function isWritable({ key, access }: Parameter): boolean {
  const { class: kind } = settingInfo(key);
  // The number of cells decides of other settings.
  return (
    key !== 'cellCount' && CLASS_POLICIES[kind].level !== undefined && (access === 'write' || access === 'experimental')
  );
}

function anyValue(parameter: Parameter, { image }: BoardSettings, draw: Draw): SettingValue | undefined {
  const present = parameter.decode(image);
  if (typeof present === 'boolean') return draw() < 0.5;
  if (typeof present !== 'number') return undefined;
  const [least, most] = parameter.range ?? [0, Infinity];
  const moved = present * (0.9 + 0.2 * draw()) + (draw() < 0.3 ? 1 : 0);
  const value = Math.min(most, Math.max(least, Math.round(moved * 1000) / 1000));
  const held = heldOrAsked(parameter, value, image);
  return typeof held === 'number' ? held : undefined;
}
