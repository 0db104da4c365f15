import type { Socket } from 'node:net';
import type { WitnessBoard } from '../witness/boards/board';
import { LoopbackServer } from './loopback-server';

/** A board of the witness behind a serial-to-network bridge on the loopback address, in real time. */
export class WitnessBridge extends LoopbackServer {
  private waiting: (() => void)[] = [];
  private present: WitnessBoard;

  constructor(board: WitnessBoard) {
    super();
    this.present = board;
    this.hang(board);
  }

  /** Hangs a board on the line, instead of the one that was there. */
  hang(board: WitnessBoard): void {
    this.present.detach();
    this.present = board;
    board.cut = () => this.drop();
    for (const socket of this.sockets) this.attach(socket);
  }

  protected serve(socket: Socket): void {
    socket.on('data', (bytes) => {
      this.present.receive(bytes);
      for (const wake of this.waiting.splice(0)) wake();
    });
    this.attach(socket);
  }

  /** Waits until something is so of what the board was told. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Every connection breaks. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private attach(socket: Socket): void {
    this.present.attach((bytes) => void socket.write(bytes));
  }
}
