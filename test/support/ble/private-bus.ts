import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const DAEMON = 'dbus-daemon';

/** Where libraries look for the system bus. */
const VARIABLE = 'DBUS_SYSTEM_BUS_ADDRESS';

/** A message bus of one's own, which takes the place of the system's. */
export class PrivateBus {
  private readonly before = process.env[VARIABLE];

  private constructor(
    private readonly daemon: ChildProcess,
    readonly address: string,
  ) {
    process.env[VARIABLE] = address;
  }

  /** Whether the program is installed (Debian: dbus). */
  static get isPossible(): boolean {
    return spawnSync(DAEMON, ['--version']).status === 0;
  }

  static async start(): Promise<PrivateBus> {
    const daemon = spawn(DAEMON, ['--session', '--nofork', '--nopidfile', '--print-address'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [address] = (await once(createInterface(daemon.stdout), 'line')) as [string];
    return new PrivateBus(daemon, address);
  }

  async stop(): Promise<void> {
    if (this.before === undefined) Reflect.deleteProperty(process.env, VARIABLE);
    else process.env[VARIABLE] = this.before;
    if (this.daemon.exitCode !== null || this.daemon.signalCode !== null) return;
    this.daemon.kill();
    await once(this.daemon, 'exit');
  }
}
