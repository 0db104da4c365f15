import assert from 'node:assert/strict';
import { BmsError } from '../../../src/battery/errors';
import type { SettingValues } from '../../../src/battery/settings/vocabulary';
import { jbd } from '../../../src/codec/jbd';
import { Device } from '../../../src/session/device';
import { describeUnfinished, journalEntryIn } from '../../../src/session/settings/journal';
import { SETTINGS_CHECKS } from '../../../src/session/settings/requests';
import type { LineOptions } from '../../support/device-line';
import { JbdBoard } from '../../support/settings/jbd-board';
import { MADE_UP_KINDS, MadeUpBoard, madeUpProtocol, type MadeUpKind } from '../../support/settings/made-up-line';
import { differing, reportOf, SettingsBench } from '../../support/settings/settings-bench';

/** Lowers a chain of two, and more in other registers. */
const WANTED: SettingValues = {
  cellOvervoltageProtection: 3.45,
  cellOvervoltageRecovery: 3.4,
  balanceStartVoltage: 3.3,
  sleepDelay: 3600,
  jbdLed: false,
};

const [AT_ONCE, , , IN_MODE] = MADE_UP_KINDS as readonly [MadeUpKind, MadeUpKind, MadeUpKind, MadeUpKind];

function benchOf(kind: MadeUpKind = AT_ONCE, options: LineOptions = {}) {
  const board = new MadeUpBoard(kind);
  return { board, bench: new SettingsBench(madeUpProtocol(kind), board, options) };
}

function errorIn(outcome: unknown): BmsError {
  assert.ok(outcome instanceof BmsError, 'it succeeded');
  return outcome;
}

describe('writing settings', () => {
  for (const kind of MADE_UP_KINDS) {
    it(`writes, proves, saves, and ends its journal: ${kind.id}`, async () => {
      const { board, bench } = benchOf(kind);
      const before = bench.valuesOf(board.ram);
      const outcome = await bench.apply(WANTED);
      if (outcome instanceof BmsError) throw outcome;
      assert.deepEqual(new Set(outcome.written.map(({ key }) => key)), new Set(Object.keys(WANTED)));
      for (const image of [board.ram, board.flash]) assert.deepEqual(bench.valuesOf(image), { ...before, ...WANTED });
      assert.equal(outcome.snapshot.settings.cellOvervoltageProtection, before.cellOvervoltageProtection);
      assert.equal(bench.journal.entry, undefined);
      assert.deepEqual(new Set(bench.progress.map(({ phase }) => phase)), new Set(['reading', 'writing', 'proving']));
      // What was there before comes back from the snapshot, and then nothing differs any more.
      const restored = await bench.settled(
        bench.device.applySettings({ action: 'restore', settings: outcome.snapshot, confirm: 'restore' }),
      );
      assert.ok(!(restored instanceof BmsError));
      assert.deepEqual(bench.valuesOf(board.flash), before);
      assert.equal(await bench.close(), 0);
    });
  }

  describe('sends nothing', () => {
    const REFUSED: Readonly<
      Record<string, { code: string; options?: LineOptions; settings?: unknown; confirm?: unknown }>
    > = {
      'where the device allows no settings': { code: 'denied', options: { allowSettings: 'none' } },
      'of a class that the device does not allow': { code: 'denied', options: { allowSettings: 'comfort' } },
      'that is not proven, unless the device allows that': {
        code: 'denied',
        options: { allowExperimentalSettings: false },
      },
      'without the consent of the message': { code: 'denied', confirm: null },
      'with the consent to a check alone': { code: 'denied', confirm: ['cells'] },
      'with a word that is no check': { code: 'bad_value', confirm: ['write', 'curent'] },
      'beyond the range of the board': { code: 'bad_value', settings: { cellOvervoltageProtection: 5 } },
      'that breaks a rule': { code: 'bad_value', settings: { cellOvervoltageRecovery: 4 } },
      'that is no setting': { code: 'bad_value', settings: { nonsense: 1 } },
      'that is a state': { code: 'unsupported', settings: { cycleCount: 1 } },
    };
    for (const [what, { code, options, settings = WANTED, ...more }] of Object.entries(REFUSED)) {
      it(what, async () => {
        const { board, bench } = benchOf(AT_ONCE, options);
        const confirm = 'confirm' in more ? more.confirm : ['write', 'cells', 'structure'];
        assert.equal(errorIn(await bench.apply(settings, confirm)).code, code);
        assert.deepEqual([board.written, bench.journal.entry], [0, undefined]);
      });
    }

    it('in a dry run', async () => {
      const { board, bench } = benchOf();
      const planned = await bench.settled(bench.device.planSettings({ action: 'write', settings: WANTED }));
      assert.ok(!(planned instanceof BmsError));
      assert.deepEqual(new Set(planned.plan.map(({ key }) => key)), new Set(Object.keys(WANTED)));
      assert.equal(board.written, 0);
    });

    it('where what is there cannot be kept', async () => {
      const { board, bench } = benchOf();
      bench.journal.fault = new Error('disk full');
      const error = errorIn(await bench.apply(WANTED));
      assert.match(error.message, /disk full/);
      assert.equal(board.written, 0);
    });

    it('of a board that holds it already', async () => {
      const { board, bench } = benchOf();
      const outcome = await bench.apply({ cellCount: bench.valuesOf(board.ram).cellCount });
      assert.ok(!(outcome instanceof BmsError));
      assert.deepEqual([outcome.written, board.written], [[], 0]);
    });
  });

  describe('checks before', () => {
    const sister = (bench: SettingsBench) => ({
      ...{ format: 'openbms-settings/1', protocol: 'made-up', model: 'OTHER', settings: WANTED },
      ...{ identity: {}, calibration: {}, link: {}, state: {}, raw: {}, device: bench.device.name },
    });
    const FAILED: Readonly<Record<string, (board: MadeUpBoard, bench: SettingsBench) => unknown>> = {
      board: (_board, bench) => sister(bench),
      structure: () => ({ cellCount: 15 }),
      current: (board) => {
        board.current = -5;
        return { jbdLed: false };
      },
      protection: (board) => {
        board.hasProtection = true;
        return { jbdLed: false };
      },
      cells: () => ({ cellOvervoltageRecovery: 3.1, balanceStartVoltage: 3.15, cellOvervoltageProtection: 3.2 }),
    };
    for (const [check, prepare] of Object.entries(FAILED)) {
      it(`that of ${check}, which a message can pass over by its name`, async () => {
        const { board, bench } = benchOf();
        const settings = prepare(board, bench);
        const error = errorIn(await bench.apply(settings, 'write'));
        assert.equal(error.code, 'denied');
        assert.ok(error.message.includes(`["write","${check}"]`), error.message);
        assert.equal(board.written, 0);
        const others = SETTINGS_CHECKS.filter((each) => each !== check);
        assert.equal(errorIn(await bench.apply(settings, ['write', ...others])).code, 'denied');
        const outcome = await bench.apply(settings, ['write', check]);
        assert.ok(!(outcome instanceof BmsError), 'it may be passed over');
      });
    }
  });

  it('leaves a journal after a crash, which says what stands', async () => {
    const { board, bench } = benchOf();
    bench.treatment = (_request, count) => (count > 9 ? 'lose both' : 'serve');
    void bench.device.applySettings({ action: 'write', settings: WANTED, confirm: 'write' }).catch(() => undefined);
    await bench.clock.tick(1000);
    const entry = journalEntryIn(JSON.parse(JSON.stringify(bench.journal.entry)));
    assert.ok(entry !== undefined);
    const next = new SettingsBench(bench.protocol, board);
    const now = await next.settled(next.device.readSettings());
    assert.ok(!(now instanceof BmsError));
    const { isThatBoard, settings } = describeUnfinished(entry, now);
    assert.ok(isThatBoard);
    const stands = new Set(settings.map((each) => each.stands));
    assert.deepEqual(stands, new Set(['before', 'written']));
    assert.deepEqual(settings.map(({ key }) => key).sort(), Object.keys(WANTED).sort());
    assert.equal(journalEntryIn({ ...entry, snapshot: 1 }), undefined);
    await next.close();
    await bench.close();
  });

  for (const kind of MADE_UP_KINDS) {
    const repeats = kind.repeatsUnacknowledged === true;
    it(`writes what went unacknowledged ${repeats ? 'once more' : 'no more'}: ${kind.id}`, async () => {
      const { board, bench } = benchOf(kind);
      const sent: string[] = [];
      bench.treatment = (request) => {
        if (!board.writes(request)) return 'serve';
        sent.push(request.toString('hex'));
        return sent.length === 2 ? 'lose both' : 'serve';
      };
      const outcome = await bench.apply(WANTED);
      assert.equal(sent.filter((each) => each === sent[1]).length, repeats ? 2 : 1);
      assert.equal(outcome instanceof BmsError ? outcome.code : 'done', repeats ? 'done' : 'timeout');
    });
  }

  it('puts back what the board held out of range', async () => {
    const board = new JbdBoard();
    // above what may be asked for
    board.registers.set(0x2b, '0190');
    const before = [...board.ram];
    board.faults.refuses = [0x29];
    const wanted = { dischargeOvercurrentProtection: 200, balanceDelta: 0.02, cellOvervoltageRecovery: 3.45 };
    errorIn(await new SettingsBench(jbd, board).apply(wanted));
    assert.deepEqual(board.granted, ['25 0d7a', '2b 0014', '2b 0190', '25 0dac']);
    assert.deepEqual([...board.ram], before);
  });

  it('never tells a secret', async () => {
    const { board, bench } = benchOf();
    Buffer.from('c0de', 'hex').copy(board.ram.get('10') ?? Buffer.alloc(0), 20);
    const read = await bench.settled(bench.device.readSettings());
    assert.ok(!(read instanceof BmsError));
    bench.treatment = (request) => (board.written > 1 && board.writes(request) ? board.refusal() : 'serve');
    const error = errorIn(await bench.apply(WANTED));
    const told = [read.document, bench.journal.entry, bench.progress, error.message, error.cause];
    assert.doesNotMatch(JSON.stringify(told), /c0de/i);
  });
});

describe('writing settings beside', () => {
  /** Begins to write, and does something else when so many writes have gone out. */
  async function amid(bench: SettingsBench, board: MadeUpBoard, nth: number, other: () => void) {
    const { treatment } = bench;
    let isDone = false;
    bench.treatment = (request, count) => {
      if (!isDone && board.writes(request) && board.written === nth) {
        isDone = true;
        other();
      }
      return treatment(request, count);
    };
    return bench.apply(WANTED);
  }

  for (const kind of [AT_ONCE, IN_MODE]) {
    it(`an action: it waits for the end; a safe state goes first: ${kind.id}`, async () => {
      const { board, bench } = benchOf(kind, { allowControl: true });
      const seen: string[] = [];
      const switched = (what: string) => () => seen.push(`${what} ${board.written}`);
      const outcome = await amid(bench, board, 1, () => {
        void bench.device.control({ action: 'discharge', value: true }).then(switched('message'));
        const state = { action: 'discharge', value: false, requestNumber: 0, isWanted: () => true };
        void bench.device.applySafeState(state).then(switched('safe state'));
      });
      assert.ok(!(outcome instanceof BmsError));
      await bench.clock.tick(5000);
      const all = board.written;
      assert.ok(seen[0]?.startsWith('safe state') && !seen[0].endsWith(` ${all}`), seen.join());
      assert.equal(board.isInMode, false);
      await bench.close();
    });
  }

  it('another device on the board: one after the other', async () => {
    const { board, bench } = benchOf();
    const { bus, clock, protocol } = bench;
    const options = { allowSettings: 'structure', allowExperimentalSettings: true } as const;
    const plain = { name: 'Twin', bus, protocol, address: undefined, pollIntervalMs: 0, clock };
    const twin = new Device({ ...plain, ...options });
    twin.start();
    const second = twin.applySettings({ action: 'write', settings: { sleepDelay: 60 }, confirm: 'write' });
    const first = await bench.apply(WANTED);
    assert.ok(!(first instanceof BmsError) && !((await bench.settled(second)) instanceof BmsError));
    assert.deepEqual(differing(bench.valuesOf(board.ram), { ...bench.valuesOf(board.flash), ...WANTED }), []);
    twin.stop();
    await bench.close();
  });

  it('a pause of the line: it begins when all is written', async () => {
    const { board, bench } = benchOf();
    let paused = -1;
    const outcome = await amid(bench, board, 1, () => {
      void bench.device.pause(60_000).then(() => (paused = board.written));
    });
    assert.ok(!(outcome instanceof BmsError));
    await bench.clock.tick(100);
    assert.equal(paused, board.written);
    await bench.close();
  });

  it('polls: they go on meanwhile', async () => {
    const { board, bench } = benchOf(AT_ONCE, { pollIntervalMs: 200 });
    let polls = 0;
    bench.device.readings.subscribe(() => polls++);
    await bench.clock.tick(1000);
    const before = polls;
    const outcome = await bench.apply(WANTED);
    assert.ok(!(outcome instanceof BmsError));
    assert.ok(polls - before >= board.written, `${polls - before} polls`);
    await bench.close();
  });

  const OTHERS: Readonly<Record<string, (other: MadeUpBoard) => void>> = {
    'of another serial number': (other) => (other.serialNumber = 'MU20260815X2'),
    'without a number of its own, with other settings': (other) => {
      other.serialNumber = '000000';
      other.ram.get('10')?.writeUInt16BE(4242, 12);
    },
  };
  for (const [what, change] of Object.entries(OTHERS)) {
    for (const isLineLost of [true, false]) {
      const how = isLineLost ? 'after the line was lost' : 'on the same line';
      it(`another board ${what} ${how}: nothing is put back on it`, async () => {
        const { board, bench } = benchOf(AT_ONCE);
        if (what.startsWith('without')) board.serialNumber = '000000';
        const other = new MadeUpBoard(AT_ONCE);
        change(other);
        const outcome = await amid(bench, board, 2, () => {
          bench.board = other;
          if (isLineLost) bench.link.drop();
        });
        const error = errorIn(outcome);
        const named = reportOf(error).flatMap(({ key, restored }) => (restored ? [] : [key]));
        assert.equal(named.length >= 2, true, error.message);
        // What was under way as it came may have reached it.
        assert.ok(other.written <= 1, `${other.written} writes`);
        assert.ok(bench.journal.entry !== undefined);
        await bench.close();
      });
    }
  }

  it('does not pass over what it left out, as a limit was moved at the board meanwhile', async () => {
    const { board, bench } = benchOf();
    let writes = 0;
    bench.treatment = (request) => {
      if (board.writes(request) && ++writes === 1) board.ram.get('10')?.writeUInt16BE(3550, 0);
      return 'serve';
    };
    const error = errorIn(await bench.apply({ sleepDelay: 3600, cellOvervoltageRecovery: 3.6 }));
    assert.equal(error.code, 'not_confirmed');
    assert.match(error.message, /cellOvervoltageRecovery was not written: other settings/);
    const left = reportOf(error).flatMap(({ key, restored }) => (restored ? [] : [key]));
    assert.deepEqual([left, board.written], [['cellOvervoltageProtection'], 2], 'what was moved at the board stays so');
    await bench.close();
  });
});
