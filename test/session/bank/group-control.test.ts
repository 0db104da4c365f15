import assert from 'node:assert/strict';
import type { BmsError } from '../../../src/battery/errors';
import type { ActionRequest, ActionResult } from '../../../src/session/action-request';
import { Bank } from '../../../src/session/bank';
import { BankLine, resting, type BankLineOptions } from '../../support/bank-line';
import { errorOf } from '../../support/device-line';

const OFF = { action: 'discharge', value: false, confirm: 'discharge' };
const ON = { action: 'discharge', value: true };

async function ready(options?: BankLineOptions): Promise<BankLine> {
  const line = new BankLine(options);
  await line.clock.tick(10_000);
  return line;
}

const done = (line: BankLine, request: ActionRequest, bank = line.bank): Promise<ActionResult> =>
  line.settled(bank.control(request));
const failed = (line: BankLine, request: ActionRequest): Promise<BmsError> =>
  line.settled(errorOf(line.bank.control(request)));

/** How each pack came out: `A true`, `B timeout`. */
const packsOf = ({ cause }: BmsError): string[] =>
  (cause as { packs: { pack: string; confirmed: boolean }[] }).packs.map(
    ({ pack, confirmed }) => `${pack} ${confirmed}`,
  );

describe('actions of a bank', () => {
  it('go to every pack, and come back as one answer', async () => {
    const line = await ready();
    const outcome = await done(line, OFF);
    assert.deepEqual(outcome, {
      ...{ action: 'discharge', value: false, before: true, after: false },
      packs: ['A', 'B', 'C'].map((pack) => ({ pack, confirmed: true, before: true, after: false })),
    });
    assert.deepEqual(line.commands, ['A discharge false', 'B discharge false', 'C discharge false']);
    assert.equal((await done(line, ON)).packs?.length, 3);
    assert.equal((await done(line, { action: 'balancing', value: false })).value, false);
    assert.equal(await line.close(), 0);
  });

  const REFUSED: readonly (readonly [what: string, request: ActionRequest, code: string, text: RegExp])[] = [
    [
      'what means one board only',
      { action: 'soc', value: 50 },
      'unsupported',
      /Bank has no action "soc"\. .*charge, discharge/,
    ],
    ['a value that is none', { action: 'charge', value: 'maybe' }, 'bad_value', /maybe/],
    [
      'to leave nothing that feeds the bus',
      { ...OFF, confirm: undefined },
      'denied',
      /Without A, B, C .*confirm: "discharge"/,
    ],
    ['what is older than it may be', { ...ON, maxAgeMs: 10 }, 'denied', /reading of [ABC] is older/],
  ];
  for (const [what, request, code, text] of REFUSED) {
    it(`are not begun for ${what}`, async () => {
      const line = await ready();
      const error = await failed(line, request);
      assert.equal(error.code, code);
      assert.match(error.message, text);
      assert.deepEqual(line.commands, []);
      await line.close();
    });
  }

  it('are not begun where one pack may not be switched, or its board is another one', async () => {
    const line = await ready({ boards: [{}, { device: { allowControl: false } }, {}] });
    const error = await failed(line, OFF);
    assert.match(error.message, /^B is not allowed to be switched/);
    assert.deepEqual(line.commands, []);
    await line.close();
    const other = await ready();
    other.board(1).more = { ...resting(), deviceName: 'Stranger', model: 'Stranger' };
    for (let i = 0; i < 2; i++) await other.settled(other.bank.read());
    assert.match((await failed(other, ON)).message, /Another board answers as B/);
    assert.deepEqual(other.commands, []);
    // Off is asked of the others all the same.
    assert.deepEqual(packsOf(await failed(other, OFF)), ['A true', 'B false', 'C true']);
    await other.close();
  });

  it('keep the least time between two changes for all packs together', async () => {
    const line = await ready();
    await line.settled(line.board(1).device.control({ action: 'charge', value: false }));
    const error = await failed(line, { action: 'charge', value: true, minIntervalMs: 60_000 });
    assert.match(error.message, /"charge" of B may not be switched/);
    assert.deepEqual(line.commands, ['B charge false']);
    await line.close();
  });

  it('end in an error that names every pack where one does not confirm; nothing is rolled back', async () => {
    const line = await ready();
    line.board(1).ignores.add('charge');
    const error = await failed(line, { action: 'charge', value: false });
    assert.equal(error.code, 'not_confirmed');
    assert.match(error.message, /A: confirmed\. B: not confirmed\. C: confirmed\.$/);
    assert.deepEqual(packsOf(error), ['A true', 'B false', 'C true']);
    assert.deepEqual(line.commands, ['A charge false', 'B charge false', 'C charge false']);
    await line.close();
  });

  it('stop at the first pack that cannot be switched on', async () => {
    const line = await ready();
    await line.allOff(0, 1, 2);
    line.board(0).ignores.add('discharge');
    const error = await failed(line, ON);
    assert.deepEqual([error.code, packsOf(error)], ['not_confirmed', ['A false', 'B false', 'C false']]);
    assert.deepEqual(line.commands, ['A discharge true']);
    await line.close();
  });

  it('ask a pack that is lost nothing, and say so', async () => {
    const line = await ready();
    line.board(1).isSilent = true;
    await line.clock.tick(40_000);
    for (const [request, packs] of [
      [OFF, ['A true', 'B false', 'C true']],
      [{ action: 'balancing', value: true }, ['A true', 'B false', 'C true']],
    ] as const) {
      const error = await failed(line, request);
      assert.equal(error.code, 'timeout');
      assert.match(error.message, /Pack B does not answer/);
      assert.deepEqual(packsOf(error).sort(), packs);
    }
    await line.close();
  });

  it('open a string with its first pack, and close it only when all of it answer', async () => {
    const line = await ready({ choices: { topology: 'series' } });
    line.board(1).ignores.add('discharge');
    const { packs = [] } = await done(line, OFF);
    assert.deepEqual(
      packs.map(({ confirmed }) => confirmed),
      [true, false, true],
    );
    line.board(1).ignores.clear();
    line.board(2).isSilent = true;
    await line.clock.tick(40_000);
    const before = line.commands.length;
    assert.match((await failed(line, ON)).message, /Pack C does not answer/);
    assert.equal(line.commands.length, before);
    await line.close();
  });

  it('switch on whole strings, those that lack a pack excepted', async () => {
    const groups = ['1', '1', '2', '2'].map((group) => ({ group }));
    const line = await ready({ boards: groups, choices: { topology: 'strings', quorum: 1 } });
    await line.allOff(0, 1, 2, 3);
    line.board(1).isSilent = true;
    await line.clock.tick(40_000);
    const error = await failed(line, ON);
    assert.equal(error.code, 'timeout');
    assert.deepEqual(line.commands, ['C discharge true', 'D discharge true']);
    await line.close();
  });
});

describe('switching packs of a bank in', () => {
  /** A on, C near it, B too far away. */
  async function apart(options?: BankLineOptions): Promise<BankLine> {
    const line = await ready(options);
    line.board(1).more = resting(51.9);
    line.board(2).more = resting(53.1);
    await line.clock.tick(10_000);
    await line.allOff(1, 2);
    return line;
  }

  it('begins with the nearest, and stops before one that is too far from the bus', async () => {
    const line = await apart();
    const error = await failed(line, ON);
    assert.equal(error.code, 'denied');
    assert.match(error.message, /^Pack B is 1\.3 V below the bank; .* within 0\.32 V/);
    assert.deepEqual(packsOf(error), ['A true', 'C true', 'B false']);
    assert.deepEqual(line.commands, ['C discharge true']);
    assert.equal((await done(line, { ...ON, confirm: 'connect' })).packs?.length, 3);
    assert.deepEqual(line.commands, ['C discharge true', 'B discharge true']);
    await line.close();
  });

  it('compares with the first one where nothing was connected, though no reading shows it yet', async () => {
    const line = await apart();
    await line.allOff(0);
    assert.deepEqual(packsOf(await failed(line, ON)), ['C true', 'A true', 'B false']);
    assert.deepEqual(line.commands, ['C discharge true', 'A discharge true']);
    await line.close();
  });

  it('goes by the voltage of a pack that is lost as unknown: it may be on the bus', async () => {
    const line = await ready({ boards: [{}, {}] });
    await line.allOff(1);
    line.board(0).isSilent = true;
    await line.clock.tick(400_000);
    const error = await failed(line, ON);
    assert.equal(error.code, 'denied');
    assert.match(error.message, /voltage of pack B or of the bank without load is not known/);
    assert.deepEqual(line.commands, []);
    await line.close();
  });

  it('lets a pack of lower voltage in by discharging first; charging follows by itself', async () => {
    const line = await apart({ choices: { join: 'one-way' } });
    assert.equal((await failed(line, { action: 'charge', value: true })).code, 'denied');
    assert.equal((await done(line, ON)).packs?.length, 3);
    const error = await failed(line, { action: 'charge', value: true });
    assert.equal(error.code, 'not_confirmed');
    assert.match(error.message, /Pack B is joining with one direction; "charge" follows/);
    const steps: string[] = [];
    line.bank.joined.subscribe(({ pack, action, value, error: why }) =>
      steps.push(`${pack} ${action} ${value} ${why?.code}`),
    );
    await line.clock.tick(60_000);
    assert.deepEqual(steps, []);
    for (const at of [0, 2]) line.board(at).more = resting(52.1);
    await line.clock.tick(20_000);
    assert.deepEqual(steps, ['B charge true undefined']);
    assert.equal(line.commands.at(-1), 'B charge true');
    await line.close();
  });

  it('goes on joining after a deploy', async () => {
    const line = await apart({ choices: { join: 'one-way' } });
    await done(line, ON);
    await failed(line, { action: 'charge', value: true });
    const kept: unknown = JSON.parse(JSON.stringify(line.bank.stored));
    line.bank.stop();
    const members = line.boards.map(({ device }) => ({ device }));
    const next = new Bank({ name: 'Bank', members, clock: line.clock, choices: { join: 'one-way' } });
    next.resume(kept);
    next.start();
    await line.clock.tick(20_000);
    for (const at of [0, 2]) line.board(at).more = resting(52.1);
    await line.clock.tick(20_000);
    assert.equal(line.commands.at(-1), 'B charge true');
    next.stop();
    await line.close();
  });

  it('opens a pack that joins by one direction where its current gets too high', async () => {
    const line = await apart({ choices: { join: 'one-way' } });
    await done(line, ON);
    line.board(1).more = resting(51.9, -40);
    await line.clock.tick(20_000);
    assert.equal(line.commands.at(-1), 'B discharge false');
    await line.close();
  });

  it('leaves a joining pack to a later request, of the bank or of its device', async () => {
    for (const direct of [true, false]) {
      const line = await apart({ choices: { join: 'one-way' } });
      await done(line, ON);
      await failed(line, { action: 'charge', value: true });
      if (direct) await line.settled(line.board(1).device.control({ action: 'charge', value: false }));
      else await done(line, { action: 'charge', value: false });
      const before = line.commands.length;
      for (const at of [0, 2]) line.board(at).more = resting(52.1);
      await line.clock.tick(20_000);
      assert.equal(line.commands.length, before);
      await line.close();
    }
  });
});

describe('actions of a bank and other things at a time', () => {
  /** Begins an action of the bank, and does something when the first board has carried it out. */
  async function amid(line: BankLine, request: ActionRequest, then: () => unknown): Promise<ActionResult | BmsError> {
    const running = line.bank.control(request);
    running.catch(() => undefined);
    while (line.commands.length === 0) await line.clock.tick(1);
    await then();
    return line.settled(running.catch((error: unknown) => error as BmsError));
  }
  const causes = (outcome: ActionResult | BmsError): string[] => packsOf(outcome as BmsError);

  it('a later request of the bank ends an earlier one for the same action', async () => {
    const line = await ready();
    await line.allOff(0, 1, 2);
    let second: Promise<ActionResult> | undefined;
    const first = await amid(line, ON, () => {
      second = line.bank.control(OFF);
    });
    assert.deepEqual(causes(first).slice(1), ['B false', 'C false']);
    assert.equal((await line.settled(second ?? assert.fail())).after, false);
    assert.ok(!line.commands.includes('B discharge true'));
    await line.close();
  });

  it('an equal request shares its answer', async () => {
    const line = await ready();
    let second: Promise<ActionResult> | undefined;
    const first = await amid(line, OFF, () => {
      second = line.bank.control(OFF);
    });
    assert.equal(first, await line.settled(second ?? assert.fail()));
    assert.equal(line.commands.length, 3);
    await line.close();
  });

  it('a later request for one pack through its device stands, also where another bank makes it', async () => {
    for (const isBank of [true, false]) {
      const line = await ready();
      await line.allOff(0, 1, 2);
      const members = [{ device: line.board(2).device }];
      const other = new Bank({ name: 'Other', members, clock: line.clock });
      other.start();
      await line.settled(line.board(2).device.control({ action: 'charge', value: true }));
      line.commands.length = 0;
      const later = { action: 'charge', value: false };
      const outcome = await amid(line, { action: 'charge', value: true, confirm: 'connect' }, () =>
        line.settled(isBank ? other.control(later) : line.board(2).device.control(later)),
      );
      assert.match((outcome as BmsError).message, /C: not confirmed/);
      assert.equal(line.commands.filter((command) => command.startsWith('C')).at(-1), 'C charge false');
      other.stop();
      await line.close();
    }
  });

  it('a deploy ends it before the next pack', async () => {
    const line = await ready();
    const outcome = await amid(line, OFF, () => line.bank.stop());
    assert.equal((outcome as BmsError).code, 'closed');
    assert.deepEqual(line.commands, ['A discharge false']);
    assert.equal((await errorOf(line.bank.control(OFF))).code, 'closed');
    assert.equal(await line.close(), 0);
  });

  it('a pack that is taken out meanwhile is not asked', async () => {
    const line = await ready();
    const outcome = await amid(line, OFF, () => line.bank.exclude('C', true));
    assert.deepEqual(
      (outcome as ActionResult).packs?.map(({ pack }) => pack),
      ['A', 'B'],
    );
    await line.close();
  });

  it('a pack that goes silent meanwhile does not keep the others from being switched off', async () => {
    const line = await ready();
    const outcome = await amid(line, OFF, () => (line.board(1).isSilent = true));
    assert.deepEqual(causes(outcome), ['A true', 'B false', 'C true']);
    await line.close();
  });

  it('a dead-man switch opens all packs, also what is just being switched on, and a lost one when it is back', async () => {
    const line = await ready();
    await line.allOff(0, 1, 2);
    line.board(2).isSilent = true;
    await line.clock.tick(40_000);
    const state = { action: 'discharge', value: false, requestNumber: 0, isWanted: () => true };
    let safe: Promise<unknown> | undefined;
    await amid(line, ON, () => {
      state.requestNumber = line.bank.nextRequestNumber();
      safe = errorOf(line.bank.applySafeState(state));
    });
    assert.equal(((await line.settled(safe ?? assert.fail())) as BmsError).code, 'timeout');
    for (const at of [0, 1]) assert.equal(line.board(at).pack.switches.discharge, false);
    line.board(2).pack.execute('discharge', true);
    line.board(2).isSilent = false;
    const back: string[] = [];
    line.bank.packBack.subscribe((pack) => back.push(pack));
    await line.clock.tick(20_000);
    assert.deepEqual(back, ['C']);
    assert.equal((await line.settled(line.bank.applySafeState(state)))?.value, false);
    assert.equal(line.board(2).pack.switches.discharge, false);
    assert.equal(await line.settled(line.bank.applySafeState({ ...state, isWanted: () => false })), undefined);
    await line.close();
  });

  it('what was wanted of each pack is brought back, on only where its voltage allows it', async () => {
    const line = await ready();
    await line.allOff(1);
    await done(line, ON);
    await line.settled(line.board(2).device.control({ action: 'discharge', value: false }));
    for (const at of [1, 2]) line.board(at).pack.execute('discharge', at === 2);
    line.board(1).pack.execute('charge', false);
    line.board(1).more = resting(51.9);
    await line.settled(line.bank.read());
    const error = await line.settled(errorOf(line.bank.restore('discharge')));
    assert.deepEqual([error.code, packsOf(error)], ['denied', ['C true', 'A true', 'B false']]);
    assert.equal(line.board(2).pack.switches.discharge, false);
    line.board(1).more = resting(53.1);
    await line.settled(line.bank.read());
    assert.equal((await line.settled(line.bank.restore('discharge')))?.packs?.length, 3);
    assert.equal(line.board(1).pack.switches.discharge, true);
    assert.equal(await line.settled(line.bank.restore('heating')), undefined);
    await line.close();
  });
});
