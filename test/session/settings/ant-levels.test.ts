import assert from 'node:assert/strict';
import { BmsError } from '../../../src/battery/errors';
import { ant } from '../../../src/codec/ant';
import type { SettingsFailure } from '../../../src/session/settings/report';
import { deviceOnLine } from '../../support/device-line';
import { FakeClock } from '../../support/fake-clock';
import { AntBoard, type AntFaults } from '../../support/settings/ant-board';
import { MemoryJournal } from '../../support/settings/settings-bench';

const PASSWORDS = { 1: '11111111', 3: '33333333', 5: '123456789abc' };
const MINUTE_MS = 60_000;

/** A device on a board whose owner has set passwords, which lets nothing be read without one. */
function benchOf(password: string, faults: AntFaults = {}) {
  const clock = new FakeClock(1);
  const board = new AntBoard(faults, PASSWORDS, () => clock.monotonic());
  board.level = board.resting = 1;
  const { device, bus } = deviceOnLine({
    ...{ protocol: ant, clock, password, pollIntervalMs: 0 },
    ...{ allowSettings: 'structure', settingsJournal: new MemoryJournal() },
    script: (request, reply) => board.answer(request).forEach(({ bytes, afterMs }) => reply(bytes, afterMs)),
  });
  const settled = async <T>(promise: Promise<T>): Promise<T | BmsError> => {
    let result: T | BmsError | undefined;
    promise.then(
      (value) => (result = value),
      (error: unknown) => (result = error as BmsError),
    );
    for (let passed = 0; result === undefined && passed < MINUTE_MS; passed += 100) await clock.tick(100);
    return result ?? assert.fail('not settled');
  };
  const close = async (): Promise<number> => {
    device.stop();
    const closed = bus.close();
    await clock.tick(10_000);
    await closed;
    return clock.timers;
  };
  const apply = (settings: unknown) =>
    settled(device.applySettings({ action: 'write', settings, confirm: ['write', 'structure', 'cells', 'board'] }));
  return { clock, board, device, settled, apply, close };
}

const read = async ({ settled, device }: ReturnType<typeof benchOf>): Promise<string> => {
  const outcome = await settled(device.readSettings());
  return outcome instanceof BmsError ? outcome.code : 'read';
};

describe('settings of an ANT board with levels (ant.md 9)', () => {
  it('are read with a password that is checked once, and again when the level has fallen back', async () => {
    const bench = benchOf('3:33333333');
    assert.equal(await read(bench), 'read');
    assert.equal(await read(bench), 'read');
    assert.deepEqual(bench.board.log, ['verify 3']);
    await bench.clock.tick(6 * MINUTE_MS);
    assert.equal(await read(bench), 'read');
    assert.deepEqual(bench.board.log, ['verify 3', 'verify 3']);
    assert.equal(await bench.close(), 0);
  });

  it('a wrong password is tried once', async () => {
    const bench = benchOf('3:99999999');
    assert.deepEqual([await read(bench), await read(bench)], ['denied', 'denied']);
    assert.deepEqual(bench.board.log, ['verify 3']);
    await bench.close();
  });

  it('a right password whose level is too low is not taken for a wrong one', async () => {
    const bench = benchOf(PASSWORDS[1]);
    for (let i = 0; i < 2; i++) {
      const outcome = await bench.settled(bench.device.readSettings());
      assert.match(outcome instanceof BmsError ? outcome.message : 'read', /from level 2 on, and level 1 is in force/);
    }
    assert.deepEqual(bench.board.log, []);
    await bench.close();
  });

  it('are written at the level of the password, proved and saved, also where results come late', async () => {
    for (const lateResults of ['open', 'closed'] as const) {
      const bench = benchOf('3:33333333', { lateResults });
      const outcome = await bench.apply({ sleepDelay: 600, cellOvervoltageRecovery: 4.05 });
      if (outcome instanceof BmsError) throw outcome;
      assert.deepEqual(
        bench.board.log.filter((entry) => !entry.startsWith('verify')),
        ['write 2 4050', 'write 300 600', 'save'],
      );
      bench.board.restart();
      assert.equal(bench.board.memory.readUInt16LE(300), 600);
      assert.equal(await bench.close(), 0);
    }
  });

  it('what the board clips without a word is put back, and nothing is saved', async () => {
    const bench = benchOf(PASSWORDS[5], { clips: { 300: 2000 } });
    const outcome = await bench.apply({ cellOvervoltageRecovery: 4.05, sleepDelay: 3000 });
    assert.ok(outcome instanceof BmsError);
    const { report } = outcome.cause as SettingsFailure;
    assert.deepEqual(
      report.map(({ key, restored }) => [key, restored]),
      [
        ['cellOvervoltageRecovery', true],
        ['sleepDelay', true],
      ],
    );
    assert.deepEqual([bench.board.memory.readUInt16LE(2), bench.board.memory.readUInt16LE(300)], [4100, 1800]);
    assert.ok(!bench.board.log.includes('save'));
    await bench.close();
  });

  it('a level that is too low is denied, and nothing of it is left', async () => {
    const bench = benchOf('3:33333333', { writeLevel: 5 });
    const outcome = await bench.apply({ sleepDelay: 600 });
    assert.ok(outcome instanceof BmsError);
    assert.deepEqual([outcome.code, bench.board.log], ['denied', ['verify 3']]);
    assert.match(outcome.message, /level 5, which has 12 characters/);
    assert.equal(await read(bench), 'read');
    await bench.close();
  });
});
