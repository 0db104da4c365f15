import { readdirSync } from 'node:fs';
import type { Node, NodeAPI } from 'node-red';
import type { BmsConnectionNode, BmsDeviceNode } from '../../src/runtime/bms-nodes';
import type { Messages } from './census';
import { processFigures } from './figures';

/** A node with its listener to messages, as long as it is open. */
type OpenNode = Node & { _inputCallback?: (() => void) | null };

/** What of Node-RED's hooks is used; its types do not know them. */
interface Hooks {
  add(hook: 'onReceive.census', listener: (event: { destination: { node?: OpenNode } }) => void): void;
  add(hook: 'onComplete.census', listener: (event: { node: { node: Node }; error?: { code?: string } }) => void): void;
}

/** Answers to the test, from within Node-RED, what is open, who listens, and what became of each message. */
export = function (RED: NodeAPI): void {
  const messages: Messages = { received: 0, done: {} };
  const { hooks } = RED as unknown as { hooks: Hooks };
  hooks.add('onReceive.census', ({ destination }) => {
    // What reaches a node that has just closed is dropped by Node-RED, for want of a listener.
    const { node } = destination;
    if (isOurs(node) && node?._inputCallback) messages.received++;
  });
  hooks.add('onComplete.census', ({ node, error }) => {
    if (!isOurs(node.node)) return;
    const code = error === undefined || error === null ? 'ok' : (error.code ?? 'unknown');
    messages.done[code] = (messages.done[code] ?? 0) + 1;
  });
  RED.httpAdmin.get('/census/figures', (_request, response) => void response.json(figures(RED)));
  RED.httpAdmin.get('/census/messages', (_request, response) => void response.json(messages));
};

function isOurs(node: Node | undefined): boolean {
  return node?.type.startsWith('bms-') === true;
}

function figures(RED: NodeAPI): Record<string, number> {
  const handles = (process as unknown as { _getActiveHandles(): NodeJS.EventEmitter[] })._getActiveHandles();
  return {
    ...processFigures(),
    files: readdirSync('/proc/self/fd').length,
    'listeners of the process': listenersOf(process),
    'listeners of Node-RED': listenersOf(RED.events),
    'listeners of handles': handles.reduce((sum, handle) => sum + listenersOf(handle), 0),
    'listeners of lines and packs': listenersOfNodes(RED),
  };
}

function listenersOf(emitter: Partial<NodeJS.EventEmitter>): number {
  const names = emitter.eventNames?.() ?? [];
  return names.reduce((sum, name) => sum + (emitter.listenerCount?.(name) ?? 0), 0);
}

function listenersOfNodes(RED: NodeAPI): number {
  let count = 0;
  RED.nodes.eachNode(({ id }) => {
    const node = RED.nodes.getNode(id) as Partial<BmsConnectionNode & BmsDeviceNode> | null;
    const { bus, battery } = node ?? {};
    for (const signal of [bus?.changed, battery?.readings, battery?.changed, battery?.found])
      count += signal?.size ?? 0;
  });
  return count;
}
