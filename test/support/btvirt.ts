import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { PtyCable } from './pty';

const PROGRAMS = ['/usr/bin/btvirt', '/usr/lib/bluetooth/btvirt', '/usr/libexec/bluetooth/btvirt'];

/** Where the emulator offers LE controllers: each connection is one of its own. The path is built into it. */
const LE_SOCKET = '/tmp/bt-server-le';

const RESET = Buffer.from('01030c00', 'hex');
const ANSWER_LIMIT_MS = 3000;
const STEP_MS = 20;

/** BlueZ's emulator of Bluetooth controllers, which hear each other. */
export class Btvirt {
  private readonly sockets: Socket[] = [];
  private readonly cables: PtyCable[] = [];

  private constructor(private readonly process: ChildProcess) {}

  /** @returns the emulator; or why it cannot be used here, in words */
  static async start(): Promise<Btvirt | string> {
    const program = process.env['BTVIRT'] ?? PROGRAMS.find((path) => existsSync(path));
    if (program === undefined) return "there is no btvirt: install Debian's package bluez-test-tools";
    if (existsSync(LE_SOCKET) && (await isAnswered(LE_SOCKET))) return 'another btvirt runs, and its place is taken';
    rmSync(LE_SOCKET, { force: true });
    const emulator = spawn(program, ['-s'], { stdio: 'ignore' });
    const failed = once(emulator, 'exit').then(
      () => 'btvirt ends at once',
      (error: unknown) => `btvirt does not start: ${String(error)}`,
    );
    const ready = await Promise.race([failed, appears(LE_SOCKET)]);
    if (ready !== undefined) return ready;
    const btvirt = new Btvirt(emulator);
    if (await isAnswered(LE_SOCKET)) return btvirt;
    await btvirt.stop();
    return 'btvirt drops its clients: it needs AF_ALG sockets (CONFIG_CRYPTO_USER_API), which this kernel lacks';
  }

  /** A controller of its own. @returns the path of a serial port that leads to it */
  async controller(): Promise<string> {
    const socket = connect(LE_SOCKET);
    this.sockets.push(socket);
    await once(socket, 'connect');
    const cable = new PtyCable((bytes) => socket.write(bytes));
    this.cables.push(cable);
    socket.on('data', (bytes) => cable.say(bytes));
    // A controller that goes away is seen by its host.
    socket.on('error', () => undefined);
    return cable.path;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    for (const cable of this.cables) cable.close();
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill();
    await once(this.process, 'exit');
  }
}

async function appears(path: string): Promise<string | undefined> {
  for (let waited = 0; waited < ANSWER_LIMIT_MS; waited += STEP_MS) {
    if (existsSync(path)) return undefined;
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
  return 'btvirt offers no controllers';
}

/** Whether a controller answers a reset. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.write(RESET));
    const settle = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(ANSWER_LIMIT_MS, () => settle(false));
    socket.once('data', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}
