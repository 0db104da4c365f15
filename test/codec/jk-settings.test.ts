import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import { settingInfo, type SettingKey, type SettingValue } from '../../src/battery/settings/vocabulary';
import { jk } from '../../src/codec/jk';
import { jkBle } from '../../src/codec/jk-ble';
import { jkModbus } from '../../src/codec/jk-modbus';
import type { Parameter } from '../../src/codec/parameter';
import type { EmulatedBoard, Protocol } from '../../src/codec/protocol';
import { notingBoard } from '../support/action-script';
import { SettingsLine } from '../support/settings/settings-line';
import { sheetTable } from '../support/sheet';

const CELLS = { cellVoltages: Array.from({ length: 16 }, () => 3.3), designCapacity: 100 };

/** The line to a simulated board. */
function lineTo(protocol: Protocol, memory: object, pack: Reading, board: EmulatedBoard): SettingsLine<object> {
  const address = protocol.address?.initial ?? 0;
  return new SettingsLine(protocol, { address, memory }, (request) => [
    protocol.emulate(request)?.answer(pack, board) ?? Buffer.alloc(0),
  ]);
}

/** Steps of boards, in the units of the keys. */
const STEPS = [1e-6, 1e-3, 0.01, 0.1, 1, 360, 3600];

/** Values beside the present one, of which a board can hold the one or the other. */
function nextTo({ key, range }: Parameter, present: SettingValue): SettingValue[] {
  if (typeof present === 'boolean') return [!present];
  assert.equal(typeof present, 'number', key);
  const values = STEPS.flatMap((step) => [Number(present) + step, Number(present) - step]);
  return values.filter((value) => value <= (range?.[1] ?? Infinity));
}

const SUBJECTS = [
  ['jk', jk, {}, CELLS],
  ['jk-ble, 32S', jkBle, { variant: 'jk02-32s' }, { ...CELLS, model: 'JK_PB2A16S20P', softwareVersion: '19.41' }],
  ['jk-ble, 24S', jkBle, { variant: 'jk02-24s' }, { ...CELLS, softwareVersion: '10.07' }],
  ['jk-ble, JK04', jkBle, { variant: 'jk04' }, { ...CELLS, model: 'JK-B2A16S' }],
  ['jk-modbus, registers', jkModbus, {}, { ...CELLS, model: 'JK_PB2A16S20P' }],
  ['jk-modbus, frames', jkModbus, { answersFrames: true }, CELLS],
] as const;

describe('settings of simulated JK boards', () => {
  for (const [name, protocol, memory, pack] of SUBJECTS) {
    it(`each one that is written reads back, all others as they were, and what is switched shows too (${name})`, () => {
      const board = notingBoard({ charge: false });
      const line = lineTo(protocol, memory, pack, board);
      const first = line.read();
      const parameters = line.access.parameters(line.target, first).filter(({ access }) => access !== 'read');
      assert.ok(parameters.length > 3);
      for (const parameter of parameters) {
        const before = line.values();
        const { key } = parameter;
        let plan = line.plan({});
        for (const value of nextTo(parameter, before[key] ?? null)) {
          if (plan.writes.length === 0) plan = line.plan({ [key]: value });
        }
        assert.ok(plan.writes.length > 0, `${key}: nothing can be written`);
        plan.writes.forEach((write) => line.write(write));
        const [change] = plan.plan;
        // What the user has switched is the board's own, which only notes what it is asked.
        if (key === 'heatingEnabled') assert.deepEqual(board.asked.pop(), { action: 'heating', value: false });
        else assert.deepEqual(line.values(), { ...before, [key]: change?.to }, key);
      }
      const { chargeSwitch = false, balancerSwitch } = line.values();
      assert.deepEqual([chargeSwitch, balancerSwitch], [false, true]);
      // The word of switches goes out whole, that of the heater as it was.
      assert.ok(board.asked.every(({ action, value }) => action === 'heating' && value === true));
    });
  }
});

describe('jk: settings (settings-jk.md)', () => {
  const pack = { ...CELLS, model: 'JK-B2A24S' };
  const line = lineTo(jk, {}, pack, notingBoard());
  const parameters = new Map(line.access.parameters(line.target, line.read()).map((each) => [each.key, each]));

  it('are the ids of the sheet, with its ranges, scales and classes; thresholds are an experiment', () => {
    const rows = sheetTable('settings-jk', '1');
    assert.deepEqual([...parameters.keys()].sort(), rows.map(([, , key]) => key).sort());
    const never = ['A9', 'AB', 'AC', '9D', 'AD', 'AE', 'AF', 'B4', 'BA', 'BE', 'BF'];
    for (const [id = '', , key = '', unit, scale = '', range = '', kind] of rows) {
      const parameter = parameters.get(key as SettingKey);
      assert.equal(settingInfo(key as SettingKey).class, kind, key);
      assert.equal(parameter?.access, never.includes(id) ? 'read' : 'experimental', key);
      if (never.includes(id)) continue;
      assert.equal(parameter?.register, id.toLowerCase());
      const [, least, most] = /^(-?[\d.]+?)\.\.(-?[\d.]+)/.exec(range) ?? [];
      // Boards are delivered with 300 s, which the sheet says too.
      const wanted = least === undefined ? undefined : [Number(least), /300 seen/.test(range) ? 300 : Number(most)];
      assert.deepEqual(parameter.range, wanted, key);
      const step = Number(scale.replace('x ', ''));
      if (unit === 'bool' || wanted === undefined) continue;
      const [low = 0] = wanted;
      const image = new Map([['06', parameter.encode(low + step, line.read())]]);
      assert.equal(parameter.decode(image), Number((low + step).toPrecision(9)), key);
    }
  });

  it('the password lies in what boards send, and in no block', () => {
    assert.match(jk.emulate(readAllRequest())?.answer(pack, notingBoard()).toString('latin1') ?? '', /123456/);
    assert.doesNotMatch(line.readBlock('06').toString('latin1'), /123456/);
  });

  it('a write goes out behind the password; a board that leaves it unanswered is written to all the same', () => {
    const [write] = line.plan({ cellOvervoltageProtection: 3.6 }).writes;
    assert.ok(write);
    for (const isSilent of [false, true]) {
      const board = notingBoard();
      const other = new SettingsLine(jk, { address: 0, memory: {} }, (request) =>
        isSilent && request[8] === 5 ? [] : [jk.emulate(request)?.answer(pack, board) ?? Buffer.alloc(0)],
      );
      other.write(write);
      assert.deepEqual(
        other.sent.map((tx) => tx.slice(16, 24)),
        ['05020000', '02020090'],
      );
      assert.equal(other.values().cellOvervoltageProtection, 3.6);
    }
  });

  it('what a board does not send it does not have', () => {
    const bare = new SettingsLine(jk, { address: 0, memory: {} }, (request) => [
      jk.emulate(request)?.answer(pack) ?? Buffer.alloc(0),
    ]);
    assert.deepEqual(Object.keys(bare.values()), ['designCapacity']);
  });
});

function readAllRequest(): Buffer {
  return Buffer.from('4e5700130000000006030000000000006800000129', 'hex');
}
