import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from './e2e';
import { freePort } from './node-red';
import { Service } from './service';

export interface Series {
  name: string;
  tags?: Record<string, string>;
  columns: string[];
  values: unknown[][];
}

/** An InfluxDB 1.x of its own on free ports of the loopback address. */
export class Influx {
  port = 0;
  private readonly folder = mkdtempSync(join(tmpdir(), 'openbms-influxdb-'));
  private server: Service | undefined;

  async start(): Promise<this> {
    this.port = await freePort();
    const settings = join(this.folder, 'influxdb.conf');
    const folder = (name: string): string => JSON.stringify(join(this.folder, name));
    writeFileSync(
      settings,
      `reporting-disabled = true
bind-address = "127.0.0.1:${await freePort()}"
[meta]
dir = ${folder('meta')}
[data]
dir = ${folder('data')}
wal-dir = ${folder('wal')}
[http]
bind-address = "127.0.0.1:${this.port}"
`,
    );
    this.server = new Service(program('/usr/bin/influxd'), ['run', '-config', settings]);
    await this.server.untilLogged('Listening on HTTP');
    return this;
  }

  /** Waits for something in the server's log of requests. */
  async untilLogged(text: string): Promise<void> {
    await this.server?.untilLogged(text);
  }

  /** @returns what one statement gives @throws Error what InfluxDB says is wrong */
  async query(statement: string, database = 'bms'): Promise<Series[]> {
    const parameters = new URLSearchParams({ db: database, q: statement });
    // InfluxDB takes a statement that changes something in a POST only.
    const response = await fetch(`http://127.0.0.1:${this.port}/query`, { method: 'POST', body: parameters });
    const { results, error } = (await response.json()) as {
      results?: { series?: Series[]; error?: string }[];
      error?: string;
    };
    const problem = error ?? results?.[0]?.error;
    if (problem !== undefined) throw new Error(`${statement}: ${problem}`);
    return results?.[0]?.series ?? [];
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
