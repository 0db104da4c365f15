import { createRequire } from 'node:module';
import type { Clock } from '../../src/clock';
import type { Channel, ChannelEvents, OpenOptions } from '../../src/link/link';
import type { FakeClock } from '../support/fake-clock';
import { loadNodes, type NodeModule } from '../support/nodes';
import type { WitnessLine } from '../witness/line';

const load = createRequire(__filename);

interface LinkClass {
  prototype: { name: string; open(events: ChannelEvents, options: OpenOptions): Promise<Channel> };
}

/** What a process of Node-RED has loaded of the package: its nodes, with the clock and the lines that they use. */
export interface Loaded {
  readonly modules: readonly NodeModule[];
  /** Gives the package its own clock and lines back. */
  unload(): void;
}

export interface Surroundings {
  readonly clock: FakeClock;
  /** how far the wall clock has jumped, ms */
  wallOffset(): number;
  /** The line behind a port or a bridge. */
  lineOf(name: string): WitnessLine;
}

/**
 * Loads the nodes, on a clock of the test and on lines in memory.
 * @param fresh as a process that has just started: with nothing of what an earlier one knew
 */
export function loadPackage(surroundings: Surroundings, fresh: boolean): Loaded {
  const before = fresh ? forgetPackage() : undefined;
  const modules = loadNodes();
  const { systemClock } = load('../../src/clock') as { systemClock: Clock };
  const { TcpLink } = load('../../src/link/tcp') as { TcpLink: LinkClass };
  const { SerialLink } = load('../../src/link/serial') as { SerialLink: LinkClass };
  const restore = [
    replaceClock(systemClock, surroundings),
    ...[TcpLink, SerialLink].map((of) => replaceOpen(of, surroundings)),
  ];
  return {
    modules,
    unload: () => {
      for (const each of restore) each();
      before?.();
    },
  };
}

/** Forgets every module of the package. @returns brings back what was known before */
function forgetPackage(): () => void {
  const isOurs = (path: string): boolean => /[/\\]build[/\\](?:src|nodes)[/\\]/.test(path);
  const known = Object.entries(load.cache).filter(([path]) => isOurs(path));
  for (const [path] of known) Reflect.deleteProperty(load.cache, path);
  return () => {
    for (const path of Object.keys(load.cache)) if (isOurs(path)) Reflect.deleteProperty(load.cache, path);
    for (const [path, module] of known) load.cache[path] = module;
  };
}

function replaceClock(clock: Clock, { clock: fake, wallOffset }: Surroundings): () => void {
  const own = { ...clock };
  Object.assign(clock, {
    now: () => fake.now() + wallOffset(),
    monotonic: () => fake.monotonic(),
    after: (ms: number, action: () => void) => fake.after(ms, action),
    random: () => fake.random(),
  });
  return () => void Object.assign(clock, own);
}

function replaceOpen({ prototype }: LinkClass, { lineOf }: Surroundings): () => void {
  const own = prototype.open;
  prototype.open = function (this: { name: string }, events, options) {
    return lineOf(this.name).open(events, options);
  };
  return () => void (prototype.open = own);
}
