import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { BmsError, toBmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import { within, type Clock } from '../clock';
import { serverLanguage } from './languages';

export type Send = (message: object | (object | null)[]) => void;

/**
 * Runs a node's input handler so that each message ends in `done` exactly once and nothing is ever thrown into
 * Node-RED. A message that cannot be written to is copied first. When the node closes, messages in progress end with
 * `closed`, and what they would still send is dropped.
 */
export class Inputs {
  private readonly inProgress = new Set<(error?: BmsError) => void>();
  private closed = false;
  private whenIdle: () => void = () => undefined;

  constructor(RED: Pick<NodeAPI, '_'>, node: Node, handle: (message: NodeMessageInFlow, send: Send) => Promise<void>) {
    node.on('input', (message, send, done) => {
      const finish = (error?: BmsError): void => {
        if (this.inProgress.delete(finish)) done(error && serverLanguage(RED).error(error));
        if (this.inProgress.size === 0) this.whenIdle();
      };
      this.inProgress.add(finish);
      const sendWhileOpen: Send = (out) => {
        if (!this.closed) send(out as Parameters<typeof send>[0]);
      };
      Promise.resolve()
        .then(() => handle(ownOf(message), sendWhileOpen))
        .then(
          () => finish(),
          (error: unknown) => finish(toBmsError(error)),
        );
    });
  }

  /** Whether the node closes, so that what is sent now goes nowhere. */
  get isClosed(): boolean {
    return this.closed;
  }

  /**
   * Like `close`, but lets messages in progress end by themselves before, so that they report what came of them.
   * @returns when all have ended, no later than after the limit
   */
  async closeAfter(limitMs: number, clock: Clock): Promise<void> {
    this.closed = true;
    const ended = new Promise<void>((resolve) => {
      this.whenIdle = resolve;
      if (this.inProgress.size === 0) resolve();
    });
    await within(clock, limitMs, ended, new Error('late')).catch(() => undefined);
    this.close();
  }

  /** Ends every message in progress; to be called when the node closes. */
  close(): void {
    this.closed = true;
    for (const finish of [...this.inProgress])
      finish(new BmsError('closed', say`The node was closed before the answer came.`));
  }
}

/** The message, or a copy of one that was frozen or sealed, or has properties that are: the answer goes out on it. */
function ownOf(message: NodeMessageInFlow): NodeMessageInFlow {
  const isFixed = ({ writable, get, set }: PropertyDescriptor): boolean =>
    writable === false || (get !== undefined && set === undefined);
  const isOurs =
    Object.isExtensible(message) && !Object.values(Object.getOwnPropertyDescriptors(message)).some(isFixed);
  return isOurs ? message : { ...message };
}
