import type { Node, NodeMessageInFlow } from 'node-red';
import helper from 'node-red-node-test-helper';
import { NODES } from './nodes';

export type Config = Record<string, unknown> & { id: string; type: string };

/** What came out of a helper node, and a way to wait for more. */
export class Outbox {
  readonly messages: (NodeMessageInFlow & Record<string, unknown>)[] = [];
  private wake: () => void = () => undefined;

  constructor(node: Node) {
    node.on('input', (message, _send, done) => {
      this.messages.push(message);
      done();
      this.wake();
    });
  }

  /** The n-th message, from 1, as soon as it is there. */
  async nth(n: number): Promise<NodeMessageInFlow & Record<string, unknown>> {
    for (;;) {
      const message = this.messages[n - 1];
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

/** A connection, a device and a bms-read with a node at its output and one that catches its errors. */
export function flow(
  connectionProps: Record<string, unknown>,
  deviceProps: Record<string, unknown> = {},
  readProps: Record<string, unknown> = {},
): Config[] {
  return [
    { id: 'tab', type: 'tab', label: 'test' },
    { id: 'connection', type: 'bms-connection', name: '', ...connectionProps },
    {
      id: 'device',
      type: 'bms-device',
      name: 'Bank',
      connection: 'connection',
      protocol: 'jbd',
      pollInterval: 0,
      ...deviceProps,
    },
    {
      id: 'read',
      type: 'bms-read',
      z: 'tab',
      device: 'device',
      topic: '',
      emit: 'input',
      format: 'object',
      wires: [['out']],
      ...readProps,
    },
    { id: 'out', type: 'helper', z: 'tab' },
    { id: 'catcher', type: 'catch', z: 'tab', scope: null, wires: [['caught']] },
    { id: 'completer', type: 'complete', z: 'tab', scope: ['read'], wires: [['completed']] },
    { id: 'completed', type: 'helper', z: 'tab' },
    { id: 'caught', type: 'helper', z: 'tab' },
  ];
}

export interface Loaded {
  read: Node;
  out: Outbox;
  /** what the Catch node passes on */
  caught: Outbox;
  /** what the Complete node passes on: every input that ended well */
  completed: Outbox;
  node(id: string): Node;
}

/** Loads a flow into the test helper's runtime. @param credentials by the id of their node */
export async function load(
  configs: Config[],
  credentials: Record<string, Record<string, string>> = {},
): Promise<Loaded> {
  await helper.load(NODES, configs, credentials);
  const node = (id: string): Node => helper.getNode(id);
  return {
    read: node('read'),
    out: new Outbox(node('out')),
    caught: new Outbox(node('caught')),
    completed: new Outbox(node('completed')),
    node,
  };
}
