import { createRequire } from 'node:module';
import type { NodeAPI } from 'node-red';
import { NODE_TYPES } from './node-types';

const load = createRequire(__filename);

/** A module of a node, as Node-RED loads it. */
export type NodeModule = (RED: NodeAPI) => void;

/** Loads the nodes of the package, as a Node-RED does. */
export function loadNodes(): NodeModule[] {
  return NODE_TYPES.map((type) => load(`../../nodes/${type}`) as NodeModule);
}

export const NODES = loadNodes();
