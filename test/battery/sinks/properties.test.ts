import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ALARM_CODES, ALARM_LEVELS, alarm } from '../../../src/battery/alarm';
import { TOPOLOGIES } from '../../../src/battery/bank/settings';
import type { LimitReason } from '../../../src/battery/limits/reasons';
import type { Reading } from '../../../src/battery/reading';
import { toMqttBattery } from '../../../src/battery/sinks/mqtt-battery';
import { toPylontech } from '../../../src/battery/sinks/pylontech';
import type { SinkLimits, SinkReading } from '../../../src/battery/sinks/sink';
import { toVictron, type VictronMemory, type VictronPayload } from '../../../src/battery/sinks/victron';
import { PROTOCOLS } from '../../../src/codec/registry';
import { kitOf } from '../../kits';
import { BankBench } from '../../support/bank';
import { FakeClock } from '../../support/fake-clock';
import { loadVectors, readVector } from '../../support/vectors';
import { VirtualBattery, type Value } from '../../support/virtual-battery/battery';
import { INITIAL } from '../../support/virtual-battery/properties';

/** In CI; at night `SINKS_RUNS=100000`. */
const RUNS = Number(process.env.SINKS_RUNS ?? 2000);

/** What boards have really said, in all protocols. */
const CAPTURED: readonly Reading[] = PROTOCOLS.flatMap((protocol) => {
  const { folder } = kitOf(protocol).captures;
  const vectors = loadVectors(folder).filter((vector) => vector.protocol === protocol.id);
  return vectors.map((vector) => readVector(protocol, vector).reading).filter(({ voltage }) => voltage !== undefined);
});

const number = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -200, max: 400, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, -0, 1e12, -1e12, 0.8, 0.04) },
);
const alarms = fc.array(fc.tuple(fc.constantFrom(...ALARM_CODES), fc.constantFrom(...ALARM_LEVELS)), { maxLength: 4 });
const captured = fc.constantFrom(...CAPTURED);
/** A captured reading with some values of it that are odd, or missing. */
const pack = fc
  .tuple(
    captured,
    fc.dictionary(fc.constantFrom(...numbersOf(CAPTURED)), fc.option(number, { nil: undefined }), { maxKeys: 4 }),
    alarms,
  )
  .map(([reading, odd, raised]): SinkReading => ({
    ...reading,
    ...odd,
    ...(raised.length > 0 ? { alarms: raised.map(([code, level]) => alarm(code, level)) } : {}),
  }));
const bank = fc
  .tuple(
    fc.constantFrom(...TOPOLOGIES),
    fc.array(fc.option(captured, { nil: undefined }), { minLength: 4, maxLength: 4 }),
  )
  .map(([topology, packs]): SinkReading | undefined => {
    const bench = new BankBench({ topology, quorum: 1 }, [
      { group: '1' },
      { group: '1' },
      { group: '2' },
      { group: '2' },
    ]);
    return bench.step(packs).reading;
  });
const limits = fc.record(
  {
    ...{ chargeVoltageLimit: number, chargeCurrentLimit: number, dischargeVoltageLimit: number },
    ...{ dischargeCurrentLimit: number, chargeRequest: fc.boolean() },
    chargeLimitedBy: fc.constantFrom<readonly LimitReason[]>([], ['soc'], ['lost']),
  },
  { requiredKeys: [] },
);
const step = fc.record({ reading: fc.oneof(pack, bank), limits, seconds: fc.constantFrom(1, 5, 31) });

function numbersOf(readings: readonly Reading[]): [string, ...string[]] {
  const keys = new Set(
    readings.flatMap((reading) =>
      Object.keys(reading).filter((key) => typeof reading[key as keyof Reading] === 'number'),
    ),
  );
  return [...keys] as [string, ...string[]];
}

/** A virtual battery, and what it refuses. */
class Receiver {
  readonly clock = new FakeClock();
  readonly battery = new VirtualBattery({ clock: this.clock });

  async take(payloads: readonly VictronPayload[]): Promise<void> {
    for (const payload of payloads) this.battery.receive({ payload });
    await this.clock.tick(100);
    assert.deepEqual(this.battery.log, []);
  }

  /** What was never set is as good as unknown. */
  get values(): Record<string, Value> {
    return Object.fromEntries(
      [...this.battery.values].map(([path, value]) => [
        path,
        path in INITIAL ? (value ?? INITIAL[path] ?? null) : value,
      ]),
    );
  }
}

describe('sinks, of whatever reading and limits', () => {
  it('there are captured readings of every protocol', () => {
    assert.ok(CAPTURED.length > PROTOCOLS.length, `${CAPTURED.length}`);
  });

  it('victron: nothing is refused, and the D-Bus has after each step what this step alone would give', async () => {
    const history = fc.array(step, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const receiver = new Receiver();
        let memory: VictronMemory | undefined;
        let now = 0;
        for (const { reading, limits, seconds } of steps) {
          now += seconds;
          const { payloads, memory: next } = toVictron(reading, limits, memory, now);
          memory = JSON.parse(JSON.stringify(next)) as VictronMemory;
          assert.ok(payloads.length <= 2);
          await receiver.take(payloads);
          const alone = new Receiver();
          await alone.take(toVictron(reading, limits, undefined, 0).payloads);
          // Alarms of a battery of which nothing is known any more stay.
          if (reading !== undefined) assert.deepEqual(receiver.values, alone.values);
        }
      }),
      { numRuns: RUNS / 10 },
    );
  });

  it('pylontech: the frames never allow more than the limits, nor a charge voltage of nothing', () => {
    fc.assert(
      fc.property(step, ({ reading, limits }) => {
        const frames = toPylontech(reading, limits);
        if (frames.length === 0) return;
        const data = Object.fromEntries(frames.map((frame) => [frame.id.toString(16), frame.data]));
        assert.deepEqual(
          Object.values(data)
            .map(({ length }) => length)
            .sort(),
          [2, 4, 7, 8, 8, 8, data['356']?.length].sort(),
        );
        const said = data['351'] ?? Buffer.alloc(8);
        isWithin(said.readUInt16LE(0), limits.chargeVoltageLimit);
        isWithin(said.readInt16LE(2), limits.chargeCurrentLimit);
        isWithin(said.readInt16LE(4), limits.dischargeCurrentLimit);
        assert.ok(said.readUInt16LE(0) >= 10);
        assert.ok((data['355']?.readUInt16LE(0) ?? 999) <= 100);
      }),
      { numRuns: RUNS },
    );
  });

  it('mqtt-battery: JSON of numbers and texts, with the values that the driver needs', () => {
    fc.assert(
      fc.property(step, ({ reading, limits }) => {
        const payload = toMqttBattery(reading, limits);
        if (payload === undefined) return;
        assertValues(payload);
        const { Dc, Soc, Info = {} } = payload as unknown as MqttBattery;
        for (const value of [Dc.Power, Dc.Voltage, Soc]) assert.equal(typeof value, 'number');
        assert.ok((Info.MaxChargeCurrent ?? 0) >= 0 && Info.MaxChargeVoltage !== 0);
      }),
      { numRuns: RUNS },
    );
  });
});

interface MqttBattery {
  Dc: { Power: number; Voltage: number };
  Soc: number;
  Info?: { MaxChargeCurrent?: number; MaxChargeVoltage?: number };
}

/** @param tenths as in a frame */
function isWithin(tenths: number, limit: SinkLimits['chargeVoltageLimit']): void {
  assert.ok(tenths >= 0 && tenths <= Math.max(0, limit ?? 0) * 10 + 1e-5, `${tenths} ${limit}`);
}

function assertValues(value: unknown): void {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(assertValues);
  else assert.ok(typeof value === 'string' || Number.isFinite(value), String(value));
}
