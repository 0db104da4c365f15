import assert from 'node:assert/strict';
import type { SettingValues } from '../../src/battery/settings/vocabulary';
import { jbd } from '../../src/codec/jbd';
import type { LogEntry } from '../../src/codec/log-entry';
import type { Protocol, Script } from '../../src/codec/protocol';
import { Bus } from '../../src/session/bus';
import { ScriptRunner } from '../../src/session/script-runner';
import { FakeClock } from '../support/fake-clock';
import { runScript } from '../support/script';
import { ScriptedLink } from '../support/scripted-link';
import { JbdBoard, type JbdFaults, type JbdKind } from '../support/settings/jbd-board';
import { accessOf } from '../support/settings/settings-line';
import { readSettings, valuesOf, writeValues, type ReadSettings } from '../support/settings/vectors';

const protocol: Protocol = jbd;
const access = accessOf(protocol);
const TARGET = { address: 0, memory: {} };

/** A board whose requests are all heard, with a host that has a password. */
function setUp(faults: JbdFaults = {}, kind: JbdKind = {}, password = '') {
  const board = new JbdBoard(faults, kind);
  const order = { target: TARGET, password };
  const answer = ({ request }: { request: Buffer }): Buffer[] => board.answer(request);
  const read = (): ReadSettings => readSettings(protocol, access, order, answer);
  const write = (values: SettingValues) => writeValues(protocol, read(), order, values, answer);
  const readLog = (): readonly LogEntry[] =>
    runScript(protocol, jbd.log?.read(order, () => true) ?? assert.fail(), answer).result ?? assert.fail();
  return { board, read, write, readLog, values: () => valuesOf(read()) };
}

const RAISED = { cellOvervoltageProtection: 3.7, cellOvervoltageRecovery: 3.55, chargeOvercurrentDelay: 12 } as const;

function picked(values: SettingValues): SettingValues {
  return Object.fromEntries(Object.keys(RAISED).map((key) => [key, values[key as keyof typeof RAISED]]));
}

describe('jbd settings on a board', () => {
  for (const [name, kind, keys] of [
    ['a new one', { chip: 0 }, 77],
    ['one that never tells its chip', {}, 77],
    ['firmware 0x15', { firmware: 0x15 }, 71],
    ['an old one', { old: true, firmware: 0x15 }, 71],
    ['one with a password', { password: '123456' }, 77],
    ['one of another chip', { chip: 4 }, 67],
  ] as const) {
    it(`reads ${name} in one go, and leaves it in order`, () => {
      const { board, read } = setUp({}, kind);
      const settings = read();
      // The barcode is empty.
      assert.equal(Object.keys(valuesOf(settings)).length, keys);
      assert.deepEqual([board.entered, board.inFactoryMode, board.saved], [1, false, 0]);
      assert.deepEqual(board.granted, []);
      assert.equal(settings.image.get('aa')?.length, 24);
    });
  }

  it('what is written lasts, since it is saved; what failed does not', () => {
    const { board, write, values } = setUp();
    assert.equal(write(RAISED).error, undefined);
    board.powerOff();
    assert.deepEqual(picked(values()), RAISED);
    assert.deepEqual(board.granted, ['24 0e74', '25 0dde', '3e 0c20']);
    board.faults.refuses = [0x25];
    assert.equal(write({ cellOvervoltageProtection: 3.75, cellOvervoltageRecovery: 3.6 }).error?.code, 'rejected');
    assert.deepEqual([board.saved, board.inFactoryMode], [1, false]);
    assert.equal(values().cellOvervoltageProtection, 3.75);
    board.powerOff();
    assert.deepEqual(picked(values()), RAISED);
  });

  it('a password is given for writing, once; without it nothing is written', () => {
    for (const [password, code, writes] of [
      ['123456', undefined, 3],
      ['654321', 'denied', 0],
      ['', 'denied', 0],
    ] as const) {
      const { board, write } = setUp({}, { password: '123456' }, password);
      assert.equal(write(RAISED).error?.code, code);
      assert.equal(board.granted.length, writes);
      assert.deepEqual([board.saved, board.inFactoryMode], [writes > 0 ? 1 : 0, false]);
    }
  });

  it('a board that leaves factory mode is brought back into it, once, whatever it was doing', () => {
    for (let after = 0; after < 4; after++) {
      const { board, read, write, values } = setUp();
      read();
      board.faults.leavesAfter = 63 + after;
      assert.equal(write(RAISED).error, undefined, `${after}`);
      board.powerOff();
      assert.deepEqual(picked(values()), RAISED);
    }
  });

  it('what the board silently clips, ignores or does not have shows when it is read back', () => {
    const { board, write, values } = setUp({ clips: { 0x24: 3680 } });
    assert.equal(write(RAISED).error, undefined);
    assert.equal(values().cellOvervoltageProtection, 3.68);
    board.faults.ignoresWrites = 1;
    assert.equal(write({ chargeOvercurrentDelay: 20 }).error, undefined);
    assert.equal(values().chargeOvercurrentDelay, 12);
    const old = setUp({}, { firmware: 0x15 });
    assert.equal(old.values().socVoltage90, undefined);
    assert.equal(old.write({ socVoltage90: 3.34 }).error?.code, 'unsupported');
    assert.deepEqual(old.board.granted, []);
  });

  it('takes as long as the line and the gaps do: 1.1 times, beside a first request that only wakes', async () => {
    for (const [chip, losesEnters] of [
      [0, 0],
      [undefined, 0],
      [0, 1],
    ] as const) {
      const clock = new FakeClock();
      const board = new JbdBoard({ losesEnters }, chip === undefined ? {} : { chip });
      const msPerByte = 10_000 / 9600;
      let wire = 0;
      const link = new ScriptedLink(clock, (request, reply) => {
        for (const answer of board.answer(request)) {
          const took = (request.length + answer.length) * msPerByte;
          wire += took;
          reply(answer, took);
        }
      });
      const bus = new Bus({ link, clock });
      bus.open();
      const order = { target: TARGET, password: '' };
      function* all(): Script<void> {
        for (const block of access.blocks(TARGET)) {
          try {
            yield* access.read(order, block);
          } catch (thrown) {
            if (block.optional !== true) throw thrown;
          }
        }
      }
      const line = { bus, protocol, profile: jbd.profile, priority: 'request' } as const;
      const start = clock.monotonic();
      let took = NaN;
      const script = access.during?.(order, 'read', all()) ?? assert.fail();
      const done = new ScriptRunner(line).run(script).then(() => (took = clock.monotonic() - start));
      await clock.tick(20_000);
      await done;
      const woken = losesEnters * (jbd.profile.timeoutMs + jbd.profile.retryGapMs);
      const least = wire + (link.sent.length - 1) * jbd.profile.gapMs;
      assert.ok(took - woken <= 1.1 * least, `${took} ms, of which ${wire} on the line, ${link.sent.length} requests`);
      await bus.close();
    }
  });
});

describe('jbd log: the event counters', () => {
  it('tells every count with each read, under another number once it has risen', () => {
    const { board, readLog } = setUp();
    const first = readLog();
    assert.deepEqual(
      first.map(({ code, level, message }) => [code, level, String(message)]),
      [
        ['discharge_overcurrent', 'protection', 'The discharge current is too high. Counted so far: 2.'],
        ['cell_overvoltage', 'protection', 'A cell voltage is too high. Counted so far: 5.'],
        ['cell_undervoltage', 'protection', 'A cell voltage is too low. Counted so far: 1.'],
        ['system_restart', 'none', 'The board has restarted. Counted so far: 3.'],
      ],
    );
    assert.equal(new Set(first.map(({ entry }) => entry)).size, 4);
    assert.deepEqual(readLog(), first);
    board.counters[3] = 7;
    const known = new Set(first.map(({ entry }) => entry));
    assert.deepEqual(
      readLog()
        .filter(({ entry }) => !known.has(entry))
        .map(({ code }) => code),
      ['cell_overvoltage'],
    );
    assert.equal(board.entered, 0);
  });

  it('old boards tell them in factory mode', () => {
    const { board, readLog } = setUp({}, { old: true });
    assert.equal(readLog().length, 4);
    assert.deepEqual([board.entered, board.inFactoryMode, board.saved], [1, false, 0]);
  });
});
