import type { Decoded, Script, Target } from '../untyped';
import { queryStep } from '../kit/script';
import { basic } from './basic';
import { stepsOf } from './head';
import { registerQuery } from './query';
import { classicWire } from './wire';

/** A fact that only actions need: the unit of the capacities. */
const STEPS = 'stepsPerAh';

/** In captures the state shows 0.6 to 1 s after the acknowledgement (jbd.md 5). */
export const FOLLOWS = { everyMs: 500, withinMs: 5000 };

const basicQuery = registerQuery(classicWire, basic, true);

/** Register 03, with the unit of its capacities. */
export function* readBasic(target: Target): Script<Decoded> {
  const parts = yield queryStep(basicQuery, target);
  const data = Buffer.concat(parts.map((frame) => classicWire.dataOf(frame)));
  return { ...basicQuery.decode(parts, target), memory: { ...target.memory, [STEPS]: stepsOf(data) } };
}

/** The steps per Ah of what `readBasic` has read. */
export function stepsPerAh({ memory }: Decoded): number {
  return memory?.[STEPS] ?? 100;
}
