import type { SettingValues } from '../../../src/battery/settings/vocabulary';
import { above } from '../../../src/battery/settings/ordering-rule';
import { flag, number, text } from '../../../src/codec/kit/row';
import { parameter, parametersOf } from '../../../src/codec/kit/parameters';
import type { SettingsAccess } from '../../../src/codec/parameter';
import { imageWith, type BoardSettings } from '../../../src/codec/settings/board-settings';

/** Nothing goes over a line here. */
function nothing(): never {
  throw new Error('no board');
}

const VOLTS = { divisor: 1000 };

/** A board of no vendor, with a setting of every kind. */
export const MADE_UP: SettingsAccess = {
  blocks: () => [
    { id: '10', name: 'settings (10)', secret: [[20, 22]] },
    { id: '20', name: 'identity (20)', optional: true },
  ],
  parameters: () => [
    ...parametersOf('10', 'big', { access: 'write', confidence: 'D' }, [
      parameter(number(0, 'u16', 'cellOvervoltageProtection', VOLTS), { register: '10a', range: [2, 4.5] }),
      parameter(number(2, 'u16', 'cellOvervoltageRecovery', VOLTS), { register: '10b', range: [2, 4.5] }),
      parameter(number(4, 'u16', 'sleepDelay'), { register: '10c', never: 0xffff }),
      parameter(flag(6, 0, 'jbdLed'), { register: '10d' }),
      parameter(flag(6, 1, 'jbdLoadDetection'), { register: '10d' }),
      parameter(number(7, 'u8', 'cellCount'), { register: '10e' }),
      parameter(number(8, 'u16', 'balanceStartVoltage', VOLTS), { register: '10f', access: 'experimental' }),
      parameter(number(10, 'u16', 'forbidChargeTime'), { register: '110', access: 'named' }),
      parameter(number(12, 'u16', 'fullChargeCellVoltage', VOLTS), { register: '111', access: 'read' }),
      parameter(number(14, 'u16', 'shortCircuitProtection'), { register: '112' }),
      parameter(number(14, 'u16', 'jbdShortCircuitThreshold', VOLTS), { register: '112' }),
      parameter(number(16, 'u16', 'socVoltage100', { ...VOLTS, notAvailable: [0xffff] }), { register: '113' }),
      parameter(number(18, 'u16', 'packOvervoltageProtection', { divisor: 100 }), { register: '114' }),
      parameter(number(22, 'u8', 'boardAddress'), { register: '115' }),
      parameter(number(23, 'u8', 'shuntResistance', VOLTS), { register: '116' }),
      parameter(number(24, 'u16', 'cycleCount'), { register: '117' }),
    ]),
    ...parametersOf('20', 'big', { access: 'read', confidence: 'D' }, [parameter(text(0, 8, 'deviceModel'))]),
  ],
  rules: () => [
    above('cellOvervoltageProtection', 'cellOvervoltageRecovery'),
    above('cellOvervoltageProtection', 'balanceStartVoltage'),
    above('packOvervoltageProtection', 'packOvervoltageRecovery'),
  ],
  read: nothing,
  write: nothing,
  provedAfter: 'each',
  settlesMs: 0,
};

const DELIVERED: SettingValues = {
  cellOvervoltageProtection: 3.65,
  cellOvervoltageRecovery: 3.5,
  sleepDelay: null,
  jbdLed: true,
  jbdLoadDetection: false,
  cellCount: 16,
  balanceStartVoltage: 3.4,
  forbidChargeTime: 60,
  fullChargeCellVoltage: 3.45,
  shortCircuitProtection: 400,
  socVoltage100: 3.45,
  packOvervoltageProtection: 58.4,
  boardAddress: 1,
  shuntResistance: 0.1,
  cycleCount: 12,
  deviceModel: 'MADE-UP',
};

/** The board as it is delivered, with these settings instead. */
export function madeUpBoard(values: SettingValues = {}): BoardSettings {
  const target = { address: 0, memory: {} };
  const all = { ...DELIVERED, ...values };
  let image: BoardSettings['image'] = new Map([
    ['10', Buffer.alloc(26, 0xaa)],
    ['20', Buffer.alloc(8)],
  ]);
  for (const each of MADE_UP.parameters(target, image)) {
    const value = all[each.key];
    if (value !== undefined) image = imageWith(image, each, value);
  }
  return { access: MADE_UP, target, image };
}
