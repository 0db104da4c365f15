import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A bridge on the loopback address, which may lose its power and come back at the same port. */
export abstract class LoopbackServer {
  readonly sockets = new Set<Socket>();
  accepted = 0;
  port = 0;
  private server: Server | undefined;

  protected abstract serve(socket: Socket): void;

  /** Starts to listen, after the first time on the same port. */
  async listen(): Promise<this> {
    const server = createServer((socket) => {
      this.accepted++;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
      this.serve(socket);
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
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
