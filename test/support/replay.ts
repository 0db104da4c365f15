import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoopbackServer } from './loopback-server';
import type { Cut } from './pieces';
import type { Vector } from './vectors';

/** From one round of what a board sends by itself to the next, ms. */
const ROUND_MS = 300;

const NOTHING = Buffer.alloc(0);

/** The answers to one request, in the order of the capture; the last one stays. */
class Answers {
  private readonly left: (readonly string[])[] = [];

  add(chunks: readonly string[]): void {
    this.left.push(chunks);
  }

  next(): Buffer[] {
    const [first = []] = this.left.length > 1 ? this.left.splice(0, 1) : this.left;
    return first.map((hex) => Buffer.from(hex, 'hex'));
  }
}

/** A board behind a serial-to-network bridge that says what was captured, in pieces, and is silent to all else. */
export class ReplayedBoard extends LoopbackServer {
  private readonly answers = new Map<string, Answers>();
  /** the end of what is being sent */
  private sent: Promise<void> = Promise.resolve();
  /** the answer that was sent last: in the beginning the last one of the capture, of a poll before */
  private before = NOTHING;

  constructor(
    private readonly vector: Vector,
    private readonly cut: Cut,
    private readonly quietMs: number,
  ) {
    super();
    for (const { tx, rx } of vector.exchanges) {
      const answers = this.answers.get(tx) ?? new Answers();
      answers.add(rx);
      this.answers.set(tx, answers);
      this.before = Buffer.from(rx.join(''), 'hex');
    }
  }

  protected serve(socket: Socket): void {
    socket.setNoDelay(true);
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes.toString('hex');
      const asked = [...this.answers].find(([request]) => heard.endsWith(request));
      if (asked === undefined) return;
      heard = '';
      const [, answers] = asked;
      this.sent = this.sent.then(() => this.say(socket, answers.next()));
    });
    if (this.vector.unsolicited !== undefined) void this.repeat(socket, this.vector.unsolicited);
  }

  /** Sends an answer in pieces. */
  private async say(socket: Socket, chunks: readonly Buffer[]): Promise<void> {
    const pieces = this.cut({ chunks, before: this.before, quietMs: this.quietMs });
    this.before = Buffer.concat([...chunks]);
    for (const { bytes, afterMs } of pieces) {
      if (afterMs > 0) await sleep(afterMs);
      if (socket.destroyed) return;
      socket.write(bytes);
    }
  }

  /** What others say on the line, over and over. */
  private async repeat(socket: Socket, hexes: readonly string[]): Promise<void> {
    while (!socket.destroyed) {
      for (const hex of hexes) await this.say(socket, [Buffer.from(hex, 'hex')]);
      await sleep(ROUND_MS);
    }
  }
}
