import assert from 'node:assert/strict';
import { settingInfo, type SettingValue, type SettingValues } from '../../src/battery/settings/vocabulary';
import { ant } from '../../src/codec/ant';
import { BOARD_MEMORY } from '../../src/codec/ant/emulator';
import type { AntMemory } from '../../src/codec/ant/queries';
import type { Parameter, SettingsOrder } from '../../src/codec/parameter';
import { notingBoard } from '../support/action-script';
import { failsWith } from '../support/ant';
import { runScript, type Respond, type Run } from '../support/script';
import { AntBoard, SHEET, type AntFaults } from '../support/settings/ant-board';
import { accessOf } from '../support/settings/settings-line';
import { readSettings, valuesOf, writeValues, type ReadSettings } from '../support/settings/vectors';
import { hex } from '../support/sheet';
import { loadVector } from '../support/vectors';

const LEVEL_5 = '123456789abc';
const access = accessOf(ant);

const order = (password = ''): SettingsOrder<AntMemory> => ({ target: { address: 0xa1, memory: {} }, password });
const PARAMETERS = access.parameters(order().target, new Map());

function parameterOf(key: string): Parameter {
  return PARAMETERS.find((each) => each.key === key) ?? assert.fail(key);
}

const answersOf =
  (board: AntBoard): Respond =>
  ({ request }) =>
    board.answer(request).map(({ bytes }) => bytes);

const readAll = (respond: Respond, password = ''): ReadSettings => readSettings(ant, access, order(password), respond);
const BOARD = readAll(answersOf(new AntBoard()));
const IMAGE = BOARD.image;

/** Writes some settings and saves them, within one session with the board. */
const apply = (board: AntBoard, values: SettingValues, password = ''): Run<void> =>
  writeValues(ant, BOARD, order(password), values, answersOf(board));

/** A board whose owner has set passwords; nobody has entered one since. */
function lockedBoard(level: number, faults: AntFaults = {}): AntBoard {
  const passwords = { 2: '22222222', 3: '33333333', 4: '44444444', 5: LEVEL_5 };
  return Object.assign(new AntBoard(faults, passwords), { level, resting: level });
}

describe('ant settings (settings-ant.md)', () => {
  it('are those of the sheet, with registers, steps, ranges, classes and confidence', () => {
    assert.equal(PARAMETERS.length, 132);
    assert.deepEqual(
      PARAMETERS.map(({ key, register, confidence }) => [key, Number(register), settingInfo(key).class, confidence]),
      SHEET.map(({ key, register, class: kind, confidence }) => [key, register, kind, confidence]),
    );
    for (const { key, register, wire, scale, range } of SHEET.filter((row) => /^[us]\d\d$/.test(row.wire))) {
      const parameter = parameterOf(key);
      const image = new Map(IMAGE);
      const data = Buffer.from(image.get(parameter.block) ?? []);
      data.writeUInt16LE(1234, register - Number(parameter.block));
      if (wire === 'u32') data.writeUInt16LE(0, register + 2 - Number(parameter.block));
      image.set(parameter.block, data);
      assert.equal(parameter.decode(image), Number((1234 * scale).toPrecision(9)), key);
      // Wider than the table where a board was seen with more, or chemistries differ.
      const [least, most] = parameter.range ?? [-Infinity, Infinity];
      if (!key.startsWith('pack')) assert.ok(least <= range[0] && most >= Math.min(range[1], 65_534 * 60), key);
    }
  });

  it('asks for six blocks as the app does, and for no password; would write what it has read', () => {
    const { exchanges } = loadVector('settings/ant', 'read-24s-nmc-seed-manual');
    const board = new AntBoard();
    const sent: string[] = [];
    readAll((step, count) => (sent.push(step.request.toString('hex')), answersOf(board)(step, count)));
    assert.deepEqual(
      sent,
      exchanges.map(({ tx }) => tx),
    );
    assert.ok(![...IMAGE.values()].some((data) => data.includes('SECRET')));
    const values = valuesOf(BOARD);
    for (const { key, block, encode } of PARAMETERS.filter((each) => values[each.key] !== undefined)) {
      assert.deepEqual(encode(values[key] ?? null, IMAGE), IMAGE.get(block), key);
    }
  });

  it('ffff is not there; 65535 h is never; a temperature cannot be -1', () => {
    const blank = new Map([...IMAGE].map(([id, data]) => [id, Buffer.alloc(data.length, 0xff)]));
    assert.deepEqual(valuesOf({ ...BOARD, image: blank }), {});
    assert.equal(valuesOf(BOARD).autoShutdownDelay, null);
    const shutdown = parameterOf('autoShutdownDelay');
    assert.deepEqual(shutdown.encode(null, IMAGE), IMAGE.get('298'));
    assert.equal(shutdown.encode(7200, IMAGE).readUInt16LE(30), 2);
    failsWith('bad_value', () => parameterOf('chargeUndertemperatureProtection').encode(-1, IMAGE));
    failsWith('bad_value', () => parameterOf('forbidChargeTime').encode(65_535 * 60, IMAGE));
  });

  it('masks sensors by bits that are set, and leaves the other bits', () => {
    const sensors = parameterOf('temperatureSensorsUsed');
    const masked = new Map(IMAGE);
    masked.set('298', Buffer.from(IMAGE.get('298') ?? []));
    masked.get('298')?.writeUInt16LE(0x1235, 8);
    assert.deepEqual(sensors.decode(masked), [2, 4]);
    assert.equal(sensors.encode([1], masked).readUInt16LE(8), 0x123e);
    for (const value of [[5], [0], [1.5], 'all', null]) failsWith('bad_value', () => sensors.encode(value, masked));
  });

  it('chemistries by their codes; those of old firmware are custom, and stay', () => {
    const chemistry = parameterOf('chemistry');
    const old = new Map(IMAGE).set('152', Buffer.concat([hex('0200'), (IMAGE.get('152') ?? hex('')).subarray(2)]));
    assert.equal(chemistry.encode('lmfp', IMAGE).readUInt16LE(0), 0xfaf7);
    assert.deepEqual([chemistry.decode(old), chemistry.encode('custom', old)], ['custom', old.get('152')]);
    failsWith('bad_value', () => chemistry.encode('lfp', old));
    for (const value of ['lead', 1, null]) failsWith('bad_value', () => chemistry.encode(value, IMAGE));
  });

  it('are written where the sheet lets them be, and timers only by name', () => {
    const accesses = (kind: string): Set<string> =>
      new Set(PARAMETERS.filter(({ key }) => settingInfo(key).class === kind).map((each) => each.access));
    for (const kind of ['C', 'L', 'V']) assert.deepEqual([...accesses(kind)], ['read'], kind);
    for (const kind of ['P', 'W', 'B', 'S', 'T']) assert.deepEqual([...accesses(kind)], ['write'], kind);
    assert.deepEqual(
      PARAMETERS.filter((each) => each.access === 'named').map(({ register }) => register),
      ['316', '318', '320', '322'],
    );
  });

  it('the rules hold for the set of the manual', () => {
    const values = valuesOf(BOARD);
    for (const { upper, lower, orEqual } of access.rules(order().target, IMAGE)) {
      const [above, below] = [Number(values[upper]), Number(values[lower])];
      assert.ok(Number.isNaN(above - below) || above > below || (orEqual && above === below), `${upper} > ${lower}`);
    }
  });
});

describe('ant settings: writing (settings-ant.md 4)', () => {
  it('the echo of a refused write is no success: denied, with the level that the board names', () => {
    const [refused] = loadVector('settings/ant', 'write-refused-level-2').exchanges;
    const board = new AntBoard();
    const { sent, error } = writeValues(ant, BOARD, order(), { cellOvervoltageProtection: 4.3 }, (step, count) =>
      step.request.toString('hex') === refused?.tx ? refused.rx.map(hex) : answersOf(board)(step, count),
    );
    assert.deepEqual([sent[1], sent.length, error?.code], [refused?.tx, 2, 'denied']);
    assert.match(error?.message ?? '', /level 3, which has 8, as 3:/);
  });

  it('asks for the level first, writes 32 bits as two halves, the lower one first, and saves once', () => {
    const board = new AntBoard();
    const run = apply(board, { cellOvervoltageProtection: 4.15, designCapacity: 100 });
    assert.equal(run.error, undefined);
    assert.equal(run.sent[0], '7ea1010000be1855aa55');
    assert.deepEqual(board.log, ['write 0 4150', 'write 162 57600', 'write 164 1525', 'save']);
    assert.equal(board.memory.readUInt32LE(162), 100e6);
    assert.deepEqual(run.steps.map(({ isWrite }) => isWrite).slice(1), [true, true, true, true]);
  });

  it('waits for a result that comes behind the echo, by itself', () => {
    for (const lateResults of ['open', 'closed'] as const) {
      const taken = new AntBoard({ lateResults });
      assert.equal(apply(taken, { sleepDelay: 600 }).error, undefined, lateResults);
      const refusing = new AntBoard({ lateResults, limits: { 300: [1, 300] } });
      const { error } = apply(refusing, { sleepDelay: 600 });
      assert.deepEqual([error?.code, refusing.log], ['bad_value', []], lateResults);
    }
    const echo = apply(new AntBoard({ losesAnswers: 1 }), { sleepDelay: 600 });
    assert.equal(echo.error?.code, 'timeout');
    const mute = writeValues(ant, BOARD, order(), { sleepDelay: 600 }, (step, count) => {
      const [echoed] = answersOf(new AntBoard({ lateResults: 'closed' }))(step, count) as Buffer[];
      return echoed === undefined ? [] : [echoed];
    });
    assert.equal(mute.error?.code, 'timeout', 'an echo alone acknowledges nothing');
  });

  it('says limits of the board in the unit of the setting', () => {
    const limits = { 0: [3000, 4000], 64: [40, 90], 114: [200, 9000], 164: [0, 3], 118: [50, 60] } as const;
    for (const [key, value, code, pattern] of [
      ['cellOvervoltageProtection', 4.2, 'bad_value', /greatest value is 4 V\.$/],
      ['mosOvertemperatureProtection', 35, 'bad_value', /least value is 40 degC\.$/],
      ['dischargeOvercurrent2Delay', 10, 'bad_value', /greatest value is 9 s\.$/],
      ['shortCircuitDelay', 0.00002, 'bad_value', /least value is 0.00005 s\.$/],
      // The lower half is taken: no refusal that leaves the board as it was.
      ['designCapacity', 1000, 'not_confirmed', /one half/],
    ] as const) {
      const board = new AntBoard({ limits });
      const { error } = apply(board, { [key]: value });
      assert.equal(error?.code, code, key);
      assert.match(error?.message ?? '', pattern);
      assert.ok(!board.log.includes('save'));
    }
  });
});

describe('ant settings: levels and passwords (ant.md 9)', () => {
  for (const [password, level, read, write] of [
    ['', 5, 'read', 'written'],
    ['', 2, 'read', /level 3 on, and level 2 is in force.*3:/],
    ['', 3, 'read', 'written'],
    ['', 1, /level 2 on, and level 1 is in force.*level 5, which has 12.*2:/, /level 3 on/],
    ['nonsense', 1, /level 2 on/, /level 3 on/],
    ['12345678', 0, /level 2 on/, /level 3 on/],
    ['2:22222222', 1, 'verify 2, read', /level 3 on/],
    ['3:33333333', 1, 'verify 3, read', 'verify 3, written'],
    ['3:33333333', 4, 'read', 'written'],
    ['4:44444444', 3, 'read', 'verify 4, written'],
    [LEVEL_5, 0, 'verify 5, read', 'verify 5, written'],
    [LEVEL_5, 3, 'read', 'verify 5, written'],
    ['999999999999', 1, /does not take the password of level 5/, /does not take the password of level 5/],
    ['3:44444444', 1, /does not take the password of level 3/, /does not take the password of level 3/],
    ['short', 1, /cannot be it/, /cannot be it/],
  ] as const) {
    it(`level ${level} and the password "${password}"`, () => {
      const outcome = (board: AntBoard, done: string, error?: string): string =>
        error ?? [...board.log.filter((entry) => entry.startsWith('verify')), done].join(', ');
      const reading = lockedBoard(level);
      const shown = readAll(answersOf(reading), password);
      const [denied] = shown.errors;
      const readOutcome = outcome(reading, 'read', denied && `${denied.code}: ${denied.message}`);
      const writing = lockedBoard(level);
      const { error } = apply(writing, { sleepDelay: 600 }, password);
      const writeOutcome = outcome(writing, 'written', error && `${error.code}: ${error.message}`);
      for (const [found, expected] of [
        [readOutcome, read],
        [writeOutcome, write],
      ] as const) {
        if (typeof expected === 'string') assert.equal(found, expected);
        else assert.match(found, new RegExp(`^denied: .*${expected.source}`));
        if (password !== '') assert.ok(!found.includes(password.slice(2)), 'no error tells the password');
      }
      assert.equal(Object.keys(valuesOf(shown)).length > 0, typeof read === 'string');
      assert.equal(writing.log.includes('save'), typeof write === 'string');
      assert.ok(writing.log.filter((entry) => entry.startsWith('verify')).length <= 1);
    });
  }

  it('a block that stays ffff at a level that may read is not there', () => {
    const board = new AntBoard();
    board.memory.fill(0xff, 140, 152);
    const shown = readAll(answersOf(board));
    assert.deepEqual([shown.errors, valuesOf(shown).balanceDelta], [[], undefined]);
  });

  it('are listed from the lowest on, each with how its password is entered', () => {
    const { levels = [], inForce } = access.permission ?? {};
    assert.deepEqual(
      levels.map(({ level, password }) => [level, password && String(password)]),
      [
        [0, undefined],
        [1, '8 characters'],
        ...[2, 3, 4].map((level) => [level, `8 characters, entered behind ${level}:`]),
        [5, '12 characters'],
        [9, undefined],
      ],
    );
    assert.equal(inForce?.({ address: 0xa1, memory: { level: 4 } }), 4);
  });
});

describe('ant settings: emulator', () => {
  const PACK = { cellVoltages: Array<number>(16).fill(3.3), designCapacity: 120, remainingCapacity: 60 };
  const answers =
    (board = notingBoard(), pack = PACK): Respond =>
    ({ request }) => {
      const answer = ant.emulate(request)?.answer(pack, board);
      return answer === undefined ? [] : [answer];
    };
  const send = (board: ReturnType<typeof notingBoard>, request: string): unknown =>
    ant.emulate(hex(request))?.answer(PACK, board);
  const write = (board: ReturnType<typeof notingBoard>, values: SettingValues): Run<void> =>
    writeValues(ant, readAll(answers(board)), order(), values, answers(board));

  it('shows every setting, for its pack, and keeps the rules', () => {
    for (const [pack, chemistry] of [
      [PACK, 'lfp'],
      [{ ...PACK, cellVoltages: Array<number>(20).fill(3.9) }, 'nmc'],
    ] as const) {
      const values = valuesOf(readAll(answers(notingBoard(), pack)));
      assert.deepEqual(
        [Object.keys(values).length, values.chemistry, values.cellCount, values.designCapacity],
        [132, chemistry, pack.cellVoltages.length, 120],
      );
      assert.equal(values.remainingCapacity, 60);
      for (const { upper, lower } of access.rules(order().target, IMAGE)) {
        assert.ok(!(Number(values[upper]) < Number(values[lower])), `${upper} > ${lower}`);
      }
    }
  });

  it('keeps what is saved, and forgets the rest when it restarts', () => {
    const board = notingBoard();
    const delay = (): SettingValue | undefined => valuesOf(readAll(answers(board))).sleepDelay;
    const restart = (): unknown => send(board, '7ea1510900005927aa55');
    assert.equal(write(board, { sleepDelay: 600 }).error, undefined);
    restart();
    assert.equal(delay(), 600);
    const [setting] = PARAMETERS.filter(({ key }) => key === 'sleepDelay');
    assert.ok(setting && access.write);
    const image = new Map(IMAGE).set('298', setting.encode(900, IMAGE));
    runScript(ant, access.write(order(), { register: '300', parameters: [setting], image }), answers(board));
    assert.equal(delay(), 900);
    restart();
    assert.equal(delay(), 600);
  });

  it('refuses what is too high, unknown, or beyond its level, and shows nothing below level 2', () => {
    const board = notingBoard();
    const raw = (register: number, value: number): string | undefined => {
      const image = new Map([['0', Buffer.alloc(register + 2)]]);
      image.get('0')?.writeUInt16LE(value, register);
      const parameters = [{ ...parameterOf('sleepDelay'), block: '0', register: String(register) }];
      const script = access.write?.(order(), { register: String(register), parameters, image });
      return runScript(ant, script ?? assert.fail(), answers(board)).error?.code;
    };
    const codes = [raw(0, 4600), raw(0, 1900), raw(28, 1), raw(154, 20)];
    assert.deepEqual(codes, ['bad_value', 'bad_value', 'unsupported', undefined]);
    board.memory.set(BOARD_MEMORY.level, 3);
    assert.deepEqual([raw(0, 4100), raw(154, 20), raw(298, 3600)], [undefined, 'denied', 'denied']);
    board.memory.set(BOARD_MEMORY.level, 1);
    assert.equal(raw(0, 4200), 'denied');
    assert.equal(readAll(answers(board)).image.size, 0);
  });
});
