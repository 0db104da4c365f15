import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { PtyCable } from './pty';
import { loadVector } from './vectors';

/** What the board does with a request that it recognised. */
export type Behaviour = (request: string, answer: string | undefined, reply: (hex: string) => void) => void;

const obedient: Behaviour = (_request, answer, reply) => {
  if (answer !== undefined) reply(answer);
};

/** Request -> answer, as hex, of captured exchanges. */
export function captured(family: string, ...files: string[]): Record<string, string> {
  const exchanges = files.flatMap((file) => loadVector(family, file).exchanges);
  return Object.fromEntries(exchanges.map(({ tx, rx }) => [tx, rx.join('')]));
}

/** A board that answers with captured frames; tests change its behaviour on the way. */
export class Board {
  readonly requests: string[] = [];
  behaviour: Behaviour = obedient;
  private heard = '';

  constructor(private readonly answers: Readonly<Record<string, string>>) {}

  obey(): void {
    this.behaviour = obedient;
  }

  /** Takes bytes from the line; a request counts when it is whole. */
  receive(bytes: Buffer, reply: (bytes: Buffer) => void): void {
    this.heard += bytes.toString('hex');
    const request = Object.keys(this.answers).find((known) => this.heard.endsWith(known));
    const unknown = /(?:dda5.{4}.{4}77|a5..(?:..)08(?:..){9}|(?:..)78(?:..){8})$/.exec(this.heard)?.[0];
    const found = request ?? unknown;
    if (found === undefined) return;
    this.heard = '';
    this.requests.push(found);
    this.behaviour(found, this.answers[found], (hex) => reply(Buffer.from(hex, 'hex')));
  }
}

/** A board at the end of a serial cable. */
export function serialBoard(answers: Readonly<Record<string, string>>): { board: Board; cable: PtyCable } {
  const board = new Board(answers);
  return { board, cable: new PtyCable((bytes, reply) => board.receive(bytes, reply)) };
}

/** A board behind a serial-to-network bridge on the loopback address. */
export class TcpBoard {
  readonly sockets = new Set<Socket>();
  accepted = 0;
  private server: Server | undefined;
  private lastPort = 0;

  constructor(readonly board: Board) {}

  get port(): number {
    return this.lastPort;
  }

  /** Starts to listen, after the first time on the same port. */
  async listen(): Promise<this> {
    const server = createServer((socket) => {
      this.accepted++;
      this.sockets.add(socket);
      socket.on('data', (bytes) => this.board.receive(bytes, (answer) => void socket.write(answer)));
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(this.lastPort, '127.0.0.1', resolve));
    this.lastPort = (server.address() as AddressInfo).port;
    this.server = server;
    return this;
  }

  /** The bridge loses its power. */
  async close(): Promise<void> {
    const { server } = this;
    for (const socket of this.sockets) socket.destroy();
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
    this.server = undefined;
  }
}
