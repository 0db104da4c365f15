import assert from 'node:assert/strict';
import { settingInfo, type SettingValues } from '../../src/battery/settings/vocabulary';
import { daly } from '../../src/codec/daly';
import type { Parameter } from '../../src/codec/parameter';
import { sinowealth } from '../../src/codec/sinowealth';
import { notingBoard } from '../support/action-script';
import { failsWith } from '../support/ant';
import { runScript, type Respond, type Run } from '../support/script';
import { accessOf } from '../support/settings/settings-line';
import { readSettings, valuesOf, writeValues, type ReadSettings } from '../support/settings/vectors';
import { hex, sheetTable } from '../support/sheet';

const access = accessOf(daly);
const ORDER = { target: { address: 1, memory: {} }, password: '' };
const PARAMETERS = access.parameters(ORDER.target, new Map());

const PACK = { cellVoltages: Array<number>(16).fill(3.3), designCapacity: 120, manufactureDate: '2024-05-06' };
const emulated =
  (board = notingBoard()): Respond =>
  ({ request }) => {
    const answer = daly.emulate(request)?.answer(PACK, board);
    return answer === undefined ? [] : [answer];
  };
const readAll = (respond: Respond): ReadSettings => readSettings(daly, access, ORDER, respond);
const BOARD = readAll(emulated());
const IMAGE = BOARD.image;
const write = (values: SettingValues, respond: Respond): Run<void> => writeValues(daly, BOARD, ORDER, values, respond);

function parameterOf(key: string): Parameter {
  return PARAMETERS.find((each) => each.key === key) ?? assert.fail(key);
}

/** What eight bytes of an id say of a setting. */
const said = (key: string, data: string): unknown => {
  const parameter = parameterOf(key);
  return parameter.decode(new Map([[parameter.block, hex(data)]]));
};

describe('daly settings (settings-daly.md)', () => {
  it('are the 44 of the sheet; structure, sensors and shunt are read only, the rest is experimental', () => {
    const rows = sheetTable('settings-daly', '1');
    assert.deepEqual(
      PARAMETERS.map(({ key, block }) => [block, key, settingInfo(key).class]),
      rows.map(([id, , key, , , , kind]) => [id, key, kind]),
    );
    for (const [id = '', at, key = '', wire = '', , value = ''] of rows) {
      const [, scale, offset = 0] = /^x (\S+)(?: - (\d+))?$/.exec(value) ?? [];
      if (scale !== undefined && wire !== 'enum') {
        const raw = { u8: '37', u16: '04d2', u32: '000004d2' }[wire] ?? assert.fail(wire);
        const data = `${'00'.repeat(Number(at))}${raw}`.padEnd(16, '0');
        assert.equal(said(key, data), Number((parseInt(raw, 16) * Number(scale)).toPrecision(9)) - Number(offset), key);
      }
      const isRead = ['50', '51', '53', '60'].includes(id) || key.startsWith('temperatureDifference');
      assert.equal(parameterOf(key).access, isRead ? 'read' : 'experimental', key);
    }
  });

  it('limits of the current are on either side of 30000, and stay on theirs', () => {
    const data = '72d8753075307918';
    assert.deepEqual(
      ['chargeOvercurrentWarning', 'chargeOvercurrentProtection', 'dischargeOvercurrentProtection'].map((key) =>
        said(key, data),
      ),
      [60, 0, 100],
    );
    const encoded = (key: string, value: number, image: string): string =>
      parameterOf(key)
        .encode(value, new Map([['5b', hex(image)]]))
        .toString('hex');
    assert.equal(encoded('chargeOvercurrentProtection', 60, data), '72d872d875307918');
    assert.equal(encoded('dischargeOvercurrentWarning', 60, data), '72d8753077887918');
    assert.equal(encoded('dischargeOvercurrentProtection', 60, '72d8753075307148'), '72d87530753072d8');
    failsWith('bad_value', () => encoded('dischargeOvercurrentProtection', 3000.1, data));
    failsWith('bad_value', () => encoded('chargeOvercurrentProtection', -1, data));
    for (const [key, value] of [
      ['cellOvervoltageProtection', 36.5],
      ['chargeOvertemperatureProtection', 101],
      ['socLowWarning', 100.1],
    ] as const) {
      failsWith('bad_value', () => parameterOf(key).encode(value, IMAGE));
    }
  });

  it('leaves out ids that are not answered, and takes no zeros for settings', () => {
    const some: Respond = (step, count) => (step.name.includes('(5c)') ? [] : emulated()(step, count));
    const board = readAll(some);
    assert.equal(board.image.has('5c'), false);
    assert.equal(valuesOf(board).chargeOvertemperatureProtection, undefined);
    const blocks = access.blocks(ORDER.target);
    assert.ok(blocks.every(({ optional }) => optional === true));
    assert.ok(!blocks.some(({ id }) => ['52', '54', '55', '56', '57', '58'].includes(id)));
    const zeros = 'a50159080000000000000000';
    let answers = 0;
    const zerosFor = (most: number): Respond => {
      answers = 0;
      return (step, count) =>
        step.name.includes('(59)') && ++answers <= most ? [hex(`${zeros}07`)] : emulated()(step, count);
    };
    const never = readAll(zerosFor(9));
    assert.deepEqual(
      [never.errors.map(({ code }) => code), answers, never.image.has('59')],
      [['unsupported'], 2, false],
    );
    assert.equal(valuesOf(readAll(zerosFor(1))).cellOvervoltageProtection, 3.75);
  });

  it('writes all eight bytes of an id with the one that is 40 lower, and takes any answer of it', () => {
    const board = notingBoard();
    assert.deepEqual(valuesOf(readAll(emulated(board))).cellOvervoltageProtection, 3.75);
    const { sent, error, steps } = write({ cellOvervoltageProtection: 3.65 }, emulated(board));
    assert.deepEqual([sent, error, steps[0]?.isWrite], [['a54019080e100e420af009c43b'], undefined, true]);
    assert.equal(valuesOf(readAll(emulated(board))).cellOvervoltageProtection, 3.65);
    const ends = [[], [hex('a5401908000000000000000006')], [hex('a5015908000000000000000007')]];
    for (const pieces of ends)
      assert.equal(write({ cellOvervoltageProtection: 3.65 }, () => pieces).error?.code, 'timeout');
    for (const id of ['10', '11', '13', '20']) {
      assert.equal(
        daly.emulate(hex(`a540${id}080000000000000000${(0xed + parseInt(id, 16)).toString(16).slice(-2)}`)),
        undefined,
      );
    }
  });

  it('the emulator shows every setting, for its pack, and keeps the rules', () => {
    const values = valuesOf(BOARD);
    const { designCapacity, dalyBoard1Cells, packOvervoltageProtection, sleepDelay } = values;
    assert.deepEqual(
      [Object.keys(values).length, designCapacity, dalyBoard1Cells, packOvervoltageProtection, sleepDelay],
      [44, 120, 16, 60, 3600],
    );
    assert.equal(IMAGE.get('53')?.subarray(2, 5).toString('hex'), '180506');
    for (const { upper, lower } of access.rules(ORDER.target, IMAGE)) {
      assert.ok(Number(values[upper]) > Number(values[lower]), `${upper} > ${lower}`);
    }
    for (const { key, block, encode } of PARAMETERS)
      assert.deepEqual(encode(values[key] ?? null, IMAGE), IMAGE.get(block));
  });
});

describe('sinowealth settings (settings-daly.md 6)', () => {
  it('are the full capacity, which nothing writes, and which a large board does not have', () => {
    const { blocks, parameters, read, write: writes } = accessOf(sinowealth);
    const target = { address: 0, memory: { cellCount: 10, packVoltage: 33 } };
    const order = { target, password: '' };
    const [block = assert.fail()] = blocks(target);
    const run = runScript(sinowealth, read(order, block), ({ request }) => [
      sinowealth.emulate(request)?.answer({ cellVoltages: [3.3, 3.3, 3.3], fullCapacity: 34.5 }) ?? Buffer.alloc(0),
    ]);
    const image = new Map([[block.id, run.result ?? assert.fail()]]);
    assert.deepEqual(
      parameters(target, image).map((each) => [each.key, each.access, each.decode(image)]),
      [['fullCapacity', 'read', 34.5]],
    );
    assert.equal(writes, undefined);
    assert.deepEqual(blocks({ address: 0, memory: { cellCount: 10, packVoltage: 3.3 } }), []);
  });
});
