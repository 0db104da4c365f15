import assert from 'node:assert/strict';
import type { BankLimits } from '../../src/battery/bank/pack-limits';
import type { BankReading } from '../../src/battery/bank/reading';
import { Bank } from '../../src/session/bank';
import { BankLine, resting } from '../support/bank-line';
import { codeOf } from '../support/device-line';

const readingOf = (line: BankLine): BankReading => line.snapshots.at(-1)?.reading ?? assert.fail();
const phases = (line: BankLine): string[] => line.conditions.map(({ phase }) => phase);

describe('a bank of devices', () => {
  it('gives one reading a round, of the packs together', async () => {
    const line = new BankLine();
    await line.clock.tick(30_900);
    assert.equal(line.snapshots.length, 7);
    const { device, protocol, address, sequence, requested, duration } = line.snapshots.at(-1) ?? assert.fail();
    assert.deepEqual([device, protocol, address, sequence, requested], ['Bank', 'bank', '', 7, false]);
    assert.ok(duration < 1000);
    const { packsOnline, cellCount, packs = [] } = readingOf(line);
    assert.deepEqual([packsOnline, cellCount], [3, 48]);
    assert.deepEqual(
      packs.map(({ pack, state, cellCount: cells }) => [pack, state, cells]),
      ['A', 'B', 'C'].map((name) => [name, 'fresh', 16]),
    );
    assert.deepEqual(phases(line), ['connecting', 'fresh']);
    assert.equal(await line.close(), 0);
  });

  it('goes on without a pack that is lost, and counts it again when it has been back for a while', async () => {
    const line = new BankLine();
    await line.clock.tick(10_000);
    const whole = readingOf(line);
    line.board(1).isSilent = true;
    await line.clock.tick(40_000);
    assert.equal(line.states, 'fresh lost fresh');
    const { degraded, soc, packs = [] } = readingOf(line);
    assert.deepEqual([degraded, packs[1]?.cellCount, packs[1]?.voltage], [true, 16, undefined]);
    assert.ok(Math.abs((soc ?? NaN) - (whole.soc ?? NaN)) < 0.5, 'held');
    line.board(1).isSilent = false;
    await line.clock.tick(20_000);
    assert.equal(line.states, 'fresh joining fresh');
    await line.clock.tick(30_000);
    assert.equal(line.states, 'fresh fresh fresh');
    assert.deepEqual(phases(line), ['connecting', 'fresh']);
    assert.equal(await line.close(), 0);
  });

  it('takes a board that repeats itself while the others change for a stale one', async () => {
    const line = new BankLine();
    const { clock } = line;
    const temperatures = [20, 20];
    line.board(2).more = { ...resting(), temperatures };
    for (let minute = 0; minute < 7; minute++) {
      for (const at of [0, 1]) line.board(at).more = resting(53.2 + minute / 100, minute * 10);
      await clock.tick(60_000);
    }
    assert.equal(line.states, 'fresh fresh stale');
    await line.close();
  });

  it('is lost with one error that names the packs, and there again', async () => {
    const line = new BankLine({ choices: { topology: 'series' } });
    const outages: string[] = [];
    line.bank.outages.subscribe(({ code, message }) => outages.push(`${code} ${message}`));
    await line.clock.tick(10_000);
    for (const at of [0, 2]) line.board(at).isSilent = true;
    const { length } = line.snapshots;
    await line.clock.tick(120_000);
    assert.equal(outages.length, 1);
    assert.match(outages[0] ?? '', /^timeout .* missing: A\.$/);
    assert.ok(line.snapshots.length <= length + 4, 'no readings while it is lost');
    for (const at of [0, 2]) line.board(at).isSilent = false;
    await line.clock.tick(90_000);
    assert.deepEqual(phases(line), ['connecting', 'fresh', 'lost', 'fresh']);
    assert.equal(line.bank.outage, undefined);
    assert.equal(await line.close(), 0);
  });

  it('takes all packs for not answering before they count as lost', async () => {
    const line = new BankLine();
    await line.clock.tick(10_000);
    for (const board of line.boards) board.isSilent = true;
    await line.clock.tick(120_000);
    assert.deepEqual(phases(line), ['connecting', 'fresh', 'retrying', 'lost']);
    assert.equal(await line.close(), 0);
  });

  it('reads all packs at once, and answers when all did or failed', async () => {
    const line = new BankLine({
      boards: [{ device: { pollIntervalMs: 0 } }, { device: { pollIntervalMs: 0 } }, { device: { pollIntervalMs: 0 } }],
    });
    await line.clock.tick(700_000);
    assert.deepEqual([line.snapshots.length, line.bank.condition.phase], [0, 'reachable']);
    const [first, second] = [{}, {}];
    const reads = [line.bank.read({ asker: first }), line.bank.read({ asker: second })];
    const [one, other] = await line.settled(Promise.all(reads));
    assert.equal(one, other);
    assert.deepEqual([line.snapshots.length, one?.requested, one?.askers.size], [1, true, 2]);
    assert.equal(one?.reading.cellCount, 48);
    line.board(0).isSilent = true;
    assert.equal((await line.settled(line.bank.read())).sequence, 2);
    for (const board of line.boards) board.isSilent = true;
    assert.equal(await line.settled(codeOf(line.bank.read())), 'timeout');
    assert.equal(await line.close(), 0);
  });

  it('leaves all its lines to something else for a while, without an outage', async () => {
    const line = new BankLine();
    await line.clock.tick(10_000);
    await line.settled(line.bank.pause(120_000));
    await line.clock.tick(115_000);
    const { length } = line.snapshots;
    await line.clock.tick(50_000);
    assert.deepEqual(phases(line), ['connecting', 'fresh', 'paused', 'connecting', 'fresh']);
    assert.equal(line.bank.outage, undefined);
    assert.ok(line.snapshots.length > length);
    await line.close();
  });

  it('finds boards whose protocol is not known', async () => {
    const line = new BankLine({ boards: [{}, { device: { protocol: undefined }, speaks: 'jk' }] });
    await line.clock.tick(30_000);
    assert.equal(line.states, 'fresh fresh');
    assert.equal(await line.close(), 0);
  });

  it('takes a pack out and back, and keeps that', async () => {
    const line = new BankLine();
    await line.clock.tick(10_000);
    assert.deepEqual(line.bank.exclude('B', true).excluded, ['B']);
    line.board(1).isSilent = true;
    await line.clock.tick(60_000);
    assert.deepEqual([readingOf(line).packCount, readingOf(line).degraded], [2, false]);
    assert.throws(() => line.bank.exclude('D', true), /no pack .*A, B, C/);
    const kept: unknown = JSON.parse(JSON.stringify(line.bank.stored));
    const { clock, bank } = line;
    bank.stop();
    const members = line.boards.map(({ device }) => ({ device }));
    const next = new Bank({ name: 'Bank', members, clock });
    next.resume(kept);
    next.start();
    await clock.tick(6000);
    assert.equal((next.last?.reading as BankReading).packCount, 2);
    assert.equal(next.exclude('B', false).excluded.length, 0);
    next.stop();
    await line.close();
  });

  it('goes on after a deploy with what was held, and without a wait', async () => {
    const line = new BankLine();
    await line.clock.tick(10_000);
    const kept: unknown = JSON.parse(JSON.stringify(line.bank.stored));
    const later = new BankLine();
    later.bank.resume(kept);
    later.bank.resume('nonsense');
    later.board(2).isSilent = true;
    await later.clock.tick(6000);
    assert.equal(later.states, 'fresh fresh lost');
    assert.ok(Math.abs((readingOf(later).soc ?? NaN) - (readingOf(line).soc ?? NaN)) < 0.5, 'held');
    later.board(2).isSilent = false;
    await later.clock.tick(12_000);
    assert.equal(later.states, 'fresh fresh fresh');
    await Promise.all([line.close(), later.close()]);
  });

  it('says what other board answers as which pack, and takes all for the right ones', async () => {
    const line = new BankLine();
    await line.clock.tick(10_000);
    line.board(1).more = { ...resting(), deviceName: 'Stranger', model: 'Stranger' };
    await line.settled(line.bank.read());
    await line.settled(line.bank.read());
    const { otherBoard } = line.bank.guard;
    assert.match(line.bank.guard.errorOf(otherBoard ?? assert.fail()).message, /Another board answers as B/);
    assert.equal(line.snapshots.at(-1)?.isOtherBoard, true);
    assert.ok(line.bank.acceptBoard() !== undefined);
    assert.equal(line.bank.guard.otherBoard, undefined);
    await line.close();
  });

  it('combines limits of its packs, and forgets those that are old', async () => {
    const line = new BankLine();
    await line.clock.tick(10_000);
    const limits = {
      chargeVoltageTarget: 55.2,
      chargeCurrentLimit: 40,
      dischargeCurrentLimit: 80,
      dischargeVoltageLimit: 44,
    };
    for (const name of ['A', 'B']) line.bank.takeLimits(name, limits);
    await line.clock.tick(100);
    assert.equal(line.bank.limits, undefined);
    line.bank.takeLimits('C', { ...limits, chargeVoltageCeiling: 54.4 });
    await line.clock.tick(100);
    assert.equal((line.bank.limits as BankLimits | undefined)?.chargeVoltageLimit, 54.4);
    assert.throws(() => line.bank.takeLimits('D', limits), /no pack/);
    await line.clock.tick(70_000);
    assert.equal(line.bank.limits, undefined);
    await line.close();
  });

  it('refuses to have no packs, or one twice', () => {
    const { boards, clock } = new BankLine();
    const member = { device: boards[0]?.device ?? assert.fail() };
    for (const members of [[], [member, member]])
      assert.throws(() => new Bank({ name: 'Bank', members, clock }), /no packs|two packs/);
  });

  it('sums up what has come over each line once', async () => {
    const line = new BankLine();
    await line.clock.tick(10_000);
    const { clock, boards } = line;
    const [first] = boards;
    const all = boards.map(({ device }) => device.link.answers).reduce((a, b) => a + b, 0);
    assert.equal(line.bank.link.answers, all);
    assert.ok(first !== undefined && first.device.sharesLineWith(first.device));
    assert.equal(clock.timers > 0, true);
    await line.close();
  });
});
