import { codeTable, type SwitchTables } from './codes';

/** What the codes of the MOSFETs mean (ant.md 5.2); 0 and 1 are off and on, 15 is off by hand. */
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
      12: ['charge_mos_fault', 'fault'],
      13: ['discharge_mos_fault', 'fault'],
      16: ['cell_overvoltage', 'protection'],
      17: ['charge_undertemperature', 'protection'],
      18: ['cell_imbalance', 'protection'],
      20: ['self_test_failed', 'fault'],
    },
    // 4 full, 14 waiting, 11 and 19 reserved.
    [0, 1, 4, 11, 14, 15, 19],
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
      19: ['self_test_failed', 'fault'],
    },
    // 11 off because charging is on, 20 reserved.
    [0, 1, 11, 15, 20],
  ),
};
