import { claim } from '../claims';
import type { ChannelEvents } from '../link';
import type { Central } from './peripheral';
import type { RouteMemory } from './route-memory';
import type { GattRoute } from './route';
import type { Found } from './scanner';
import { causeOf, whenAborted } from './abort';

/** An attempt to connect, and what it has to give back in the end. */
export interface Attempt {
  readonly ending: AbortController;
  readonly events: ChannelEvents;
  readonly routes: readonly GattRoute[];
  /** what was learned of the devices of the adapter */
  readonly memory: RouteMemory;
  readonly letGo: () => Promise<void>;
}

/** Runs what needs the radio for itself when its turn comes; who does not want it any more waits for no turn. */
export function turnOf<T>(central: Central, ending: AbortController, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const { signal } = ending;
    const cause = causeOf(signal);
    if (cause !== undefined) return reject(cause);
    const stop = whenAborted(signal, reject);
    const begin = async (): Promise<T> => {
      stop();
      signal.throwIfAborted();
      return work();
    };
    central.alone(begin).then(resolve, reject);
  });
}

/** Runs steps one after the other. */
export async function inTurn(steps: readonly (() => Promise<void> | void)[]): Promise<void> {
  for (const step of steps) await step();
}

/** @returns gives up what was found; @throws BmsError `port_busy` when another connection has the same device */
export function claimOf({ peripheral, release }: Found, name: string): () => void {
  try {
    const giveBack = claim(`ble-device:${peripheral.id}`, name);
    return () => {
      giveBack();
      release();
    };
  } catch (error) {
    release();
    throw error;
  }
}
