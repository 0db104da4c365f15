import type { Reading } from '../../battery/reading';
import { layout } from '../kit/fields';
import type { Block, Read } from './block';
import { isD2 } from './memory';
import { emptyRegisters, switchRegister } from './registers';
import { checkLength } from './validity';

/** Its register reads ffff on boards that do not have it (daly-modbus.md 4.3, 7). */
export const BALANCER = 0xcf;

const flag = layout<Reading>([switchRegister(0, 'balancing')]);

/** Whether a D2 board may balance: the switch, not what the balancer does at the moment. */
export const balancerSwitch: Read = {
  name: 'balancer switch of a D2 board (00cf)',
  group: 'identity',
  start: BALANCER,
  count: 1,
  applies: isD2,
  decode(data) {
    checkLength(balancerSwitch.name, data, balancerSwitch.count);
    const reading: Reading = {};
    flag.decode(data, reading);
    return { reading };
  },
};

export const balancerBlock: Block = {
  start: BALANCER,
  count: 1,
  encode({ balancingSwitch }, board) {
    const data = emptyRegisters(1);
    const balancing = board?.switches.balancing ?? balancingSwitch;
    flag.encode({ ...(balancing !== undefined && { balancing }) }, data);
    return data;
  },
};
