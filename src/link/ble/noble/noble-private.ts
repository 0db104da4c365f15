import type { AdapterState, Emitter, Noble } from './noble';

/**
 * Private parts of noble that have to be reached for what it does not do by itself. Each is optional, as the forks
 * differ: what is not there is left alone.
 */
interface Insides {
  _bindings?: Bindings;
  _cleanupPeriperals?(id: string): void;
  _peripherals?: Map<string, unknown> | Record<string, unknown>;
  _services?: object;
  _characteristics?: object;
  _descriptors?: object;
  _discoveredPeripheralUUids?: object;
}

interface Bindings {
  emit(event: string, ...parameters: unknown[]): boolean;
  onStateChange?(state: AdapterState): void;
  onLeConnComplete?(status: number, handle: number, role: number, addressType: string, address: string): void;
  _state?: unknown;
  _pendingConnectionUuid?: string | null;
  _addresses?: Record<string, string>;
  _addresseTypes?: Record<string, string>;
  _connectable?: object;
  scannable?: object;
  _gap?: { _discoveries?: object };
  _hci?: Emitter & { cancelConnect?(): void; _socket?: Emitter & { _serialDevice?: SerialPort } };
}

interface SerialPort extends Emitter {
  readonly isOpen: boolean;
  readonly closing?: boolean;
}

/** More than any neighbourhood has at once. */
const MOST_HALF_HEARD = 2000;

const UNKNOWN_CONNECTION = 0x02;

function insidesOf(noble: Noble): Insides {
  return noble as unknown as Insides;
}

/** Keeps the library from printing advice at every attempt when the adapter is of no use: our error says it. */
export function hush(noble: Noble): void {
  const bindings = insidesOf(noble)._bindings;
  const original = bindings?.onStateChange;
  if (bindings === undefined || original === undefined) return;
  bindings.onStateChange = function (state) {
    if (state !== 'unsupported' && state !== 'unauthorized') return original.call(bindings, state);
    bindings._state = state;
    bindings.emit('stateChange', state);
  };
}

/** Errors of the serial port below the library: nobody else listens to them, or does anything about them. */
export function onInnerError(noble: Noble, listener: (error: Error) => void): void {
  const { _hci } = insidesOf(noble)._bindings ?? {};
  if (_hci?._socket?._serialDevice !== undefined) _hci._socket.on('error', listener);
}

/** Stops the library. @returns resolves when the serial port of the adapter, if it is on one, is closed */
export async function stopNoble(noble: Noble): Promise<void> {
  const port = insidesOf(noble)._bindings?._hci?._socket?._serialDevice;
  noble.stop?.();
  if (port === undefined) return;
  // What is still on its way to an adapter that is gone fails, after the library has ceased to listen.
  port.on('error', () => undefined);
  if (port.isOpen || port.closing === true) await new Promise<void>((resolve) => port.once('close', resolve));
}

/**
 * Waits for the controller to say how a cancelled attempt to connect ended. Some say it in a way in which the library
 * does not recognise its attempt, and would wait for ever: then it is told.
 */
export function attemptEnded(noble: Noble): Promise<void> {
  const bindings = insidesOf(noble)._bindings;
  const hci = bindings?._hci;
  if (hci === undefined || (bindings?._pendingConnectionUuid ?? null) === null) return Promise.resolve();
  // The library resets the controller before some attempts: what was cancelled meanwhile is begun after it all the same.
  const again = (): void => hci.cancelConnect?.();
  hci.once('reset', again);
  return new Promise((resolve) => {
    hci.once('leConnComplete', () => {
      hci.removeListener('reset', again);
      const pending = bindings?._pendingConnectionUuid ?? undefined;
      if (pending !== undefined) {
        const { [pending]: address = '' } = bindings?._addresses ?? {};
        const { [pending]: addressType = 'public' } = bindings?._addresseTypes ?? {};
        bindings?.onLeConnComplete?.(UNKNOWN_CONNECTION, 0, 0, addressType, address);
      }
      resolve();
    });
  });
}

/** Whether a controller refuses to connect as it is connecting already. Only the text of the library tells its status. */
export function isBusyConnecting(error: unknown): boolean {
  return error instanceof Error && error.message.includes('(0xc)');
}

/**
 * Makes the controller give up an attempt of which the library knows nothing: a process that ended in the midst of it
 * has left it behind, as a kernel's adapter is not reset when a process begins to use it.
 * @returns resolves when the controller has told its end
 */
export function endStrandedAttempt(noble: Noble): Promise<void> {
  const hci = insidesOf(noble)._bindings?._hci;
  if (hci?.cancelConnect === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    hci.once('leConnComplete', () => resolve());
    hci.cancelConnect?.();
  });
}

/** Lets go of what the library keeps of a device that is not connected: otherwise it keeps every one it ever saw. */
export function forget(noble: Noble, id: string, address: string): void {
  const insides = insidesOf(noble);
  const bindings = insides._bindings;
  if (insides._cleanupPeriperals !== undefined) insides._cleanupPeriperals(id);
  else if (insides._peripherals instanceof Map) insides._peripherals.delete(id);
  else remove(insides._peripherals, id);
  for (const kept of [insides._services, insides._characteristics, insides._descriptors]) remove(kept, id);
  remove(insides._discoveredPeripheralUUids, id);
  if (bindings === undefined) return;
  const { _addresses, _addresseTypes, _connectable, scannable, _gap } = bindings;
  for (const kept of [_addresses, _addresseTypes, _connectable, scannable]) remove(kept, id);
  remove(_gap?._discoveries, address.toLowerCase());
}

/** Lets go of devices of which the library has heard a part only, and has never told of. */
export function forgetHalfHeard(noble: Noble): void {
  const gap = insidesOf(noble)._bindings?._gap;
  const discoveries = gap?._discoveries;
  if (gap !== undefined && discoveries !== undefined && Object.keys(discoveries).length > MOST_HALF_HEARD) {
    gap._discoveries = {};
  }
}

function remove(from: object | undefined, key: string): void {
  if (from !== undefined) Reflect.deleteProperty(from, key);
}
