import type { Socket } from 'node:net';
import { LoopbackServer } from './loopback-server';
import { PtyCable } from './pty';
import { loadVector } from './vectors';

/** What the board does with a request that it recognised. */
type Behaviour = (request: string, answer: string | undefined, reply: (hex: string) => void) => void;

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
export class TcpBoard extends LoopbackServer {
  constructor(readonly board: Board) {
    super();
  }

  protected serve(socket: Socket): void {
    socket.on('data', (bytes) => this.board.receive(bytes, (answer) => void socket.write(answer)));
  }
}
