import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alarm, ALARM_CODES, ALARM_LEVELS } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { daly } from '../../src/codec/daly';
import { frame, read } from '../support/daly-frames';
import { loadVector } from '../support/vectors';

const NOTHING = '0000000000000000';

const PACK: Reading = {
  voltage: 52.5,
  current: 0,
  soc: 18.9,
  remainingCapacity: 5.67,
  chargeEnabled: true,
  dischargeEnabled: true,
  cycles: 21,
  cellVoltages: [3.728, 3.734, 3.734, 3.736, 3.736, 3.742, 3.757, 3.766, 3.768, 3.761, 3.744, 3.78, 3.749, 3.78],
  temperatures: [null, 15, 12],
  alarms: [alarm('soc_low', 'warning')],
};

function ask(host: number, id: number, pack: Reading = PACK): string | undefined {
  return daly
    .emulate(frame(host, id, NOTHING))
    ?.answer(pack)
    .toString('hex');
}

describe('daly board (serve)', () => {
  it('answers as a captured pack does, in the bytes that mean something', () => {
    const { exchanges } = loadVector('daly', 'rs485-14s-readme-all');
    const bytesOf = new Map(exchanges.map(({ tx, rx }) => [tx.slice(4, 6), rx.join('')]));
    for (const id of [0x90, 0x98, 0x97]) assert.equal(ask(0x40, id), bytesOf.get(id.toString(16)));
  });

  it('answers 91 and 92 with the extremes and where they are', () => {
    assert.equal(ask(0x40, 0x91), frame(1, 0x91, '0ec40c0e90010000').toString('hex'));
    assert.equal(ask(0x40, 0x92), frame(1, 0x92, '3702340300000000').toString('hex'));
  });

  it('sends the frames that the count needs, and all of them through a dongle', () => {
    const frames = (host: number, id: number): number => (ask(host, id) ?? '').length / 26;
    assert.deepEqual([frames(0x40, 0x95), frames(0x40, 0x96)], [5, 1]);
    assert.deepEqual([frames(0x80, 0x95), frames(0x80, 0x96)], [16, 3]);
  });

  it('tells which address was asked, and answers with that board number', () => {
    for (const [host, address, board] of [
      [0x40, 1, 1],
      [0x41, 2, 2],
      [0x5e, 31, 31],
      [0x80, 128, 1],
    ] as const) {
      const served = daly.emulate(frame(host, 0x93, NOTHING));
      assert.equal(served?.address, address);
      assert.equal(served.answer(PACK)[1], board);
    }
  });

  it('takes the data of a request for what it is: filling', () => {
    assert.ok(daly.emulate(frame(0x40, 0x90, 'aaaaaaaaaaaaaaaa')));
  });

  it('is silent to what is no request, and to ids that it does not know', () => {
    const good = frame(0x40, 0x90, NOTHING);
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x10;
      assert.equal(daly.emulate(bad), undefined, `byte ${at}`);
    }
    assert.equal(daly.emulate(good.subarray(0, 12)), undefined);
    assert.equal(daly.emulate(Buffer.concat([good, good])), undefined);
    assert.equal(daly.emulate(Buffer.alloc(0)), undefined);
    for (const host of [0x00, 0x01, 0x1f, 0x20, 0x3f, 0x5f, 0x7f, 0x81]) {
      assert.equal(daly.emulate(frame(host, 0x90, NOTHING)), undefined, host.toString(16));
    }
    for (const id of [0x51, 0x59, 0xd8]) assert.equal(ask(0x40, id), undefined, id.toString(16));
    // These command, and a board that cannot be commanded has no answer.
    for (const id of [0x00, 0x21, 0xd9, 0xda]) assert.equal(ask(0x40, id), '', id.toString(16));
  });

  it('says every alarm that the sheet knows, and leaves out what it does not', () => {
    const everything = ALARM_CODES.flatMap((code) => ALARM_LEVELS.map((level) => alarm(code, level)));
    const said = everything.filter((entry) => {
      const answer = ask(0x40, 0x98, { alarms: [entry] }) ?? '';
      const { alarms = [] } = read(0x98, [Buffer.from(answer, 'hex')]);
      if (alarms.length > 0) assert.deepEqual(alarms, [entry]);
      return alarms.length > 0;
    });
    assert.equal(said.length, 43);
  });

  it('has a heartbeat, so that an empty pack that is off is not taken for no data', () => {
    const off: Reading = { remainingCapacity: 0, chargeEnabled: false, dischargeEnabled: false, state: 'idle' };
    const reading = read(0x93, [Buffer.from(ask(0x40, 0x93, off) ?? '', 'hex')]);
    assert.deepEqual(reading, off);
  });

  it('answers 0 A when the pack does not tell its current', () => {
    const answer = ask(0x40, 0x90, { voltage: 52.8, soc: 50 }) ?? '';
    assert.deepEqual(read(0x90, [Buffer.from(answer, 'hex')]), { voltage: 52.8, current: 0, soc: 50 });
  });

  it('finds the state from the current when the pack does not tell it', () => {
    const stateOf = (current?: number): unknown =>
      read(0x93, [Buffer.from(ask(0x40, 0x93, { current }) ?? '', 'hex')]).state;
    assert.deepEqual([stateOf(1), stateOf(-1), stateOf(0), stateOf()], ['charging', 'discharging', 'idle', 'idle']);
  });

  it('answers from any part of a pack, whatever its values', () => {
    const value = fc.option(fc.double(), { nil: undefined });
    const part: fc.Arbitrary<Reading> = fc.record(
      {
        voltage: value,
        current: value,
        soc: value,
        remainingCapacity: value,
        designCapacity: value,
        cycles: value,
        cellCount: fc.oneof(fc.integer({ min: -9, max: 999 }), fc.double({ min: 0, max: 50 })),
        cellVoltages: fc.array(fc.double(), { maxLength: 60 }),
        temperatures: fc.array(fc.option(fc.double()), { maxLength: 30 }),
        balancingCells: fc.array(fc.integer({ min: -5, max: 80 })),
        manufactureDate: fc.string(),
        serialNumber: fc.string({ maxLength: 60 }),
      },
      { requiredKeys: [] },
    );
    const ids = [0x91, 0x92, ...daly.queries.map((query) => query.request({ address: 1, memory: {} }).readUInt8(2))];
    fc.assert(
      fc.property(part, fc.constantFrom(0x40, 0x80), (pack, host) => {
        for (const id of ids) assert.equal((ask(host, id, pack) ?? '-').length % 26, 0);
      }),
    );
  });

  it('leaves the pack as it was', () => {
    const before = structuredClone(PACK);
    for (const query of daly.queries) daly.emulate(query.request({ address: 1, memory: {} }))?.answer(PACK);
    assert.deepEqual(PACK, before);
  });
});
