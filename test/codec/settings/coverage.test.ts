import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Reading } from '../../../src/battery/reading';
import { CLASS_POLICIES } from '../../../src/battery/settings/classes';
import { settingInfo, type SettingKey } from '../../../src/battery/settings/vocabulary';
import { protocolById } from '../../../src/codec';
import type { Parameter, SettingsImage } from '../../../src/codec/parameter';
import { parametersByKey } from '../../../src/codec/settings/board-settings';
import { notingBoard } from '../../support/action-script';
import { readSettings } from '../../support/settings/vectors';
import { sheetTable } from '../../support/sheet';

/*
 * The tables of parameters against the tables of settings-vocabulary.md: which keys each protocol has (4), and of each its unit,
 * its type, its class, and where it stands (3).
 */

/** A setting as a row of section 3 has it. */
interface SheetSetting {
  readonly key: SettingKey;
  readonly unit: string;
  readonly type: string;
  readonly class: string;
  /** by protocol, or protocol and variant: `59[2]`, `3dl`, `1114.3`, `1800+6 ?`, `22/24S 26, JK04 58` */
  readonly places: ReadonlyMap<string, string>;
}

/** Protocols of the sheet, with the longer names first; where variants are told apart, by both. */
const COVERED = sheetTable('settings-vocabulary', '4').map(([name = '', count = '']) => ({
  name,
  count: Number(count),
}));
const NAMES = COVERED.map(({ name }) => name).sort((one, other) => other.length - one.length);

/** Rows that stand for one setting per cell: where the first of them stands, and how far they lie apart. */
const PER_CELL: Readonly<Record<string, readonly [radix: number, step: number]>> = {
  ant: [10, 2],
  'ant-legacy': [10, 1],
  'jk-modbus': [16, 4],
  'jk-ble': [16, 1],
};

function placesIn(cell: string): Map<string, string> {
  const places = cell.split(' · ').map((place): [string, string] => {
    const name = NAMES.find((each) => place.startsWith(`${each} `));
    assert.ok(name, `no protocol: ${place}`);
    return [name, place.slice(name.length + 1)];
  });
  return new Map(places);
}

/** The place of the setting of each cell; that of a board for fewer cells ends earlier. */
function placeOfCell(name: string, place: string, cell: number): string | undefined {
  const [radix, step] = PER_CELL[name] ?? [10, 1];
  const [, first = '', last = ''] = /(\w+)\.\.(\w+)/.exec(place) ?? [];
  const at = parseInt(first, radix) + step * (cell - 1);
  // The sheet of JK boards over Bluetooth names the registers of 24 cells; 32 are shown, and none of them has a register.
  if (name === 'jk-ble') return '';
  return at <= parseInt(last, radix) ? at.toString(radix) : undefined;
}

function rowsOfSheet([key = '', unit = '', type = '', kind = '', , cell = '']: string[]): SheetSetting[] {
  const row = { unit, type, class: kind };
  const places = placesIn(cell);
  const [, name, count] = /^(\w+?)1\.\.(\d+)$/.exec(key) ?? [];
  if (name === undefined) return [{ ...row, key: key as SettingKey, places }];
  return Array.from({ length: Number(count) }, (_, i) => {
    const own = [...places].flatMap(([protocol, place]): [string, string][] => {
      const found = placeOfCell(protocol, place, i + 1);
      return found === undefined ? [] : [[protocol, found]];
    });
    return { ...row, key: `${name}${i + 1}` as SettingKey, places: new Map(own) };
  });
}

const SHEET = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) =>
  sheetTable('settings-vocabulary', `3.${n}`).flatMap((row) => rowsOfSheet(row)),
);

/** What is known of a board from its readings: one for each variant of a table of the sheet. */
const BOARDS: Readonly<Record<string, readonly { variant: string }[]>> = {
  'jk-ble': [{ variant: 'jk02-32s' }, { variant: 'jk02-24s' }, { variant: 'jk04' }],
  'daly-modbus d2': [{ variant: 'd2' }],
  'daly-modbus p81': [{ variant: 'p81' }],
};

/** Where the register of one variant stands behind that of the others. */
const OF_VARIANT: Readonly<Record<string, RegExp>> = {
  'jk02-24s': /24S (-|\w+)/,
  jk04: /JK04 (-|\w+)/,
};

/** Blocks with several registers: how they are counted, and how many bytes there are from one number to the next. */
const ADDRESSING: Readonly<Record<string, readonly [radix: number, bytes: number]>> = {
  ant: [10, 1],
  'jk-modbus': [16, 1],
  'daly-modbus d2': [16, 2],
  'daly-modbus p81': [16, 2],
};

/** Firmware 19 is the newest that the sheets name. */
const PACK: Reading = {
  cellVoltages: Array<number>(16).fill(3.3),
  ...{ designCapacity: 100, fullCapacity: 100, manufactureDate: '2024-02-29' },
  ...{ softwareVersion: '19.10', model: 'model', chargeSwitch: true, dischargeSwitch: true },
};

/** A parameter, of a simulated board. */
interface Found {
  readonly parameter: Parameter;
  readonly image: SettingsImage;
  readonly variant: string | undefined;
}

/** The parameters of a table, those of all its variants; empty where no protocol has it. */
function tableOf(name: string): Map<SettingKey, Found[]> {
  const table = new Map<SettingKey, Found[]>();
  const protocol = protocolById(name.split(' ')[0] ?? '');
  const access = protocol?.settings;
  if (protocol === undefined || access === undefined) return table;
  for (const known of BOARDS[name] ?? [undefined]) {
    const target = { address: protocol.address?.initial ?? 0, memory: { ...protocol.memory?.(), ...known } };
    const side = notingBoard();
    const board = readSettings(protocol, access, { target, password: '' }, ({ request }) =>
      [protocol.emulate(request)?.answer(PACK, side) ?? []].flat(),
    );
    for (const [key, parameter] of parametersByKey(board)) {
      const found = { parameter, image: board.image, variant: known?.variant };
      table.set(key, [...(table.get(key) ?? []), found]);
    }
  }
  return table;
}

/** What stands behind a register: an offset behind one of four digits; behind a shorter one its second half has a number too. */
const PLACE = /^([0-9a-f]+)(\[\d+\]|(?<=[0-9a-f]{4})\+\d+|\.\d+|[hl])?/i;

/** The register of a place, and which part of it; '' where the sheet has none for this variant. */
function registerIn(place: string, variant = ''): readonly [register: string, part: string] {
  const [, register = '', part = ''] = PLACE.exec(OF_VARIANT[variant]?.exec(place)?.[1] ?? place) ?? [];
  return [register.toLowerCase(), part];
}

/** The bits of its block that a parameter depends on, by byte and bit. */
function bitsOf({ block, decode }: Parameter, image: SettingsImage): (readonly [byte: number, bit: number])[] {
  const data = image.get(block) ?? assert.fail(block);
  const before = decode(image);
  const bits: (readonly [number, number])[] = [];
  for (let at = 0; at < 8 * data.length; at++) {
    const [byte, bit] = [at >> 3, at & 7];
    const other = Buffer.from(data);
    other.writeUInt8(other.readUInt8(byte) ^ (1 << bit), byte);
    if (!isDeepStrictEqual(decode(new Map(image).set(block, other)), before)) bits.push([byte, bit]);
  }
  return bits;
}

/** @param part `[2]` and `+2` a byte of the block, `h` and `l` a byte of the register, `.3` a bit of it; '' all of it */
function checkPlace(name: string, parameter: Parameter, image: SettingsImage, part: string): void {
  const { key, block, register } = parameter;
  const bits = bitsOf(parameter, image);
  const bytes = [...new Set(bits.map(([byte]) => byte))];
  // A text that is empty shows no byte of its own.
  if (bytes.length === 0 && settingInfo(key).type === 'string') return;
  const addressing = ADDRESSING[name] ?? (register === block ? [16, 0] : undefined);
  // Other blocks are records: the register is no place in them.
  if (addressing === undefined) return;
  const [radix, width] = addressing;
  const first = width * (parseInt(register, radix) - parseInt(block, radix));
  const number = Number(/\d+/.exec(part)?.[0]);
  if (part.startsWith('.')) assert.deepEqual(bits, [[first + 1 - (number >> 3), number & 7]], key);
  else if (part === 'h') assert.deepEqual(bytes, [first], key);
  else if (part === 'l') assert.ok(bytes.includes(first + 1), key);
  else if (part !== '') assert.equal(bytes[0], number, key);
  else assert.ok(bytes.includes(first) || bytes.includes(first + 1), key);
}

describe('keys and registers of settings (settings-vocabulary.md 3, 4)', () => {
  it('a key has the unit, the type and the class of the sheet', () => {
    for (const { key, unit, type, class: kind } of SHEET) {
      const info = settingInfo(key);
      assert.deepEqual([info.unit, info.type, info.class], [unit, type, kind], key);
    }
  });

  it('all protocols of the sheet have settings', () => {
    assert.deepEqual(
      NAMES.filter((name) => tableOf(name).size === 0),
      [],
    );
  });

  for (const { name, count } of COVERED) {
    const rows = SHEET.filter(({ places }) => places.has(name));
    const table = tableOf(name);

    it(`${name}: the ${count} keys of the sheet`, () => {
      assert.equal(rows.length, count);
      assert.deepEqual([...table.keys()].sort(), rows.map(({ key }) => key).sort());
    });

    it(`${name}: each where the sheet has it`, () => {
      for (const { key, places } of rows) {
        for (const { parameter, image, variant } of table.get(key) ?? []) {
          const [register, part] = registerIn(places.get(name) ?? '', variant);
          // Boards whose block is a record name no register for what they only show, or only take.
          const isUnnamed = /^jk(-ble)?$/.test(name) && parameter.register === parameter.block;
          if (register === '' || isUnnamed) continue;
          assert.equal(parameter.register, register, key);
          checkPlace(name, parameter, image, part);
        }
      }
    });
  }

  it('docs/settings.md counts what is written, as an experiment, by name, and only read', () => {
    const accessOf = ({ parameter: { key, access } }: Found): string =>
      CLASS_POLICIES[settingInfo(key).class].level === undefined ? 'read' : access;
    const counted = NAMES.map((name) => {
      const accesses = [...tableOf(name).values()].flatMap(([found]) => (found === undefined ? [] : accessOf(found)));
      const counts = ['write', 'experimental', 'named', 'read'].map((access) => {
        return accesses.filter((each) => each === access).length;
      });
      return [`\`${name}\``, accesses.length, ...counts].join(' ');
    });
    const page = readFileSync('docs/settings.md', 'utf8').matchAll(/^\| (`.+`) +\|((?: +\d+ \|){5})$/gm);
    const shown = [...page].map(([, name, cells]) => [name, ...(cells ?? '').split('|').map((each) => each.trim())]);
    assert.deepEqual(shown.map((row) => row.join(' ').trim()).sort(), counted.sort());
  });
});
