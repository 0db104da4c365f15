import { ant } from './ant';
import { antLegacy } from './ant-legacy';
import { daly } from './daly';
import { dalyModbus } from './daly-modbus';
import { jbd, jbdAddressed } from './jbd';
import { jbdUp16s } from './jbd-up16s';
import { jk } from './jk';
import { jkBle } from './jk-ble';
import { jkModbus } from './jk-modbus';
import type { Protocol } from './protocol';
import { sinowealth } from './sinowealth';

/**
 * Every protocol by its id, in the order in which lists show them and in which an unknown board is asked. A new one is one
 * folder and one line here. Its place is beside the others of its rate, but behind every protocol whose requests begin with
 * the same byte as its own: a board may take such a request for the beginning of one of its own, and wait for the rest.
 */
const REGISTRY = {
  jbd,
  'jbd-up16s': jbdUp16s,
  'jbd-addressed': jbdAddressed,
  daly,
  'daly-modbus': dalyModbus,
  ant,
  'ant-legacy': antLegacy,
  jk,
  'jk-modbus': jkModbus,
  'jk-ble': jkBle,
  sinowealth,
};

export type ProtocolId = keyof typeof REGISTRY;

export const PROTOCOLS: readonly Protocol[] = Object.values<Protocol>(REGISTRY);
