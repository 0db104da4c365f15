import type { Node } from 'node-red';
import helper from 'node-red-node-test-helper';
import { Board, captured, TcpBoard } from './board';
import type { Outbox } from './helper-flow';

const JBD = captured('jbd', 'sp04s034-4s-5ah-idle');
/** The request that each poll begins with. */
export const BASIC = 'dda50300fffd77';
/** The request for the cells, the board's answer with 3.909, 3.901, 3.895 and 3.902 V, and one that does not know it. */
export const CELLS = 'dda50400fffc77';
export const OTHER_VOLTAGES = 'dd0400080f450f3d0f370f3efec577';
export const REFUSED = 'dd048000ff8077';

/** What every message tells of where its reading comes from. */
export const PROVENANCE = ['address', 'device', 'duration', 'link', 'protocol', 'sequence', 'timestamp'];

/** A time-out at which a test need not wait long. */
export const QUICK = { timeout: 60, retries: 0 };

/** A captured JBD board behind a bridge on this host, afresh for each test of a suite. */
export class BridgedBoard {
  bridge = new TcpBoard(new Board(JBD));

  constructor() {
    beforeEach(async () => {
      this.bridge = await new TcpBoard(new Board(JBD)).listen();
    });
    afterEach(async () => {
      await helper.unload();
      await this.bridge.close();
    });
  }

  get board(): Board {
    return this.bridge.board;
  }

  /** the properties of a connection to it */
  get tcp(): Record<string, unknown> {
    return { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: this.bridge.port };
  }

  /** how often it was polled, or read by request */
  get polls(): number {
    return this.board.requests.filter((request) => request === BASIC).length;
  }

  /** Resolves when it was polled so often. */
  async untilPolled(times: number): Promise<void> {
    await until(() => this.polls >= times);
  }

  /** Answers one request otherwise. */
  answers(request: string, other: string): void {
    this.board.behaviour = (asked, answer, reply) => reply(asked === request ? other : (answer ?? ''));
  }

  /** Goes away in the middle of a frame. */
  goAway(): Promise<void> {
    return new Promise((resolve) => {
      this.board.behaviour = (_request, answer, reply) => {
        reply((answer ?? '').slice(0, 16));
        setImmediate(() => void this.bridge.close().then(resolve));
      };
    });
  }

  /** Is there again. */
  async comeBack(): Promise<void> {
    this.board.obey();
    await this.bridge.listen();
  }
}

export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** The codes of errors that a Catch node has passed on. */
export function errorsOf(outbox: Outbox): string[] {
  return outbox.messages.map((message) => (message as unknown as { error: { code: string } }).error.code);
}

/** Sends a message with any properties. */
export function receive(node: Node, message: Record<string, unknown>): void {
  node.receive(message);
}

/** Closes a node as a deploy does. */
export function closeNode(node: Node): Promise<void> {
  return (node as Node & { close(removed: boolean): Promise<void> }).close(false);
}
