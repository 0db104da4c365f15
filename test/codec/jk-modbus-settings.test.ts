import assert from 'node:assert/strict';
import { settingInfo, type SettingKey } from '../../src/battery/settings/vocabulary';
import { jkModbus } from '../../src/codec/jk-modbus';
import type { JkModbusMemory } from '../../src/codec/jk-modbus/tables';
import { codeOf } from '../support/jk-script';
import { triggerOf } from '../support/jk-modbus';
import { JkModbusBoard, type JkModbusFaults } from '../support/settings/jk-modbus-board';
import { settingsIn, SWITCH_BITS } from '../support/settings/jk-sheet';
import { SettingsLine } from '../support/settings/settings-line';

/** The line to a board, which answers with registers unless told otherwise. */
function lineTo(board: JkModbusBoard, memory: JkModbusMemory = {}, address = 1): SettingsLine<JkModbusMemory> {
  return new SettingsLine(jkModbus, { address, memory }, (request) => board.answer(request));
}

/** A board with faults, and the line to it. */
function benchWith(faults: JkModbusFaults = {}, model?: string, software?: string) {
  const board = new JkModbusBoard(faults, 1, { model, software });
  return { board, line: lineTo(board) };
}

const ROWS = settingsIn('settings-jk-modbus', [1, 2, 5, 6, 7]);

describe('jk-modbus: settings (settings-jk-modbus.md)', () => {
  it('are the same as frames and as registers, all 89 of them, secrets not among them', () => {
    const board = new JkModbusBoard();
    const asRegisters = lineTo(board).read();
    const asFrames = lineTo(board, { answersFrames: true }).read();
    assert.deepEqual(asFrames, asRegisters);
    const values = lineTo(board).values();
    assert.equal(Object.keys(values).length, 89);
    const { requestedChargeTime, requestedFloatTime, smartSleepDelay, heatingStopTemperature } = values;
    assert.deepEqual(
      [requestedChargeTime, requestedFloatTime, smartSleepDelay, heatingStopTemperature],
      [3600, 2880, 86_400, 10],
    );
    const seen = Buffer.concat([...asRegisters.values()]).toString('latin1');
    assert.doesNotMatch(seen, /1234|secret99/);
  });

  it('are read within two seconds at the rate of the bus (jk-modbus.md 2, 7)', () => {
    const [slowestMs, gapMs, bytesPerMs] = [50, 120, 11.52];
    for (const memory of [{}, { answersFrames: true }]) {
      const board = new JkModbusBoard();
      let bytes = 0;
      const line = new SettingsLine(jkModbus, { address: 1, memory }, (request) => {
        const answers = board.answer(request);
        bytes += [request, ...answers].reduce((sum, { length }) => sum + length, 0);
        return answers;
      });
      line.read();
      const tookMs = line.sent.length * (slowestMs + gapMs) + bytes / bytesPerMs;
      assert.ok(tookMs < 2000, `${tookMs} ms`);
    }
  });

  it('stand where the sheet has them, with its ranges and scales', () => {
    const { board, line } = benchWith({}, 'JK_PB2A16S15P');
    const parameters = new Map(line.access.parameters(line.target, line.read()).map((each) => [each.key, each]));
    for (const { key, registers, at, scale, range, class: kind } of ROWS) {
      const parameter = parameters.get(key as SettingKey);
      assert.equal(settingInfo(key as SettingKey).class, kind, key);
      assert.equal(parameter?.register, registers[0], key);
      board.memory.writeInt32BE(kind === 'V' ? 1 : 3, 0x1000 + at - 6);
      const [read] = [line.values()[key as SettingKey]];
      assert.equal(read, kind === 'V' ? true : Number((3 * scale).toPrecision(9)), key);
      if (parameter?.access !== 'write') assert.ok(['V', 'L'].includes(kind), key);
      else
        assert.deepEqual(
          [...(parameter.range ?? [])].slice(0, Number.isFinite(range[1]) ? 2 : 1),
          range.filter(Number.isFinite),
          key,
        );
    }
    const ceilings = ['chargeOvercurrentProtection', 'dischargeOvercurrentProtection', 'balanceCurrent'] as const;
    assert.deepEqual(
      ceilings.map((key) => parameters.get(key)?.range?.[1]),
      [150, 150, 2],
    );
  });

  it('the bits of the word of switches are those of the sheet; what is structure or link is never written', () => {
    const { board, line } = benchWith();
    SWITCH_BITS.forEach(({ key, class: kind }, bit) => {
      board.memory.writeUInt16BE(1 << bit, 0x1114);
      const values = line.values();
      assert.deepEqual(
        SWITCH_BITS.filter((each) => values[each.key as SettingKey] === true).map((each) => each.key),
        [key],
      );
      const isWritten = !['T', 'L'].includes(kind);
      const { writes } = line.plan({ [key]: false });
      assert.deepEqual(
        writes.map(({ register }) => register),
        isWritten ? ['1114'] : [],
        key,
      );
      writes.forEach((write) => line.write(write));
      assert.equal(board.memory.readUInt16BE(0x1114), isWritten ? 0 : 1 << bit);
    });
  });
});

describe('jk-modbus: writing settings (settings-jk-modbus.md 3, 4)', () => {
  it('a board refuses what is above its own limit, and what is out of order', () => {
    // The name does not tell the limit of the board, which is the stand-in's: 200 A.
    const { board, line } = benchWith({}, 'JK-other');
    const image = line.read();
    const refusal = (values: object): unknown => {
      const [write] = line.plan(values, image).writes;
      assert.ok(write);
      try {
        return line.write(write);
      } catch (thrown) {
        return String(thrown);
      }
    };
    assert.match(String(refusal({ dischargeOvercurrentProtection: 200.001 })), /its own limit is lower/);
    assert.equal(refusal({ dischargeOvercurrentProtection: 199.999 }), undefined);
    board.put(0x1010, '00000e06'); // another host has changed the release meanwhile: 3.59 V
    assert.match(String(refusal({ socVoltage100: 3.585 })), /socVoltage100 \(1018\)/);
    board.faults.isReadOnly = true;
    assert.match(String(refusal({ chargeOvercurrentDelay: 5 })), /only UART1 takes them/);
  });

  it('what the model or the wire cannot hold is refused unsent', () => {
    const { board, line } = benchWith();
    for (const values of [
      { dischargeOvercurrentProtection: 200.001 },
      { balanceCurrent: 2.001 },
      { requestedChargeTime: 0 },
      { smartSleepDelay: 0 },
      { cellOvervoltageProtection: null },
      { boardAddress: 3 },
      { cellConnectionResistance1: 0.001 },
      { chargeSwitch: false },
    ]) {
      const { refused, writes } = line.plan(values);
      assert.deepEqual([refused.length, writes], [1, []], JSON.stringify(values));
    }
    assert.deepEqual(board.written, []);
  });

  it('two settings of one register go out together, and the byte between them as it was', () => {
    const { board, line } = benchWith();
    board.put(0x1118, '1855');
    line.apply({ requestedChargeTime: 7200, requestedFloatTime: 720, smartSleepDelay: 3600 });
    assert.deepEqual(board.written.sort(), ['1118 0155', '1504 1402']);
    assert.throws(() => line.apply({ heatingStopTemperature: -1 }), /heatingStopTemperature.*must be above/);
    line.apply({ heatingStartTemperature: 20, heatingStopTemperature: 30 });
    assert.equal(board.written.at(-1), '1116 141e');
  });

  it('where the first temperature is the higher one, both are others than those of the heater', () => {
    const { board, line } = benchWith();
    board.put(0x1116, '3c32');
    assert.equal(line.values().heatingStartTemperature, undefined);
    assert.deepEqual(
      line.plan({ heatingStopTemperature: 70 }).refused.map(({ code }) => code),
      ['unsupported'],
    );
  });

  it('rules of firmware 14 and 15 bind only there, those of requests only where they are made', () => {
    const [on15, on11] = [benchWith(), benchWith({}, undefined, '11.288H')];
    const rulesOf = ({ line }: typeof on15) =>
      line.access.rules(line.target, line.read()).map(({ upper, lower }) => `${upper} ${lower}`);
    assert.ok(rulesOf(on15).includes('cellUndervoltageRecovery socVoltage0'));
    assert.ok(!rulesOf(on11).some((rule) => rule.includes('socVoltage0')));
    assert.ok(rulesOf(on11).includes('requestedChargeCellVoltage socVoltage100'));
    on11.board.put(0x1020, '00000000');
    assert.ok(!rulesOf(on11).some((rule) => rule.includes('requested')));
  });

  it('a master on the bus, and a board with address 0, is neither read nor written', () => {
    const { board, line } = benchWith();
    const [write] = line.plan({ balanceDelta: 0.02 }).writes;
    assert.ok(write);
    for (const [memory, address] of [
      [{ hasMaster: true }, 1],
      [{}, 0],
    ] as const) {
      const beside = lineTo(board, memory, address);
      assert.deepEqual(
        [codeOf(() => beside.read()), codeOf(() => beside.write(write))],
        ['unsupported', 'unsupported'],
      );
      assert.deepEqual(beside.sent, []);
    }
    const heard = new SettingsLine(jkModbus, { address: 1, memory: { answersFrames: true } }, (request) => [
      triggerOf(3),
      ...board.answer(request),
    ]);
    assert.throws(() => heard.read(), /master polls the bus/);
  });
});
