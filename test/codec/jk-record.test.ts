import assert from 'node:assert/strict';
import type { Reading } from '../../src/battery/reading';
import { jkModbus } from '../../src/codec/jk-modbus';
import type { SoftwareMemory } from '../../src/codec/jk-record/device-info';
import { ask, CELLS_24S, CELLS_JK04, readCells, SETTINGS } from '../support/jk-ble';
import { frameOf, queryFor, read, readLive, registersOf } from '../support/jk-modbus';
import { ALARM_BITS, chars, record, u32, type Bytes } from '../support/jk-record';
import { codes, hex } from '../support/sheet';
import { answer, shown, type Answer } from '../support/vectors';

/** How a record of a 32S board comes. */
interface Way {
  live(bytes: Bytes, memory?: SoftwareMemory): Reading;
  identity(bytes: Bytes): Answer<SoftwareMemory>;
}

const WAYS: Readonly<Record<string, Way>> = {
  'jk-ble': {
    live: (bytes, memory) => readCells(record(2, bytes), { variant: 'jk02-32s', ...memory }),
    identity: (bytes) => ask('97', [record(3, bytes)]),
  },
  'jk-modbus': {
    live: readLive,
    identity: (bytes) => answer(jkModbus, queryFor('161c'), { address: 1, memory: {} }, [frameOf(3, bytes)]),
  },
};

/** Values of a reading in a fixed order. */
const pick = (reading: Reading, ...keys: (keyof Reading)[]): unknown[] => keys.map((key) => reading[key]);

for (const [id, { live, identity }] of Object.entries(WAYS)) {
  describe(`${id}: what a record of 32S means (jk-ble.md 5, 6, 8)`, () => {
    it('alarms: each bit alone, none, and all at once, each code once per level and with a sentence', () => {
      const alarms = (word: number): string[] => codes(live({ 166: u32(word) }).alarms);
      assert.equal(ALARM_BITS.length, 32);
      ALARM_BITS.forEach((expected, bit) => assert.deepEqual(alarms(2 ** bit), [expected], `bit ${bit}`));
      assert.deepEqual(alarms(0), []);
      assert.deepEqual(alarms(0xffffffff), [...new Set(ALARM_BITS)].sort());
      for (const { message } of live({ 166: 'ffffffff' }).alarms ?? []) assert.match(message, /^[A-Z].+\.$/);
    });

    it('cells and resistances are those in the mask, whatever lies between', () => {
      const some = live({ 6: 'e40c 0000 e60c e70c', 70: '0d000000', 80: '4100 4200 4300 4400' });
      assert.deepEqual(pick(some, 'cellVoltages', 'cellCount'), [[3.3, 3.302, 3.303], 3]);
      assert.deepEqual(some.cellResistances, [0.065, 0.067, 0.068]);
      assert.equal(live({ 6: 'e40c'.repeat(32), 70: 'ffffffff' }).cellCount, 32);
      assert.equal(live({ 6: 'ffff', 70: '00000000' }).cellCount, 0);
    });

    it('a cell above 5 V cannot be, and leaves the cells out', () => {
      assert.deepEqual(live({ 6: '8813', 70: '01000000' }).cellVoltages, [5]);
      const wrong = live({ 6: '8913', 70: '01000000', 150: u32(13_200) });
      assert.deepEqual(pick(wrong, 'cellVoltages', 'voltage'), [undefined, 13.2]);
    });

    it('-200.0 °C or a cleared presence bit is no sensor; the third mirrors the MOSFETs and is not listed', () => {
      const warm = { 144: '38ff', 162: 'c800 d200', 254: '38ff dc00 e600' };
      // Bit by bit, which place in the list is empty without it; bit 0 is that of the MOSFETs.
      for (const [bit, place] of ['MOSFETs', 0, 1, 'mirror', 2, 3].entries()) {
        const found = live({ ...warm, 214: (0xff - (1 << bit)).toString(16) });
        const list = [20, 21, 22, 23].map((value, i) => (i === place ? null : value));
        assert.deepEqual(pick(found, 'temperatures', 'mosTemperature'), [list, bit === 0 ? undefined : -20], `${bit}`);
      }
      const cold = live({ ...warm, 144: '30f8', 162: '30f8 9cff', 256: '30f8 e600', 214: 'ff' });
      assert.deepEqual(pick(cold, 'temperatures', 'mosTemperature'), [[null, -10, null, 23], undefined]);
    });

    it('the fourth and fifth sensor are from software 14 on; without a version: when they are not both zero', () => {
      const two = { 162: 'f300 f400', 214: 'ff' };
      const count = (more: string, softwareMajor?: number): number | undefined =>
        live({ ...two, 256: more }, softwareMajor === undefined ? {} : { softwareMajor }).temperatures?.length;
      const counts = (major?: number): string => ['0000 0000', 'f500 0000'].map((raw) => count(raw, major)).join();
      // 10 is the version of no 32S.
      assert.equal([undefined, 10, 11, 13, 14, 19].map(counts).join(' '), '2,4 2,4 2,2 2,2 4,4 4,4');
      const softwareMajor = (version: string): unknown => identity({ 30: chars(version) }).memory.softwareMajor;
      assert.deepEqual(['19.20', '11.288H', '', 'V1'].map(softwareMajor), [19, 11, undefined, undefined]);
    });

    it('the balancer works at 1 and 2; its current has a sign', () => {
      const states = ['00', '01', '02'].map((byte) => live({ 172: byte, 170: 'd0ff' }));
      const seen = states.map((reading) => pick(reading, 'balancing', 'balanceCurrent').join(' '));
      assert.deepEqual(seen, ['false -0.048', 'true -0.048', 'true -0.048']);
    });

    it('heating is byte 215, not the SOH; a charger shows at 1 alone, as boards that do not watch it leave 0', () => {
      assert.deepEqual([live({ 190: '64' }).heating, live({ 215: '01' }).heating], [false, true]);
      const chargers = ['00', '01', '02'].map((byte) => live({ 245: byte }).chargerConnected);
      assert.deepEqual(chargers, [undefined, true, undefined]);
    });

    it('MOSFETs are bytes 198 and 199; the power has no sign on the wire and is not used', () => {
      const reading = live({ 198: '01', 150: u32(52_930), 154: u32(400_576), 158: '70e2ffff' });
      assert.deepEqual(pick(reading, 'chargeEnabled', 'dischargeEnabled'), [true, false]);
      assert.deepEqual(pick(reading, 'current', 'power'), [-7.568, undefined]);
    });

    it('the counter in byte 5 means nothing; percentages above 100 and a full capacity of 0 are not reported', () => {
      for (const counter of ['05', '90', 'ff']) assert.equal(live({ 5: counter, 150: u32(13_200) }).voltage, 13.2);
      const none = pick(live({ 173: '65', 190: 'ff' }), 'soc', 'soh', 'fullCapacity');
      assert.ok(none.every((value) => value === undefined));
      const full = live({ 173: '64', 190: '64', 178: u32(90_000) });
      assert.deepEqual(pick(full, 'soc', 'soh', 'fullCapacity'), [100, 100, 90]);
    });

    it('text ends at the first NUL; garbage behind it, blanks and bytes that do not print are dropped', () => {
      const odd = { 6: '204a4b2d420053544f', 22: '00313233', 30: '3139ff2e3035', 46: '2020', 86: '014a' };
      const { reading } = identity(odd);
      const { model, softwareVersion, serialNumber, errorCounts, ...others } = reading;
      assert.deepEqual([model, softwareVersion, serialNumber], ['JK-B', '19.05', 'J']);
      assert.deepEqual([errorCounts, others], [{ powerOns: 0 }, {}]);
      assert.deepEqual(identity({ 42: '04030201' }).reading.errorCounts, { powerOns: 0x01020304 });
    });

    it('PINs and the user’s own text are in clear text, but never in a reading', () => {
      const [pin, kept] = [chars('13579'), identity({ 46: chars('JK-17'), 62: chars('13579') })];
      const { reading, memory } = identity({ 62: pin, 102: pin, 118: pin });
      assert.doesNotMatch(JSON.stringify([reading, memory, kept]), /13579/);
      assert.equal(kept.reading.deviceName, 'JK-17');
    });

    it('a date counts when it is six digits and a day of the calendar', () => {
      const dateOf = (text: string): unknown => identity({ 78: chars(text) }).reading.manufactureDate;
      assert.deepEqual(['231118', '2311181', '230229'].map(dateOf), ['2023-11-18', undefined, undefined]);
    });
  });
}

describe('jk-ble: what is elsewhere on 24S and on balancers (jk-ble.md 6, 7)', () => {
  const on24 = (bytes: Bytes): Reading => readCells(record(2, bytes, CELLS_24S));
  const onBalancer = (bytes: Bytes): Reading => readCells(record(2, bytes, CELLS_JK04));

  it('24S: sixteen bits of alarms, behind which the balance current lies', () => {
    const alarms = (word: number): string[] => codes(on24({ 136: u32(word).slice(0, 4) }).alarms);
    for (let bit = 0; bit < 16; bit++) assert.deepEqual(alarms(1 << bit), [ALARM_BITS[bit]]);
    assert.deepEqual(pick(on24({ 136: '0000 ffff' }), 'alarms', 'balanceCurrent'), [[], -0.001]);
  });

  it('24S: two sensors, whose presence bits are not used', () => {
    const reading = on24({ 130: '30f8 d200', 134: '30f8', 182: '00' });
    assert.deepEqual(pick(reading, 'temperatures', 'mosTemperature'), [[null, 21], undefined]);
    assert.deepEqual(on24({ 130: 'c800 d200', 134: 'fa00' }).mosTemperature, 25);
  });

  it('a balancer works at 1 and 2, and may still report a current for a record after it has stopped', () => {
    const states = ['00', '01', '02'].map((byte) => [
      on24({ 140: byte }).balancing,
      onBalancer({ 220: byte }).balancing,
    ]);
    assert.equal(states.join(' '), 'false,false true,true true,true');
    assert.deepEqual(pick(onBalancer({ 222: '0000803f' }), 'balancing', 'balanceCurrent'), [false, 1]);
    assert.equal(onBalancer({ 222: '0000c07f' }).balanceCurrent, undefined, 'NaN');
    assert.deepEqual(onBalancer({}).alarms, []);
  });

  it('a cell of a balancer is one above 0 V, whatever the mask says; one that no cell has leaves the cells out', () => {
    const reading = onBalancer({ 10: '00000000', 110: '0ad7a33d', 214: '00000000' });
    assert.equal(pick(reading, 'cellVoltages', 'cellResistances').join(' '), '3.3,3.3,3.3 0,0.08,0');
    for (const impossible of ['0000807f', '0000c842', '0000c07f']) {
      assert.equal(readCells(record(2, { 10: impossible }, CELLS_JK04), { variant: 'jk04' }).cellVoltages, undefined);
    }
  });
});

describe('jk-ble and jk-modbus: settings (jk-ble.md 9.1)', () => {
  it('the design capacity is never 0 nor impossible, and balancers have none', () => {
    const capacity = (settings: Buffer, cells: Buffer): unknown =>
      shown(ask('96', [settings, cells]).reading).designCapacity;
    assert.equal(capacity(SETTINGS, CELLS_24S), 100);
    assert.equal(capacity(SETTINGS, CELLS_JK04), undefined, 'its settings are floats');
    for (const impossible of ['00000000', 'ffffffff', '012d3101']) {
      assert.equal(capacity(record(1, { 130: impossible }), CELLS_24S), undefined, impossible);
    }
  });

  it('what cannot be is absent; a switch is 0 or 1', () => {
    const settings = (bytes: Bytes): unknown => shown(read('161e', [frameOf(1, bytes)]));
    const off = { chargeSwitch: false, dischargeSwitch: false, balancingSwitch: false, heatingSwitch: false };
    assert.deepEqual(settings({ 114: u32(16), 130: u32(314_000) }), { cellCount: 16, designCapacity: 314, ...off });
    assert.deepEqual(settings({ 114: u32(33), 130: '012d3101' }), off);
    const odd = { 118: u32(2), 122: u32(1), 126: 'ffffffff', 282: '0100' };
    assert.deepEqual(settings(odd), { dischargeSwitch: true, heatingSwitch: true });
  });
});

describe('jk-modbus: registers, big-endian (jk-modbus.md 3)', () => {
  const live = (bytes: Bytes): Buffer => {
    const data = Buffer.alloc(240);
    for (const [at, text] of Object.entries(bytes)) hex(text).copy(data, Number(at));
    return registersOf(data);
  };

  it('have the same alarms', () => {
    const alarms = codes(read('1200', [live({ 0xa0: '10000011' })]).alarms);
    assert.deepEqual(alarms, [ALARM_BITS[4], ALARM_BITS[28], ALARM_BITS[0]]);
  });

  it('those at 12f0 complete the list of the read before', () => {
    const first = live({ 0x9c: '00f3 f830', 0xd0: 'f7' });
    const { memory, reading } = answer(jkModbus, queryFor('1200'), { address: 1, memory: {} }, [first]);
    assert.deepEqual(reading.temperatures, [24.3, null]);
    const rest = registersOf(`${'00'.repeat(10)} 00f1 00f2 ${'00'.repeat(18)}`);
    const more = (known: object = {}): unknown => read('12f0', [rest], { ...memory, ...known }).temperatures;
    assert.deepEqual(more(), [24.3, null, 24.1, 24.2]);
    assert.deepEqual(more({ softwareMajor: 11 }), [24.3, null]);
    assert.deepEqual(more({ connectedSensors: 0x02 }), [24.3, null, null, null]);
  });
});
