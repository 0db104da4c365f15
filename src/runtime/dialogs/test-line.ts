import type { Node, NodeAPI } from 'node-red';
import { BmsError, toBmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { Clock } from '../../clock';
import { Bus } from '../../session/bus';
import { connectionNode, type BmsConnectionNode } from '../bms-nodes';
import { baudRateOf, destinationOf, lineOf, makeLink } from '../settings/links';
import { variableIn, type Config } from '../settings/properties';

/** What of Node-RED a test of properties that may not be deployed yet needs. */
export interface Runtime {
  nodes: Pick<NodeAPI['nodes'], 'getNode'>;
  util: {
    /** @param node undefined: the environment of the process */
    getSetting(node: Node | undefined, name: string): unknown;
  };
  settings: { readonly userDir?: string };
}

/** A connection as the editor shows it. */
export interface ShownConnection {
  /** the node's id; it need not be deployed */
  id: string;
  /** whether the editor shows something else than what runs */
  changed: boolean;
  properties: Config;
}

/** A line for a test. */
export interface TestLine {
  bus: Bus;
  /** where it leads by the user's choice */
  destination: string | undefined;
  /** whether devices in flows may be on it */
  isShared: boolean;
  open(): void;
  /** Gives it back as it was. Resolves in bounded time; never rejects. */
  letGo(): Promise<void>;
  /** An error of the line, in terms of the test. */
  explain(error: BmsError): BmsError;
}

/**
 * The line that a connection stands for: that of the running connection where the editor shows the same line, whatever
 * else was changed, else one of its own.
 * @throws BmsError what is wrong with the connection: `bad_value`, `unsupported`
 */
export function testLine(runtime: Runtime, shown: ShownConnection, clock: Clock): TestLine {
  const running = connectionNode(runtime.nodes, shown.id) ?? undefined;
  if (running !== undefined && !shown.changed) return sharedLine(running);
  const config = withEnvironment(runtime, shown.id, shown.properties);
  if (running?.bus !== undefined && running.line === lineOf(config)) return sharedLine(running);
  return ownLine(config, running, clock, runtime.settings.userDir);
}

function sharedLine(connection: BmsConnectionNode): TestLine {
  const { bus, destination, problem } = connection;
  if (bus === undefined) throw problem ?? new BmsError('bad_value', say`The connection cannot be used.`);
  let letGo = (): Promise<void> => Promise.resolve();
  return {
    ...{ bus, destination },
    isShared: true,
    open: () => (letGo = connection.borrow()),
    letGo: () => letGo(),
    explain: (error) => error,
  };
}

function ownLine(
  config: Config,
  running: BmsConnectionNode | undefined,
  clock: Clock,
  userDir: string | undefined,
): TestLine {
  const bus = new Bus({ link: makeLink(config, clock, userDir), baudRate: baudRateOf(config), clock });
  return {
    ...{ bus, destination: destinationOf(config) },
    isShared: false,
    open: () => bus.open(),
    letGo: () => bus.close(),
    explain: (error) => {
      if (running?.bus === undefined || !mayHold(running.bus, bus, error)) return error;
      const text = say`${bus.name} is held by this connection as it was deployed. Deploy the change, then test again.`;
      return new BmsError('port_busy', text, error);
    },
  };
}

/** What a bridge that takes one connection only does with another one. */
const TURNED_AWAY: readonly string[] = ['disconnected', 'timeout', 'port_not_found'];

/** Whether a running line may be what keeps another one from being used. */
function mayHold({ name, state: { phase }, isNetwork }: Bus, other: Bus, { code }: BmsError): boolean {
  if (phase === 'idle' || phase === 'closed') return false;
  if (code === 'port_busy') return true;
  // A bridge may go by several names.
  return isNetwork && other.isNetwork && portOf(name) === portOf(other.name) && TURNED_AWAY.includes(code);
}

function portOf(name: string): string {
  return name.slice(name.lastIndexOf(':'));
}

/**
 * Properties with environment variables replaced, as Node-RED does it when it deploys: where `${NAME}` is all there is.
 * @param id of the node whose environment counts, once it is deployed; before, that of the process does
 * @throws BmsError `bad_value` for a variable that is not there
 */
export function withEnvironment({ nodes, util }: Runtime, id: string, properties: Config): Config {
  const node = (nodes.getNode(id) as Node | null) ?? undefined;
  const resolved = Object.entries(properties).map(([key, value]) => {
    const name = typeof value === 'string' ? variableIn(value) : undefined;
    if (name === undefined) return [key, value];
    const found = settingOf(util, node, name);
    if (found !== undefined) return [key, found];
    throw new BmsError(
      'bad_value',
      say`The property ${key} is ${`\${${name}}`}, which is not set; set it or deploy it first.`,
    );
  });
  return Object.fromEntries(resolved) as Config;
}

function settingOf(util: Runtime['util'], node: Node | undefined, name: string): unknown {
  try {
    return util.getSetting(node, name);
  } catch (thrown) {
    const { sentence } = toBmsError(thrown, 'bad_value');
    throw new BmsError('bad_value', say`The environment variable ${name} cannot be read: ${sentence}`, thrown);
  }
}
