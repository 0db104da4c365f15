import assert from 'node:assert/strict';
import { ALARM_CODES } from '../../src/battery/alarm';
import { ant } from '../../src/codec/ant';
import type { AntMemory } from '../../src/codec/ant/queries';
import type { LogEntry } from '../../src/codec/log-entry';
import type { SettingsOrder } from '../../src/codec/parameter';
import type { Script } from '../../src/codec/protocol';
import { drive, notingBoard, type Respond } from '../support/action-script';
import { antFrame, segment, statusData } from '../support/ant';
import { hex } from '../support/sheet';

const log = ant.log ?? assert.fail('no log');
const order: SettingsOrder<AntMemory> = { target: { address: 0xa1, memory: {} }, password: '' };
const STATUS = antFrame(0xa1, 0x11, 0, statusData()).toString('hex');

/** An entry of the log by hand (ant.md 8.2). */
function entry(index: number, event: number, time: number, items = '', rest = ''): string {
  const data = Buffer.concat([Buffer.alloc(8), hex(items)]);
  data.writeUInt16LE(index, 0);
  data.set([items.replaceAll(' ', '').length / 8, event], 2);
  data.writeUInt32LE(time, 4);
  return antFrame(0xa1, 0x13, index, data, rest).toString('hex');
}

const indexOf = (request: string): number | undefined =>
  request.startsWith('7ea103') ? hex(request).readUInt16LE(3) : undefined;

/** A board with these events, newest first; what it says behind the last one. */
const board =
  (events: readonly number[], behind: (index: number) => string | undefined = (index) => entry(index, 0, 0)): Respond =>
  (request) => {
    const index = indexOf(request);
    if (index === undefined) return STATUS;
    const event = events[index];
    return event === undefined ? behind(index) : entry(index, event, 1000 - index);
  };

/** Reads entry by entry, as the session does. */
function* whole(isKnown: (entry: LogEntry) => boolean): Script<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (let index = 0; index < (log.mostEntries ?? 0); index++) {
    const [found] = yield* log.read(order, isKnown, index);
    if (found === undefined || isKnown(found)) break;
    entries.unshift(found);
  }
  return entries;
}

const read = (respond: Respond, isKnown: (entry: LogEntry) => boolean = () => false) =>
  drive(ant, whole(isKnown), respond);
const shown = (entries: readonly LogEntry[] = []): string[] =>
  entries.map(({ entry: number, level, message }) => `${number} ${level}: ${String(message)}`);

describe('ant log (ant.md 8.2)', () => {
  it('is read from the newest on, up to the first that is known, and passed on oldest first', () => {
    const { result, sent, steps } = read(board([2, 3, 50, 65]), ({ entry: number }) => number <= 997);
    assert.deepEqual(shown(result), [
      '998 warning: The pack voltage is too high.',
      '999 none: Over: A cell voltage is too high.',
      '1000 protection: A cell voltage is too high.',
    ]);
    assert.equal(sent[0], '7ea103000000999daa55');
    assert.equal(sent.length, 4);
    assert.ok(!steps.some(({ isWrite }) => isWrite));
    assert.equal(read(board(Array<number>(300).fill(65))).result?.length, 200);
  });

  it('ends where the board has no entry, says no, or is silent but for its status', () => {
    for (const behind of [
      undefined,
      (index: number) => entry(index, 0xff, 0),
      (index: number) => antFrame(0xa1, 0x13, index, Buffer.alloc(0)).toString('hex'),
      (index: number) => entry(index, 1, 0, '', segment(0xff, 4)),
      () => undefined,
    ]) {
      assert.deepEqual(shown(read(board([89], behind)).result), ['1000 none: The settings were saved.']);
    }
    const lost: Respond = (request) => (indexOf(request) === 0 ? entry(0, 89, 1) : undefined);
    assert.equal(read(lost).error?.code, 'timeout');
    assert.equal(read(() => undefined).error?.code, 'timeout');
    const refused = segment(0xff, 1);
    const low = (request: string) => (indexOf(request) === undefined ? STATUS : entry(0, 1, 0, '', refused));
    const { error } = read(low);
    assert.deepEqual([error?.code, /from level 1 on, and level 0/.test(error?.message ?? '')], ['denied', true]);
  });

  it('says what the board noted: pack, current the other way round, and cells', () => {
    const items = '0100 0a02 0280 e4ff 0300 6200 0480 fbff 0a00 420e 0c00 2e0e 0f00 1400 1800 0700';
    const { result } = read(board([], (index) => entry(index, index === 0 ? 28 : 0, 5, items)));
    assert.deepEqual(shown(result), [
      '5 protection: The discharge current is too high. (pack 52.2 V, current 2.8 A, state of charge 98 %, MOSFETs -5 °C, highest cell 3.65 V, lowest cell 3.63 V, difference 0.02 V)',
    ]);
  });

  it('knows every event of the sheet; protections, warnings and faults are alarms', () => {
    const known = Array.from({ length: 94 }, (_, i) => i + 1);
    const { result = [] } = read(board(known));
    assert.ok(!result.some(({ code }) => code.startsWith('unknown')));
    for (const { code, level } of result) {
      assert.equal((ALARM_CODES as readonly string[]).includes(code), level !== 'none', code);
    }
    const byEvent = [...result].reverse();
    for (const [event, code, level] of [
      [1, 'cell_type_not_set', 'protection'],
      [32, 'short_circuit', 'protection'],
      [33, 'short_circuit_recovery', 'none'],
      [37, 'discharge_switch_4', 'none'],
      [38, 'charge_switch_1', 'none'],
      [46, 'communication_fault', 'fault'],
      [63, 'precharge_failed', 'warning'],
      [77, 'balancer_overtemperature', 'warning'],
      [94, 'heater_fault', 'fault'],
    ] as const) {
      assert.deepEqual([byEvent[event - 1]?.code, byEvent[event - 1]?.level], [code, level], String(event));
    }
    assert.equal(read(board([95])).result?.[0]?.code, 'unknown_log_event_95');
  });

  it('the emulator notes what it was told', () => {
    const pack = { cellVoltages: [3.3], voltage: 52, current: -4, soc: 80, runtime: 77 };
    const emulated = notingBoard();
    const answers: Respond = (request) => ant.emulate(hex(request))?.answer(pack, emulated).toString('hex');
    answers('7ea151040000c8e4aa55', 1);
    assert.deepEqual(shown(read(answers).result), [
      '77 none: The board started. (pack 52 V, current -4 A, state of charge 80 %)',
      '77 none: Charge switch 1 was switched. (pack 52 V, current -4 A, state of charge 80 %)',
    ]);
  });
});
