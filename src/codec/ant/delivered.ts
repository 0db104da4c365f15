import type { Reading } from '../../battery/reading';
import type { SettingKey } from '../../battery/settings/vocabulary';
import { putSettings } from '../kit/emulated-settings';
import { CHEMISTRY_CODES } from './chemistry';
import { BLOCKS, CONNECTIONS, PARAMETERS } from './parameters';

/*
 * The settings of a board as delivered, for the simulator, register by register: those of the vendor's manual, for NMC
 * (ant-app-features.md 4 to 9); voltages for LFP as captured from a board of 16 cells.
 */

const NONE = 0xffff;
const NO_NAME = Array<number>(16).fill(NONE);
const MINUTES_A_MONTH = 43_200;

/** V of one cell, where a board counts in those of the pack: in the order of registers 8, 10, 20, 22, 36, 38, 44, 46. */
type PackVoltages = readonly [number, number, number, number, number, number, number, number];

interface Chemistry {
  readonly code: number;
  readonly voltage: readonly number[];
  readonly perCell: PackVoltages;
  readonly balance: readonly number[];
  readonly shutdown: number;
  /** at 100 %, 90 % and so on */
  readonly soc: readonly number[];
}

const NMC: Chemistry = {
  code: CHEMISTRY_CODES.nmc,
  voltage: [
    ...[4200, 4100, 4300, 4200, 0, 0, 2900, 3200, 2000, 2200, 0, 0, 1000, 800, NONE, NONE],
    ...[4250, 4200, 0, 0, 3200, 3300, 0, 0, 800, 700, NONE, NONE],
  ],
  perCell: [4.3, 4.2, 2, 2.2, 4.2, 4.15, 3.2, 3.3],
  balance: [4200, 4100, 20, 5, 180, 100],
  shutdown: 3100,
  soc: [4170, 4053, 3946, 3845, 3755, 3673, 3624, 3592, 3555, 3477, 3405],
};

const LFP: Chemistry = {
  code: CHEMISTRY_CODES.lfp,
  voltage: [
    ...[3650, 3550, 3800, 3700, 0, 0, 2100, 2500, 2000, 2500, 0, 0, 800, 600, NONE, NONE],
    ...[3600, 3500, 0, 0, 3000, 3100, 0, 0, 600, 400, NONE, NONE],
  ],
  perCell: [3.8, 3.65, 1.25, 1.25, 3.65, 3.45, 1.25, 1.25],
  balance: [3600, 3400, 20, 5, 180, 100],
  shutdown: 2000,
  soc: [3400, 3340, 3330, 3320, 3300, 3290, 3280, 3250, 3220, 3150, 2800],
};

const TEMPERATURE = [...[60, 55, 60, 55, 80, 65, -2, 2, -10, -5, NONE, NONE], ...[55, 53, 55, 53, 70, 67, 0, 2, -5, 7]];
const CURRENT = [800, 5, 3500, 5, 5000, 1000, 550, 200, NONE, NONE, 700, 500, 3000, 2000, 20, 5];
const SYSTEM = [
  ...[3600, 1800, 0, 15, 0, 20, 2999, 3500, 0],
  ...[MINUTES_A_MONTH, MINUTES_A_MONTH, MINUTES_A_MONTH, MINUTES_A_MONTH, 0, 0, NONE],
];

const PER_CELL: readonly SettingKey[] = [
  ...(['packOvervoltageProtection', 'packOvervoltageRecovery'] as const),
  ...(['packUndervoltageProtection', 'packUndervoltageRecovery'] as const),
  ...(['packOvervoltageWarning', 'packOvervoltageWarningRecovery'] as const),
  ...(['packUndervoltageWarning', 'packUndervoltageWarningRecovery'] as const),
];

/** No LFP cell reaches it while it is used, and an NMC cell is below it only when it is nearly empty. */
const NMC_ABOVE = 3.65;

/** The blocks of a board that was set up for this pack. */
export function deliveredSettings({ cellVoltages = [], designCapacity = 100 }: Reading): Map<string, Buffer> {
  const highest = Math.max(...cellVoltages, 0);
  const chemistry = highest > NMC_ABOVE ? NMC : LFP;
  const cells = cellVoltages.length;
  const { code, voltage, balance, shutdown, soc } = chemistry;
  const capacity = [0, 0, 0, 0, 0, 0];
  const rest = [1, ...Array<number>(CONNECTIONS).fill(0), ...NO_NAME];
  const blocks = new Map([
    [BLOCKS.voltage.id, words(voltage)],
    [BLOCKS.temperature.id, words(TEMPERATURE)],
    [BLOCKS.current.id, words(CURRENT)],
    [BLOCKS.balance.id, words(balance)],
    [BLOCKS.pack.id, words([code, cells, 1, shutdown, 200, ...capacity, ...soc, ...rest])],
    [BLOCKS.system.id, words(SYSTEM)],
  ]);
  putSettings(blocks, PARAMETERS, (key) => {
    if (key === 'designCapacity') return designCapacity;
    const place = PER_CELL.indexOf(key);
    return place < 0 ? undefined : (chemistry.perCell[place] ?? 0) * cells;
  });
  return blocks;
}

function words(values: readonly number[]): Buffer {
  const data = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => data.writeUInt16LE(value & 0xffff, 2 * i));
  return data;
}
