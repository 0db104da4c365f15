// Shows the package at work: a real Node-RED with the packed package and an example flow, no hardware needed.
//   npm run demo              start, keep running until Ctrl-C; edits of the flow are kept for the next start
//   npm run demo -- --fresh   start all over again
//   npm run demo -- --once    start with the example flow, wait for the first reading, stop
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build, pack } from './build.mjs';
import { npm, ROOT } from './setup.mjs';

const HOST = '127.0.0.1';
const FIRST_PORT = 1880;
const PORTS_TO_TRY = 20;
const START_LIMIT_MS = 60_000;
const READING_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

const CACHE = join(ROOT, '.cache', 'demo');
const USER_DIR = join(CACHE, 'user');
const EXAMPLE = join(ROOT, 'examples', '01 - Read a pack.json');

const require = createRequire(import.meta.url);
const once = process.argv.includes('--once');
const fresh = process.argv.includes('--fresh');

try {
  await demo();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function demo() {
  if (!build()) throw new Error('The package does not build.');
  const tarball = pack(join(CACHE, 'package'));
  if (fresh) rmSync(USER_DIR, { recursive: true, force: true });
  mkdirSync(USER_DIR, { recursive: true });
  install(tarball);
  writeSettings();
  const port = await choosePort();
  const nodeRed = start(prepareFlow(), port);
  const url = `http://${HOST}:${port}`;
  try {
    await ready(url, nodeRed);
    if (once) console.log(`First reading: ${await firstReading(url, nodeRed)}`);
    else if (!nodeRed.stopping) {
      console.log(`\n  Open ${url} in a browser: the example flow reads two simulated packs.\n  Ctrl-C ends it.\n`);
      await nodeRed.ended;
    }
  } finally {
    await nodeRed.stop();
  }
  if (!once && !nodeRed.stopping) throw new Error('Node-RED has ended by itself.');
}

/** Installs the package as the palette manager does, unless this very tarball is installed already. */
function install(tarball) {
  const stamp = join(USER_DIR, 'installed.txt');
  const hash = createHash('sha256').update(readFileSync(tarball)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  const manifest = join(USER_DIR, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "name": "openbms-demo", "private": true }\n');
  console.log('Installing the package into the demo ...');
  const options = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  // npm would keep an older copy of the same version.
  rmSync(join(USER_DIR, 'node_modules', '@openbms'), { recursive: true, force: true });
  npm(['install', '--prefix', USER_DIR, ...options, tarball], {
    cwd: USER_DIR,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  writeFileSync(stamp, hash);
}

function writeSettings() {
  const secret = join(USER_DIR, 'secret.txt');
  if (!existsSync(secret)) writeFileSync(secret, randomBytes(24).toString('hex'), { mode: 0o600 });
  const settings = {
    uiHost: HOST,
    flowFile: 'flows.json',
    flowFilePretty: true,
    credentialSecret: readFileSync(secret, 'utf8'),
    contextStorage: { default: { module: 'localfilesystem' } },
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, palette: { catalogues: [] } },
  };
  const text = `// Written by scripts/demo.mjs at every start.\nmodule.exports = ${JSON.stringify(settings, null, 2)};\n`;
  writeFileSync(join(USER_DIR, 'settings.js'), text, { mode: 0o600 });
}

/** @returns the name of the flow file: the user's own, or with --once a copy of the example as it is */
function prepareFlow() {
  const file = once ? 'once.json' : 'flows.json';
  const path = join(USER_DIR, file);
  if (once || !existsSync(path)) copyFileSync(EXAMPLE, path);
  return file;
}

/** The port in PORT, else the first free one from Node-RED's usual one on. */
async function choosePort() {
  const { PORT } = process.env;
  if (PORT !== undefined && PORT !== '') {
    const port = Number(PORT);
    if (!Number.isInteger(port) || port < 1 || port > 65535)
      throw new Error(`PORT is "${PORT}"; it must be 1 to 65535.`);
    if (!(await isFree(port))) throw new Error(`Port ${port} is in use; choose another one in PORT.`);
    return port;
  }
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS_TO_TRY; port++) if (await isFree(port)) return port;
  throw new Error(`Ports ${FIRST_PORT} to ${FIRST_PORT + PORTS_TO_TRY - 1} are in use; name a free one in PORT.`);
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

/** Starts Node-RED. Signals that end us end it first, in an orderly way. */
function start(flowFile, port) {
  const script = require.resolve('node-red/red.js');
  const settings = join(USER_DIR, 'settings.js');
  const child = spawn(
    process.execPath,
    [script, '--userDir', USER_DIR, '--settings', settings, '--port', String(port), flowFile],
    { cwd: USER_DIR, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const nodeRed = { running: true, stopping: false };
  nodeRed.ended = new Promise((resolve) => {
    const end = () => {
      nodeRed.running = false;
      resolve();
    };
    child.once('exit', end);
    child.once('error', end);
  });
  nodeRed.stop = async () => {
    if (!nodeRed.running) return;
    nodeRed.stopping = true;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await nodeRed.ended;
    clearTimeout(timer);
  };
  stopWithNpm(nodeRed);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // With Ctrl-C the terminal has told Node-RED already; it takes the first signal only.
      void nodeRed.stop();
    });
  }
  return nodeRed;
}

/** npm hands a signal to its shell, which does not hand it on: then our parent is gone, and nobody would stop us. */
function stopWithNpm(nodeRed) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void nodeRed.stop();
  }, 500).unref();
}

async function ready(url, nodeRed) {
  const deadline = Date.now() + START_LIMIT_MS;
  while (nodeRed.running && Date.now() < deadline) {
    const answer = await fetch(`${url}/settings`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(200);
  }
  if (nodeRed.stopping) return;
  throw new Error(nodeRed.running ? 'Node-RED does not answer.' : 'Node-RED did not start.');
}

/**
 * Waits until a debug node of the example shows a reading, as the editor's debug sidebar would.
 * @returns what it says, in a few words
 */
async function firstReading(url, nodeRed) {
  // Node-RED brings its own WebSocket library; the Node.js 20 that we support has none.
  const WebSocket = createRequire(require.resolve('@node-red/editor-api'))('ws');
  const socket = new WebSocket(`${url.replace('http', 'ws')}/comms`);
  try {
    return await new Promise((resolve, reject) => {
      const late = () => reject(new Error(`There was no reading within ${READING_LIMIT_MS / 1000} s.`));
      setTimeout(late, READING_LIMIT_MS).unref();
      nodeRed.ended.then(() => reject(new Error('Node-RED ended before the first reading.')));
      socket.on('error', reject);
      socket.on('open', () => socket.send(JSON.stringify({ subscribe: 'debug' })));
      socket.on('message', (bytes) => {
        for (const { topic, data } of [JSON.parse(bytes)].flat()) {
          const reading = topic === 'debug' ? readingIn(data) : undefined;
          if (reading !== undefined) resolve(reading);
        }
      });
    });
  } finally {
    socket.close();
  }
}

/** The reading in what a debug node shows; undefined when it shows something else. */
function readingIn({ msg }) {
  const { bms, payload } = parsed(msg);
  if (bms?.device === undefined || typeof payload?.voltage !== 'number') return undefined;
  return `${bms.device} (${bms.protocol}): ${payload.voltage} V, ${payload.current} A, ${payload.soc} %`;
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
