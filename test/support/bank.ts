import { bankOf, type BankResult } from '../../src/battery/bank/bank';
import type { Member } from '../../src/battery/bank/member';
import { BANK_DEFAULTS, type BankPack, type BankSettings } from '../../src/battery/bank/settings';
import type { BankState } from '../../src/battery/bank/state';
import type { Reading } from '../../src/battery/reading';

/** What a pack gives in a step: a reading of now, or one with an age; undefined: it is not there. */
export type Given = Reading | { reading: Reading; age: number; isLost?: boolean } | undefined;

/** Names of packs in the order of the settings. */
export const NAMES = ['A', 'B', 'C', 'D', 'E', 'F'] as const;

/** A bank over time: its packs are called A, B, C and so on, and are polled every 5 s. */
export class BankBench {
  readonly settings: BankSettings;
  state: BankState | undefined;
  now = 1000;

  constructor(settings: Partial<BankSettings> = {}, packs: number | readonly Partial<BankPack>[] = 2) {
    const given = typeof packs === 'number' ? Array.from({ length: packs }, (): Partial<BankPack> => ({})) : packs;
    const named = given.map((pack, i) => ({ name: NAMES[i] ?? `P${i}`, group: '', ...pack }));
    this.settings = { name: 'Bank', ...BANK_DEFAULTS, packs: named, ...settings };
  }

  members(given: readonly Given[]): Member[] {
    return this.settings.packs.map(({ name }, i): Member => {
      const value = given[i];
      const common = { name, pollInterval: 5 };
      if (value === undefined) return { ...common, reading: undefined, age: Infinity };
      return 'reading' in value ? { ...common, ...value } : { ...common, reading: value, age: 0 };
    });
  }

  /** One step, so many seconds after the last one. */
  step(given: readonly Given[], seconds = 0): BankResult {
    this.now += seconds * 1000;
    const result = bankOf(this.settings, this.members(given), this.state, this.now);
    this.state = result.state;
    return result;
  }

  /** Steps of a second with the same input. @returns the last one */
  run(given: readonly Given[], seconds: number): BankResult {
    let result = this.step(given, 1);
    for (let second = 1; second < seconds; second++) result = this.step(given, 1);
    return result;
  }

  /** Codes of the alarms of a result. */
  static codes({ alarms }: BankResult): string[] {
    return alarms.map(({ code }) => code);
  }
}
