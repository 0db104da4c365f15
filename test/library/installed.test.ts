import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { daly } from '../../src/codec/daly';
import { PROTOCOLS } from '../../src/codec/registry';
import { installPackage } from '../support/node-red';
import { ServedBoard } from '../support/served-board';
import { loadVector } from '../support/vectors';

const run = promisify(execFile);

const FRAME = loadVector('jbd', 'pdf-v4-basic-15s').exchanges[0]?.rx.join('') ?? '';

/** What a user's program does, in both ways to load a package; it prints what it has got, as JSON. */
const PROGRAM = `
async function main() {
  const port = Number(process.argv[2]);
  const pack = await openPack({ transport: 'tcp', host: '127.0.0.1', port, protocol: 'daly' });
  const { cellCount } = await pack.read();
  await pack.close();
  const refused = await openPack({ transport: 'tcp', host: 'no host/' }).catch((error) => [error instanceof BmsError, error.code]);
  const { voltage } = decode('jbd', '${FRAME}');
  console.log(JSON.stringify({ cellCount, refused, voltage, protocols: listProtocols().length }));
}
main();
`;

/** The same with types, and what they must not allow. */
const TYPED_PROGRAM = `
import { openPack, openLine, BmsError, type Pack, type Reading, type ErrorCode } from '@openbms/node-red-bms';
import { decode, listProtocols, type ProtocolInfo } from '@openbms/node-red-bms/codec';

export async function main(port: number): Promise<ErrorCode | number> {
  const pack: Pack = await openPack({ transport: 'tcp', host: '127.0.0.1', port, protocol: 'daly', pollIntervalMs: 1000 });
  const stop = pack.onReading(({ cellVoltages = [] }, { sequence }) => { cellVoltages.map((volts) => volts * sequence); });
  stop();
  try {
    const { soc = 0, alarms = [] }: Readonly<Reading> = await pack.read();
    const done = await pack.control('discharge', false);
    return done.confirmed && alarms.every(({ level }) => level === 'warning') ? soc : 0;
  } catch (error) {
    if (error instanceof BmsError) return error.code;
    throw error;
  } finally {
    await pack.close();
  }
}

const protocols: ProtocolInfo[] = listProtocols();
const reading: Reading = decode(protocols[0]?.id ?? 'jbd', [new Uint8Array([0xdd]), { request: '00', response: ['00'] }]);
void openLine({ transport: 'serial', path: 'COM3' }).pack({ address: 1 });
// @ts-expect-error a serial port has no host
void openPack({ transport: 'serial', host: reading.model });
// @ts-expect-error nothing else can be imported
import { Device } from '@openbms/node-red-bms/dist/src/session/device.js';
`;

const RESOLUTIONS = [
  ['node16', 'node16'],
  ['esnext', 'bundler'],
] as const;

describe('the packed package as a library', () => {
  const folder = mkdtempSync(join(tmpdir(), 'openbms-library-'));
  const board = new ServedBoard(daly);

  before(async function () {
    this.timeout(60_000);
    symlinkSync(join(await installPackage(), 'node_modules'), join(folder, 'node_modules'));
    await board.listen();
  });
  after(async () => {
    await board.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a program of the user's. @returns what it has printed */
  async function outputOf(file: string, text: string): Promise<unknown> {
    writeFileSync(join(folder, file), text);
    const { stdout } = await run(process.execPath, [join(folder, file), `${board.port}`]);
    return JSON.parse(stdout);
  }

  const GOT = { cellCount: 16, refused: [true, 'bad_value'], voltage: 58.88, protocols: PROTOCOLS.length };

  it('is used with require', async () => {
    const load = "const { openPack, decode, listProtocols, BmsError } = require('@openbms/node-red-bms');";
    assert.deepEqual(await outputOf('use.cjs', load + PROGRAM), GOT);
  });

  it('is used with import', async () => {
    const load = `
      import { openPack, BmsError } from '@openbms/node-red-bms';
      import { decode, listProtocols } from '@openbms/node-red-bms/codec';`;
    assert.deepEqual(await outputOf('use.mjs', load + PROGRAM), GOT);
  });

  it('loads neither Node-RED nor a library of a line before it is needed', async () => {
    const text = `
      const { openPack } = require('@openbms/node-red-bms');
      openPack({ transport: 'simulator', protocol: 'jbd' }).then((pack) => pack.close()).then(() => {
        const loaded = Object.keys(require.cache).map((file) => file.replaceAll('\\\\', '/'));
        console.log(JSON.stringify(loaded.filter((file) => !file.includes('/@openbms/') && file !== __filename.replaceAll('\\\\', '/'))));
      });`;
    assert.deepEqual(await outputOf('loaded.cjs', text), []);
  });

  for (const [module, resolution] of RESOLUTIONS)
    it(`has types for strict TypeScript, resolved as by ${resolution}`, async function () {
      this.timeout(60_000);
      const strict = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, types: [], lib: ['es2022'] };
      const compilerOptions = { module, moduleResolution: resolution, target: 'es2022', ...strict };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
      writeFileSync(join(folder, 'use.ts'), TYPED_PROGRAM);
      const tsc = join(process.cwd(), 'node_modules', 'typescript', 'bin', 'tsc');
      const failed = await run(process.execPath, [tsc, '-p', folder, '--pretty', 'false']).then(
        () => '',
        (error: unknown) => (error as { stdout: string }).stdout,
      );
      assert.equal(failed, '');
    });
});
