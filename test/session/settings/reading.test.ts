import assert from 'node:assert/strict';
import { BmsError } from '../../../src/battery/errors';
import { ant } from '../../../src/codec/ant';
import type { SettingsProgress } from '../../../src/session/settings/requests';
import { boardOf, codeOf, deviceOnLine, type LineOptions } from '../../support/device-line';
import { FakeClock } from '../../support/fake-clock';
import { SETTINGS_BOARDS } from '../../support/settings/boards';
import { MADE_UP_KINDS, MadeUpBoard, madeUpProtocol } from '../../support/settings/made-up-line';
import { SettingsBench } from '../../support/settings/settings-bench';

const IN_MODE = MADE_UP_KINDS.find(({ stores }) => stores === 'as it leaves its mode') ?? assert.fail();

function benchOf(options: LineOptions = {}) {
  const board = new MadeUpBoard(IN_MODE);
  return { board, bench: new SettingsBench(madeUpProtocol(IN_MODE), board, options) };
}

describe('reading settings', () => {
  for (const { name, protocol, board } of SETTINGS_BOARDS) {
    it(`reads what the board holds, block by block, and leaves it as it was: ${name}`, async () => {
      const bench = new SettingsBench(protocol, board());
      const steps: SettingsProgress[] = [];
      const read = await bench.settled(bench.device.readSettings({ progress: (step) => steps.push(step) }));
      if (read instanceof BmsError) throw read;
      const held = bench.valuesOf(bench.board.ram);
      const { settings, identity, calibration, link } = read.document;
      assert.deepEqual({ ...settings, ...identity, ...calibration, ...link }, held);
      assert.equal(read.document.protocol, protocol.id);
      const blocks = read.access.blocks(read.target).length;
      assert.deepEqual(
        steps.map(({ done, of }) => [done, of]),
        Array.from({ length: blocks }, (_, i) => [i + 1, blocks]),
      );
      assert.equal(bench.board.isInMode, false);
      assert.equal(await bench.close(), 0);
    });
  }

  it('shares one read among those who ask at a time, and ends it when the last of them has gone', async () => {
    const { board, bench } = benchOf();
    const { device, clock } = bench;
    const one = new AbortController();
    const [first, second] = [device.readSettings({ signal: one.signal }), device.readSettings()];
    const codes = [codeOf(first), codeOf(second)];
    await clock.tick(20);
    one.abort();
    await clock.tick(5000);
    assert.deepEqual(await Promise.all(codes), ['closed', 'done']);
    bench.count = 0;
    await Promise.all([bench.settled(device.readSettings()), bench.settled(device.readSettings())]);
    assert.equal(bench.count, 4, 'the requests of one read');
    const last = new AbortController();
    const ended = codeOf(device.readSettings({ signal: last.signal }));
    await clock.tick(1);
    last.abort();
    await clock.tick(5000);
    assert.deepEqual([await ended, board.isInMode], ['closed', false]);
    await bench.close();
  });

  it('leaves out a block that the board does not have, and fails for one that it must have', async () => {
    const { bench } = benchOf();
    const without = (at: number) => {
      bench.treatment = (request) =>
        request[1] === 3 && request.readUInt16BE(2) === at ? bench.board.refusal(request) : 'serve';
    };
    without(0x0200);
    const read = await bench.settled(bench.device.readSettings());
    assert.ok(!(read instanceof BmsError) && read.document.identity.deviceModel === undefined);
    without(0x0100);
    assert.ok((await bench.settled(bench.device.readSettings())) instanceof BmsError);
    await bench.close();
  });

  it('lets actions and polls go first between its sessions with the board', async () => {
    const { board, bench } = benchOf({ allowControl: true, pollIntervalMs: 100 });
    const order: string[] = [];
    await bench.clock.tick(50);
    bench.treatment = (request) => {
      const isEntered = request.readUInt16BE(2) === 0x2000 && !board.isInMode;
      if (isEntered && order.length === 0) {
        void bench.device.control({ action: 'discharge', value: false }).then(() => order.push('switched'));
      }
      return 'serve';
    };
    const reading = bench.device.readSettings({ progress: ({ name }) => order.push(name) });
    assert.ok(!((await bench.settled(reading)) instanceof BmsError));
    assert.deepEqual(order, ['settings (10)', 'switched', 'identity (20)']);
    assert.equal(board.discharges, false);
    await bench.close();
  });

  it('ends with the device, out of its mode', async () => {
    const { board, bench } = benchOf();
    const ended = codeOf(bench.device.readSettings());
    await bench.clock.tick(22);
    assert.ok(board.isInMode);
    assert.equal(await bench.close(), 0);
    assert.deepEqual([await ended, board.isInMode], ['closed', false]);
    await assert.rejects(bench.device.readSettings(), { code: 'closed' });
  });

  it('says so where nothing is known of settings, or of a log', async () => {
    const { settings, ...protocol } = madeUpProtocol(IN_MODE);
    assert.ok(settings !== undefined);
    const bench = new SettingsBench(protocol, new MadeUpBoard(IN_MODE));
    const codes = [codeOf(bench.device.readSettings()), codeOf(bench.device.readLog())];
    await bench.clock.tick(5000);
    assert.deepEqual(await Promise.all(codes), ['unsupported', 'unsupported']);
    await bench.close();
  });

  it('reads the log of a board, from where it is known', async () => {
    const kind = SETTINGS_BOARDS.find(({ name }) => name === 'jbd') ?? assert.fail();
    const bench = new SettingsBench(kind.protocol, kind.board());
    const entries = await bench.settled(bench.device.readLog());
    assert.ok(!(entries instanceof BmsError) && entries.length > 0);
    await bench.close();
  });

  it('reads a log of many requests with polls between them, each entry once though an event comes meanwhile', async () => {
    const clock = new FakeClock(1);
    const { pack, script } = boardOf(clock, ant, { delayMs: 100 });
    const note = (time: number): void => {
      const place = pack.memory.get('log length') ?? 0;
      pack.memory
        .set('log length', place + 1)
        .set(`log ${place}`, 34)
        .set(`log ${place} time`, time);
    };
    for (let time = 1; time <= 20; time++) note(time);
    const { device, bus, link } = deviceOnLine({ protocol: ant, clock, script, pollIntervalMs: 1000 });
    await clock.tick(500);
    const log = device.readLog();
    while (!link.sent.some((request) => request.startsWith('7ea103'))) await clock.tick(100);
    await clock.tick(1000);
    note(21);
    await clock.tick(18_000);
    assert.deepEqual(
      (await log).map(({ entry }) => entry),
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    const functions = link.sent.map((request) => request.slice(4, 6));
    const during = functions.slice(functions.indexOf('03'), functions.lastIndexOf('03'));
    assert.ok(during.filter((each) => each === '01').length >= 4, during.join(' '));
    device.stop();
    const closed = bus.close();
    await clock.tick(5000);
    await closed;
  });
});
