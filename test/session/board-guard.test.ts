import assert from 'node:assert/strict';
import type { Identity } from '../../src/battery/identity';
import type { BmsError } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import { BoardGuard } from '../../src/session/board-guard';
import { FakeClock } from '../support/fake-clock';
import { boardOf, codeOf, deviceOnLine, known } from '../support/device-line';

const LINE = { protocol: 'jk', peer: '' };
const MINE: Reading = { serialNumber: 'AB1C2D77', model: 'JK_A', cellCount: 16 };
const OTHER: Reading = { serialNumber: 'AB1C2D78', model: 'JK_A', cellCount: 16 };

/** A guard that knows a board, and reads what it is given next. */
async function guardOf(known: Reading = MINE) {
  const guard = new BoardGuard('Home');
  const told: string[] = [];
  guard.changed.subscribe((other) => told.push(other?.present.serialNumber ?? 'back'));
  const read = (first: Reading, ...next: Reading[]): Promise<Reading> =>
    guard.check({ ...LINE, isWhole: true }, first, () => Promise.resolve(next.shift() ?? first));
  await read(known);
  return { guard, told, read };
}

describe('BoardGuard', () => {
  it('lets no damaged answer pass for another board', async () => {
    const { guard, told, read } = await guardOf();
    assert.equal(await read(OTHER, MINE), MINE, 'what was told again counts');
    assert.deepEqual(told, []);
    assert.equal(guard.objection(), undefined);
  });

  it('counts another board once it has been told twice, until the known one is back', async () => {
    const { guard, told, read } = await guardOf();
    await read(OTHER, OTHER);
    assert.equal(guard.objection()?.code, 'denied');
    assert.match(guard.objection()?.message ?? '', /serial number is "AB1C2D78".*"AB1C2D77".*Nothing was sent.*accept/);
    await read(OTHER);
    // It tells less this time: that proves nothing.
    await read({ cellCount: 16 });
    assert.deepEqual(told, ['AB1C2D78']);
    await read(MINE);
    assert.deepEqual(told, ['AB1C2D78', 'back']);
    assert.equal(guard.objection(), undefined);
  });

  it('notices a third board as well', async () => {
    const { told, read } = await guardOf();
    await read(OTHER, OTHER);
    const third = { ...OTHER, serialNumber: 'AB1C2D79' };
    await read(third, third);
    assert.deepEqual(told, ['AB1C2D78', 'AB1C2D79']);
  });

  it('sees through an old answer beside new ones', async () => {
    const { told, read } = await guardOf();
    await read({ ...MINE, cellCount: 8 }, { ...OTHER, cellCount: 8 }, { ...OTHER, cellCount: 8 });
    assert.deepEqual(told, ['AB1C2D78']);
  });

  it('believes none of boards that say something else every time', async () => {
    const { guard, told, read } = await guardOf();
    const next = [1, 2, 3, 4].map((digit) => ({ ...OTHER, serialNumber: `AB1C2D9${digit}` }));
    const [first = OTHER, ...others] = next;
    await assert.rejects(read(first, ...others), (error: BmsError) => error.code === 'malformed');
    assert.deepEqual(told, []);
    assert.equal(guard.otherBoard, undefined);
  });

  it('is proven by what the known board tells, or by a reading that has asked for everything', async () => {
    const { guard } = await guardOf();
    const check = (reading: Reading, isWhole: boolean): Promise<Reading> =>
      guard.check({ ...LINE, isWhole }, reading, () => Promise.resolve(reading));
    for (const [reading, isWhole, unproven] of [
      [{ cellCount: 16 }, false, true],
      [MINE, false, false],
      [{ cellCount: 16 }, true, false],
    ] as const) {
      guard.unprove();
      await check(reading, isWhole);
      assert.equal(guard.isUnproven, unproven, JSON.stringify([reading, isWhole]));
    }
  });

  it('knows the other board from the moment when somebody accepts it', async () => {
    const { guard, told, read } = await guardOf();
    const kept: (string | undefined)[] = [];
    guard.learnt.subscribe(({ serialNumber }) => kept.push(serialNumber));
    assert.equal(guard.accept(), undefined, 'there is nothing to accept');
    await read(OTHER, OTHER);
    assert.equal(guard.accept()?.serialNumber, 'AB1C2D78');
    assert.equal(guard.objection(), undefined);
    await read(OTHER);
    await read(MINE, MINE);
    assert.deepEqual(told, ['AB1C2D78', 'back', 'AB1C2D77']);
    assert.deepEqual(kept, ['AB1C2D78']);
  });

  it('does not overwrite what is about to be remembered, nor lets anything be switched before', async () => {
    const guard = new BoardGuard('Home');
    const kept: Identity[] = [];
    guard.learnt.subscribe((identity) => kept.push(identity));
    let remember: (identity: Identity) => void = () => undefined;
    const recalled = guard.recall(new Promise((resolve) => (remember = resolve)));
    await guard.check({ ...LINE, isWhole: true }, OTHER, () => Promise.resolve(OTHER));
    assert.deepEqual([guard.isUnproven, guard.objection()?.code, kept.length], [true, 'denied', 0]);
    remember({ protocol: 'jk', serialNumber: 'AB1C2D77' });
    await recalled;
    assert.equal(guard.isUnproven, true);
    await guard.check({ ...LINE, isWhole: true }, OTHER, () => Promise.resolve(OTHER));
    assert.equal(guard.otherBoard?.present.serialNumber, 'AB1C2D78');
  });
});

/** A board of so many cells that answers its first address. */
function board(clock: FakeClock, protocol: Protocol, cells: number) {
  const own = protocol.address?.initial ?? 0;
  return boardOf(clock, protocol, { cells, seed: cells === 16 ? 7 : 8, hears: (address) => address === own });
}

/** A device that knows its board of 16 cells. */
async function setUp(protocol: Protocol, pollIntervalMs = 5000) {
  const clock = new FakeClock();
  const mine = board(clock, protocol, 16);
  const options = { name: 'Home', protocol, pollIntervalMs, allowControl: true };
  const set = deviceOnLine({ clock, script: mine.script, ...options });
  const { device } = set;
  const outcome = async (work: Promise<unknown>, ms = 60_000): Promise<string> => {
    const result = codeOf(work);
    await clock.tick(ms);
    return result;
  };
  assert.equal(await outcome(device.read()), 'done', protocol.id);
  const charge = (): Promise<unknown> => device.control({ action: 'charge', value: false });
  return { ...set, mine, outcome, charge };
}

const switchable = PROTOCOLS.filter(({ actions }) => actions?.some(({ name }) => name === 'charge'));

describe('a device on whose line another board answers', () => {
  for (const protocol of PROTOCOLS) {
    it(`${protocol.id}: says so in every reading, and that the known one is back`, async () => {
      const { clock, mine, link, device } = await setUp(protocol);
      const other = board(clock, protocol, 8);
      link.script = () => undefined;
      await clock.tick(30_000);
      const marks: (boolean | undefined)[] = [];
      device.readings.subscribe(({ isOtherBoard }) => marks.push(isOtherBoard));
      link.script = other.script;
      await clock.tick(60_000);
      // Some tell nothing of themselves in the first reading after a silence.
      assert.ok(marks.length > 3 && marks.slice(1).every((mark) => mark === true), String(marks));
      assert.equal(device.guard.otherBoard?.present.cellCount, 8);
      link.script = mine.script;
      await clock.tick(60_000);
      assert.equal(marks.at(-1), false);
    });
  }

  for (const protocol of switchable) {
    it(`${protocol.id}: does not switch it, not even as the first thing on a new connection`, async () => {
      // Nothing reads it before it is to be switched.
      const { clock, mine, link, device, outcome, charge } = await setUp(protocol, 0);
      const other = board(clock, protocol, 8);
      link.script = other.script;
      link.drop();
      await clock.tick(5000);
      assert.equal(await outcome(charge()), 'denied');
      assert.equal(await outcome(charge()), 'denied', 'once more');
      assert.deepEqual([mine.pack.switches.charge, other.pack.switches.charge], [true, true]);
      device.guard.accept();
      assert.equal(await outcome(charge()), 'done');
      assert.equal(other.pack.switches.charge, false);
    });

    it(`${protocol.id}: switches the known one on a new connection`, async () => {
      const { clock, mine, link, outcome, charge } = await setUp(protocol, 0);
      link.drop();
      await clock.tick(5000);
      assert.equal(await outcome(charge()), 'done');
      assert.equal(mine.pack.switches.charge, false);
    });
  }

  it('is not switched where it speaks another protocol, which was to be found out', async () => {
    const clock = new FakeClock();
    const mine = board(clock, known('daly'), 16);
    const other = board(clock, known('jbd'), 16);
    const set = { name: 'Home', script: mine.script, pollIntervalMs: 5000, allowControl: true };
    const { link, device } = deviceOnLine({ clock, ...set });
    await clock.tick(60_000);
    assert.equal(device.last?.protocol, 'daly');
    link.script = other.script;
    await clock.tick(300_000);
    assert.deepEqual([device.last?.protocol, device.last?.isOtherBoard], ['jbd', true]);
    const code = codeOf(device.control({ action: 'charge', value: false }));
    await clock.tick(30_000);
    assert.equal(await code, 'denied');
    assert.equal(other.pack.switches.charge, true);
  });

  it('is noticed behind a Bluetooth module of the same name, where boards tell no serial number', async () => {
    const { guard } = await guardOf({});
    const read = (peer: string): Promise<Reading> => {
      const told = { protocol: 'jbd', peer, isWhole: true };
      return guard.check(told, { model: 'SP04', cellCount: 4 }, () => Promise.resolve({ model: 'SP04', cellCount: 4 }));
    };
    guard.forget();
    await read('a4:c1:37:04:2d:be');
    await read('A4-C1-37-04-2D-BE');
    assert.equal(guard.objection(), undefined);
    await read('a4:c1:37:04:2d:bf');
    assert.equal(guard.otherBoard?.present.module, 'A4:C1:37:04:2D:BF');
  });

  it('does not confirm what was sent to the known one, though it is accepted while that is read back', async () => {
    const { clock, mine, link, device, outcome, charge } = await setUp(known('ant'));
    const other = board(clock, known('ant'), 8);
    other.pack.execute('charge', false);
    const switched = charge();
    while (mine.pack.switches.charge) await clock.tick(5);
    link.script = other.script;
    link.drop();
    for (let ms = 0; device.acceptBoard() === undefined; ms += 5) {
      assert.ok(ms < 20_000);
      await clock.tick(5);
    }
    assert.equal(await outcome(switched), 'denied');
  });

  it('begins, once accepted, without what was requested of the known one', async () => {
    const [protocol] = switchable;
    assert.ok(protocol);
    const { clock, link, bus, device, outcome, charge } = await setUp(protocol);
    const wanted = (): unknown => bus.boards.of(protocol, device.board?.address ?? 0).desired('charge')?.value;
    assert.equal(await outcome(charge()), 'done');
    assert.equal(wanted(), false);
    link.script = board(clock, protocol, 8).script;
    link.drop();
    await clock.tick(60_000);
    assert.equal(wanted(), false, 'the known one may be back');
    assert.equal(device.acceptBoard()?.cellCount, 8);
    assert.equal(wanted(), undefined);
  });
});
