import assert from 'node:assert/strict';
import { jkBle } from '../../src/codec/jk-ble';
import { Framer } from '../../src/codec/kit/framing';
import { loadVector, readVector } from '../support/vectors';
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
  record,
  SETTINGS,
} from '../support/jk-ble';
import { hex } from '../support/sheet';

describe('jk-ble quirks: finding the record (sections 4, 14)', () => {
  const frames = (...chunks: Buffer[]): Buffer[] => {
    const framer = new Framer(jkBle.frames);
    return chunks.flatMap((chunk) => framer.push(chunk));
  };

  it('AT lines alone, before and behind a record, and glued to the acknowledgement', () => {
    const whole = [AT, AT, SETTINGS, AT, ACKNOWLEDGEMENT, AT, AT, CELLS_32S, AT];
    assert.deepEqual(frames(Buffer.concat(whole)), [SETTINGS, ACKNOWLEDGEMENT, CELLS_32S]);
    assert.deepEqual(frames(...whole), [SETTINGS, ACKNOWLEDGEMENT, CELLS_32S]);
  });

  it('19.05: acknowledgement and AT line hang on the device-info record', () => {
    assert.deepEqual(frames(Buffer.concat([INFO, ACKNOWLEDGEMENT, AT])), [INFO, ACKNOWLEDGEMENT]);
    assert.equal(ask('97', [Buffer.concat([INFO, ACKNOWLEDGEMENT, AT])]).reading.softwareVersion, '15.41');
  });

  it('two records in one notification, and a record split at 84 bytes', () => {
    const both = Buffer.concat([SETTINGS, CELLS_32S]);
    assert.deepEqual(frames(both.subarray(0, 384), both.subarray(384)), [SETTINGS, CELLS_32S]);
    assert.deepEqual(frames(CELLS_32S.subarray(0, 84), CELLS_32S.subarray(84)), [CELLS_32S]);
  });

  it('the tail of an older record in front is dropped', () => {
    for (const length of [1, 22, 150, 299]) {
      assert.equal(ask('96', [CELLS_32S.subarray(300 - length), CELLS_24S]).reading.voltage, 13.2, `${length}`);
    }
  });

  it('a record that was damaged on the way passes the header test: only the sum tells', () => {
    const damaged = Buffer.from(CELLS_32S);
    damaged[20] = 1;
    assert.deepEqual(frames(damaged, CELLS_24S), [CELLS_24S]);
    assert.throws(() => ask('96', [damaged]), { code: 'checksum' });
    assert.throws(() => ask('96', [CELLS_32S.subarray(0, 200)]), { code: 'timeout' });
  });

  it('bytes lost inside a record: the one that starts inside it is found', () => {
    for (const length of [5, 20, 128, 256, 299]) {
      assert.deepEqual(frames(CELLS_32S.subarray(0, length), CELLS_24S, CELLS_32S.subarray(0, 1)), [CELLS_24S]);
    }
  });

  it('a header with a type that does not exist holds nothing up', () => {
    for (const type of [0, 4, 6, 0xff]) {
      const framer = new Framer(jkBle.frames);
      assert.deepEqual(framer.push(record(type, {}).subarray(0, 5)), []);
      assert.equal(framer.pending, 0, `${type}`);
      assert.equal(framer.badChecksums, 0);
    }
  });

  it('the type decides, never what was asked last: records that were not asked for are skipped', () => {
    assert.equal(ask('97', [CELLS_32S, SETTINGS, CELLS_32S, ACKNOWLEDGEMENT, INFO]).reading.hardwareVersion, '15A');
    assert.throws(() => ask('97', [CELLS_32S, SETTINGS, ACKNOWLEDGEMENT, record(5, {})]), { code: 'timeout' });
    assert.throws(() => ask('96', [record(5, {}), SETTINGS, ACKNOWLEDGEMENT, INFO]), { code: 'timeout' });
  });

  it('an echo of the own commands is no answer', () => {
    for (const [code, echo] of [
      ['96', ASK_CELLS],
      ['97', ASK_IDENTITY],
    ] as const) {
      const { match: judge } = queryFor(code);
      assert.equal(judge(hex(echo), [], { address: 0, memory: {} }), 'foreign');
      assert.equal(judge(ACKNOWLEDGEMENT, [], { address: 0, memory: {} }), 'foreign');
    }
    assert.equal(ask('96', [hex(ASK_CELLS), CELLS_24S]).reading.voltage, 13.2);
  });

  it('the counter in byte 5 means nothing', () => {
    for (const counter of ['00', '90', 'ff']) {
      assert.equal(ask('96', [record(2, { 5: counter }, CELLS_24S)]).reading.voltage, 13.2);
    }
  });
});

describe('jk-ble quirks: which variant (section 1)', () => {
  const LAYOUTS = { 'jk02-24s': CELLS_24S, 'jk02-32s': CELLS_32S, jk04: CELLS_JK04 };

  it('the structure decides, against the version and the model', () => {
    for (const [variant, cells] of Object.entries(LAYOUTS)) {
      for (const [version, model] of [
        ['8.0.3M', 'JK-B5A24S'],
        ['10.07', 'JK-B2A24S20P'],
        ['19.27', 'JK_PB2A16S20P'],
        ['', ''],
      ] as const) {
        const told = ask('97', [info(version, model)]).memory;
        const { reading, memory } = ask('96', [SETTINGS, cells], told);
        assert.equal(memory.variant, variant, `${variant}: ${version}`);
        assert.deepEqual([reading.cellVoltages, reading.voltage], [[3.3, 3.3, 3.3, 3.3], 13.2]);
      }
    }
  });

  it('B5A24S 8.0.3M is a balancer, which its version alone does not tell', () => {
    const { reading } = readVector(jkBle, loadVector('jk-ble', 'jk04-b5a24s-8.0.3M-balancing'));
    for (const key of ['current', 'soc', 'temperatures', 'chargeEnabled', 'remainingCapacity'] as const) {
      assert.equal(reading[key], undefined, key);
    }
  });

  it('3 %, at least 0.3 V, may lie between the voltage and the sum of the cells', () => {
    const at = (cells: Buffer, offset: number, millivolts: number): Buffer => {
      const changed = Buffer.alloc(4);
      changed.writeUInt32LE(millivolts);
      return record(2, { [offset]: changed.toString('hex') }, cells);
    };
    for (const [millivolts, fits] of [
      [13_200 - 384, true],
      [13_200 + 408, true],
      [13_200 - 386, false],
      [13_200 + 410, false],
    ] as const) {
      assert.equal(ask('96', [at(CELLS_24S, 118, millivolts)]).memory.variant, fits ? 'jk02-24s' : undefined);
      assert.equal(ask('96', [at(CELLS_32S, 150, millivolts)]).memory.variant, fits ? 'jk02-32s' : undefined);
    }
    const one = record(2, { 6: 'e40c', 70: '01000000', 150: 'b80b0000' });
    assert.equal(ask('96', [one]).memory.variant, 'jk02-32s');
    assert.equal(ask('96', [record(2, { 150: 'b70b0000' }, one)]).memory.variant, undefined);
  });

  it('without cells the model, then the version decides, until cells are there', () => {
    const none = record(2, { 118: '10270000', 150: '204e0000' });
    assert.equal(cellsOf(none, '10.07').voltage, 10);
    assert.equal(cellsOf(none, '11.288H').voltage, 20);
    assert.equal(cellsOf(none, '9.1', 'JK-B2A24S20P').voltage, 10);
    assert.equal(cellsOf(none, '15.1', 'JK-PB2A16S20P').voltage, 20);
    assert.equal(cellsOf(none, '8.0.3M', 'JK-B2A24S').voltage, 0);
    assert.equal(cellsOf(none, '3.3.0', 'JK_B2A24S').voltage, 0);
    const { memory } = ask('96', [SETTINGS, none], ask('97', [info('11.288H')]).memory);
    assert.equal(memory.variant, undefined);
    assert.equal(ask('96', [CELLS_24S], memory).memory.variant, 'jk02-24s');
  });

  it('a new 24S board whose resistance looks like a mask of 32S is none', () => {
    // 48 mohm at the fourth wire: as a mask, two places without cells, whose sum is that of no cycles
    const young = record(2, { 70: '3000', 150: '05000000' }, CELLS_24S);
    assert.equal(ask('96', [young]).memory.variant, 'jk02-24s');
    // 1 mohm and 3300 cycles: cell 1 alone at 3.300 V
    const chance = record(2, { 70: '0100', 150: 'e40c0000' }, CELLS_24S);
    assert.equal(ask('96', [chance]).memory.variant, undefined);
    assert.equal(cellsOf(chance, '10.07').cycles, 3300);
  });

  it('what the structure has shown holds for the connection', () => {
    const { memory } = ask('96', [SETTINGS, CELLS_32S]);
    const sunk = record(2, { 150: '00000000' }, CELLS_32S);
    assert.deepEqual(readCells(sunk, memory).cellVoltages, [3.3, 3.3, 3.3, 3.3]);
    assert.equal(readCells(sunk, memory).voltage, 0);
  });
});
