import assert from 'node:assert/strict';
import type { BmsError } from '../../src/battery/errors';
import type { Reading } from '../../src/battery/reading';
import type { SettingKey, SettingValue } from '../../src/battery/settings/vocabulary';
import { jbd, jbdAddressed } from '../../src/codec/jbd';
import type { Parameter, SettingsAccess, SettingsImage, SettingsOrder } from '../../src/codec/parameter';
import type { Script } from '../../src/codec/protocol';
import { compareSettings } from '../../src/codec/settings/compare';
import { documentOf } from '../../src/codec/settings/document';
import { drive, notingBoard, type Respond } from '../support/action-script';
import { classicReply } from '../support/jbd';
import type { Run } from '../support/script';
import { loadVector } from '../support/vectors';

const FAMILY = 'settings/jbd';
const ENTER = 'dd5a00025678ff3077';
const LEAVE = 'dd5a01020000fffd77';
const SAVE = 'dd5a01022828ffad77';
const PASSWORD = 'dd5a060706000000000000ffed77';

const access = settingsOf();
const during = access.during?.bind(access);

function settingsOf(): SettingsAccess {
  assert.ok(jbd.settings?.write && jbd.settings.during);
  return jbd.settings;
}

const order = (password = ''): SettingsOrder => ({ target: { address: 0, memory: {} }, password });
const imageOf = (blocks: Readonly<Record<string, string>>): SettingsImage =>
  new Map(Object.entries(blocks).map(([id, data]) => [id, Buffer.from(data, 'hex')]));

function parameterOf(image: SettingsImage, key: SettingKey): Parameter {
  const found = access.parameters(order().target, image).find((each) => each.key === key);
  assert.ok(found, key);
  return found;
}

function encoded(image: SettingsImage, key: SettingKey, value: SettingValue): string {
  return parameterOf(image, key).encode(value, image).toString('hex');
}

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (thrown) {
    return (thrown as BmsError).code;
  }
  return undefined;
};

function valuesOf(image: SettingsImage): Record<string, SettingValue> {
  const all = access.parameters(order().target, image).map((each) => [each.key, each.decode(image)] as const);
  return Object.fromEntries(all.filter((entry): entry is [SettingKey, SettingValue] => entry[1] !== undefined));
}

/** What can be read of a board that answers as told. */
function readAll(respond: Respond): SettingsImage {
  const image = new Map<string, Buffer>();
  for (const block of access.blocks(order().target)) {
    const { result } = drive(jbd, access.read(order(), block), respond);
    if (result !== undefined) image.set(block.id, result);
  }
  return image;
}

/** Writes some registers, and leaves as that goes. */
function save(writes: Readonly<Record<string, string>>, respond: Respond, password = ''): Run<void> {
  const image = imageOf(writes);
  function* all(): Script<void> {
    for (const register of image.keys()) {
      yield* access.write?.(order(password), { register, parameters: [], image }) ?? [];
    }
  }
  assert.ok(during);
  return drive(jbd, during(order(password), 'save', all()), respond);
}

const registerOf = (request: string): number => Number.parseInt(request.slice(4, 6), 16);
const status = (request: string, code: number): string =>
  classicReply(registerOf(request), Buffer.alloc(0), code).toString('hex');

/** The registers of a 4S board, by vector; with others in place of some of them. */
function boardOf(changed: Readonly<Record<string, string>> = {}): SettingsImage {
  const { exchanges } = loadVector(FAMILY, 'read-overkill-4s-lfp');
  const answers = new Map(exchanges.map(({ tx, rx }) => [tx, rx]));
  return new Map([...readAll((request) => answers.get(request)), ...imageOf(changed)]);
}

/** What is read of the simulator's board of a pack. */
function simulated(pack: Reading): SettingsImage {
  const board = notingBoard();
  const ask: Respond = (request) => jbd.emulate(Buffer.from(request, 'hex'))?.answer(pack, board).toString('hex');
  ask(ENTER, 0);
  return readAll(ask);
}

describe('jbd settings', () => {
  for (const file of ['read-overkill-4s-lfp', 'read-overkill-8s-lfp', 'read-sp04s034-captured']) {
    const { exchanges } = loadVector(FAMILY, file);
    it(`would write what it has read from ${file}`, () => {
      const answers = new Map(exchanges.map(({ tx, rx }) => [tx, rx]));
      const image = readAll((request) => answers.get(request));
      const values = valuesOf(image);
      for (const [key, value] of Object.entries(values)) {
        const { block } = parameterOf(image, key as SettingKey);
        assert.equal(encoded(image, key as SettingKey, value), image.get(block)?.toString('hex'), key);
      }
    });
  }

  it('has all keys of its sheet, and 2d first', () => {
    const image = boardOf({ ...Object.fromEntries(['42', '43', '44', '45', '46', '47'].map((id) => [id, '0ce4'])) });
    assert.equal(access.parameters(order().target, image).length, 78);
    assert.equal(access.blocks(order().target)[0]?.id, '2d');
    assert.equal(jbdAddressed.settings, undefined);
  });

  it('bit 12 of the function bits changes the unit of charges, currents and the shunt', () => {
    const image = boardOf({ '2d': '100f' });
    const { designCapacity, cycleCountCapacity, chargeOvercurrentProtection, dischargeOvercurrentProtection } =
      valuesOf(image);
    assert.deepEqual(
      [designCapacity, cycleCountCapacity, chargeOvercurrentProtection, dischargeOvercurrentProtection],
      [1000, 800, 1300, 1300],
    );
    assert.equal(valuesOf(image)['shuntResistance'], 0.000_01);
    assert.equal(encoded(image, 'dischargeOvercurrentProtection', 1300), 'cd38');
    assert.equal(encoded(image, 'designCapacity', 2800), '6d60');
  });

  it('a current limit is never 0, and nothing beyond a register or a range is written', () => {
    const image = boardOf();
    for (const [key, value] of [
      ['chargeOvercurrentProtection', 0],
      ['dischargeOvercurrentProtection', 0],
      ['dischargeOvercurrentProtection', 327.69],
      ['chargeOvercurrentProtection', null],
      ['cellOvervoltageProtection', 4.6],
      ['packOvervoltageProtection', 18.1],
      ['packUndervoltageProtection', 3.9],
      ['cellCount', 33],
      ['chargeOvercurrentDelay', 256],
      ['socVoltage80', 65.536],
      ['jbdLed', 1],
      ['temperatureSensorsUsed', [17]],
      ['shortCircuitProtection', 2001],
      ['shortCircuitProtection', 439],
      ['jbdShortCircuitThreshold', 0.101],
    ] as const) {
      assert.equal(
        codeOf(() => encoded(image, key, value)),
        'bad_value',
        `${key} ${String(value)}`,
      );
    }
    assert.equal(encoded(image, 'dischargeOvercurrentProtection', 327.68), '8000');
    assert.equal(encoded(boardOf({ '2f': '0010' }), 'packOvervoltageProtection', 58.4), '16d0');
  });

  it('two settings in one register are written together, and others stay', () => {
    const image = boardOf();
    assert.equal(encoded(image, 'chargeOvercurrentDelay', 16), '1020');
    assert.equal(encoded(image, 'chargeOvercurrentRecoveryDelay', 16), '0a10');
    assert.equal(encoded(boardOf({ '2d': 'ff0f' }), 'jbdLed', true), 'ff1f');
  });

  it('of a short-circuit current, the code below is written, and the doubling stays', () => {
    const image = boardOf(); // 38 = 9e55: doubled, 89 mV, 22 mV at 0.1 milliohm
    assert.equal(valuesOf(image)['shortCircuitProtection'], 1780);
    for (const [amperes, word] of [
      [1780, '9e55'],
      [1779, '9d55'],
      [1560, '9d55'],
      [2000, '9f55'],
      [440, '9855'],
    ] as const) {
      assert.equal(encoded(image, 'shortCircuitProtection', amperes), word, `${amperes} A`);
    }
    assert.equal(encoded(boardOf({ '38': '1e55' }), 'dischargeOvercurrent2Protection', 231), '1e55');
    assert.equal(encoded(image, 'jbdThresholdsDoubled', false), '1e55');
    assert.equal(encoded(image, 'jbdDischargeOvercurrent2Threshold', 0.02), '9e54');
    assert.equal(
      codeOf(() => encoded(boardOf({ '2c': '0000' }), 'shortCircuitProtection', 440)),
      'bad_value',
    );
  });

  it('codes of another chip are read by its own table, or not at all, and never written', () => {
    const of = (chip: string, word: string) => boardOf({ '00': chip, '38': word });
    const keys = ['jbdShortCircuitThreshold', 'shortCircuitDelay', 'shortCircuitProtection'] as const;
    const more = [
      'dischargeOvercurrent2Protection',
      'dischargeOvercurrent2Delay',
      'hardwareCellOvervoltageDelay',
    ] as const;
    const read = (image: SettingsImage) => [...keys, ...more].map((key) => valuesOf(image)[key]);
    assert.deepEqual(read(of('0001', '2435')), [0.06, 0.000_312_5, 600, 350, undefined, undefined]);
    assert.deepEqual(read(of('0003', 'f1ff')), [1, 0.000_064, 10_000, 2000, 40, undefined]);
    assert.deepEqual(read(of('0005', '0407')), [0.019, undefined, 190, 40, 5.12, undefined]);
    assert.deepEqual(
      read(of('0004', '2435')),
      keys.concat(more as never).map(() => undefined),
    );
    for (const chip of ['0001', '0002', '0003', '0005', '0006']) {
      const coded = access.parameters(order().target, of(chip, '0000')).filter(({ block }) => block === '38');
      assert.deepEqual(new Set(coded.map((each) => each.access)), new Set(['read']), chip);
    }
  });

  it('only function bits are proven to be written, and what belongs to one board is not', () => {
    const accessOf = (key: SettingKey) => parameterOf(boardOf(), key).access;
    assert.equal(accessOf('balanceOnlyWhileCharging'), 'write');
    assert.equal(accessOf('cellOvervoltageProtection'), 'experimental');
    for (const key of ['jbdExternalSwitch', 'shuntResistance', 'deviceModel', 'cycleCount'] as const)
      assert.equal(accessOf(key), 'read', key);
  });

  it('a document of a board with another shunt is probably not meant for this one', () => {
    const permission = { level: 'protection', allowExperimental: true } as const;
    const of = (image: SettingsImage) => ({ access, target: order().target, image });
    const stopOf = (changed: Readonly<Record<string, string>>) =>
      compareSettings(of(boardOf()), { kind: 'document', document: documentOf(of(boardOf(changed))) }, permission).stop;
    assert.match(String(stopOf({ '2c': '0002' })), /shuntResistance is 0.0001 here, 0.0002 there/);
    assert.equal(stopOf({ '24': '0e10' }), undefined);
  });

  const boards: [string, SettingsImage][] = [
    ['of the vector', boardOf()],
    ['of the simulator', simulated({ designCapacity: 100, cellCount: 4 })],
    ['of the simulator, NMC', simulated({ designCapacity: 280, cellCount: 14, chargeVoltageLimit: 58.8 })],
    ['of the simulator, large', simulated({ designCapacity: 1000, cellCount: 16 })],
  ];
  for (const [name, image] of boards) {
    it(`the board ${name} satisfies the rules`, () => {
      const values = valuesOf(image);
      for (const { upper, lower, orEqual } of access.rules(order().target, image)) {
        const [high, low] = [values[upper], values[lower]];
        if (typeof high !== 'number' || typeof low !== 'number') continue;
        assert.ok(high > low || (orEqual && high === low), `${upper} ${high}, ${lower} ${low}`);
      }
    });
  }

  it('the simulated board has every setting, of its own pack', () => {
    const pack = { designCapacity: 1000, cellCount: 16, model: 'SP16S', cycles: 7, manufactureDate: '2024-05-06' };
    const values = valuesOf(simulated({ ...pack, temperatures: [20, 21] }));
    // no barcode
    assert.equal(Object.keys(values).length, 77);
    const { designCapacity, cellCount, deviceModel, cycleCount, manufactureDate, temperatureSensorsUsed } = values;
    assert.deepEqual(
      [designCapacity, cellCount, deviceModel, cycleCount, manufactureDate, temperatureSensorsUsed],
      [1000, 16, 'SP16S', 7, '2024-05-06', [1, 2]],
    );
    assert.equal(values['dischargeOvercurrentProtection'], 130);
  });
});

describe('jbd settings: procedure', () => {
  it('writes as in the vectors: enter, registers, 2828; read back, enter, 0000', () => {
    for (const [file, registers, from] of [
      ['write-raise-overvoltage-and-save', { '24': '0e42', '25': '0dde' }, 3],
      ['write-lower-undervoltage-silently-ignored', { '42': '0d0c' }, 1],
    ] as const) {
      const { exchanges } = loadVector(FAMILY, file);
      const end = exchanges.findIndex(({ tx }) => tx === SAVE) + 1;
      const of =
        (part: typeof exchanges): Respond =>
        (_request, n) =>
          part[n - 1]?.rx;
      const saving = [exchanges[0], ...exchanges.slice(from, end)].flatMap((each) => each ?? []);
      const run = save(registers, of(saving));
      assert.equal(run.error, undefined);
      assert.deepEqual(
        run.sent,
        saving.map(({ tx }) => tx),
      );
      const back = exchanges.slice(end);
      assert.ok(during);
      function* read(): Script<string[]> {
        const values: string[] = [];
        for (const id of Object.keys(registers))
          values.push((yield* access.read(order(), { id, name: id })).toString('hex'));
        return values;
      }
      const proof = drive(jbd, during(order(), 'read', read()), of(back));
      assert.deepEqual(
        proof.sent,
        back.map(({ tx }) => tx),
      );
      if (file.includes('ignored')) assert.equal(proof.error?.code, 'unsupported');
      else assert.deepEqual(proof.result, Object.values(registers));
    }
  });

  const willing: Respond = (request) => status(request, 0);

  it('what fails is not saved', () => {
    const { sent, error } = save({ '24': '0e42', '25': '0dde' }, (request) =>
      status(request, registerOf(request) === 0x25 ? 0x80 : 0),
    );
    assert.equal(error?.code, 'rejected');
    assert.equal(sent.at(-1), LEAVE);
    assert.equal(sent.includes(SAVE), false);
  });

  it('where the board has left factory mode, it is entered again once, then the password goes out once', () => {
    const refusing = (times: number): Respond => {
      let refusals = 0;
      return (request) =>
        registerOf(request) === 0x24 && refusals++ < times ? status(request, 0x81) : willing(request, 1);
    };
    const sent = (times: number, password = '000000') => save({ '24': '0e42' }, refusing(times), password);
    const write = 'dd5a24020e42ff8a77';
    assert.deepEqual(sent(1).sent, [ENTER, write, ENTER, write, SAVE]);
    assert.deepEqual(sent(2).sent, [ENTER, write, ENTER, write, PASSWORD, write, SAVE]);
    assert.deepEqual(sent(3).sent, [ENTER, write, ENTER, write, PASSWORD, write, LEAVE]);
    assert.equal(sent(3).error?.code, 'rejected');
    assert.equal(sent(2, '').error?.code, 'denied');
  });

  it('a password never goes out for what only reads', () => {
    assert.ok(during);
    const script = during(order('000000'), 'read', access.read(order(), { id: '24', name: '24' }));
    const { sent, error } = drive(jbd, script, (request) => status(request, registerOf(request) < 2 ? 0 : 0x81));
    assert.equal(error?.code, 'rejected');
    assert.deepEqual(sent, [ENTER, 'dda52400ffdc77', ENTER, 'dda52400ffdc77', LEAVE]);
  });
});
