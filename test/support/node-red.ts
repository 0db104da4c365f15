import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The package as it would be published; scripts/test.mjs packs it and names it here. */
function tarball(): string {
  const path = process.env['OPENBMS_TARBALL'];
  if (path === undefined) throw new Error('OPENBMS_TARBALL is not set: run these tests with npm test');
  return path;
}

/** A Node-RED to test with: other versions come in here. */
export interface Runtime {
  /** the folder whose node_modules holds it */
  readonly home: string;
  /** the Node.js that runs it */
  readonly binary: string;
}

const RUNTIME: Runtime = {
  home: process.env['NODE_RED_HOME'] ?? process.cwd(),
  binary: process.env['NODE_BINARY'] ?? process.execPath,
};

/** Installs the tarball as a user's palette manager does, once per tarball. @returns the folder with node_modules */
export async function installPackage(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(tarball())).digest('hex').slice(0, 16);
  const folder = join(process.cwd(), '.cache', 'installed', hash);
  if (existsSync(join(folder, 'complete'))) return folder;
  rmSync(dirname(folder), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "user-directory", "private": true }');
  const options = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--engine-strict'];
  const npm = process.env['npm_execpath'];
  const [command, args] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  await run(command, [...args, 'install', ...options, tarball()], { cwd: folder });
  writeFileSync(join(folder, 'complete'), '');
  return folder;
}

/** What the log says in the languages that tests start Node-RED with: English and German. */
const STARTED = /Started (?:modified )?(?:flows|nodes)|(?:Flows|Nodes) sind gestartet/;
const NOT_STARTED = /(?:Waiting for missing types|Warten auf Registrierung fehlender Typen|^Error: )[^]*/m;

/** A message as the collecting function node of a test flow sends it, or a text that a node logged. */
export interface Collected {
  from: string;
  [key: string]: unknown;
}

/** Whether a Catch node has passed on an error with such words. */
export function isCaught(words: RegExp): (entry: Collected) => boolean {
  return (entry) =>
    entry.from === 'catch' && words.test(String((entry['error'] as { message?: string } | undefined)?.message));
}

/** Whether something was refused that wants consent, or rest: what happens when all buttons of an example are pressed at once. */
export const wantsConsent = isCaught(/confirm|queue|newer/);

export interface NodeRedOptions {
  /** folders of further node packages, as `.../node_modules/node-red-contrib-influxdb` */
  palettes?: readonly string[];
  /** further lines of the settings file, which win over those that every test has */
  settings?: string;
  runtime?: Runtime;
  /** without it, Node-RED is as it was before our package was installed */
  withPackage?: boolean;
  /** of Node.js, before the program */
  nodeArguments?: readonly string[];
  environment?: Readonly<Record<string, string>>;
}

/**
 * A real Node-RED of its own process and user directory, with the packed package installed. What the flows of a
 * test pass to the `collect` node arrives in `collected`.
 */
export class NodeRed {
  readonly collected: Collected[] = [];
  log = '';
  readonly userDir = mkdtempSync(join(tmpdir(), 'openbms-node-red-'));
  url = '';
  /** in which it writes its log and its status texts; whoever starts the tests may have another one */
  language = 'en-US';
  private process: ChildProcess | undefined;
  private collector: Server | undefined;
  private readonly waiting: (() => void)[] = [];

  /** of a user, where the runtime asks for one */
  token = '';

  constructor(private readonly options: NodeRedOptions = {}) {}

  get pid(): number {
    return this.process?.pid ?? 0;
  }

  async start(): Promise<this> {
    await this.fillUserDir();
    await this.collect();
    return this.launch();
  }

  /** Ends the process in this way, and starts another one with the same user directory; its log begins anew. */
  async restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.end(signal);
    this.log = '';
    await this.launch();
  }

  private async launch(): Promise<this> {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    writeFileSync(join(this.userDir, 'settings.js'), settings(port, this.language, this.options.settings ?? ''));
    const { home, binary } = this.options.runtime ?? RUNTIME;
    const program = join(home, 'node_modules', 'node-red', 'red.js');
    const child = spawn(binary, [...(this.options.nodeArguments ?? []), program, '--userDir', this.userDir], {
      // What flows write under a relative path goes away with it.
      cwd: this.userDir,
      env: { ...process.env, ...this.options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process = child;
    const started = new Promise<void>((resolve, reject) => {
      const onOutput = (text: Buffer): void => {
        this.log += text.toString();
        // The address is in its log when it listens, which it may do before or after.
        if (STARTED.test(this.log) && this.log.includes(this.url)) resolve();
        this.wake();
      };
      child.stdout?.on('data', onOutput);
      child.stderr?.on('data', onOutput);
      child.once('exit', (code) => reject(new Error(`Node-RED ended with ${code}:\n${this.log}`)));
    });
    await started;
    return this;
  }

  /** @returns the exit code; null when it was ended by a signal, or was not running */
  async stop(): Promise<number | null> {
    const { process: child, collector } = this;
    await this.end('SIGTERM');
    if (collector !== undefined) await new Promise((resolve) => collector.close(resolve));
    rmSync(this.userDir, { recursive: true, force: true });
    return child?.exitCode ?? null;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  /** Puts our package and the further ones where a user's are, with their own dependencies beside them. */
  private async fillUserDir(): Promise<void> {
    const { withPackage = true } = this.options;
    const ours = withPackage ? [join(await installPackage(), 'node_modules', '@openbms', 'node-red-bms')] : [];
    const dependencies: Record<string, string> = {};
    for (const folder of [...ours, ...(this.options.palettes ?? [])]) {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
        string,
        string
      >;
      if (name === undefined || version === undefined) throw new Error(`${folder} is no package`);
      const place = join(this.userDir, 'node_modules', name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(folder, place);
      dependencies[name] = version;
    }
    writeFileSync(join(this.userDir, 'package.json'), JSON.stringify({ name: 'user-directory', dependencies }));
  }

  /** GET or POST on the admin or HTTP-in root. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers({ accept: 'application/json' });
    if (this.token !== '') headers.set('authorization', `Bearer ${this.token}`);
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    return fetch(this.url + path, { ...init, headers });
  }

  async json<T>(path: string): Promise<T> {
    return (await (await this.request(path)).json()) as T;
  }

  /** Deploys flows; `type` as the deploy button offers it. Resolves when they have started. */
  async deploy(flows: object[], type: 'full' | 'nodes' | 'flows' = 'full'): Promise<void> {
    // Node-RED answers when the flows are saved; they have started when its log says so.
    const started = (): number => this.log.split(STARTED).length;
    const before = started();
    const { length } = this.log;
    const response = await this.request('/flows', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'Node-RED-Deployment-Type': type },
      body: JSON.stringify(flows),
    });
    if (!response.ok) throw new Error(`deploy: ${response.status} ${await response.text()}`);
    for (;;) {
      const failure = NOT_STARTED.exec(this.log.slice(length))?.[0];
      if (failure !== undefined) throw new Error(failure);
      if (started() !== before) return;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Nodes that pass what reaches `collect` to the test, and Catch and Status nodes to watch a tab. */
  collecting(tab: string): object[] {
    const port = (this.collector?.address() as AddressInfo).port;
    const pick =
      "msg.payload = JSON.stringify({ from: 'node', ...msg, _msgid: undefined, req: undefined, res: undefined }) + '\\n'; return msg;";
    const tagged = (from: string): string => pick.replace("from: 'node'", `from: '${from}'`);
    const fn = (id: string, func: string): object => ({
      id,
      type: 'function',
      z: tab,
      func,
      outputs: 1,
      libs: [],
      wires: [['collector']],
    });
    return [
      fn('collect', pick),
      { id: 'catching', type: 'catch', z: tab, scope: null, wires: [['caught']] },
      fn('caught', tagged('catch')),
      { id: 'watching', type: 'status', z: tab, scope: null, wires: [['status']] },
      fn('status', tagged('status')),
      {
        id: 'collector',
        type: 'tcp out',
        z: tab,
        host: '127.0.0.1',
        port: String(port),
        beserver: 'client',
        base64: false,
        end: false,
        wires: [],
      },
    ];
  }

  /** Waits for something collected from now on, or before when `from` is 0. */
  async until(condition: (entry: Collected) => boolean, from = 0): Promise<Collected> {
    for (;;) {
      const found = this.collected.slice(from).find(condition);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Waits for a text in Node-RED's log. */
  async untilLogged(text: string): Promise<void> {
    while (!this.log.includes(text)) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Open files, sockets and ports of the process. */
  openFiles(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private async collect(): Promise<void> {
    const server = createServer((socket) => {
      let text = '';
      socket.on('data', (bytes) => {
        const lines = (text + bytes.toString()).split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) this.collected.push(JSON.parse(line) as Collected);
        this.wake();
      });
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.collector = server;
  }
}

function settings(port: number, language: string, further: string): string {
  return `module.exports = {
    uiHost: '127.0.0.1', uiPort: ${port}, lang: '${language}', flowFile: 'flows.json', credentialSecret: 'test',
    logging: { console: { level: 'info' } }, telemetry: { enabled: false },
    editorTheme: { tours: false, palette: { catalogues: [] } },
    functionGlobalContext: { resources: () => process.getActiveResourcesInfo(), memory: () => process.memoryUsage() },
    ${further}
  };`;
}

/** A port of the loopback address that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
