import assert from 'node:assert/strict';
import { settingInfo, type SettingValues } from '../../src/battery/settings/vocabulary';
import { antLegacy } from '../../src/codec/ant-legacy';
import type { AntLegacyMemory } from '../../src/codec/ant-legacy/queries';
import type { Parameter, SettingsOrder } from '../../src/codec/parameter';
import { notingBoard } from '../support/action-script';
import { failsWith } from '../support/ant';
import { runScript, type Respond, type Run } from '../support/script';
import { accessOf } from '../support/settings/settings-line';
import { readSettings, valuesOf, writeValues, type ReadSettings } from '../support/settings/vectors';
import { hex, sheetTable } from '../support/sheet';

const LOCKED = 'a5a5f50001f6';
const UNLOCK = 'a5a5f1313254a5a5f2333459a5a5f335365ea5a5f4373863';
const APPLY = 'a5a5ff0000ff';
const access = accessOf(antLegacy);

const order = (password = ''): SettingsOrder<AntLegacyMemory> => ({ target: { address: 0, memory: {} }, password });
const BLOCKS = access.blocks(order().target);
const PARAMETERS = access.parameters(order().target, new Map());

function parameterOf(key: string): Parameter {
  return PARAMETERS.find((each) => each.key === key) ?? assert.fail(key);
}

/** A line that answers in hex. */
const line =
  (answer: (request: string) => string | undefined): Respond =>
  ({ request }) =>
    [answer(request.toString('hex')) ?? []].flat().map(hex);

const readAll = (respond: Respond): ReadSettings => readSettings(antLegacy, access, order(), respond);
const PACK = { cellVoltages: Array<number>(16).fill(3.3), designCapacity: 120, remainingCapacity: 60 };

const emulated = (board = notingBoard()): Respond =>
  line((request) => antLegacy.emulate(hex(request))?.answer(PACK, board).toString('hex'));
const BOARD = readAll(emulated());

const write = (values: SettingValues, respond: Respond, password = ''): Run<void> =>
  writeValues(antLegacy, BOARD, order(password), values, respond);

const echo = line((request) => request);

describe('ant-legacy settings (settings-ant-legacy.md)', () => {
  it('are the 84 of the sheet but its version and its passwords, and experimental', () => {
    const rows = sheetTable('settings-ant-legacy', '1').flatMap(
      ([register = '', name = '', , value = '', note = '', kind = '']) => {
        const [first = NaN, last = first] = register.split('..').map((each) => Number(each.split('+')[0]));
        return Array.from({ length: last - first + 1 }, (_, i) => {
          const key = name.startsWith('socVoltage')
            ? `socVoltage${100 - 10 * i}`
            : name.replace(/1\.\.24$/, `${i + 1}`);
          const scale = Number(/^x (\S+)$/.exec(value)?.[1] ?? NaN);
          return { register: first + i, key, scale, most: Number(/<= (\S+)/.exec(note)?.[1] ?? NaN), kind };
        });
      },
    );
    const expected = rows.filter(({ kind, key }) => kind !== 'X' && key !== 'softwareVersion');
    assert.equal(PARAMETERS.length, 84);
    assert.deepEqual(
      PARAMETERS.map(({ key, register }) => [key, Number(register), settingInfo(key).class]),
      expected.map(({ key, register, kind }) => [key, register, kind]),
    );
    for (const { key, scale, most } of expected.filter((row) => !Number.isNaN(row.scale))) {
      const parameter = parameterOf(key);
      const held = parameter.decode(new Map([[parameter.block, hex('04d20000')]]));
      assert.equal(held, Number((1234 * scale).toPrecision(9)), key);
      const isLimited = !Number.isNaN(most) && parameter.access !== 'read';
      assert.equal(parameter.range?.[1] === most, isLimited, key);
    }
    const never = ['17', '18', '19', '23', '47', '24', '45', '48', '49', '33', '35', '100'];
    for (const { register, access: how } of PARAMETERS) {
      const isNever = never.includes(register) || (Number(register) >= 51 && Number(register) <= 74);
      assert.equal(how, isNever ? 'read' : 'experimental', register);
    }
  });

  it('reads the number of cells first, and no password; would write what it has read', () => {
    const sent: string[] = [];
    readAll((step, count) => (sent.push(step.request.toString('hex')), emulated()(step, count)));
    assert.deepEqual([sent[0], sent.length], ['5a5a18000018', 87]);
    assert.ok(!sent.some((request) => [102, 103, 104, 105, 90].includes(hex(request)[2] ?? 0)));
    const values = valuesOf(BOARD);
    for (const { key, block, encode } of PARAMETERS) {
      assert.deepEqual(encode(values[key] ?? null, BOARD.image), BOARD.image.get(block), key);
    }
  });

  it('ffff is not there, and no temperature is -1', () => {
    const board = readAll(line((request) => `5a5a${request.slice(4, 6)}ffff${sumOf(request, 0x1fe)}`));
    assert.equal(board.image.size, BLOCKS.length);
    assert.deepEqual(valuesOf(board), {});
    failsWith('bad_value', () => parameterOf('chargeUndertemperatureProtection').encode(-1, board.image));
  });

  it('a line that repeats what is sent shows 0 cells: nothing can be read on it', () => {
    assert.equal(readAll(echo).errors[0]?.code, 'unsupported');
  });

  it('writes 32 bits in two halves, the lower one first, and applies; half of it is no refusal', () => {
    const [low, high] = ['a5a51ff0808f', 'a5a52002fa1c'];
    const whole = write({ designCapacity: 50 }, echo);
    assert.deepEqual([whole.sent, whole.error], [[low, high, APPLY], undefined]);
    assert.ok(whole.steps.every(({ isWrite }) => isWrite));
    const half = write(
      { designCapacity: 50 },
      line((request) => (request === low ? request : LOCKED)),
    );
    assert.deepEqual([half.sent, half.error?.code], [[low, high], 'not_confirmed']);
  });

  it('unlocks a locked board once, and denies without a password', () => {
    let isLocked = true;
    const respond = line((request) => {
      if (request === UNLOCK) isLocked = false;
      return isLocked ? LOCKED : request === UNLOCK ? UNLOCK.slice(-12) : request;
    });
    assert.equal(write({ sleepDelay: 600 }, respond).error?.code, 'denied');
    const { error, sent } = write({ sleepDelay: 600 }, respond, '12345678');
    assert.deepEqual([error, sent.length, sent[1]], [undefined, 4, UNLOCK]);
  });

  it('the emulator shows every setting, keeps what is applied, and forgets the rest when it restarts', () => {
    const first = valuesOf(BOARD);
    const { cellCount, designCapacity, remainingCapacity } = first;
    assert.deepEqual([Object.keys(first).length, cellCount, designCapacity, remainingCapacity], [84, 16, 120, 60]);
    for (const { upper, lower } of access.rules(order().target, BOARD.image)) {
      assert.ok(!(Number(first[upper]) < Number(first[lower])), `${upper} > ${lower}`);
    }
    const board = notingBoard();
    const capacity = (): unknown => valuesOf(readAll(emulated(board))).designCapacity;
    const restart = (): unknown => antLegacy.emulate(hex('a5a5fe0000fe'))?.answer(PACK, board);
    write({ designCapacity: 100 }, emulated(board));
    restart();
    assert.equal(capacity(), 100);
    const setting = parameterOf('designCapacity');
    const image = new Map(BOARD.image).set('31', setting.encode(90, BOARD.image));
    const script = access.write?.(order(), { register: '31', parameters: [setting], image });
    runScript(antLegacy, script ?? assert.fail(), emulated(board));
    assert.equal(capacity(), 90);
    restart();
    assert.equal(capacity(), 100);
  });
});

/** The last byte of an answer. @param value sum of the two bytes of its value */
function sumOf(request: string, value: number): string {
  return (((hex(request)[2] ?? 0) + value) & 0xff).toString(16).padStart(2, '0');
}
