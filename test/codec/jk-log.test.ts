import assert from 'node:assert/strict';
import { jkBle } from '../../src/codec/jk-ble';
import { jkModbus } from '../../src/codec/jk-modbus';
import type { LogEntry } from '../../src/codec/log-entry';
import type { EmulatedBoard, Protocol } from '../../src/codec/protocol';
import { notingBoard } from '../support/action-script';
import { ACKNOWLEDGEMENT } from '../support/jk-ble';
import { frameOf, modbus, triggerOf } from '../support/jk-modbus';
import { record, u32 } from '../support/jk-record';
import { runScript } from '../support/script';
import { loadVector, type Vector } from '../support/vectors';

const MEMORY = { answersFrames: true };

/** Reads the log of a board that answers so. @throws BmsError why there is none */
function logOf(
  protocol: Protocol,
  answer: (request: Buffer) => readonly Buffer[],
  memory: object = MEMORY,
): readonly LogEntry[] {
  const order = { target: { address: protocol.address?.initial ?? 0, memory }, password: '' };
  assert.ok(protocol.log);
  const { result, error } = runScript(
    protocol,
    protocol.log.read(order, () => false),
    ({ request }) => answer(request),
  );
  if (error !== undefined) throw error;
  return result ?? [];
}

/** The log of a board that answers with this record. */
function entriesOf(count: number, slots: readonly (readonly [time: number, code: number])[]): readonly LogEntry[] {
  const entries = slots.map(([time, code]) => u32(time) + Buffer.of(code).toString('hex')).join('');
  return logOf(jkBle, () => [record(5, { 6: u32(count), 11: entries }), ACKNOWLEDGEMENT]);
}

describe('jk: log book (jk-ble.md 12, jk-modbus.md 10)', () => {
  it('is that of the capture', () => {
    const vector = loadVector('jk-ble', '32s-v19-logbook') as Vector & {
      logbook: { entries: { time: number; code: number }[] };
    };
    const [exchange] = vector.exchanges;
    const found = logOf(jkBle, (request) => {
      assert.equal(request.toString('hex'), exchange?.tx);
      return exchange?.rx.map((hex) => Buffer.from(hex, 'hex')) ?? [];
    });
    assert.deepEqual(
      found.map(({ uptime }) => uptime),
      vector.logbook.entries.map(({ time }) => time),
    );
    assert.deepEqual(
      found.map(({ entry, code, level }) => [entry, code, level]),
      [
        [1, 'start', 'none'],
        [2, 'preset', 'none'],
        [3, 'charge_undertemperature', 'protection'],
        [4, 'charge_undertemperature_recovery', 'none'],
      ],
    );
  });

  it('a ring that is full begins where the time is least, wherever that is', () => {
    for (const begin of [0, 1, 17, 49]) {
      const slots = Array.from({ length: 50 }, (_, i): [number, number] => [1000 + ((i - begin + 50) % 50), 0x01]);
      const found = entriesOf(123, slots);
      assert.deepEqual(
        found.map(({ uptime }) => uptime),
        Array.from({ length: 50 }, (_, i) => 1000 + i),
      );
      assert.deepEqual([found[0]?.entry, found.at(-1)?.entry], [74, 123]);
    }
    assert.deepEqual(entriesOf(0, []), []);
  });

  it('a code says whom, which cell, or that nobody knows it', () => {
    const said = (code: number): unknown[] =>
      entriesOf(1, [[5, code]]).map((each) => `${each.code} ${each.level}: ${String(each.message)}`);
    assert.deepEqual([0x05, 0x33, 0x64, 0x83, 0xe7, 0x2d, 0xff].flatMap(said), [
      'discharge_off none: Discharging was switched off by the app.',
      'discharge_on none: Discharging was switched on by CAN.',
      'cell_overvoltage protection: Cell 1: A cell voltage is too high.',
      'cell_overvoltage protection: Cell 32: A cell voltage is too high.',
      'cell_undervoltage protection: Cell 32: A cell voltage is too low.',
      'power_off none: The board was switched off by the button.',
      'unknown_log_255 none: The device reports log code 255, whose meaning is not known.',
    ]);
  });

  it('is kept by simulated boards, with what is switched', () => {
    const emulated = (protocol: Protocol, write: Buffer) => {
      const board: EmulatedBoard = notingBoard();
      const answer = (request: Buffer): Buffer[] => [
        protocol.emulate(request)?.answer({ runtime: 900 }, board) ?? Buffer.alloc(0),
      ];
      answer(write);
      return logOf(protocol, answer).map(({ code, uptime }) => `${uptime} ${code}`);
    };
    const expected = ['0 start', '238 preset', '900 charge_off'];
    assert.deepEqual(emulated(jkBle, Buffer.from('aa5590eb1d04000000000000000000000000009b', 'hex')), expected);
    assert.deepEqual(emulated(jkModbus, modbus('01 10 1070 0002 04 00000000')), expected);
  });

  it('over RS485 it is a frame of this board, and is not asked for beside a master; balancers have none', () => {
    const request = triggerOf(1, '1624');
    const found = logOf(jkModbus, (asked) => {
      assert.deepEqual(asked, request);
      return [frameOf(2), frameOf(5, {}, 2), frameOf(5)];
    });
    assert.deepEqual(found, []);
    assert.throws(() => logOf(jkModbus, () => [modbus('01 90 02')]), { code: 'unsupported' });
    assert.throws(() => logOf(jkModbus, () => [], { ...MEMORY, hasMaster: true }), /master polls/);
    const applies = (protocol: Protocol, memory: object) => protocol.log?.applies?.({ address: 1, memory });
    assert.deepEqual([applies(jkModbus, {}), applies(jkModbus, MEMORY)], [false, true]);
    assert.deepEqual([applies(jkBle, { variant: 'jk04' }), applies(jkBle, { variant: 'jk02-32s' })], [false, true]);
  });
});
