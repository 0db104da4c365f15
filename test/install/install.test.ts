import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jbd } from '../../src/codec/jbd';
import { FakeBluez } from '../support/ble/fake-bluez';
import { PrivateBus } from '../support/ble/private-bus';
import { NodeRed } from '../support/node-red';
import { boardOnCable, ServedBoard, steadyPack } from '../support/served-board';

/*
 * The tarball as a palette manager installs it, on a system that has Node.js and npm and neither compiler nor tools, and
 * what works then in a real Node-RED.
 */

const run = promisify(execFile);

const ADDRESS = 'A4:C1:38:00:00:01';

/** Fewer are scanned, and break, less often. */
const MOST_PACKAGES = 119;

/**
 * Packages with published advisories, by the first version without; `undefined` where there is none. They came with
 * libraries that might come back.
 */
const ADVISED: Readonly<Record<string, string | undefined>> = {
  debug: '3.1.0',
  'event-stream': '4.0.0',
  ms: '2.0.0',
  request: undefined,
  'tough-cookie': '4.1.3',
  xml2js: '0.5.0',
};

interface Way {
  readonly options: readonly string[];
  /** whether there is a shell, without which npm runs no script */
  readonly hasShell: boolean;
  readonly hasSerial: boolean;
}

const WAYS: Readonly<Record<string, Way>> = {
  'with scripts, but no compiler': { options: [], hasShell: true, hasSerial: true },
  'with scripts that cannot run': { options: [], hasShell: false, hasSerial: false },
  'without scripts': { options: ['--ignore-scripts'], hasShell: false, hasSerial: true },
};

/** A user directory of Node-RED, and the programs that its user has. */
class UserDirectory {
  readonly folder = mkdtempSync(join(tmpdir(), 'openbms-install-'));
  private readonly programs = join(this.folder, 'programs');

  constructor(hasShell: boolean) {
    mkdirSync(this.programs);
    symlinkSync(process.execPath, join(this.programs, 'node'));
    symlinkSync(programOf('npm'), join(this.programs, 'npm'));
    if (hasShell) symlinkSync(programOf('sh'), join(this.programs, 'sh'));
    writeFileSync(join(this.folder, 'package.json'), '{ "name": "user-directory", "private": true }');
  }

  /** Where our package is. */
  get palette(): string {
    return join(this.folder, 'node_modules', '@openbms', 'node-red-bms');
  }

  /** @returns what npm prints, also when it fails */
  async npm(...args: string[]): Promise<string> {
    const { HOME, npm_config_registry } = process.env;
    const env = { PATH: this.programs, HOME, npm_config_registry };
    return run(join(this.programs, 'npm'), args, { cwd: this.folder, env }).then(
      ({ stdout }) => stdout,
      (error: unknown) => {
        // It fails when it finds something.
        if (args.includes('audit')) return (error as { stdout: string }).stdout;
        throw error;
      },
    );
  }

  /** What npm has installed: versions by name. */
  installed(): Map<string, string> {
    const lock = JSON.parse(readFileSync(join(this.folder, 'node_modules', '.package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string }>;
    };
    const entries = Object.entries(lock.packages).map(([path, { version }]) => {
      return [path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), version] as const;
    });
    return new Map(entries);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Where a program of this system is. */
function programOf(name: string): string {
  const places = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, name));
  return places.find((place) => existsSync(place)) ?? assert.fail(`There is no ${name}`);
}

/** A connection with a device and a reader that sends every poll to the test. */
function pack(name: string, connection: object): object[] {
  return [
    { id: `${name}-connection`, type: 'bms-connection', ...connection },
    {
      ...{ id: `${name}-device`, type: 'bms-device', name, connection: `${name}-connection`, protocol: 'jbd' },
      ...{ pollInterval: 1, timeout: 2000, allowControl: false },
    },
    {
      ...{ id: name, type: 'bms-read', z: 'tab', device: `${name}-device`, emit: 'poll', format: 'object' },
      wires: [['collect']],
    },
  ];
}

describe('Installing the tarball', function () {
  this.timeout(120_000);
  let user: UserDirectory | undefined;
  let nodeRed: NodeRed | undefined;
  let bus: PrivateBus | undefined;
  let bluez: FakeBluez | undefined;

  async function install({ options, hasShell }: Way): Promise<UserDirectory> {
    user = new UserDirectory(hasShell);
    const tarball = process.env['OPENBMS_TARBALL'] ?? assert.fail('OPENBMS_TARBALL is not set');
    await user.npm('install', '--omit=dev', '--engine-strict', '--no-audit', '--no-fund', ...options, tarball);
    return user;
  }

  async function startNodeRed({ palette }: UserDirectory): Promise<NodeRed> {
    nodeRed = await new NodeRed({ withPackage: false, palettes: [palette] }).start();
    return nodeRed;
  }

  async function startBluez(): Promise<void> {
    bus = await PrivateBus.start();
    const board = steadyPack(4);
    bluez = await FakeBluez.start(bus.address, [
      {
        address: ADDRESS,
        name: 'xiaoxiang BMS',
        services: [
          {
            uuid: 'ff00',
            characteristics: [
              { uuid: 'ff01', flags: ['notify'] },
              { uuid: 'ff02', flags: ['write-without-response'] },
            ],
          },
        ],
        onWrite: (bytes) => jbd.emulate(bytes)?.answer(board.read(), board),
      },
    ]);
  }

  afterEach(async () => {
    await nodeRed?.stop();
    await bluez?.stop();
    await bus?.stop();
    user?.remove();
    [nodeRed, bluez, bus, user] = [undefined, undefined, undefined, undefined];
  });

  for (const [how, way] of Object.entries(WAYS)) {
    it(`${how}: few packages, none with an advisory, and every line that can be works`, async () => {
      const home = await install(way);
      const installed = home.installed();
      assert.ok(installed.size <= MOST_PACKAGES, `${installed.size} packages`);
      assertNoAdvisories(installed, await home.npm('audit', '--json'));
      assert.equal(existsSync(join(home.folder, 'node_modules', 'serialport')), way.hasSerial);

      await startBluez();
      const bridge = await new ServedBoard(jbd).listen();
      const cable = boardOnCable(jbd);
      try {
        const red = await startNodeRed(home);
        const flows = [
          { id: 'tab', type: 'tab', label: 'Install' },
          ...pack('radio', { transport: 'ble', bleAddress: ADDRESS, bleDriver: 'auto' }),
          ...pack('bridge', { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: bridge.port }),
          ...pack('cable', { transport: 'serial', serialPort: cable.path }),
          ...red.collecting('tab'),
        ];
        await red.deploy(flows);
        for (const [name, cells] of [
          ['radio', 4],
          ['bridge', 16],
        ] as const) {
          const { payload } = await red.until(({ from, topic }) => from === 'node' && topic === name);
          assert.equal((payload as { cellCount: number }).cellCount, cells);
        }
        if (way.hasSerial) {
          await red.until(({ from, topic }) => from === 'node' && topic === 'cable');
        } else {
          const { error } = await red.until(({ from }) => from === 'catch');
          assert.match(
            (error as Error).message,
            /^Serial ports need a library: run "npm install --ignore-scripts serialport" in your Node-RED user directory/,
          );
        }
      } finally {
        await bridge.close();
        cable.close();
      }
    });
  }

  it('the driver that needs a library names one command, after which it is there', async () => {
    const home = await install({ options: [], hasShell: true, hasSerial: true });
    const refusal = async (): Promise<string> => {
      const red = await startNodeRed(home);
      await red.deploy([
        { id: 'tab', type: 'tab', label: 'Install' },
        ...pack('radio', { transport: 'ble', bleAddress: ADDRESS, bleDriver: 'hci' }),
        ...red.collecting('tab'),
      ]);
      const { error } = await red.until(({ from }) => from === 'catch');
      await red.stop();
      return (error as Error).message;
    };
    const before = await refusal();
    const [, command = ''] = /^Bluetooth needs a library: run "npm ([^"]+)"/.exec(before) ?? assert.fail(before);
    await home.npm(...command.split(' '));
    assert.ok(home.installed().size <= MOST_PACKAGES, `${home.installed().size} packages`);
    await run(process.execPath, ['-e', "require('@stoprocent/bluetooth-hci-socket')"], { cwd: home.folder });
    const after = await refusal();
    assert.ok(!/library|npm/.test(after), after);
  });
});

function assertNoAdvisories(installed: ReadonlyMap<string, string>, audit: string): void {
  const advised = [...installed].filter(([name, version]) => {
    if (!(name in ADVISED)) return false;
    const { [name]: good } = ADVISED;
    return good === undefined || version.localeCompare(good, undefined, { numeric: true }) < 0;
  });
  assert.deepEqual(advised, []);
  const report = reportIn(audit);
  // Not every registry knows advisories.
  if (report?.metadata !== undefined) assert.equal(report.metadata.vulnerabilities.total, 0, audit);
  else console.log('The registry here offers no audit.');
}

function reportIn(text: string): { metadata?: { vulnerabilities: { total: number } } } | undefined {
  try {
    return JSON.parse(text) as { metadata?: { vulnerabilities: { total: number } } };
  } catch {
    return undefined;
  }
}
