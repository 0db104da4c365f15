import { createServer, type AddressInfo } from 'node:net';
import type { Reading } from '../../../src/battery/reading';
import { systemClock } from '../../../src/clock';
import { PROTOCOLS } from '../../../src/codec/registry';
import type { Protocol } from '../../../src/codec/protocol';
import { SimulatedPack } from '../../../src/simulator/pack';
import { sharedMicros } from '../figures';

/** What the benchmark asks for: the protocol of each pack. */
export type BoardsWanted = readonly string[];

/** What the process says: once the port of each pack; when asked, when each of its answers went out since then, µs. */
export interface BoardsMessage {
  ports?: number[];
  answeredAt?: number[][];
}

/** Packs in states that differ, so that something changes with every poll. */
const STATES: readonly Reading[] = Array.from({ length: 20 }, (_, seed) =>
  new SimulatedPack({
    ...{ cells: 16, chemistry: 'lfp', scenario: 'steady', speed: 1, seed, clock: systemClock },
  }).read(),
);

/** A state lasts for so long, ms: longer than a poll. */
const STATE_LASTS_MS = 1000;

/**
 * Many boards that answer at once, each behind a port of its own, in a process of their own, so that their work is not
 * part of what is measured. They live until they are told to end, or the benchmark has ended.
 */
class Boards {
  private readonly answeredAt: number[][];

  constructor(private readonly wanted: BoardsWanted) {
    this.answeredAt = wanted.map(() => []);
  }

  /** @returns the port of each pack */
  listen(): Promise<number[]> {
    return Promise.all(this.wanted.map((id, pack) => this.serve(protocolOf(id), pack)));
  }

  /** When the answers of each pack went out since it was asked last. */
  take(): number[][] {
    return this.answeredAt.map((times) => times.splice(0));
  }

  private serve(protocol: Protocol, pack: number): Promise<number> {
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (request) => {
        const state = Math.floor(Date.now() / STATE_LASTS_MS + pack) % STATES.length;
        const answer = answerOf(protocol, request, state);
        if (answer === undefined) return;
        this.answeredAt[pack]?.push(sharedMicros());
        socket.write(answer);
      });
    });
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  }
}

/** Answers are encoded once: else the boards would need more of the machine than what is measured. */
const answers = new Map<string, Buffer | undefined>();

function answerOf(protocol: Protocol, request: Buffer, state: number): Buffer | undefined {
  const key = `${protocol.id} ${state} ${request.toString('latin1')}`;
  if (!answers.has(key)) answers.set(key, protocol.emulate(request)?.answer(STATES[state] ?? {}));
  return answers.get(key);
}

function protocolOf(id: string): Protocol {
  const protocol = PROTOCOLS.find((entry) => entry.id === id);
  if (protocol === undefined) throw new Error(`There is no protocol ${id}`);
  return protocol;
}

function say(message: BoardsMessage): void {
  process.send?.(message);
}

process.once('message', (wanted) => {
  const boards = new Boards(wanted as BoardsWanted);
  process.on('message', (message) => {
    if (message === 'take') say({ answeredAt: boards.take() });
  });
  process.on('disconnect', () => process.exit());
  void boards.listen().then((ports) => say({ ports }));
});
