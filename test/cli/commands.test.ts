import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jbd } from '../../src/codec/jbd';
import { daly } from '../../src/codec/daly';
import { protocols } from '../../src/codec';
import type { Alarm } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { runLine } from '../support/command-line';
import { LoopbackServer } from '../support/loopback-server';
import { boardOnCable, ServedBoard } from '../support/served-board';

/** A bridge without a board. */
class Silence extends LoopbackServer {
  protected serve(): void {
    return undefined;
  }
}

describe('the command bms', () => {
  let board: ServedBoard;
  let line: string;

  beforeEach(async () => {
    board = await new ServedBoard(jbd).listen();
    line = `127.0.0.1:${board.port}`;
  });

  afterEach(() => board.close());

  it('reads a pack for people and for programs', async () => {
    const { code, printed, noted } = await runLine(['read', line]);
    assert.equal(code, 0);
    assert.match(printed.join('\n'), /^voltage +\d+\.\d+ V$/m);
    assert.match(printed.join('\n'), /^cell 16 +3\.\d+ V$/m);
    assert.match(noted.join('\n'), /speaks jbd/);
    const json = await runLine(['read', line, '-p', 'jbd', '--json']);
    assert.equal((JSON.parse(json.printed[0] ?? '') as Reading).cellCount, 16);
    assert.deepEqual(json.noted, []);
  });

  for (const { id } of protocols()) {
    it(`reads a simulated ${id} pack`, async () => {
      const { code, printed } = await runLine(['read', 'simulator', '-p', id, '--json', '--cells', '8']);
      assert.equal(code, 0);
      assert.ok((JSON.parse(printed[0] ?? '') as Reading).voltage);
    });
  }

  it('reads at a serial port, and lets go of it', async () => {
    const cable = boardOnCable(daly);
    for (let i = 0; i < 2; i++) {
      const { code, printed } = await runLine(['read', cable.path, '-p', 'daly', '--json']);
      assert.equal(code, 0);
      assert.equal((JSON.parse(printed[0] ?? '') as Reading).cellCount, 16);
    }
    cable.close();
  });

  it('watches with a line for every reading, as many as are wanted', async () => {
    const { code, printed } = await runLine(['watch', line, '-p', 'jbd', '-i', '0.2', '-n', '3', '--json']);
    assert.equal(code, 0);
    const readings = printed.map((text) => JSON.parse(text) as Reading & { time: string });
    assert.equal(readings.length, 3);
    for (const { time, voltage } of readings) assert.ok(Date.parse(time) > 0 && voltage !== undefined);
  });

  it('ends when it is interrupted', async () => {
    const ending = new AbortController();
    const running = runLine(['watch', line, '-p', 'jbd'], { signal: ending.signal });
    setTimeout(() => ending.abort(), 300);
    assert.equal((await running).code, 130);
  });

  it('says why a pack cannot be read', async () => {
    const silence = await new Silence().listen();
    const silent = await runLine([
      'read',
      `127.0.0.1:${silence.port}`,
      '-p',
      'jbd',
      '--timeout',
      '50',
      '--retries',
      '0',
    ]);
    assert.equal(silent.code, 1);
    await silence.close();
    assert.match(silent.noted.join(), /\(timeout\)$/);
    await board.close();
    const gone = await runLine(['read', line, '-p', 'jbd']);
    assert.match(gone.noted.join(), /Nothing listens .*\(port_not_found\)$/);
    assert.equal((await runLine(['read', 'battery'])).code, 2);
    assert.equal((await runLine(['read', line, '-p', 'nobody'])).code, 2);
    assert.equal((await runLine(['frobnicate'])).code, 2);
  });

  describe('switch', () => {
    const charge = async (): Promise<boolean | undefined> => {
      const { printed } = await runLine(['read', line, '-p', 'jbd', '--json']);
      return (JSON.parse(printed[0] ?? '') as Reading).chargeEnabled;
    };

    it('asks, switches, and reads back', async () => {
      const { code, questions, printed } = await runLine(['switch', line, '-p', 'jbd', 'charge', 'off'], {
        answers: ['y'],
      });
      assert.equal(code, 0);
      assert.match(questions.join(), /Set charge to off/);
      assert.deepEqual(printed, ['charge: off, read back, before: on']);
      assert.equal(await charge(), false);
    });

    it('sends nothing without a yes, and without a terminal', async () => {
      for (const answers of [['n'], [''], ['yess'], undefined]) {
        const { code, printed } = await runLine(['switch', line, '-p', 'jbd', 'charge', 'off'], { answers });
        assert.notEqual(code, 0);
        assert.deepEqual(printed, []);
        assert.equal(await charge(), true);
      }
    });

    it('does not ask with --yes', async () => {
      const { code, printed } = await runLine(['switch', line, '-p', 'jbd', 'charge', '0', '--yes', '--json']);
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(printed[0] ?? ''), {
        ...{ action: 'charge', value: false, before: true, after: false, confirmed: true },
      });
    });

    it('wants what is dangerous confirmed by its name, or answered', async () => {
      const without = await runLine(['switch', line, '-p', 'jbd', 'restart', 'on', '--yes']);
      assert.equal(without.code, 1);
      assert.match(without.noted.join(), /\(denied\)$/);
      const asked = await runLine(['switch', line, '-p', 'jbd', 'restart', 'on'], { answers: ['n'] });
      assert.match(asked.noted.join(), /dangerous/);
    });

    it('refuses what the board has not, and values that cannot be', async () => {
      assert.match(
        (await runLine(['switch', line, '-p', 'jbd', 'heating', 'on', '--yes'])).noted.join(),
        /\(unsupported\)$/,
      );
      assert.match(
        (await runLine(['switch', line, '-p', 'jbd', 'charge', 'perhaps', '--yes'])).noted.join(),
        /\(bad_value\)$/,
      );
    });
  });

  describe('check', () => {
    const check = (...args: string[]): ReturnType<typeof runLine> => runLine(['check', line, '-p', 'jbd', ...args]);

    it('is well without limits, with performance data', async () => {
      const { code, printed } = await check();
      assert.equal(code, 0);
      assert.match(printed[0] ?? '', /^BMS OK - [\d.]+ V, \d+ %, -?[\d.]+ A \| soc=\d+%;; voltage=[\d.]+;; /);
    });

    it('returns the worst of all limits', async () => {
      const warned = await check('-w', 'soc=99:', '-c', 'soc=1:');
      assert.equal(warned.code, 1);
      assert.match(warned.printed[0] ?? '', /^BMS WARNING - state of charge \d+ % \(99:\) \| soc=\d+%;99:;1: /);
      const critical = await check('-w', 'soc=99:', '-c', 'cellVoltageMax=~:1');
      assert.equal(critical.code, 2);
      assert.match(critical.printed[0] ?? '', /^BMS CRITICAL - highest cell voltage [\d.]+ V \(~:1\); state of charge/);
    });

    it('does not know what is not reported, or not asked rightly', async () => {
      assert.equal((await check('-w', 'balancerTemperature=~:50')).code, 3);
      assert.equal((await check('-w', 'charge=1:')).code, 3);
      assert.equal((await check('-c', 'soc=low')).code, 3);
    });

    it('is critical when the pack does not answer', async () => {
      const silence = await new Silence().listen();
      const { code, printed } = await runLine([
        ...['check', `127.0.0.1:${silence.port}`, '-p', 'jbd', '--timeout', '50', '--retries', '0'],
      ]);
      await silence.close();
      assert.equal(code, 2);
      assert.match(printed[0] ?? '', /^BMS CRITICAL - .* \(timeout\)$/);
    });

    for (const [level, expected] of Object.entries({ warning: 1, protection: 2 })) {
      it(`takes a ${level} of the board for ${expected}, unless its alarms shall not count`, async () => {
        const alarming = await new ServedBoard(daly).listen();
        const { pack } = alarming;
        const served = pack.read();
        pack.read = () => ({ ...served, alarms: [{ code: 'cell_overvoltage', level, message: '' } as Alarm] });
        const args = ['check', `127.0.0.1:${alarming.port}`, '-p', 'daly'];
        const { code, printed } = await runLine(args);
        const ignored = await runLine([...args, '--ignore-alarms']);
        await alarming.close();
        assert.equal(code, expected, printed[0]);
        assert.match(printed[0] ?? '', / - A cell.*\| /);
        assert.equal(ignored.code, 0);
      });
    }
  });

  it('finds what answers among the lines that are named', async () => {
    const { code, printed, noted } = await runLine(['find', '--no-ports', line, '127.0.0.1:1']);
    assert.equal(code, 0);
    assert.match(printed.join('\n'), new RegExp(`^${line} +jbd +\\d+\\.\\d+ V`));
    assert.match(noted.join('\n'), /Nothing listens at 127\.0\.0\.1:1/);
  });

  describe('a recording', () => {
    const folder = mkdtempSync(join(tmpdir(), 'openbms-cli-'));
    const file = join(folder, 'line.jsonl');

    after(() => rmSync(folder, { recursive: true }));

    it('is written, shown, and read like a line', async () => {
      const args = ['record', line, '-p', 'jbd', '-o', file, '--seconds', '0.5'];
      const recorded = await runLine(args);
      assert.equal(recorded.code, 0, recorded.noted.join('\n'));
      assert.match(readFileSync(file, 'utf8'), /^\{"format":"openbms-recording\/1"/);
      const shown = await runLine(['replay', file, '--json']);
      assert.equal((JSON.parse(shown.printed[0] ?? '') as Reading).cellCount, 16);
      const read = await runLine(['read', file, '-p', 'jbd', '--json']);
      assert.equal((JSON.parse(read.printed[0] ?? '') as Reading).cellCount, 16, read.noted.join('\n'));
      const again = await runLine(args);
      assert.equal(again.code, 2);
      assert.match(again.noted.join(), /cannot be written/);
    });
  });
});
