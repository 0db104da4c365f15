import type { Node, NodeAPI } from 'node-red';
import type { BmsError } from '../battery/errors';
import type { Bus } from '../session/bus';
import type { Bank } from '../session/bank';
import type { Battery } from '../session/battery';
import type { Device } from '../session/device';
import type { ConnectionRecorder } from './recordings/connection-recorder';
import type { Config } from './settings/properties';

/** What the nodes of the collection see of each other. */

/** A config node that flow nodes use; Node-RED itself reads `users` to route its errors to their Catch nodes. */
interface SharedNode {
  users: Record<string, Node>;
  /** Starts what the node stands for when the first user comes. */
  register(user: Node): void;
  /** @param removed whether the user is gone for good; else it is expected back in a moment */
  deregister(user: Node, removed: boolean): void;
}

/** A physical line. */
export interface BmsConnectionNode extends Node, SharedNode {
  /** why the node cannot work as configured */
  problem: BmsError | undefined;
  /** where the line leads by the user's choice; undefined when there is a problem */
  destination: string | undefined;
  /** the line as it was deployed, see `lineOf` */
  line: string | undefined;
  /** The line; undefined when there is a problem. */
  bus: Bus | undefined;
  /** its properties, as they were deployed */
  config: Config;
  /** those on the line */
  devices: Set<BmsDeviceNode>;
  /** what can be seen of its frames; undefined when there is a problem */
  recorder: ConnectionRecorder | undefined;
  /** Keeps the line open without a node that uses it. @returns lets it go again, if no node uses it by then; resolves in bounded time */
  borrow(): () => Promise<void>;
}

export interface DeviceCredentials {
  password: string;
}

/** What flow nodes name as their device: a pack, or several as one. */
export interface BatteryNode<B extends Battery = Battery, C extends object = object> extends Node<C>, SharedNode {
  /** why the node cannot work as configured */
  problem: BmsError | undefined;
  /** undefined when there is a problem */
  battery: B | undefined;
  /** Has it run without a node that uses it. @returns ends that, if no node uses it by then; resolves in bounded time */
  borrow(): () => Promise<void>;
}

/** A pack on a line. */
export interface BmsDeviceNode extends BatteryNode<Device, DeviceCredentials> {
  /** its properties, as they were deployed */
  config: Config;
  /** how the user says which board this is, see `choiceOf` */
  choice: string;
}

/** Several packs as one. */
export type BmsBankNode = BatteryNode<Bank>;

type Nodes = Pick<NodeAPI['nodes'], 'getNode'>;

/** The connection of an id; null when there is none, or the id is that of another kind of node, as in a flow made by hand. */
export function connectionNode(nodes: Nodes, id: unknown): BmsConnectionNode | null {
  return nodeOfType(nodes, id, ['bms-connection']) as BmsConnectionNode | null;
}

/** The same for a device or a bank. */
export function batteryNode(nodes: Nodes, id: unknown): BatteryNode | null {
  return nodeOfType(nodes, id, ['bms-device', 'bms-bank']) as BatteryNode | null;
}

/** The same for a bank only. */
export function bankNode(nodes: Nodes, id: unknown): BmsBankNode | null {
  return nodeOfType(nodes, id, ['bms-bank']) as BmsBankNode | null;
}

/** The same for a device only. */
export function deviceNode(nodes: Nodes, id: unknown): BmsDeviceNode | null {
  return nodeOfType(nodes, id, ['bms-device']) as BmsDeviceNode | null;
}

function nodeOfType(nodes: Nodes, id: unknown, types: readonly string[]): Node | null {
  const node = typeof id === 'string' ? (nodes.getNode(id) as Node | null) : null;
  return node !== null && types.includes(node.type) ? node : null;
}
