import type { Socket } from 'node:net';
import { systemClock } from '../../src/clock';
import type { Protocol } from '../../src/codec/protocol';
import { SimulatedPack } from '../../src/simulator/pack';
import { LoopbackServer } from './loopback-server';
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
export class ServedBoard extends LoopbackServer {
  /** another one may take its place */
  pack: SimulatedPack;

  constructor(
    private readonly protocol: Protocol,
    cells?: number,
  ) {
    super();
    this.pack = steadyPack(cells);
  }

  protected serve(socket: Socket): void {
    socket.on('data', (request) => {
      const served = this.protocol.emulate(request);
      if (served !== undefined && !this.pack.isSilent) socket.write(served.answer(this.pack.read(), this.pack));
    });
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
