import { fork, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** What a hostile bridge does, once somebody is connected. */
export interface Hostility {
  /** what it sends again and again, as fast as it is taken, in hex */
  flood: string;
  /** whether it waits for a request, each time; else it begins at once and never ends */
  perRequest?: boolean;
  /** bytes after which it falls silent; never, when missing */
  limit?: number;
}

const PIECE = 64 * 1024;

/** A hostile bridge in a process of its own, so that what it costs is not what its victim costs. */
export class HostileServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(hostility: Hostility): Promise<HostileServer> {
    const child = fork(__filename, [JSON.stringify(hostility)], { execArgv: [] });
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message) => resolve(message as number));
      child.once('exit', (code) => reject(new Error(`the hostile bridge has ended with ${code}`)));
    });
    return new HostileServer(child, port);
  }

  /** Bytes that its victims have taken so far. */
  async sent(): Promise<number> {
    const answer = new Promise<number>((resolve) =>
      this.child.once('message', (message) => resolve(message as number)),
    );
    this.child.send('sent?');
    return answer;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}

function serve({ flood, perRequest = false, limit = Infinity }: Hostility): void {
  const unit = Buffer.from(flood, 'hex');
  const piece = Buffer.concat(Array<Buffer>(Math.max(1, Math.ceil(PIECE / unit.length))).fill(unit));
  let sent = 0;
  const pour = (socket: Socket, left: number): void => {
    if (socket.destroyed || left <= 0) return;
    const bytes = piece.subarray(0, Math.min(left, piece.length));
    socket.write(bytes, (error) => {
      if (error) return;
      sent += bytes.length;
      // Not in the same breath: nobody else would be heard, nor a connection that has gone.
      setImmediate(() => pour(socket, left - bytes.length));
    });
  };
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (perRequest) socket.on('data', () => pour(socket, limit));
    else {
      socket.resume();
      pour(socket, limit);
    }
  });
  process.on('message', () => process.send?.(sent));
  process.on('disconnect', () => process.exit());
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

if (require.main === module) serve(JSON.parse(process.argv[2] ?? '{}') as Hostility);
