import assert from 'node:assert/strict';
import { derive } from '../../src/battery/derive';
import type { Reading } from '../../src/battery/reading';
import { jkBle } from '../../src/codec/jk-ble';
import type { JkBleMemory } from '../../src/codec/jk-ble/variant';
import { Framer } from '../../src/codec/kit/framing';
import {
  ACKNOWLEDGEMENT,
  ask,
  ASK_CELLS,
  ASK_IDENTITY,
  AT,
  CELLS_24S,
  CELLS_32S,
  CELLS_JK04,
  cellsOf,
  INFO,
  info,
  queryFor,
  readCells,
  SETTINGS,
} from '../support/jk-ble';
import { balancer, pack24, pack32 } from '../support/jk-packs';
import { record, u32 } from '../support/jk-record';
import { describeProtocol, readAll } from '../support/protocol-properties';
import { hex } from '../support/sheet';
import { loadVectors, readVector } from '../support/vectors';

describe('jk-ble', () => {
  describe('24S', () => describeProtocol({ protocol: jkBle, pack: pack24, uncovered: () => [], noise: 0xff }));
  describe('32S', () => describeProtocol({ protocol: jkBle, pack: pack32, uncovered: () => [], noise: 0xff }));
  describe('JK04', () => describeProtocol({ protocol: jkBle, pack: balancer, uncovered: () => [], noise: 0xff }));

  it('reports no key that its captures do not state, but for what follows from others', () => {
    const complete = loadVectors('jk-ble').filter(({ file }) => !/^write-|logbook|info-settings/.test(file));
    assert.ok(complete.length >= 20);
    for (const vector of complete) {
      const stated = { ...vector.expect, ...vector.expectUnverified, ...vector.derived };
      const derived = Object.keys(derive({ ...(stated as Reading), state: undefined }));
      // A balancer has no alarms, and every board counts how often it was switched on.
      const known = new Set([...Object.keys(stated), ...derived, 'alarms', 'errorCounts']);
      const unknown = Object.keys(readVector(jkBle, vector).reading).filter((key) => !known.has(key));
      assert.deepEqual(unknown, [], vector.file);
    }
  });

  it('asks in the frames of the sheet', () => {
    const asked = jkBle.queries.map((query) => query.request({ address: 0, memory: {} }).toString('hex'));
    assert.deepEqual(asked, [ASK_IDENTITY, ASK_CELLS, ASK_CELLS]);
  });
});

describe('jk-ble: finding the record (jk-ble.md 4, 14)', () => {
  const frames = (...chunks: Buffer[]): Buffer[] => {
    const framer = new Framer(jkBle.frames);
    return chunks.flatMap((chunk) => framer.push(chunk));
  };

  it('AT lines alone, before and behind a record, and glued to the acknowledgement', () => {
    const whole = [AT, AT, SETTINGS, AT, ACKNOWLEDGEMENT, AT, AT, CELLS_32S, AT];
    assert.deepEqual(frames(Buffer.concat(whole)), [SETTINGS, ACKNOWLEDGEMENT, CELLS_32S]);
    assert.deepEqual(frames(Buffer.concat([INFO, ACKNOWLEDGEMENT, AT])), [INFO, ACKNOWLEDGEMENT]);
  });

  it('the type decides, never what was asked last: records and echoes that were not asked for are skipped', () => {
    const [asked, settings] = [hex(ASK_CELLS), record(1, {})];
    const identity = ask('97', [hex(ASK_IDENTITY), CELLS_32S, settings, ACKNOWLEDGEMENT, INFO]);
    assert.equal(identity.reading.hardwareVersion, '15A');
    assert.equal(ask('96', [asked, ACKNOWLEDGEMENT, record(5, {}), CELLS_24S]).reading.voltage, 13.2);
    assert.throws(() => ask('97', [CELLS_32S, settings, ACKNOWLEDGEMENT, record(5, {})]), { code: 'timeout' });
    assert.throws(() => ask('96', [record(5, {}), settings, ACKNOWLEDGEMENT, INFO]), { code: 'timeout' });
    assert.throws(() => queryFor('96').decode([settings], { address: 0, memory: {} }), { code: 'malformed' });
  });
});

describe('jk-ble: which variant (jk-ble.md 1)', () => {
  const LAYOUTS = { 'jk02-24s': CELLS_24S, 'jk02-32s': CELLS_32S, jk04: CELLS_JK04 };

  it('the structure decides, against the version and the model', () => {
    for (const [variant, cells] of Object.entries(LAYOUTS)) {
      for (const identity of ['8.0.3M JK-B5A24S', '10.07 JK-B2A24S20P', '19.27 JK_PB2A16S20P', ' ']) {
        const [version = '', model] = identity.split(' ');
        const { reading, memory } = ask('96', [SETTINGS, cells], ask('97', [info(version, model)]).memory);
        assert.equal(memory.variant, variant, version);
        assert.deepEqual([reading.cellVoltages, reading.voltage], [[3.3, 3.3, 3.3, 3.3], 13.2]);
      }
    }
  });

  it('3 %, at least 0.3 V, may lie between the voltage and the sum of the cells', () => {
    const variantAt = (cells: Buffer, at: number, millivolts: number): unknown =>
      ask('96', [record(2, { [at]: u32(millivolts) }, cells)]).memory.variant;
    for (const difference of [-384, 408, -386, 410]) {
      const fits = difference > -385 && difference < 409;
      assert.equal(variantAt(CELLS_24S, 118, 13_200 + difference), fits ? 'jk02-24s' : undefined);
      assert.equal(variantAt(CELLS_32S, 150, 13_200 + difference), fits ? 'jk02-32s' : undefined);
    }
    const one = record(2, { 6: 'e40c', 70: '01000000' });
    assert.deepEqual([variantAt(one, 150, 3000), variantAt(one, 150, 2999)], ['jk02-32s', undefined]);
  });

  it('without cells the model, then the version decides, until cells are there', () => {
    const none = record(2, { 118: u32(10_000), 150: u32(20_000) });
    const voltages = {
      ...{ '10.07': 10, '11.288H': 20, '': 20, '9.1 JK-B2A24S20P': 10, '15.1 JK-PB2A16S20P': 20 },
      ...{ '8.0.3M JK-B2A24S': 0, '3.3.0 JK_B2A24S': 0 },
    };
    for (const [identity, voltage] of Object.entries(voltages)) {
      const [version = '', model] = identity.split(' ');
      assert.equal(cellsOf(none, version, model).voltage, voltage, identity);
    }
    const { memory } = ask('96', [SETTINGS, none], ask('97', [info('11.288H')]).memory);
    assert.equal(memory.variant, undefined);
    assert.equal(ask('96', [CELLS_24S], memory).memory.variant, 'jk02-24s');
  });

  it('a new 24S board whose resistance looks like a mask of 32S is none', () => {
    // 48 mohm at the fourth wire: as a mask, two places without cells, whose sum is that of no cycles
    const young = record(2, { 70: '3000', 150: u32(5) }, CELLS_24S);
    assert.equal(ask('96', [young]).memory.variant, 'jk02-24s');
    // 1 mohm and 3300 cycles: cell 1 alone at 3.300 V
    const chance = record(2, { 70: '0100', 150: u32(3300) }, CELLS_24S);
    assert.equal(ask('96', [chance]).memory.variant, undefined);
    assert.equal(cellsOf(chance, '10.07').cycles, 3300);
  });

  it('what the structure has shown holds for the connection', () => {
    const { memory } = ask('96', [SETTINGS, CELLS_32S]);
    const sunk = readCells(record(2, { 150: u32(0) }, CELLS_32S), memory);
    assert.deepEqual([sunk.cellVoltages, sunk.voltage], [[3.3, 3.3, 3.3, 3.3], 0]);
  });

  it('firmware 14 and 15 sends its device information with its settings: version and layout follow at once', () => {
    const cells = record(2, { 162: 'c800 d200', 256: '0000 0000' }, CELLS_32S);
    const { reading, memory } = ask('96', [SETTINGS, INFO, ACKNOWLEDGEMENT, cells]);
    assert.deepEqual([reading.model, memory.softwareMajor], ['JK_PB2A16S20P', 15]);
    assert.deepEqual(reading.temperatures, [20, 21, 0, 0]);
  });
});

/** What a board sends that is asked for its cells. */
const ANSWER = Buffer.concat([SETTINGS, ACKNOWLEDGEMENT, CELLS_32S]);

describe('jk-ble: the stream (jk-ble.md 2, 3)', () => {
  const request = (memory: JkBleMemory, attempt?: number): string =>
    queryFor('96').request({ address: 0, memory }, attempt).toString('hex');
  /** The memory after these answers, one after the other. */
  const after = (...answers: Buffer[][]): JkBleMemory =>
    answers.reduce<JkBleMemory>((memory, chunks) => ask('96', chunks, memory).memory, {});

  it('asks first, then listens, and asks again when nothing comes', () => {
    assert.deepEqual([request({}), request({}, 2)], [ASK_CELLS, ASK_CELLS]);
    const memory = after([ANSWER]);
    assert.deepEqual([request(memory), request(memory, 1)], ['', '']);
    assert.deepEqual([request(memory, 2), request(memory, 3)], [ASK_CELLS, ASK_CELLS]);
    assert.equal(request(after([ANSWER], [CELLS_32S])), '');
    assert.equal(ask('96', [CELLS_32S], memory).reading.designCapacity, 100, 'the settings are kept');
  });

  it('keeps asking until the settings have come: the first record may be of a stream that ran before', () => {
    const { memory, reading } = ask('96', [CELLS_32S, ANSWER]);
    assert.equal(reading.designCapacity, undefined);
    assert.equal(request(memory), ASK_CELLS);
    assert.equal(request(ask('96', [ANSWER], memory).memory), '');
  });

  it('asks with every poll when a board does not send by itself, and tolerates a pause of one that does', () => {
    assert.equal(request(after([ANSWER], [ANSWER])), '');
    assert.equal(request(after([ANSWER], [ANSWER], [CELLS_32S], [ANSWER])), '');
    const never = [[ANSWER], [ANSWER], [ANSWER]];
    for (const next of [[], [[CELLS_32S]], [[ANSWER]]]) assert.equal(request(after(...never, ...next)), ASK_CELLS);
  });
});

describe('jk-ble: the board’s side', () => {
  it('sends records and acknowledgement in the order of the sheet', () => {
    const types = (request: string, softwareVersion?: string): unknown => {
      const bytes = jkBle.emulate(hex(request))?.answer(softwareVersion === undefined ? {} : { softwareVersion });
      assert.ok(bytes);
      const found: unknown[] = [];
      for (let at = 0; at < bytes.length; at += bytes[at] === 0x55 ? 300 : 20) found.push(bytes[at + 4]);
      return found;
    };
    assert.deepEqual(types(ASK_IDENTITY), [3, 0xc8]);
    assert.deepEqual(types(ASK_CELLS), [1, 0xc8, 2]);
    for (const version of ['14.20', '15.38']) assert.deepEqual(types(ASK_CELLS, version), [1, 3, 0xc8, 2]);
    for (const version of ['10.07', '13.1', '16.0', '19.27']) assert.deepEqual(types(ASK_CELLS, version), [1, 0xc8, 2]);
    assert.ok(jkBle.emulate(hex(ASK_IDENTITY))?.answer({}).subarray(300).equals(ACKNOWLEDGEMENT));
  });

  it('answers the commands of the app, whose padding is stale memory, and nothing that is no request to read', () => {
    for (const exchange of loadVectors('jk-ble').flatMap(({ exchanges }) => exchanges)) {
      const { tx, txCaptured } = exchange as { tx: string; txCaptured?: string };
      if (txCaptured === undefined) continue;
      const answered = (jkBle.emulate(hex(txCaptured))?.answer({}).length ?? 0) > 0;
      assert.equal(answered, tx === ASK_CELLS || tx === ASK_IDENTITY, txCaptured);
    }
    const wrongSum = `${ASK_CELLS.slice(0, -2)}11`;
    const cut = [ASK_CELLS + ASK_CELLS, ASK_CELLS.slice(2), CELLS_32S.toString('hex'), ''];
    for (const silent of [wrongSum, ...cut]) {
      assert.equal(jkBle.emulate(hex(silent)), undefined, silent);
    }
  });

  it('has any part of a pack', () => {
    assert.deepEqual(readAll(jkBle, {}, 0), {
      ...{ errorCounts: { powerOns: 0 }, cellVoltages: [], cellCount: 0, cellResistances: [], voltage: 0, current: 0 },
      ...{ balanceCurrent: 0, remainingCapacity: 0, cycles: 0, cycleCapacity: 0, runtime: 0, chargeEnabled: false },
      ...{ dischargeEnabled: false, heating: false, temperatures: [null, null], balancing: false, alarms: [] },
    });
    const some = readAll(jkBle, { cellVoltages: [3.3, 3.4], model: 'JK-B2A16S', temperatures: [20] }, 0);
    assert.deepEqual([some.voltage, some.temperatures], [6.7, undefined]);
    assert.deepEqual(readAll(jkBle, { temperatures: [20, null, 22] }, 0).temperatures, [20, null, 22, null]);
  });

  it('is 32S by default and for more than 24 cells, the others when the pack says so', () => {
    const heats = (softwareVersion: string, cells: number): unknown =>
      readAll(jkBle, { cellVoltages: Array<number>(cells).fill(3.3), softwareVersion }, 0).heating;
    for (const version of ['1.0', '10.07', '11.2']) assert.equal(heats(version, 25), false, version);
    const few = ['1.0', '3.3.0', '4.0', '10.07', '11.2'].map((version) => heats(version, 24));
    assert.deepEqual(few, [false, false, undefined, undefined, false]);
  });
});
