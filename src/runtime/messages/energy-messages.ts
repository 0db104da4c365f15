import { scalars, tagsOf, type Scalar } from '../../battery/formats';
import type { EnergySummary } from '../../battery/energy/summary';
import { round } from '../../battery/derive';
import { READ_FORMATS, type Provenance, type ReadFormat, type ReadingMessage } from './reading-messages';

export const ENERGY_FORMATS = READ_FORMATS;

export type EnergyFormat = ReadFormat;

/**
 * The messages for the counters: one, or with `values` one per value under `<topic>/<key>`, those of a day under
 * `<topic>/today/<key>` and `<topic>/yesterday/<key>`. All objects are fresh: the flow may change them.
 */
export function energyMessages(
  summary: EnergySummary,
  format: EnergyFormat,
  topic: string,
  bms: Provenance,
): ReadingMessage[] {
  switch (format) {
    case 'object':
      return [{ topic, payload: structuredClone(summary), bms: ownOf(bms) }];
    case 'influx':
      return [{ topic, payload: [Object.fromEntries(valuesOf(summary, '_')), tagsOf(bms)], bms: ownOf(bms) }];
    case 'values':
      return valuesOf(summary, '/').map(([key, payload]) => ({ topic: `${topic}/${key}`, payload, bms: ownOf(bms) }));
  }
}

/** Every single value by its key, those of a day behind the name of the day. */
function valuesOf({ today, yesterday, ...rest }: EnergySummary, separator: string): [string, Scalar][] {
  const ofDay = (name: string, day: object): [string, Scalar][] =>
    scalars(day).map(([key, value]) => [`${name}${separator}${key}`, value]);
  return [...scalars(rest), ...ofDay('today', today), ...ofDay('yesterday', yesterday)];
}

function ownOf(bms: Provenance): Provenance {
  return { ...bms, link: { ...bms.link } };
}

/** What was charged and discharged today, in kWh, short enough for the canvas. */
export function energyText({ today }: EnergySummary): string {
  const kWh = (value: number): string => round(value / 1000, 1).toFixed(1);
  return `+${kWh(today.chargedEnergy)} -${kWh(today.dischargedEnergy)} kWh`;
}
