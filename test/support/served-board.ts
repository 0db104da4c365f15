import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { systemClock } from '../../src/clock';
import type { Protocol } from '../../src/codec/protocol';
import { SimulatedPack } from '../../src/simulator/pack';
import { PtyCable } from './pty';

/** A simulated pack in real time, of 16 cells as a rule. */
export function steadyPack(cells = 16): SimulatedPack {
  return new SimulatedPack({
    cells,
    chemistry: 'lfp',
    scenario: 'steady',
    speed: 1,
    seed: 5,
    clock: systemClock,
  });
}

/** A simulated pack that speaks its protocol behind a serial-to-network bridge, in real time. */
export class ServedBoard {
  /** another one may take its place */
  pack: SimulatedPack;
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  private lastPort = 0;

  constructor(
    private readonly protocol: Protocol,
    cells?: number,
  ) {
    this.pack = steadyPack(cells);
  }

  get port(): number {
    return this.lastPort;
  }

  /** Starts to listen, after the first time on the same port. */
  async listen(): Promise<this> {
    const server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
      socket.on('data', (request) => {
        const served = this.protocol.emulate(request);
        if (served !== undefined && !this.pack.isSilent) socket.write(served.answer(this.pack.read(), this.pack));
      });
    });
    await new Promise<void>((resolve) => server.listen(this.lastPort, '127.0.0.1', resolve));
    this.lastPort = (server.address() as AddressInfo).port;
    this.server = server;
    return this;
  }

  /** The bridge loses its power. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/** A simulated pack that speaks its protocol at the end of a serial cable, in real time. */
export function boardOnCable(protocol: Protocol, cells?: number): PtyCable {
  const pack = steadyPack(cells);
  return new PtyCable((request, reply) => {
    const served = protocol.emulate(request);
    if (served !== undefined && !pack.isSilent) reply(served.answer(pack.read(), pack));
  });
}
