import { codeTable, type SwitchTables } from '../ant/codes';

/**
 * What the codes of the MOSFETs mean: the only alarms that the status has (ant-legacy.md 4.1). They are close to those of
 * the later protocol, but fewer.
 */
export const switches: SwitchTables = {
  charge: codeTable(
    'charge_mos',
    {
      2: ['cell_overvoltage', 'protection'],
      3: ['charge_overcurrent', 'protection'],
      5: ['pack_overvoltage', 'protection'],
      6: ['charge_overtemperature', 'protection'],
      7: ['mos_overtemperature', 'protection'],
      8: ['current_sensor_fault', 'fault'],
      9: ['balance_wire_open', 'fault'],
      10: ['board_overtemperature', 'protection'],
      13: ['discharge_mos_fault', 'fault'],
      16: ['cell_overvoltage', 'protection'],
      17: ['charge_undertemperature', 'protection'],
      18: ['cell_imbalance', 'protection'],
    },
    // Off, on, full, off by hand.
    [0, 1, 4, 15],
  ),
  discharge: codeTable(
    'discharge_mos',
    {
      2: ['cell_undervoltage', 'protection'],
      3: ['discharge_overcurrent', 'protection'],
      4: ['discharge_overcurrent', 'protection'],
      5: ['pack_undervoltage', 'protection'],
      6: ['discharge_overtemperature', 'protection'],
      7: ['mos_overtemperature', 'protection'],
      8: ['current_sensor_fault', 'fault'],
      9: ['balance_wire_open', 'fault'],
      10: ['board_overtemperature', 'protection'],
      12: ['short_circuit', 'protection'],
      13: ['discharge_mos_fault', 'fault'],
      14: ['discharge_mos_fault', 'fault'],
      16: ['cell_undervoltage', 'protection'],
      17: ['discharge_undertemperature', 'protection'],
      18: ['cell_imbalance', 'protection'],
    },
    // Off, on, charging is on, off by hand.
    [0, 1, 11, 15],
  ),
};
