import type { ActionInput, ActionName } from '../battery/action';
import { protocols } from '../codec';

/** Something that boards of a protocol can be asked to do. */
export interface ActionInfo {
  readonly name: ActionName;
  /** what it takes: on or off, a number within a range, or nothing but true */
  readonly input: ActionInput;
  /** it may leave the pack without output, falsify its meter or lose its history: it needs `confirm` */
  readonly dangerous: boolean;
}

/** A protocol that this package speaks. */
export interface ProtocolInfo {
  /** as in `openPack({ protocol })` and `decode(protocol, ...)`: "jbd" */
  readonly id: string;
  /** vendor and variant, for lists */
  readonly label: string;
  /** usual rate of a serial port, bits per second */
  readonly baudRate: number;
  /** whether boards of it are read over Bluetooth */
  readonly bluetooth: boolean;
  /** bus addresses; undefined where a line has one board, without address */
  readonly address: { readonly initial: number; readonly min: number; readonly max: number } | undefined;
  /** what its boards can be asked to do */
  readonly actions: readonly ActionInfo[];
}

/**
 * Every protocol that this package speaks.
 *
 * @example
 * ```ts
 * for (const { id, label, baudRate } of listProtocols()) console.log(id, label, baudRate);
 * ```
 */
export function listProtocols(): ProtocolInfo[] {
  return protocols().map(({ id, label, profile, ble, address, actions = [] }) => ({
    ...{ id, label, baudRate: profile.baudRate, bluetooth: ble !== undefined },
    address: address && { initial: address.initial, min: address.min, max: address.max },
    actions: actions.map(({ name, input, dangerous = false }) => ({ name, input, dangerous })),
  }));
}
