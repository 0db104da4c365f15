import { spawn as spawnInTerminal } from '@lydell/node-pty';
import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Reading } from '../../src/battery/reading';
import { jbd } from '../../src/codec/jbd';
import { runLine } from '../support/command-line';
import { boardOnCable } from '../support/served-board';
import { protocols } from '../../src/codec';

const BMS = join(__dirname, '..', '..', 'src', 'cli', 'bms.js');

function bms(...args: string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [BMS, ...args]);
}

/** Waits until a stream has said something. */
function until(stream: NodeJS.ReadableStream, text: RegExp): Promise<string> {
  let heard = '';
  return new Promise((resolve, reject) => {
    stream.on('data', (piece) => {
      heard += String(piece);
      if (text.test(heard)) resolve(heard);
    });
    stream.once('end', () => reject(new Error(`it ended with: ${heard}`)));
  });
}

async function exitCode(child: ChildProcessWithoutNullStreams): Promise<number> {
  if (child.exitCode !== null) return child.exitCode;
  const [code] = (await once(child, 'close')) as [number];
  return code;
}

describe('the command bms as a process', function () {
  this.timeout(30_000);

  for (const { id } of protocols()) {
    it(`simulates a ${id} pack for other software`, async () => {
      const server = bms('simulate', '--tcp', '0', '-p', id, '--scenario', 'steady');
      const said = await until(server.stderr, /answers at (\S+);/);
      const line = /answers at (\S+);/.exec(said)?.[1] ?? '';
      const { code, printed, noted } = await runLine(['read', line, '-p', id, '--json']);
      assert.equal(code, 0, noted.join('\n'));
      assert.ok((JSON.parse(printed[0] ?? '') as Reading).voltage);
      server.kill('SIGINT');
      assert.equal(await exitCode(server), 130);
    });
  }

  it('ends without a word when nobody reads on', async () => {
    const child = bms('watch', 'simulator', '-p', 'jbd', '-i', '0.2');
    let errors = '';
    child.stderr.on('data', (piece) => (errors += String(piece)));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    assert.equal(await exitCode(child), 130);
    assert.equal(errors, '');
  });

  it('ends with Ctrl-C, and with a signal', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const child = bms('watch', 'simulator', '-p', 'jbd');
      await once(child.stdout, 'data');
      child.kill(signal);
      assert.equal(await exitCode(child), 130);
    }
  });

  it('asks at a real terminal before it switches a board at a serial port', async () => {
    const cable = boardOnCable(jbd);
    const terminal = spawnInTerminal(process.execPath, [BMS, 'switch', cable.path, 'charge', 'off', '-p', 'jbd'], {});
    let shown = '';
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode: code }) => resolve(code)));
    terminal.onData((piece) => {
      shown += piece;
      if (piece.includes('[y/N]')) terminal.write('y\r');
    });
    assert.equal(await ended, 0, shown);
    assert.match(shown, /charge: off, read back, before: on/);
    cable.close();
  });

  it('sends nothing at a terminal where Ctrl-C is the answer', async () => {
    const cable = boardOnCable(jbd);
    const terminal = spawnInTerminal(process.execPath, [BMS, 'switch', cable.path, 'charge', 'off', '-p', 'jbd'], {});
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode: code }) => resolve(code)));
    terminal.onData((piece) => piece.includes('[y/N]') && terminal.write('\x03'));
    assert.equal(await ended, 130);
    const { printed } = await runLine(['read', cable.path, '-p', 'jbd', '--json']);
    assert.equal((JSON.parse(printed[0] ?? '') as Reading).chargeEnabled, true);
    cable.close();
  });
});
