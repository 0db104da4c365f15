import assert from 'node:assert/strict';
import { settingInfo, type SettingKey } from '../../src/battery/settings/vocabulary';
import { jkBle } from '../../src/codec/jk-ble';
import type { JkBleMemory } from '../../src/codec/jk-ble/variant';
import { documentOf } from '../../src/codec/settings/document';
import { codeOf } from '../support/jk-script';
import { JkBleBoard, type BoardVariant, type JkBleFaults } from '../support/settings/jk-ble-board';
import { settingsIn, SWITCH_BITS } from '../support/settings/jk-sheet';
import { SettingsLine } from '../support/settings/settings-line';
import { sheetTable } from '../support/sheet';
import { loadVector } from '../support/vectors';

const VARIANTS = { '24S': 'jk02-24s', '32S': 'jk02-32s' } as const;

function lineTo(board: JkBleBoard, variant: JkBleMemory['variant']): SettingsLine<JkBleMemory> {
  return new SettingsLine(jkBle, { address: 0, memory: { variant } }, (request) => board.answer(request));
}

/** A board with faults, and the line to it. */
function benchWith(
  variant: BoardVariant = '32S',
  faults: JkBleFaults = {},
  about: { model?: string; software?: string } = {},
) {
  const board = new JkBleBoard(variant, faults, about);
  return { board, line: lineTo(board, VARIANTS[variant]) };
}

/** Temperatures of a heater, as firmware 15.41 has them. */
const HEATER = [1, 284, '000a'] as const;

const ROWS = settingsIn('settings-jk-ble', [2, 3, 5, 6, 7]);

describe('jk-ble: settings (settings-jk-ble.md)', () => {
  it('are 95 on the newest boards, of which four are shown by no record', () => {
    const { board, line } = benchWith('32S', {}, { software: '19.34' });
    board.put(...HEATER);
    board.put(1, 296, 'ecf6');
    const values = line.values();
    assert.equal(line.access.parameters(line.target, line.read()).length, 95);
    assert.equal(Object.keys(values).length, 91);
    const { requestedChargeTime, smartSleepDelay, heatingStopTemperature, dischargeUndertemperatureRecovery } = values;
    assert.deepEqual([requestedChargeTime, smartSleepDelay], [3600, 86_400]);
    assert.deepEqual([heatingStopTemperature, dischargeUndertemperatureRecovery], [10, -10]);
  });

  for (const [column, variant] of (['32S', '24S'] as const).entries()) {
    it(`stand where the sheet has them, with its registers, ranges and scales (${variant})`, () => {
      const { board, line } = benchWith(variant, {}, { model: 'JK_PB2A16S15P' });
      const parameters = new Map(line.access.parameters(line.target, line.read()).map((each) => [each.key, each]));
      for (const { key, registers, at, scale, range, class: kind } of ROWS) {
        const parameter = parameters.get(key as SettingKey);
        const register = registers[column];
        const isThere = register !== '-' && !(variant === '24S' && key === 'smartSleepVoltage');
        assert.equal(parameter?.register, isThere ? register : undefined, key);
        board.put(1, at, kind === 'V' ? '01000000' : '03000000');
        if (parameter === undefined) continue;
        assert.equal(parameter.access, kind === 'V' ? 'read' : 'write', key);
        assert.equal(line.values()[parameter.key], kind === 'V' ? true : Number((3 * scale).toPrecision(9)), key);
        const [least, most = Infinity] = parameter.range ?? [];
        if (parameter.access === 'write') assert.equal(least, range[0], key);
        if (Number.isFinite(range[1]))
          assert.equal(most, variant === '24S' && key === 'cellCount' ? 24 : range[1], key);
      }
      assert.equal(parameters.get('dischargeOvercurrentProtection')?.range?.[1], 150);
    });
  }

  it('each bit of the word of switches has a register of its own; structure and link are never written', () => {
    const { board, line } = benchWith();
    SWITCH_BITS.forEach(({ key, class: kind }, bit) => {
      board.put(1, 282, Buffer.of((1 << bit) & 0xff, (1 << bit) >> 8).toString('hex'));
      const values = line.values();
      assert.deepEqual(
        SWITCH_BITS.filter((each) => values[each.key as SettingKey] === true).map((each) => each.key),
        [key],
      );
      const { writes } = line.plan({ [key]: false });
      const register = (0x27 + bit).toString(16);
      assert.deepEqual(
        writes.map((each) => each.register),
        ['T', 'L'].includes(kind) ? [] : [register],
        key,
      );
      writes.forEach((write) => line.write(write));
      assert.equal(board.records[1].readUInt16LE(282) === 0, writes.length > 0);
    });
  });

  it('of active balancers are those of its own table', () => {
    const rows = sheetTable('jk-ble', '9.2').filter(([, , , key]) => !key?.startsWith('voltageCalibration'));
    const line = lineTo(new JkBleBoard(), 'jk04');
    const parameters = line.access.parameters(line.target, new Map());
    assert.deepEqual(
      parameters.map(({ register }) => register.toUpperCase()),
      rows.map(([, register]) => register),
    );
    assert.ok(parameters.every(({ key }) => settingInfo(key).class !== 'C'));
  });

  it('both PINs lie in what is read, and are in no document', () => {
    const { line } = benchWith();
    const image = line.read();
    assert.match(image.get('03')?.toString('latin1') ?? '', /1234.*secret99/s);
    const { raw } = documentOf(line.board(image));
    const shown = Buffer.from(Object.values(raw).join(''), 'hex').toString('latin1');
    assert.doesNotMatch(shown, /1234|secret99/);
    assert.match(shown, /JK_PB2A16S20P/);
  });
});

describe('jk-ble: writing settings (settings-jk-ble.md 3, 5)', () => {
  it('nothing is asked of a board whose variant has not shown', () => {
    const { board, line } = benchWith();
    const [write] = line.plan({ balanceDelta: 0.02 }).writes;
    assert.ok(write);
    const unknown = lineTo(board, undefined);
    assert.deepEqual(
      [codeOf(() => unknown.read()), codeOf(() => unknown.write(write))],
      ['unsupported', 'unsupported'],
    );
    assert.deepEqual([unknown.sent, unknown.values(new Map())], [[], {}]);
  });

  it('the frames are those that apps send', () => {
    const { board, line } = benchWith();
    board.put(...HEATER);
    for (const [file, values] of [
      ['write-32s-v15.41-heating-temperatures', [{ heatingStartTemperature: 3 }, { heatingStopTemperature: 7 }]],
      ['write-32s-v14.20-precharge-time', [{ jkPrechargeTime: 4 }, { jkPrechargeTime: 5 }]],
    ] as const) {
      const captured = loadVector('jk-ble', file).exchanges.filter(({ tx }) => !tx.startsWith('aa5590eb96'));
      line.sent.length = 0;
      for (const each of values) line.plan(each).writes.forEach((write) => line.write(write));
      const sent = line.sent.filter((tx) => !/^aa5590eb9[67]/.test(tx));
      assert.deepEqual(
        sent,
        captured.map(({ tx }) => tx),
      );
    }
  });

  it('what is no acknowledgement is not taken for one, and a write without effect shows when it is read back', () => {
    const { board, line } = benchWith('32S', { losesAcknowledgements: 1, losesWrites: 1 });
    const image = line.read();
    const [write] = line.plan({ balanceDelta: 0.02 }, image).writes;
    assert.ok(write);
    const attempt = (): unknown[] => [codeOf(() => line.write(write)), line.values().balanceDelta];
    assert.deepEqual(attempt(), ['timeout', 0.003]); // lost on the way there
    assert.deepEqual(attempt(), ['timeout', 0.02]); // lost on the way back
    assert.deepEqual(attempt(), ['none', 0.02]);
    Object.assign(board.faults, { isLocked: true });
    board.put(1, 26, '03000000');
    assert.deepEqual(attempt(), ['none', 0.003]);
    assert.match(String(line.access.whyNotTaken), /settings password/);
    assert.equal(line.access.repeatsUnacknowledged, true);
    // the register of the other variant (issue 276 of the sheet)
    const other = lineTo(new JkBleBoard('32S'), 'jk02-24s');
    const before = other.values().balanceStartVoltage;
    assert.deepEqual(other.apply({ balanceStartVoltage: 3.3 }), ['balanceStartVoltage']);
    assert.equal(other.values().balanceStartVoltage, before);
  });

  it('the heater is written only where its temperatures are in order, and from firmware 15.41 on', () => {
    const accessOf = (software: string, bytes: string): unknown => {
      const { board, line } = benchWith('32S', {}, { software });
      board.put(1, 284, bytes);
      return line.access.parameters(line.target, line.read()).find(({ key }) => key === 'heatingStartTemperature')
        ?.access;
    };
    assert.deepEqual(
      [accessOf('15.41', '000a'), accessOf('19.05', '000a'), accessOf('15.38', '000a'), accessOf('15.41', '3c32')],
      ['write', 'write', 'read', undefined],
    );
  });

  it('a charge profile goes up from the top and down from the bottom, so that the board takes all of it', () => {
    const { line } = benchWith();
    const profile = { cellOvervoltageProtection: 3.55, socVoltage100: 3.43, cellOvervoltageRecovery: 3.42 };
    line.apply(profile);
    assert.deepEqual({ ...line.values(), ...profile }, line.values());
    assert.throws(() => line.apply({ cellOvervoltageRecovery: 3.44 }), /socVoltage100.*must not be below/);
  });
});
