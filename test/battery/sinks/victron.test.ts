import assert from 'node:assert/strict';
import { ALARM_CODES, alarm, type AlarmCode, type AlarmLevel } from '../../../src/battery/alarm';
import type { SinkLimits, SinkReading } from '../../../src/battery/sinks/sink';
import { toVictron, type VictronMemory, type VictronPayload } from '../../../src/battery/sinks/victron';
import { LIMITS, LOST } from '../../support/sinks';

const FIRST = {
  'Info/MaxChargeVoltage': 55.2,
  'Info/MaxChargeCurrent': 98,
  'Info/MaxDischargeCurrent': 80,
  'Info/BatteryLowVoltage': 46.4,
};

/** What a receiver gets over time. */
class Sender {
  memory: VictronMemory | undefined;
  now = 0;

  send(reading: SinkReading | undefined, limits: SinkLimits = LIMITS): readonly VictronPayload[] {
    const { payloads, memory } = toVictron(reading, limits, this.memory, this.now);
    this.memory = JSON.parse(JSON.stringify(memory)) as VictronMemory;
    this.now += 1;
    return payloads;
  }

  /** The second payload. */
  rest(reading: SinkReading, limits?: SinkLimits): VictronPayload {
    return this.send(reading, limits)[1] ?? {};
  }
}

const bank = (minCell: number, minCellPack: string, others: SinkReading = {}): SinkReading => ({
  minCell,
  minCellPack,
  packs: ['A', 'B'].map((pack) => ({ pack, state: 'fresh', cellCount: 16 })),
  ...others,
});

const levels = (...alarms: readonly (readonly [AlarmCode, AlarmLevel])[]): Record<string, unknown> => {
  const payload = new Sender().rest({ alarms: alarms.map(([code, level]) => alarm(code, level)) });
  const raised = Object.entries(payload).filter(([path, level]) => path.startsWith('Alarms/') && level !== 0);
  return Object.fromEntries(raised.map(([path, level]) => [path.slice(7), level]));
};

describe('victron', () => {
  it('sends the limits first and alone', () => {
    const [first, second, ...more] = new Sender().send({ soc: 60 });
    assert.deepEqual(first, FIRST);
    assert.ok(Object.keys(second ?? {}).every((path) => !(path in FIRST)));
    assert.deepEqual(more, []);
  });

  it('clamps what would be refused, and the time to go is null where it is absent', () => {
    const sender = new Sender();
    const { Soc, TimeToGo } = sender.rest({ soc: 100.4, timeToEmpty: 2_000_000 });
    assert.deepEqual({ Soc, TimeToGo }, { Soc: 100, TimeToGo: 864_000 });
    assert.equal(new Sender().rest({ soc: 60 })['TimeToGo'], null);
    assert.equal(new Sender().rest({ soc: -1, soh: 120 })['Soh'], 100);
  });

  it('says null for a value that is absent and was sent before, and nothing for one that never was', () => {
    const sender = new Sender();
    assert.ok(!('Soh' in sender.rest({ soc: 60 })));
    assert.equal(sender.rest({ soc: 60, soh: 99, minCell: 4 })['Soh'], 99);
    const rest = sender.rest({ soc: 60 });
    assert.equal(rest['Soh'], null);
    assert.equal(rest['System/MinVoltageCellId'], null);
    const others = { ...LIMITS, chargeVoltageLimit: undefined };
    assert.equal(sender.send({}, others)[0]?.['Info/MaxChargeVoltage'], null);
    assert.ok(!('Info/MaxChargeVoltage' in (new Sender().send({}, others)[0] ?? {})));
  });

  for (const [given, sent] of [
    [0.8, 0],
    [123.27, 123.2],
    [-3, 0],
    [NaN, undefined],
    [1, 1],
  ] as const) {
    it(`makes ${sent} A of a limit of ${given} A`, () => {
      const [first] = new Sender().send({}, { ...LIMITS, chargeCurrentLimit: given, dischargeCurrentLimit: given });
      assert.equal(first?.['Info/MaxChargeCurrent'], sent);
      assert.equal(first?.['Info/MaxDischargeCurrent'], sent);
    });
  }

  it('never sends a voltage limit of 0', () => {
    const [first] = new Sender().send({}, { ...LIMITS, chargeVoltageLimit: 0, dischargeVoltageLimit: 0.004 });
    assert.deepEqual(Object.keys(first ?? {}), ['Info/MaxChargeCurrent', 'Info/MaxDischargeCurrent']);
  });

  it('numbers cells of a bank by pack and cell of the pack, those of a pack as they are', () => {
    assert.equal(new Sender().rest(bank(20, 'B'))['System/MinVoltageCellId'], 204);
    assert.equal(new Sender().rest({ minCell: 4 })['System/MinVoltageCellId'], 4);
    const unknown = [
      bank(20, 'C'),
      {
        ...bank(20, 'B'),
        packs: [
          { pack: 'A', state: 'fresh' as const },
          { pack: 'B', state: 'fresh' as const },
        ],
      },
    ];
    for (const reading of unknown) assert.ok(!('System/MinVoltageCellId' in new Sender().rest(reading)));
  });

  it('says how packs are connected', () => {
    const layout = (reading: SinkReading): unknown[] => {
      const rest = new Sender().rest(reading);
      return ['NrOfBatteries', 'BatteriesParallel', 'BatteriesSeries', 'NrOfCellsPerBattery'].map(
        (key) => rest[`System/${key}`],
      );
    };
    assert.deepEqual(layout({ cellCount: 16 }), [1, 1, 1, 16]);
    assert.deepEqual(layout(bank(1, 'A', { seriesCells: 16 })), [2, 2, 1, 16]);
    assert.deepEqual(layout(bank(1, 'A', { seriesCells: 32 })), [2, 1, 2, 16]);
    const packs = [16, 8].map((cellCount, i) => ({ pack: `${i}`, state: 'fresh' as const, cellCount }));
    assert.deepEqual(layout({ packs, seriesCells: 24 }), [2, undefined, undefined, undefined]);
  });

  it('names the sensors, and leaves out the temperature of the whole battery, which is not always taken', () => {
    const reading = { temperatures: [null, 21, 18], temperatureMin: 18, temperatureMax: 21, temperatureAverage: 19.5 };
    const rest = new Sender().rest(reading);
    assert.equal(rest['System/MinTemperatureCellId'], 3);
    assert.equal(rest['System/MaxTemperatureCellId'], 2);
    assert.ok(!('Dc/0/Temperature' in rest));
  });

  it('sends a request to charge as a number', () => {
    assert.equal(new Sender().rest({}, { ...LIMITS, chargeRequest: true })['Info/ChargeRequest'], 1);
    assert.ok(!('Info/ChargeRequest' in new Sender().rest({})));
  });

  describe('alarms', () => {
    it('are all sent, also those that are not raised', () => {
      const paths = Object.entries(new Sender().rest({ alarms: [] })).filter(([path]) => path.startsWith('Alarms/'));
      assert.equal(paths.length, 13);
      assert.ok(paths.every(([, level]) => level === 0));
    });

    it('have the highest level of their codes', () => {
      assert.deepEqual(levels(['cell_overvoltage', 'warning']), { HighCellVoltage: 1 });
      assert.deepEqual(levels(['overtemperature', 'warning'], ['mos_overtemperature', 'protection']), {
        HighTemperature: 2,
      });
      assert.deepEqual(levels(['soc_low', 'warning'], ['short_circuit', 'fault']), { LowSoc: 1, HighCurrent: 2 });
    });

    it('that have no path are an internal failure, unless they only warn', () => {
      assert.deepEqual(levels(['afe_fault', 'fault']), { InternalFailure: 2 });
      assert.deepEqual(levels(['pack_lost', 'fault']), { InternalFailure: 2 });
      assert.deepEqual(levels(['wire_resistance_high', 'warning']), {});
    });

    it('of every code are one alarm', () => {
      for (const code of ALARM_CODES) assert.equal(Object.keys(levels([code, 'fault'])).length, 1, code);
    });
  });

  it('sends what was measured as unknown while the pack is lost, with its limits and an internal failure', () => {
    const sender = new Sender();
    sender.send({ voltage: 53, soc: 60, cellVoltageMin: 3.3, alarms: [] });
    const [first, rest] = sender.send({ voltage: 53, soc: 60, cellVoltageMin: 3.3, alarms: [] }, LOST);
    assert.deepEqual(first, { ...FIRST, 'Info/MaxChargeCurrent': 0, 'Info/MaxDischargeCurrent': 40 });
    for (const path of ['Dc/0/Voltage', 'Soc', 'TimeToGo', 'System/MinCellVoltage'])
      assert.equal(rest?.[path], null, path);
    assert.equal(rest?.['Alarms/InternalFailure'], 2);
    assert.equal(sender.rest({ voltage: 53, alarms: [] })['Alarms/InternalFailure'], 0);
  });

  it('sends nothing while nothing is known', () => {
    assert.deepEqual(new Sender().send(undefined, {}), []);
  });

  it('repeats limits and what is set at once each time, the rest when it changes, and each 30 s', () => {
    const sender = new Sender();
    const reading = { soc: 60, minCell: 4, cellCount: 16 };
    sender.send(reading);
    const counts = Array.from({ length: 30 }, () => {
      const [first, rest] = sender.send(reading);
      assert.deepEqual(first, FIRST);
      assert.equal(rest?.['Soc'], 60);
      return Number('System/MinVoltageCellId' in (rest ?? {}));
    });
    assert.deepEqual(counts, [...Array<number>(29).fill(0), 1]);
    assert.equal(sender.rest({ ...reading, minCell: 5 })['System/MinVoltageCellId'], 5);
    // A clock that begins anew is a restart.
    sender.now = 0;
    assert.equal(sender.rest({ ...reading, minCell: 5 })['System/MinVoltageCellId'], 5);
  });
});
