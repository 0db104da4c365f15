import { AntWitness } from './ant';
import type { BoardOptions, WitnessBoard } from './board';
import { DalyWitness } from './daly';
import { JbdWitness } from './jbd';
import { JkWitness } from './jk';
import { JkBleWitness } from './jk-ble';
import { JkModbusWitness } from './jk-modbus';

/** A board of every protocol that has a witness, by id. */
export const WITNESSES: Readonly<Record<string, (options: BoardOptions) => WitnessBoard>> = {
  jbd: (options) => new JbdWitness(options),
  daly: (options) => new DalyWitness(options),
  jk: (options) => new JkWitness(options),
  ant: (options) => new AntWitness(options),
  'jk-modbus': (options) => new JkModbusWitness(options),
  'jk-ble': (options) => new JkBleWitness(options),
};
