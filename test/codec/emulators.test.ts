import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alarm, ALARM_CODES, ALARM_LEVELS } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { Framer } from '../../src/codec/kit/framing';
import { PROTOCOLS } from '../../src/codec/registry';
import { askingRequest, benchPack, framesOf } from '../support/poll-answers';
import { readAll } from '../support/protocol-properties';

const value = fc.option(fc.double(), { nil: undefined });
const flag = fc.option(fc.boolean(), { nil: undefined });
const words = fc.string({ maxLength: 60 });

/** Any part of a pack, with values that no pack has. */
const part: fc.Arbitrary<Reading> = fc.record(
  {
    ...{ voltage: value, current: value, power: value, soc: value, soh: value, cycles: value, runtime: value },
    ...{ remainingCapacity: value, fullCapacity: value, designCapacity: value, cycleCapacity: value },
    ...{ mosTemperature: value, balanceCurrent: value, timeSinceCharge: value },
    ...{ chargeEnabled: flag, dischargeEnabled: flag, balancing: flag, heating: flag, chargerConnected: flag },
    ...{ chargeSwitch: flag, dischargeSwitch: flag },
    ...{ model: words, serialNumber: words, softwareVersion: words, deviceName: words, manufactureDate: words },
    cellCount: fc.oneof(fc.integer({ min: -9, max: 999 }), fc.double({ min: 0, max: 50 })),
    cellVoltages: fc.array(fc.double(), { maxLength: 60 }),
    temperatures: fc.array(fc.option(fc.double()), { maxLength: 30 }),
    balancingCells: fc.array(fc.integer({ min: -5, max: 80 })),
    state: fc.constantFrom('idle', 'charging', 'discharging'),
    alarms: fc
      .array(fc.tuple(fc.constantFrom(...ALARM_CODES), fc.constantFrom(...ALARM_LEVELS)), { maxLength: 9 })
      .map((list) => list.map(([code, level]) => alarm(code, level))),
  },
  { requiredKeys: [] },
);

/** Flips a bit of each byte in turn. */
function* damaged(request: Buffer): Generator<Buffer> {
  for (let at = 0; at < request.length; at++) {
    const bytes = Buffer.from(request);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    yield bytes;
  }
}

for (const protocol of PROTOCOLS) {
  const target = { address: protocol.address?.initial ?? 0, memory: {} };
  const asked = protocol.queries.map((query) => ({ query, request: askingRequest(query, target) }));

  describe(`emulator: ${protocol.id}`, () => {
    it('answers in whole frames from any part of a pack, whatever its values, and leaves it as it was', () => {
      fc.assert(
        fc.property(part, (pack) => {
          const before = structuredClone(pack);
          for (const { query, request } of asked) {
            const bytes = protocol.emulate(request)?.answer(pack) ?? Buffer.alloc(0);
            const framer = new Framer(framesOf(protocol, query, target));
            framer.push(bytes);
            assert.deepEqual([framer.discarded, framer.pending], [0, 0], query.name);
          }
          assert.deepEqual({ ...pack }, { ...before });
        }),
        { numRuns: 40 },
      );
    });

    it('is silent to requests that are cut, and to more than one', () => {
      assert.equal(protocol.emulate(Buffer.alloc(0)), undefined);
      for (const { query, request } of asked) {
        for (let length = 1; length < request.length; length++) {
          assert.equal(protocol.emulate(request.subarray(0, length)), undefined, `${query.name}: ${length} bytes`);
        }
        assert.equal(protocol.emulate(Buffer.concat([request, request])), undefined, query.name);
      }
    });

    it('answers a damaged request with nothing, or as what it has become', () => {
      for (const { query, request } of asked) {
        for (const bytes of damaged(request)) {
          const answer = protocol.emulate(bytes)?.answer({});
          if (protocol.checksum !== 'crc8') assert.equal(answer, undefined, `${query.name} ${bytes.toString('hex')}`);
        }
      }
    });

    it('reports each alarm as it is, or not at all where its protocol has no bit for it', () => {
      const everything = ALARM_CODES.flatMap((code) => ALARM_LEVELS.map((level) => alarm(code, level)));
      const reported = everything.filter((wanted) => {
        const { alarms = [] } = readAll(protocol, { ...benchPack, alarms: [wanted] }, target.address);
        if (alarms.length > 0) assert.deepEqual(alarms, [wanted]);
        return alarms.length > 0;
      });
      assert.ok(reported.length > 0);
    });
  });
}
