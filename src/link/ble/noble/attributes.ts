import type { Emitter, Noble } from './noble';

/**
 * The attribute protocol of one connection, as the library drives it where the adapter is its own: private, and missing
 * where the system drives the adapter (macOS, Windows).
 */
export interface Attributes {
  /** takes a packet as one of the device */
  onAclStreamData(channel: number, packet: Buffer): void;
  /** which service is meant by its UUID from now on */
  addService(service: RawService): void;
  /** `medium` once the connection is encrypted */
  readonly _security: string;
  readonly _aclStream: Emitter;
}

/** A service as the device tells it. */
export interface RawService {
  readonly uuid: string;
  readonly startHandle: number;
  readonly endHandle: number;
}

interface Insides {
  _bindings?: { _gatts?: Record<string, Partial<Attributes> | undefined> };
}

/** @param id of a device that is connected */
export function attributesOf(noble: Noble, id: string): Attributes | undefined {
  const found = (noble as unknown as Insides)._bindings?._gatts?.[id];
  const { onAclStreamData, addService, _security, _aclStream } = found ?? {};
  const isWhole = onAclStreamData && addService && _security !== undefined && _aclStream;
  return isWhole ? (found as Attributes) : undefined;
}
