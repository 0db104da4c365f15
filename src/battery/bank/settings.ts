/** How the packs are connected (bank.md 1): packs of one group in series are a string, packs of one group in parallel a stage. */
export const TOPOLOGIES = ['parallel', 'series', 'strings', 'stages'] as const;

export type Topology = (typeof TOPOLOGIES)[number];

/** A pack of a bank. */
export interface BankPack {
  /** name of its device, unique in the bank */
  readonly name: string;
  /** its string or stage; of no meaning in the topologies `parallel` and `series` */
  readonly group: string;
  /** Ah, where the board reports none */
  readonly capacity?: number;
}

/** How the current limits of packs in parallel become one (bank.md 7). */
export type CurrentRule = 'share' | 'sum' | 'lowest';

/** Settings of a bank (bank.md 11). */
export interface BankSettings {
  readonly name: string;
  readonly topology: Topology;
  /** in the order in which their cells are numbered */
  readonly packs: readonly BankPack[];
  /** least number of live groups, in stages of live packs of each; undefined: half of them, rounded up */
  readonly quorum?: number;
  /** how old the last reading of a lost pack is, s */
  readonly lostAfter: number;
  /** how long the charge of a lost pack stays in that of the bank, s */
  readonly holdFor: number;
  /** how long a pack that was lost must be fresh before it counts again, s */
  readonly joinAfter: number;
  /** whether a pack that cannot be discharged counts for the state of charge */
  readonly socOf: 'available' | 'all';
  readonly currentRule: CurrentRule;
  /** whether a charge limit of 0 A counts of a pack whose charging is off */
  readonly balanceAssist: boolean;
  /** whether packs are of unlike chemistries: then none is charged above its own target; undefined: no */
  readonly isMixed?: boolean;
  /** by how much the voltage of a pack may differ from the bus when it is switched in, V per cell */
  readonly connectDifference: number;
  /** whether a pack of another voltage is switched in by one direction first */
  readonly join: '' | 'one-way';
  /** names of packs that have been taken out */
  readonly excluded: readonly string[];
}

/** What a bank has where its user has set nothing (bank.md 11). */
export const BANK_DEFAULTS = {
  topology: 'parallel',
  lostAfter: 60,
  holdFor: 1800,
  joinAfter: 30,
  socOf: 'available',
  currentRule: 'share',
  balanceAssist: false,
  connectDifference: 0.02,
  join: '',
  excluded: [],
} as const satisfies Partial<BankSettings>;

/** How members become one: side by side, or one after the other (bank.md 1). */
export type Combinator = 'parallel' | 'series';

/** Packs that are combined first. */
export interface BankGroup {
  readonly name: string;
  readonly packs: readonly BankPack[];
}

/** The two levels of a bank. Where there is one only, each pack is a group by itself. */
export interface BankLayout {
  readonly groups: readonly BankGroup[];
  readonly inner: Combinator;
  readonly outer: Combinator;
}

/** The levels of a bank without the packs that are excluded. */
export function layoutOf({ topology, packs, excluded }: BankSettings): BankLayout {
  const counted = packs.filter(({ name }) => !excluded.includes(name));
  const isNested = topology === 'strings' || topology === 'stages';
  const groups = new Map<string, BankPack[]>();
  for (const pack of counted) {
    const key = isNested ? pack.group : pack.name;
    groups.set(key, [...(groups.get(key) ?? []), pack]);
  }
  return {
    groups: [...groups].map(([name, members]) => ({ name, packs: members })),
    inner: topology === 'strings' ? 'series' : 'parallel',
    outer: topology === 'parallel' || topology === 'strings' ? 'parallel' : 'series',
  };
}
