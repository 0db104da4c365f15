import assert from 'node:assert/strict';
import { settingInfo, type SettingKey, type SettingValues } from '../../src/battery/settings/vocabulary';
import { dalyModbus } from '../../src/codec/daly-modbus';
import type { DalyModbusMemory } from '../../src/codec/daly-modbus/memory';
import type { Parameter, SettingsImage } from '../../src/codec/parameter';
import { compareBoards } from '../../src/codec/settings/compare';
import { notingBoard } from '../support/action-script';
import { failsWith } from '../support/ant';
import { closed, registerBoard } from '../support/daly-modbus';
import { SettingsLine, type Answer } from '../support/settings/settings-line';
import { settingsVectors, type SettingsVector } from '../support/settings/vectors';
import { hex, sheetTable } from '../support/sheet';
import { readAll } from '../support/protocol-properties';

type Variant = 'd2' | 'p81';

const ADDRESSES = { d2: 0, p81: 1 } as const;

function lineTo(variant: Variant, answer: Answer): SettingsLine<DalyModbusMemory> {
  return new SettingsLine(dalyModbus, { address: ADDRESSES[variant], memory: { variant } }, answer);
}

const PACK = {
  cellVoltages: Array<number>(8).fill(3.3),
  designCapacity: 120,
  chargeSwitch: true,
  dischargeSwitch: true,
};

/** The line to a simulated board, and what is asked of it. */
function bench(variant: Variant, pack: object = PACK) {
  const board = notingBoard();
  const answer: Answer = (request) => [dalyModbus.emulate(request)?.answer(pack, board) ?? []].flat();
  return { board, line: lineTo(variant, answer) };
}

function vectorNamed(file: string): SettingsVector {
  const found = settingsVectors()
    .get('daly-modbus')
    ?.find((each) => each.file === `${file}.json`);
  return found ?? assert.fail(file);
}

/** The captured D2 board, with some requests answered otherwise. */
function captured(otherwise: Readonly<Record<string, string>> = {}): SettingsLine<DalyModbusMemory> {
  const board = registerBoard(vectorNamed('read-d2-4s').exchanges);
  return lineTo('d2', (request) => {
    const own = otherwise[request.toString('hex')];
    if (own !== undefined) return own === '' ? [] : [hex(own)];
    const said = board({ name: '', request, isWrite: false, match: () => 'complete' }, 1);
    return said instanceof Error ? [] : said;
  });
}

function parametersOf({ access, target }: SettingsLine<DalyModbusMemory>): Map<string, Parameter> {
  return new Map(access.parameters(target, new Map()).map((each) => [each.key, each]));
}

/** The tables of the sheet, and the columns of value and range; a map without ranges writes nothing. */
const TABLES = [
  ['d2', '1', 41, 3, 4],
  ['p81', '4', 78, 4, undefined],
] as const;

describe('daly-modbus settings (settings-daly-modbus.md)', () => {
  for (const [variant, section, count, valueAt, rangeAt] of TABLES) {
    it(`${variant}: the ${count} of the sheet, with its scales and classes`, () => {
      const { line } = bench(variant);
      const parameters = parametersOf(line);
      const rows = sheetTable('settings-daly-modbus', section);
      assert.deepEqual([rows.length, parameters.size], [count, count]);
      for (const cells of rows) {
        const [register = '', key = ''] = cells;
        const [value = '', range = '', kind = ''] = [cells[valueAt], cells[rangeAt ?? Infinity], cells[5]];
        const parameter = parameters.get(key) ?? assert.fail(key);
        assert.deepEqual([parameter.register, settingInfo(key as SettingKey).class], [register, kind], key);
        const [, scale, offset = 0] = /^x (\S+)(?: - (\d+))?$/.exec(value) ?? [];
        const data = hex(cells.includes('u32') ? '000004d2' : '04d2');
        const block = line.access.blocks(line.target).find(({ id }) => id === parameter.block) ?? assert.fail(key);
        const padding = Buffer.alloc(2 * (parseInt(parameter.register, 16) - parseInt(block.id, 16)));
        const held = parameter.decode(new Map([[block.id, Buffer.concat([padding, data])]]));
        const expected = value.startsWith('abs')
          ? 2876.6
          : scale === undefined
            ? undefined
            : Number((1234 * Number(scale)).toPrecision(9)) - Number(offset);
        assert.equal(held, expected, key);
        const isState = variant === 'p81' || kind === 'V';
        assert.equal(parameter.access, isState ? 'read' : 'experimental', key);
        const [, least, most] = /^(-?\d+)\.\.([\d.]+)$/.exec(range) ?? [];
        const isLimited = least !== undefined && !isState && key !== 'designCapacity';
        if (isLimited) assert.deepEqual(parameter.range, [Number(least), Number(most)], key);
      }
    });
  }

  it('no read reaches the password, and no two reads of a map are of the same length', () => {
    for (const [variant, secret] of [
      ['d2', [0xc9, 0xcb]],
      ['p81', [0x126, 0x128]],
    ] as const) {
      const { line } = bench(variant);
      line.read();
      const asked = line.sent.map(hex).map((bytes) => [bytes.readUInt16BE(2), bytes.readUInt16BE(4)] as const);
      assert.ok(asked.length > 1 && asked.every(([first, count]) => first > secret[1] || first + count <= secret[0]));
      assert.equal(new Set(asked.map(([, count]) => count)).size, asked.length);
    }
  });

  it('ffff is not there, or never; boards without a map in sight have no settings', () => {
    const { line } = bench('d2');
    const image: SettingsImage = new Map([['80', Buffer.alloc(80, 0xff)]]);
    assert.deepEqual(line.values(image), { sleepDelay: null });
    const unknown = { address: 0, memory: {} };
    assert.deepEqual([line.access.blocks(unknown), line.access.parameters(unknown, image)], [[], []]);
  });

  it('what is doubtful is shown, and not compared', () => {
    const here = bench('p81');
    const there = bench('p81');
    there.line.read();
    const data = there.board.settings.get('151') ?? assert.fail();
    data.writeUInt16BE(41, 2 * (0x157 - 0x151));
    data.writeUInt16BE(42, 2 * (0x15f - 0x151));
    const permission = { level: 'structure', allowExperimental: true } as const;
    const { differences } = compareBoards(here.line.board(), there.line.board(), permission);
    assert.deepEqual(
      differences.map(({ key, wanted, writable }) => [key, wanted, writable]),
      [['temperatureDifferenceProtection', 42, false]],
    );
    assert.equal(there.line.values().dischargeUndertemperatureProtection, 1);
  });
});

describe('daly-modbus: writing settings (settings-daly-modbus.md 2, 3)', () => {
  it('keeps the side of 30000 on which a limit was read', () => {
    const { line } = bench('d2');
    const { chargeOvercurrentProtection: limit = assert.fail() } = Object.fromEntries(parametersOf(line));
    const written = (raw: string): string | undefined => {
      const image = new Map([['80', Buffer.concat([Buffer.alloc(40), hex(raw)])]]);
      return limit.encode(12, image).toString('hex').slice(-4);
    };
    assert.deepEqual(['74cc', '768e', '7530', 'ffff'].map(written), ['74b8', '75a8', '74b8', '74b8']);
  });

  it('structure is written where that is allowed, switches and the SOC never, p81 nothing', () => {
    const { line, board } = bench('d2');
    assert.deepEqual(line.apply({ designCapacity: 100.04, sleepDelay: null }).sort(), ['designCapacity', 'sleepDelay']);
    assert.deepEqual(line.sent.slice(-2).sort(), [closed('d206008003e8'), closed('d206008affff')].map(hexOf));
    assert.equal(readAll({ ...dalyModbus, emulate: onBoard(board) }, PACK, 0).designCapacity, 100);
    for (const values of [{ chargeSwitch: false }, { dischargeSwitch: false }, { dalySocSetting: 50 }]) {
      assert.deepEqual(refusals(line, values), ['unsupported'], JSON.stringify(values));
    }
    const p81 = bench('p81').line;
    for (const key of parametersOf(p81).keys()) assert.deepEqual(refusals(p81, { [key]: 7 }), ['unsupported'], key);
  });

  it('the rules are those of the sheet; what the wire cannot hold is refused unsent', () => {
    const { line } = bench('d2');
    assert.deepEqual(
      line.access.rules(line.target, new Map()).map(({ upper, lower }) => `${upper} ${lower}`),
      ['cellOvervoltageProtection balanceStartVoltage', 'cellOvervoltageProtection cellUndervoltageProtection'],
    );
    for (const values of [
      { cellOvervoltageProtection: 5.001 },
      { chargeOvertemperatureProtection: 101 },
      { chargeOvercurrentProtection: 3000.1 },
      { packOvervoltageProtection: 6553.5 },
      { cellOvervoltageProtection: 3.3 },
    ]) {
      const { writes, refused } = line.plan(values);
      assert.deepEqual([writes.length, refused.length], [0, 1], JSON.stringify(values));
    }
  });

  it('a register that the firmware lacks is not shown, and nothing is sent to it', () => {
    const [{ tx } = assert.fail()] = vectorNamed('write-d2-unknown-register-silent').exchanges;
    const line = captured({ [hexOf(closed('d20300a50004'))]: '' });
    assert.equal(line.values().mosOvertemperatureProtection, undefined);
    assert.deepEqual(refusals(line, { mosOvertemperatureProtection: 55 }), ['unsupported']);
    assert.ok(!line.sent.includes(tx));
    assert.equal(Object.keys(line.values()).length, 37);
  });

  it('the echo is the acknowledgement; damaged or missing it is none, and a refusal has its reason', () => {
    const request = hexOf(closed('d206008c0e42'));
    for (const [answer, code] of [
      [request, undefined],
      [`${request.slice(0, -4)}0000`, 'checksum'],
      [hexOf(closed('d206008c0e41')), 'timeout'],
      ['', 'timeout'],
      [hexOf(closed('d28602')), 'unsupported'],
      [hexOf(closed('d28603')), 'bad_value'],
    ] as const) {
      const line = captured({ [request]: answer });
      const write = (): unknown => line.apply({ cellOvervoltageProtection: 3.65 });
      if (code === undefined) write();
      else failsWith(code, write);
      assert.equal(line.sent.filter((sent) => sent === request).length, 1, answer);
    }
  });
});

describe('daly-modbus emulator: settings', () => {
  it('shows every setting, for its pack, and keeps the rules', () => {
    for (const [variant, , count] of TABLES) {
      const { line } = bench(variant);
      const values = line.values();
      const { designCapacity, dalyBoard1Cells, packOvervoltageProtection, chargeSwitch } = values;
      assert.deepEqual(
        [Object.keys(values).length, designCapacity, dalyBoard1Cells, packOvervoltageProtection, chargeSwitch],
        [count, 120, 8, 30, true],
      );
      const image = line.read();
      for (const { key, block, encode } of parametersOf(line).values())
        assert.deepEqual(encode(values[key] ?? null, image), image.get(block), key);
      for (const { upper, lower } of line.access.rules(line.target, image))
        assert.ok(Number(values[upper]) > Number(values[lower]), upper);
    }
  });

  it('takes writes of settings on D2 alone, and shows the SOC that was set last', () => {
    const { line, board } = bench('d2');
    line.apply({ cellOvervoltageProtection: 3.65, balanceStartVoltage: 3.45 });
    const { cellOvervoltageProtection, balanceStartVoltage } = line.values();
    assert.deepEqual([cellOvervoltageProtection, balanceStartVoltage], [3.65, 3.45]);
    dalyModbus.emulate(closed('d20600a701f4'))?.answer(PACK, board);
    dalyModbus.emulate(closed('d20600a50000'))?.answer(PACK, board);
    assert.deepEqual(board.asked, [
      { action: 'soc', value: 50 },
      { action: 'charge', value: false },
    ]);
    const { dalySocSetting, chargeSwitch } = line.values();
    assert.deepEqual([dalySocSetting, chargeSwitch], [50, true], 'a switch shows what the pack says');
    for (const request of ['81060131 0e42', 'd20600a9 0000', 'd20600c9 3132', 'd20600a5 0002'])
      assert.equal(dalyModbus.emulate(closed(request)), undefined, request);
    assert.equal(dalyModbus.emulate(closed('d206008c0e42'))?.answer(PACK).length, 0, 'a board that only reads');
  });
});

function hexOf(bytes: Buffer): string {
  return bytes.toString('hex');
}

function refusals(line: SettingsLine<DalyModbusMemory>, values: SettingValues): string[] {
  const { writes, refused } = line.plan(values);
  assert.deepEqual(writes, []);
  return refused.map(({ code }) => code);
}

/** The emulator of a board that was used before. */
function onBoard(board: ReturnType<typeof notingBoard>): typeof dalyModbus.emulate {
  return (request) => {
    const emulated = dalyModbus.emulate(request);
    return emulated && { ...emulated, answer: (pack) => emulated.answer(pack, board) };
  };
}
