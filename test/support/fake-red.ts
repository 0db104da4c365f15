import { EventEmitter } from 'node:events';
import { util } from '@node-red/util';
import type { Node, NodeAPI } from 'node-red';

export type Config = Readonly<Record<string, unknown>>;
type Constructor = (this: Node, config: Config) => void;

/** A node without a flow: it notes what it is told and tells what comes of a message. */
export class FakeNode extends EventEmitter {
  readonly id: string;
  readonly type: string;
  readonly credentials: unknown;
  /** what it has sent by itself */
  readonly sent: unknown[] = [];
  /** what it has sent upon a message */
  readonly answers: unknown[] = [];
  readonly errors: unknown[] = [];
  /** statuses and log lines */
  readonly told: unknown[] = [];

  /** @param kept its context, which may outlive it */
  constructor(
    { id, type, credentials }: Config,
    private readonly kept = new Map<string, unknown>(),
  ) {
    super();
    this.id = String(id);
    this.type = String(type);
    this.credentials = credentials;
  }

  readonly status = (status: unknown): void => void this.told.push(status);
  readonly log = (text: unknown): void => void this.told.push(text);
  readonly debug = this.log;
  readonly warn = this.log;
  readonly error = (error: unknown): void => void this.errors.push(error);
  readonly send = (message: unknown): void => void this.sent.push(message);

  context(): unknown {
    const empty = { get: (_key: string, _store: string, answer: (error: unknown) => void) => answer(null) };
    return {
      get: (key: string, answer: (error: unknown, kept: unknown) => void) => answer(null, this.kept.get(key)),
      set: (key: string, value: unknown, answer: (error: unknown) => void) => {
        this.kept.set(key, value);
        answer(null);
      },
      ...{ flow: empty, global: empty },
    };
  }

  /** Passes a message in. @param done called with what Node-RED would be told, as often as it is told */
  receive(message: unknown, done: (error?: unknown) => void): void {
    this.emit('input', message, (answer: unknown) => void this.answers.push(answer), done);
  }

  /** Resolves when the node has closed; never when it forgets to say so. */
  close(removed = true): Promise<void> {
    return new Promise((resolve) => {
      if (this.listenerCount('close') === 0) resolve();
      this.emit('close', removed, resolve);
    });
  }
}

/** As much of Node-RED as nodes need to be made, in memory. */
export class FakeRed {
  readonly nodes = new Map<string, FakeNode>();
  /** addresses of the editor, with the permission that they ask for */
  readonly endpoints = new Map<string, string>();
  /** what the runtime tells of flows */
  readonly events = new EventEmitter();
  private readonly types = new Map<string, Constructor>();

  constructor(modules: readonly ((RED: NodeAPI) => void)[]) {
    for (const module of modules) module(this.api);
  }

  /** what a module of nodes gets */
  get api(): NodeAPI {
    const api = {
      nodes: {
        createNode: () => undefined,
        registerType: (type: string, constructor: Constructor) => this.types.set(type, constructor),
        getNode: (id: string) => this.nodes.get(id) ?? null,
        eachNode: (look: (node: unknown) => void) => this.nodes.forEach((node) => look(node)),
      },
      events: this.events,
      httpAdmin: { get: this.route('GET'), post: this.route('POST') },
      auth: { needsPermission: (permission: string) => permission },
      settings: { userDir: '.' },
      _: (key: string) => key,
      util,
    };
    return api as unknown as NodeAPI;
  }

  private route(method: string): (path: string, permission: string) => void {
    return (path, permission) => void this.endpoints.set(`${method} ${path}`, permission);
  }

  protected node(config: Config): FakeNode {
    return new FakeNode(config);
  }

  /** Makes a node as a deploy does. @param config with `id` and `type`; a type that nobody has registered is a stranger */
  make(config: Config): FakeNode {
    const node = this.node(config);
    this.nodes.set(node.id, node);
    this.types.get(node.type)?.call(node as unknown as Node, config);
    return node;
  }
}
