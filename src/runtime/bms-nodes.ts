import type { Node } from 'node-red';
import type { BmsError } from '../battery/errors';
import type { Bus } from '../session/bus';
import type { Device } from '../session/device';

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
  /** The line; undefined when there is a problem. */
  bus: Bus | undefined;
  /** Keeps the line open without a node that uses it. @returns lets it go again, if no node uses it by then; resolves in bounded time */
  borrow(): () => Promise<void>;
}

export interface DeviceCredentials {
  password: string;
}

/** A pack on a line. */
export interface BmsDeviceNode extends Node<DeviceCredentials>, SharedNode {
  problem: BmsError | undefined;
  /** undefined when there is a problem */
  device: Device | undefined;
}
