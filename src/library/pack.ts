import type { ActionName, ActionValue } from '../battery/action';
import type { BmsError } from '../battery/errors';
import type { Reading } from '../battery/reading';
import { systemClock } from '../clock';
import { BusLine } from './bus-line';
import type { Transport } from './transport';

/** Which pack on a line, and how it is read. */
export interface PackSettings {
  /** id of a protocol, see `listProtocols`; `auto`, the default, detects it with requests that only read */
  protocol?: string;
  /** bus address; the one that boards are delivered with, when missing */
  address?: number;
  /** for messages */
  name?: string;
  /** ms between readings that are taken by themselves, for `onReading`; 0, the default, reads only when asked */
  pollIntervalMs?: number;
  /** how long to wait for an answer, ms; that of the protocol, when missing */
  timeoutMs?: number;
  /** how often a read is repeated; as the protocol says, when missing */
  retries?: number;
  /** the board, or its wiring, has the sign of the current the other way round */
  invertCurrent?: boolean;
  /** whether `control` may change anything; not, when missing */
  allowControl?: boolean;
  /** for boards and Bluetooth modules that want one */
  password?: string;
}

/** A pack, and the line to it. */
export type PackOptions = Transport & PackSettings;

/** When and how a reading was taken. */
export interface ReadingInfo {
  /** ms since the epoch */
  readonly timestamp: number;
  /** how long the read took, ms */
  readonly durationMs: number;
  /** rises by one with every reading of the pack */
  readonly sequence: number;
}

/** Whether a pack is there, with the error where it is not. */
export interface PackCondition {
  readonly phase: 'idle' | 'connecting' | 'reachable' | 'fresh' | 'retrying' | 'lost' | 'paused';
  readonly error?: BmsError;
}

/** What a board has done, as read back from it. */
export interface ControlResult {
  readonly action: ActionName;
  readonly value: ActionValue;
  readonly confirmed: true;
  /** what was switched, before and after; absent where the board does not tell */
  readonly before?: ActionValue;
  readonly after?: ActionValue;
}

/** A pack that has answered. Its line comes back by itself when it breaks, until `close`. */
export interface Pack {
  /** id of the protocol in use, never "auto" */
  readonly protocol: string;
  /** bus or Bluetooth address; '' where there is none */
  readonly address: number | string;
  /** the last reading */
  readonly last: Readonly<Reading> | undefined;
  /** whether it is there */
  readonly condition: PackCondition;

  /**
   * Reads everything afresh. Calls at the same time share one reading.
   * @throws BmsError why nothing could be read: `timeout`, `checksum`, `disconnected`, `closed`, ...
   */
  read(): Promise<Readonly<Reading>>;

  /**
   * Switches or sets something, once, and reads it back. Needs `allowControl`.
   * @param action one of the protocol's, see `listProtocols`
   * @param value true or false for a switch, a number for a setting, true for a command
   * @param options `confirm` names the action once more, for one that is dangerous
   * @throws BmsError `denied`, `unsupported`, `bad_value` before anything is sent; `rejected`, `not_confirmed`, `timeout`
   */
  control(action: ActionName, value: ActionValue, options?: { confirm?: ActionName }): Promise<ControlResult>;

  /** Calls `listener` with every reading, polled or asked for. @returns ends that */
  onReading(listener: (reading: Readonly<Reading>, info: ReadingInfo) => void): () => void;

  /** Calls `listener` when the pack is lost and when it is back. @returns ends that */
  onCondition(listener: (condition: PackCondition) => void): () => void;

  /** Ends reading; the line too, where `openPack` has opened it. May be called any number of times; never rejects. */
  close(): Promise<void>;
}

/** One physical line, for several packs with different addresses. */
export interface PackLine {
  /** what errors call it: "/dev/ttyUSB0", "192.168.1.50:8899" */
  readonly name: string;

  /**
   * A pack on this line; resolves when it has answered.
   * @throws BmsError why it does not, with nothing left behind
   */
  pack(settings?: PackSettings): Promise<Pack>;

  /** Ends its packs and lets go of the line. May be called any number of times; never rejects. */
  close(): Promise<void>;
}

/**
 * Connects to a pack and reads it once.
 *
 * @returns a pack that has answered, to be closed when it is not needed any more
 * @throws BmsError why it does not answer, with nothing left behind: `timeout`, `not_found` (no protocol detected),
 *   `port_not_found`, `port_busy`, `permission`, `adapter_missing`, `bad_value`, ...
 *
 * @example
 * ```ts
 * import { openPack } from '@openbms/node-red-bms';
 *
 * const pack = await openPack({ transport: 'tcp', host: '192.168.1.50', port: 8899, protocol: 'jbd' });
 * const { voltage, current, soc } = await pack.read();
 * console.log(voltage, current, soc);
 * await pack.close();
 * ```
 */
export async function openPack(options: PackOptions): Promise<Pack> {
  const line = new BusLine(options, systemClock);
  try {
    return await line.connect(options, () => line.close());
  } catch (error) {
    await line.close();
    throw error;
  }
}

/**
 * A line that several packs share, as on RS485. It is opened for the first pack.
 *
 * @throws BmsError `bad_value`, `unsupported` for options that cannot be
 *
 * @example
 * ```ts
 * import { openLine } from '@openbms/node-red-bms';
 *
 * const line = openLine({ transport: 'serial', path: '/dev/ttyUSB0' });
 * for (const address of [1, 2, 3]) {
 *   const pack = await line.pack({ protocol: 'jbd-up16s', address });
 *   console.log(address, pack.last?.voltage);
 * }
 * await line.close();
 * ```
 */
export function openLine(options: Transport): PackLine {
  return new BusLine(options, systemClock);
}
