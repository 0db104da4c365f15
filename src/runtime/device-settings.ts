import { BmsError } from '../battery/errors';
import { PROTOCOLS, protocolById } from '../codec';
import type { Protocol } from '../codec/protocol';
import { numberProperty, textProperty, type Config } from './properties';

export interface DeviceSettings {
  name: string;
  protocol: Protocol;
  address: number;
  pollIntervalMs: number;
  timeoutMs: number | undefined;
  retries: number | undefined;
}

const DEFAULT_POLL_S = 5;
const LONGEST_POLL_S = 86_400;

/** The properties of a bms-device, checked. @throws BmsError `bad_value`, `unsupported` */
export function deviceSettings(config: Config): DeviceSettings {
  const protocol = protocolOf(config);
  const address = addressOf(config, protocol);
  const fallbackName = protocol.address === undefined ? protocol.id : `${protocol.id} ${address}`;
  const poll = numberProperty(config, 'pollInterval', { fallback: DEFAULT_POLL_S, min: 0, max: LONGEST_POLL_S });
  return {
    name: textProperty(config, 'name') || fallbackName,
    protocol,
    address,
    pollIntervalMs: poll * 1000,
    timeoutMs: numberProperty(config, 'timeout', { fallback: undefined, min: 1, max: 60_000 }),
    retries: numberProperty(config, 'retries', { fallback: undefined, min: 0, max: 10, integer: true }),
  };
}

function protocolOf(config: Config): Protocol {
  const id = textProperty(config, 'protocol');
  const protocol = protocolById(id);
  if (protocol !== undefined) return protocol;
  const known = PROTOCOLS.map((entry) => entry.id).join(', ');
  throw new BmsError('unsupported', `This version does not speak the protocol "${id}"; choose one of ${known}.`);
}

function addressOf(config: Config, protocol: Protocol): number {
  const range = protocol.address;
  if (range === undefined) return 0;
  const { initial, min, max, others = [] } = range;
  const wanted = textProperty(config, 'address');
  const address = wanted === '' ? initial : Number(wanted);
  const possible = Number.isInteger(address) && ((address >= min && address <= max) || others.includes(address));
  if (possible) return address;
  const also = others.length > 0 ? ` or ${others.join(', ')}` : '';
  throw new BmsError(
    'bad_value',
    `The address is "${wanted}"; with ${protocol.id} it must be from ${min} to ${max}${also}.`,
  );
}
