import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { WitnessBoard } from '../witness/boards/board';

/** A board of the witness behind a serial-to-network bridge on the loopback address, in real time. */
export class WitnessBridge {
  private server: Server | undefined;
  private lastPort = 0;
  private readonly sockets = new Set<Socket>();
  private waiting: (() => void)[] = [];
  private present: WitnessBoard;

  constructor(board: WitnessBoard) {
    this.present = board;
    this.hang(board);
  }

  get port(): number {
    return this.lastPort;
  }

  /** Hangs a board on the line, instead of the one that was there. */
  hang(board: WitnessBoard): void {
    this.present.detach();
    this.present = board;
    board.cut = () => this.drop();
    for (const socket of this.sockets) this.attach(socket);
  }

  /** Starts to listen, after the first time on the same port. */
  async listen(): Promise<this> {
    const server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('data', (bytes) => {
        this.present.receive(bytes);
        for (const wake of this.waiting.splice(0)) wake();
      });
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
      this.attach(socket);
    });
    await new Promise<void>((resolve) => server.listen(this.lastPort, '127.0.0.1', resolve));
    this.lastPort = (server.address() as AddressInfo).port;
    this.server = server;
    return this;
  }

  /** Waits until something is so of what the board was told. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Every connection breaks. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** The bridge loses its power. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    this.drop();
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  private attach(socket: Socket): void {
    this.present.attach((bytes) => void socket.write(bytes));
  }
}
