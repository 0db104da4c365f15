import assert from 'node:assert/strict';
import { alarm } from '../../../src/battery/alarm';
import { toMqttBattery } from '../../../src/battery/sinks/mqtt-battery';
import type { SinkReading } from '../../../src/battery/sinks/sink';
import { LIMITS, LOST } from '../../support/sinks';

const PACK: SinkReading = {
  ...{ voltage: 53.2, current: 10, power: 532, soc: 60, soh: 99, fullCapacity: 280, remainingCapacity: 168 },
  ...{ timeToEmpty: 3600, cycles: 12, cellCount: 2, cellVoltages: [3.32, 3.33], cellVoltageMin: 3.32 },
  ...{ cellVoltageMax: 3.33, minCell: 1, maxCell: 2, balancing: true, balancingCells: [2] },
  ...{ temperatures: [20, 22], temperatureMin: 20, temperatureMax: 22, temperatureAverage: 21, mosTemperature: 30 },
  ...{ chargeEnabled: true, dischargeEnabled: false, balancingSwitch: true },
};

describe('mqtt-battery', () => {
  it('has the keys that dbus-mqtt-battery takes', () => {
    const alarms = [alarm('charge_overtemperature', 'warning'), alarm('cell_undervoltage', 'protection')];
    assert.deepEqual(toMqttBattery({ ...PACK, alarms }, { ...LIMITS, chargeCurrentLimit: 0.8, chargeRequest: false }), {
      Dc: { Power: 532, Voltage: 53.2, Current: 10, Temperature: 21 },
      ...{ Soc: 60, Soh: 99, InstalledCapacity: 280, Capacity: 168, ConsumedAmphours: 112, TimeToGo: 3600 },
      Balancing: 1,
      Alarms: {
        ...{ LowVoltage: 0, HighVoltage: 0, LowSoc: 0, HighChargeCurrent: 0, HighDischargeCurrent: 0, HighCurrent: 0 },
        ...{ CellImbalance: 0, HighChargeTemperature: 1, LowChargeTemperature: 0, LowCellVoltage: 2 },
        ...{ LowTemperature: 0, HighTemperature: 0, FuseBlown: 0 },
      },
      Info: { ChargeRequest: 0, MaxChargeVoltage: 55.2, MaxChargeCurrent: 0, MaxDischargeCurrent: 80 },
      History: { ChargeCycles: 12 },
      System: {
        ...{ MinVoltageCellId: 'C1', MinCellVoltage: 3.32, MaxVoltageCellId: 'C2', MaxCellVoltage: 3.33 },
        ...{ MinTemperatureCellId: 'T1', MinCellTemperature: 20, MaxTemperatureCellId: 'T2', MaxCellTemperature: 22 },
        ...{ MOSTemperature: 30, NrOfModulesOnline: 1, NrOfModulesOffline: 0, NrOfCellsPerBattery: 2 },
        ...{ NrOfModulesBlockingCharge: 0, NrOfModulesBlockingDischarge: 1 },
      },
      Voltages: { Cell1: 3.32, Cell2: 3.33 },
      Balances: { Cell1: 0, Cell2: 1 },
      Io: { AllowToCharge: 0, AllowToDischarge: 0, AllowToBalance: 1 },
    });
  });

  it('names pack and cell of a bank, and does not give its cells as those of one battery', () => {
    const packs = ['A', 'B'].map((pack) => ({ pack, state: 'fresh' as const, cellCount: 16 }));
    const bank = {
      ...PACK,
      packs,
      packCount: 2,
      packsOnline: 1,
      packsBlockingCharge: 1,
      minCell: 20,
      minCellPack: 'B',
    };
    const { System, Voltages } = toMqttBattery(bank, LIMITS) ?? {};
    const { MinVoltageCellId, NrOfModulesOffline, NrOfModulesBlockingCharge } = System as Record<string, unknown>;
    assert.deepEqual([MinVoltageCellId, NrOfModulesOffline, NrOfModulesBlockingCharge], ['P2C4', 1, 1]);
    assert.equal(Voltages, undefined);
  });

  it('has nothing without the values that the driver needs', () => {
    assert.deepEqual(toMqttBattery({ voltage: 53, power: 100, soc: 101 }, {})?.['Soc'], 100);
    for (const key of ['voltage', 'power', 'soc'] as const) {
      assert.equal(toMqttBattery({ ...PACK, [key]: undefined }, LIMITS), undefined);
    }
    assert.equal(toMqttBattery(undefined, LIMITS), undefined);
  });

  it('has limits for a pack that is lost, and of its values only those without which they are not taken', () => {
    const { Dc, Soh, Info, System, Voltages } = toMqttBattery(PACK, LOST) ?? {};
    assert.deepEqual(Dc, { Power: 532, Voltage: 53.2, Current: 10 });
    assert.equal((Info as Record<string, unknown>)['MaxChargeCurrent'], 0);
    assert.deepEqual(System, { NrOfModulesOnline: 0, NrOfModulesOffline: 1, NrOfCellsPerBattery: 2 });
    assert.deepEqual([Soh, Voltages], [undefined, undefined]);
  });
});
