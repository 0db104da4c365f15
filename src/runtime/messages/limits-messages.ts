import type { NodeAPI, NodeStatus } from 'node-red';
import { scalars } from '../../battery/formats';
import type { LimitsReading } from '../../battery/limits/limits';
import type { SentLimits } from '../../battery/limits/changes';
import type { LimitsFormat } from '../settings/limits-settings';

/** Limits with what they come from, at one time. */
export interface Given {
  readonly limits: SentLimits;
  /** the last one of the battery; undefined before the first */
  readonly reading: LimitsReading | undefined;
  readonly topic: string;
  /** which reading it is: `msg.bms` of it */
  readonly bms: Readonly<Record<string, unknown>>;
}

// A type, not an interface: Node-RED's own message type has an index signature.
export type LimitsMessage = { topic: string; payload: unknown; bms: Record<string, unknown> };

/** One message; where the payload cannot hold it, `msg.bms` says why the limits are what they are. */
export function limitsMessage({ limits, topic, bms }: Given, payload: unknown, isWhole = false): LimitsMessage {
  const own = structuredClone(bms);
  if (isWhole) return { topic, payload, bms: own };
  const { phase, chargeLimitedBy, dischargeLimitedBy } = limits;
  const why = { phase, chargeLimitedBy, dischargeLimitedBy };
  const known = Object.entries(structuredClone(why)).filter(([, value]) => value !== undefined);
  return { topic, payload, bms: { ...own, limits: Object.fromEntries(known) } };
}

/** The messages for limits in a format for flows and databases. */
export function plainMessages(
  given: Given,
  format: Extract<LimitsFormat, 'object' | 'values' | 'influx'>,
): LimitsMessage[] {
  const { limits, topic, bms } = given;
  switch (format) {
    case 'object':
      return [limitsMessage(given, structuredClone(limits), true)];
    case 'influx':
      return [limitsMessage(given, [Object.fromEntries(scalars(limits)), tagsOf(bms)])];
    case 'values':
      return scalars(limits).map(([key, value]) => ({
        ...limitsMessage(given, value),
        topic: `${topic}/${key}`,
      }));
  }
}

/** What identifies the battery in a database; InfluxDB refuses an empty tag. */
function tagsOf(bms: Given['bms']): Record<string, string> {
  const tags = ['device', 'protocol', 'address'].map((key) => [key, bms[key]] as const);
  const known = tags.filter(([, value]) => ['string', 'number'].includes(typeof value) && value !== '');
  return Object.fromEntries(known.map(([key, value]) => [key, String(value)]));
}

const TEXTS = '@openbms/node-red-bms/bms-limits:bms-limits';

/**
 * The status below the node: the limits, and what binds them.
 * @param hasTemperature whether the battery tells one: else none limits anything, which is to be seen
 * @param isAway whether the battery does not answer now
 */
export function limitsStatus(
  RED: Pick<NodeAPI, '_'>,
  limits: SentLimits,
  { hasTemperature, isAway }: { readonly hasTemperature: boolean; readonly isAway: boolean },
): NodeStatus {
  const { chargeVoltageLimit, phase, chargeLimitedBy = [], dischargeLimitedBy = [] } = limits;
  const reasons = [...chargeLimitedBy, ...dischargeLimitedBy];
  const currents = currentsText(limits);
  if (isAway || reasons.includes('lost')) {
    return { fill: 'red', shape: 'ring', text: RED._(`${TEXTS}.status.lost`, { currents }) };
  }
  // Stale stands last among the reasons, but says that none of the others is seen any more.
  const [reason] = reasons.includes('stale') ? (['stale'] as const) : reasons;
  const voltage = chargeVoltageLimit === undefined ? '' : `${chargeVoltageLimit.toFixed(2)} V `;
  const phaseText = phase === undefined ? [] : [RED._(`${TEXTS}.phase.${phase}`)];
  const words = [
    ...(reason === undefined ? phaseText : [RED._(`${TEXTS}.reason.${reason}`)]),
    ...(hasTemperature ? [] : [RED._(`${TEXTS}.status.noTemperature`)]),
  ];
  const text = `${voltage}${currents} ${words.join(', ')}`.trim();
  return reason === undefined ? { fill: 'green', shape: 'dot', text } : { fill: 'yellow', shape: 'ring', text };
}

/** `98 A / 200 A`: what may be charged, and discharged. */
function currentsText({ chargeCurrentLimit, dischargeCurrentLimit }: SentLimits): string {
  const known = [chargeCurrentLimit, dischargeCurrentLimit].filter((limit) => limit !== undefined);
  return known.map((limit) => `${limit < 10 ? limit : Math.floor(limit)} A`).join(' / ');
}
