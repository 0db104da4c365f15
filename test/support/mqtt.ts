import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from './e2e';
import { freePort } from './node-red';
import { finished, Service } from './service';

export interface Published {
  topic: string;
  payload: string;
  retained: boolean;
}

/** A Mosquitto of its own on a free port of the loopback address, and a client that hears everything. */
export class Broker {
  readonly heard: Published[] = [];
  port = 0;
  private readonly folder = mkdtempSync(join(tmpdir(), 'openbms-mosquitto-'));
  private server: Service | undefined;
  private client: Service | undefined;

  async start(): Promise<this> {
    this.port = await freePort();
    const settings = join(this.folder, 'mosquitto.conf');
    const lines = [`listener ${this.port} 127.0.0.1`, 'allow_anonymous true', 'persistence false', 'log_type all'];
    writeFileSync(settings, [...lines, 'log_dest stderr', ''].join('\n'));
    const server = new Service(program('/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto'), ['-c', settings]);
    this.server = server;
    await server.until(() => /mosquitto version \S+ running/.test(server.log));
    const address = ['-h', '127.0.0.1', '-p', String(this.port)];
    this.client = new Service(program('/usr/bin/mosquitto_sub'), [...address, '-t', '#', '-F', '%j'], (line) => {
      this.heard.push(published(line));
    });
    await server.untilLogged('Sending SUBACK');
    return this;
  }

  /** @param options such as `-r`, to be kept by the broker */
  async publish(topic: string, payload: string, ...options: string[]): Promise<void> {
    const message = ['-q', '1', '-t', topic, '-m', payload, ...options];
    const { code } = await finished('/usr/bin/mosquitto_pub', ['-h', '127.0.0.1', '-p', String(this.port), ...message]);
    if (code !== 0) throw new Error(`mosquitto_pub ended with ${code}`);
  }

  /** What the broker has kept: what a client hears that comes later. */
  async kept(topic: string): Promise<Published[]> {
    const options = ['-h', '127.0.0.1', '-p', String(this.port), '--retained-only', '-W', '1', '-F', '%j', '-t', topic];
    const { code, stdout } = await finished('/usr/bin/mosquitto_sub', options);
    // 27: its time is over. There is no other way to know that nothing more comes.
    if (code !== 0 && code !== 27) throw new Error(`mosquitto_sub ended with ${code}`);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map(published);
  }

  /** Waits for a message after the first `from` ones. */
  async until(condition: (message: Published) => boolean, from: number): Promise<Published> {
    await this.client?.until(() => this.heard.slice(from).some(condition));
    const found = this.heard.slice(from).find(condition);
    if (found === undefined) throw new Error('The client is not started');
    return found;
  }

  async stop(): Promise<void> {
    await this.client?.stop();
    await this.server?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A line of mosquitto_sub in its format `%j`. */
function published(line: string): Published {
  const { topic, payload = '', retain } = JSON.parse(line) as { topic: string; payload?: string; retain: number };
  return { topic, payload, retained: retain === 1 };
}
