import { createRequire } from 'node:module';
import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { within, type Clock } from '../../clock';
import { brokenLibrary, installHint } from '../library-errors';
import { adapterName, checkAdapter, controllerBindings, noAdapter, takeAdapter } from './adapters';
import { hush, onInnerError, stopNoble } from './noble/noble-private';
import { guardInterrupts } from './noble/interrupts';
import { makeStoppable } from './noble/noble-abandonware';
import type { AdapterState, Noble } from './noble/noble';
import type { AdapterPlace } from './peripheral';

export type BleDriver = 'auto' | 'hci' | 'dbus';

export interface AdapterChoice {
  driver: BleDriver;
  /**
   * '' = the first; `hci1` or `1`; or the serial port of an HCI controller, with its rate if that is not 115200:
   * `/dev/ttyACM0` or `/dev/ttyACM0:1000000`
   */
  adapter: string;
}

/** A running instance of the library. */
export interface LoadedNoble {
  readonly place: AdapterPlace;
  readonly noble: Noble;
  /** @param listener told when what the instance stands on has failed for good */
  whenBroken(listener: (error: Error) => void): void;
  /** what the library complained of last, '' if it has not */
  hint(): string;
  /** Resolves in bounded time; never rejects. */
  stop(): Promise<void>;
}

/** How modules are found; `require` where nothing else is said. */
export interface Modules {
  has(name: string): boolean;
  load(name: string): Promise<unknown>;
}

/** Not `import()`, which does not find a file of a package by its name without the ending. */
const load = createRequire(__filename);

const INSTALLED: Modules = {
  has(name) {
    try {
      load.resolve(name);
      return true;
    } catch {
      return false;
    }
  },
  async load(name) {
    return load(name) as unknown;
  },
};

const FIRST = '@stoprocent/noble';
const SECOND = '@abandonware/noble';

/** The older fork makes instances in a file of its own; its main file starts one at once. */
const SECOND_FACTORY = '@abandonware/noble/with-custom-binding';

const STOP_LIMIT_MS = 2000;

type Factory = (bindings: string, options: object) => Noble;

/**
 * A new instance of the Bluetooth library on an adapter. This is the only place that loads one, and it does so only
 * when a Bluetooth connection opens.
 * @throws BmsError `adapter_missing` or `permission`, with what to do about it
 */
export async function loadNoble(
  choice: AdapterChoice,
  clock: Clock,
  modules: Modules = INSTALLED,
): Promise<LoadedNoble> {
  const { name, create } = await findLibrary(modules);
  const ground = leaseAdapter(choice, name);
  try {
    return started(create(ground.place.driver, ground.options), clock, ground);
  } catch (error) {
    ground.release();
    throw isNoDevice(error) ? noAdapter('', []) : brokenLibrary(name, error);
  }
}

/** What an instance stands on. */
interface AdapterLease {
  place: AdapterPlace;
  /** for the library */
  options: object;
  release(): void;
}

function started(noble: Noble, clock: Clock, { place, release: leave }: AdapterLease): LoadedNoble {
  let complaint = '';
  // The library prints its warnings; ours are in the errors that users see.
  noble.removeAllListeners('warning');
  noble.on('warning', (message: string) => (complaint = message));
  hush(noble);
  makeStoppable(noble);
  const unguard = guardInterrupts(() => startOf(noble));
  const listeners: ((error: Error) => void)[] = [];
  let failure: Error | undefined;
  const tell = (error: Error): void => {
    failure ??= error;
    for (const listener of [...listeners]) listener(error);
  };
  onInnerError(noble, tell);
  return {
    place,
    noble,
    whenBroken(listener) {
      listeners.push(listener);
      if (failure !== undefined) listener(failure);
    },
    hint: () => complaint,
    async stop() {
      const late = new BmsError('timeout', say`The Bluetooth library does not stop.`);
      await within(clock, STOP_LIMIT_MS, stopNoble(noble), late).catch(() => undefined);
      unguard();
      leave();
    },
  };
}

/** Whether the kernel does not have the adapter, or no longer. */
function isNoDevice(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENODEV';
}

/** Looking at the state is what starts the library. */
function startOf(noble: Noble): AdapterState {
  return noble.state;
}

/** Whether a library is installed that can be used. */
export function hasLibrary(modules: Modules = INSTALLED): boolean {
  return modules.has(FIRST) || modules.has(SECOND_FACTORY);
}

async function findLibrary(modules: Modules): Promise<{ name: string; create: Factory }> {
  if (modules.has(FIRST)) {
    const { withBindings } = (await loaded(modules, FIRST, FIRST)) as { withBindings: Factory };
    return { name: FIRST, create: withBindings };
  }
  if (modules.has(SECOND_FACTORY)) {
    const create = (await loaded(modules, SECOND_FACTORY, SECOND)) as (options: object) => Noble;
    return { name: SECOND, create: (_, options) => create(options) };
  }
  throw new BmsError(
    'adapter_missing',
    say`Bluetooth needs a library: ${installHint(FIRST)}.`,
    undefined,
    'library_missing',
  );
}

async function loaded(modules: Modules, file: string, name: string): Promise<unknown> {
  try {
    return await modules.load(file);
  } catch (error) {
    throw brokenLibrary(name, error);
  }
}

/** @throws BmsError when there is no such adapter, or not for this process, or it is in use */
function leaseAdapter({ adapter }: AdapterChoice, library: string): AdapterLease {
  const controller = controllerBindings(adapter);
  if (controller !== undefined) {
    needs(FIRST, library);
    return groundOf({ driver: 'hci', adapter: adapter.trim() }, () => controller);
  }
  if (process.platform !== 'linux') return groundOf({ driver: 'default', adapter: '' }, () => ({}));
  return groundOf({ driver: 'hci', adapter: adapterName(adapter) }, () => checkAdapter(adapter));
}

/** @param options what the library wants to know, once the adapter is taken */
function groundOf(place: AdapterPlace, options: () => object): AdapterLease {
  const leave = takeAdapter(place.adapter, place.driver);
  try {
    return { place, options: options(), release: leave };
  } catch (error) {
    leave();
    throw error;
  }
}

function needs(wanted: string, library: string): void {
  if (library === wanted) return;
  throw new BmsError('adapter_missing', say`${library} cannot use this adapter: ${installHint(wanted)}.`);
}
