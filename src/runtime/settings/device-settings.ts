import { BmsError } from '../../battery/errors';
import { quoted } from '../../battery/quoted';
import { say } from '../../battery/sentence';
import { SETTINGS_LEVELS, type SettingsLevel } from '../../battery/settings/classes';
import { protocolById, protocols } from '../../codec';
import type { AddressRange, Protocol } from '../../codec/protocol';
import { choiceProperty, numberProperty, settledText, textProperty, type Config } from './properties';

export interface DeviceSettings {
  /** as the user has given it; '' when he has not */
  name: string;
  /** undefined: to be detected */
  protocol: Protocol | undefined;
  /** undefined: the one that boards are delivered with, which depends on the kind of line */
  address: number | undefined;
  pollIntervalMs: number;
  timeoutMs: number | undefined;
  retries: number | undefined;
  cellsEvery: number;
  invertCurrent: boolean;
  /** only the box that was ticked allows it: nothing else that a flow file may hold */
  allowControl: boolean;
  /** which classes of settings may be written */
  allowSettings: SettingsLevel;
  /** whether also where no public source has proven how that is done; only the box that was ticked allows it */
  allowExperimentalSettings: boolean;
}

/** The choice that leaves the protocol to auto-detection. */
export const AUTO = 'auto';

const DEFAULT_POLL_S = 5;
const LONGEST_POLL_S = 86_400;

/** The properties of a bms-device, checked. @throws BmsError `bad_value`, `unsupported` */
export function deviceSettings(config: Config): DeviceSettings {
  const protocol = protocolOf(config);
  const address = addressOf(config, protocol);
  const poll = numberProperty(config, 'pollInterval', { fallback: DEFAULT_POLL_S, min: 0, max: LONGEST_POLL_S });
  return {
    name: textProperty(config, 'name'),
    protocol,
    address,
    pollIntervalMs: poll * 1000,
    timeoutMs: numberProperty(config, 'timeout', { fallback: undefined, min: 10, max: 60_000 }),
    retries: numberProperty(config, 'retries', { fallback: undefined, min: 0, max: 10, integer: true }),
    cellsEvery: numberProperty(config, 'cellsEvery', { fallback: 1, min: 1, max: 1000, integer: true }),
    invertCurrent: isTicked(config, 'invertCurrent'),
    allowControl: isTicked(config, 'allowControl'),
    allowSettings: choiceProperty(config, 'allowSettings', SETTINGS_LEVELS, 'none'),
    allowExperimentalSettings: isTicked(config, 'allowExperimentalSettings'),
  };
}

/** Whether a box is ticked, also where an environment variable says so. */
function isTicked(config: Config, name: string): boolean {
  return config[name] === true || config[name] === 'true';
}

function protocolOf(config: Config): Protocol | undefined {
  const id = settledText(config, 'protocol') || AUTO;
  if (id === AUTO) return undefined;
  const protocol = protocolById(id);
  if (protocol !== undefined) return protocol;
  const known = [AUTO, ...protocols().map((entry) => entry.id)].join(', ');
  throw new BmsError(
    'unsupported',
    say`This version does not speak the protocol ${quoted(id)}; choose one of ${known}.`,
  );
}

/** The addresses that a board of an unknown protocol may have. */
const ANY_ADDRESS = { min: 0, max: 255 };

function addressOf(config: Config, protocol: Protocol | undefined): number | undefined {
  const wanted = settledText(config, 'address');
  if (protocol !== undefined && protocol.address === undefined) return undefined;
  if (wanted === '') return undefined;
  const range: Omit<AddressRange, 'initial'> = protocol?.address ?? ANY_ADDRESS;
  const { min, max, others = [] } = range;
  const address = Number(wanted);
  if (Number.isInteger(address) && ((address >= min && address <= max) || others.includes(address))) return address;
  throw new BmsError(
    'bad_value',
    others.length === 0
      ? say`The address is ${quoted(wanted)}; it must be a whole number from ${min} to ${max}.`
      : say`The address is ${quoted(wanted)}; it must be a whole number from ${min} to ${max} or ${others.join(', ')}.`,
  );
}
