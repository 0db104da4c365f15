import { BANK_DEFAULTS, TOPOLOGIES, type BankSettings, type Topology } from '../../battery/bank/settings';
import { BmsError, toBmsError } from '../../battery/errors';
import { printable } from '../../battery/quoted';
import { say } from '../../battery/sentence';
import {
  badValue,
  booleanProperty,
  choiceProperty,
  numberProperty,
  settledText,
  textProperty,
  type Config,
} from './properties';

/** A pack in the list of a bms-bank. */
export interface ListedPack {
  /** id of its bms-device; '' for none */
  readonly deviceId: string;
  /** its string or stage; '' where packs are not grouped */
  readonly group: string;
  /** Ah, where the board reports none */
  readonly capacity: number | undefined;
}

export interface BankNodeSettings {
  /** as the user has given it; '' when he has not */
  readonly name: string;
  readonly packs: readonly ListedPack[];
  /** undefined: the longest poll interval of its devices */
  readonly intervalMs: number | undefined;
  readonly choices: Omit<BankSettings, 'name' | 'packs' | 'excluded'>;
}

export const SOC_OF = ['available', 'all'] as const;
export const CURRENT_RULES = ['share', 'sum', 'lowest'] as const;
export const JOINS = ['', 'one-way'] as const;

/** The most packs of a bank: so many properties `pack1`, `pack2`, ... refer to its devices. */
export const MOST_PACKS = 32;

const LONGEST_S = 86_400;
const LONGEST_HOLD_S = 604_800;
const HIGHEST_CAPACITY_AH = 100_000;

/** The properties of a bms-bank, checked. @throws BmsError `bad_value` */
export function bankSettings(config: Config): BankNodeSettings {
  const seconds = (key: string, fallback: number, max = LONGEST_S, min = 0): number =>
    numberProperty(config, key, { fallback, min, max });
  const topology = choiceProperty(config, 'topology', TOPOLOGIES, BANK_DEFAULTS.topology);
  const interval = numberProperty(config, 'interval', { fallback: undefined, min: 1, max: LONGEST_S });
  const quorum = numberProperty(config, 'quorum', { fallback: undefined, min: 1, max: MOST_PACKS, integer: true });
  return {
    name: textProperty(config, 'name'),
    packs: packsOf(config, topology),
    intervalMs: interval === undefined ? undefined : interval * 1000,
    choices: {
      topology,
      ...(quorum === undefined ? {} : { quorum }),
      lostAfter: seconds('lostAfter', BANK_DEFAULTS.lostAfter, LONGEST_S, 1),
      holdFor: seconds('holdFor', BANK_DEFAULTS.holdFor, LONGEST_HOLD_S),
      joinAfter: seconds('joinAfter', BANK_DEFAULTS.joinAfter),
      socOf: choiceProperty(config, 'socOf', SOC_OF, BANK_DEFAULTS.socOf),
      currentRule: choiceProperty(config, 'currentRule', CURRENT_RULES, BANK_DEFAULTS.currentRule),
      balanceAssist: booleanProperty(config, 'balanceAssist', BANK_DEFAULTS.balanceAssist),
      connectDifference: numberProperty(config, 'connectDifference', {
        ...{ fallback: BANK_DEFAULTS.connectDifference, min: 0, max: 1 },
      }),
      join: choiceProperty(config, 'join', JOINS, BANK_DEFAULTS.join),
    },
  };
}

function packsOf(config: Config, topology: Topology): ListedPack[] {
  const list = config['packs'] ?? [];
  if (!Array.isArray(list)) throw badValue('packs', list, say`a list`);
  if (list.length === 0) throw new BmsError('bad_value', say`The bank has no packs; add the devices of its packs.`);
  const packs = list.map((entry, i) => {
    try {
      return packOf(entry, textProperty(config, `pack${i + 1}`), isGrouped(topology));
    } catch (error) {
      throw new BmsError('bad_value', say`Pack ${i + 1}: ${toBmsError(error).sentence}`);
    }
  });
  checkDevices(packs);
  if (isGrouped(topology)) checkGroups(packs);
  return packs;
}

/**
 * A pack as a flow file holds it.
 * @param reference its device once more, in a property of its own: what the editor and a subflow give new ids to
 */
function packOf(entry: unknown, reference: string, isInGroup: boolean): ListedPack {
  if (typeof entry !== 'object' || entry === null) throw badValue('packs', entry, say`a list of packs`);
  const pack = entry as Config;
  const group = isInGroup ? textProperty(pack, 'group') : '';
  if (isInGroup && group === '') throw badValue('group', pack['group'], say`the name of its string or stage`);
  const range = { fallback: undefined, min: 0, max: HIGHEST_CAPACITY_AH };
  const capacity = numberProperty(pack, 'capacity', range);
  if (capacity === 0) throw badValue('capacity', capacity, say`above 0`);
  return { deviceId: reference || settledText(pack, 'device'), group, capacity };
}

function checkDevices(packs: readonly ListedPack[]): void {
  const ids = packs.map(({ deviceId }) => deviceId);
  const again = ids.findIndex((id, i) => id !== '' && ids.indexOf(id) < i);
  if (again < 0) return;
  const first = ids.indexOf(ids[again] ?? '');
  throw new BmsError(
    'bad_value',
    say`Packs ${first + 1} and ${again + 1} have the same device; choose each device once.`,
  );
}

function isGrouped(topology: Topology): boolean {
  return topology === 'strings' || topology === 'stages';
}

function checkGroups(packs: readonly ListedPack[]): void {
  const sizes = new Map<string, number>();
  for (const { group } of packs) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const [[name, size] = ['', 0], ...others] = sizes;
  const uneven = others.find(([, otherSize]) => otherSize !== size);
  if (uneven === undefined) return;
  throw new BmsError(
    'bad_value',
    say`All groups must have as many packs: ${printable(name)} has ${size}, ${printable(uneven[0])} has ${uneven[1]}.`,
  );
}
