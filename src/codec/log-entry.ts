import type { AlarmLevel } from '../battery/alarm';
import type { Sentence } from '../battery/sentence';
import type { Script, Target } from './protocol';
import type { SettingsOrder } from './parameter';

/** One line of a board's own event log. */
export interface LogEntry {
  /** its number, rising with time as far as the board counts */
  readonly entry: number;
  /** what happened: the code of an alarm where it is one, else a word of its own */
  readonly code: string;
  readonly level: AlarmLevel | 'none';
  /** the alarm in its usual words, else the event in those of the vendor's documents; and what the board noted with it */
  readonly message: Sentence;
  /** when, where the board tells a date, ms since the epoch */
  readonly at?: number;
  /** the running time of the board at that, s */
  readonly uptime?: number;
}

/** A board's own event log: `Protocol.log`. */
export interface LogAccess<M extends object = object> {
  /** Whether this board has one; always, when missing. */
  applies?(target: Target<M>): boolean;
  /**
   * Whether each read gives all entries, whatever is known. Then what the last one gave is known, and no more: a board that has
   * cleared its log may use a number again.
   */
  readonly isWhole?: boolean;
  /** How many entries it has at most, where each takes a request of its own: then one read gives one entry, newest first. */
  readonly mostEntries?: number;
  /**
   * Reads it; what comes before an entry that `isKnown` may be left out.
   * @param index of the entry, 0 for the newest, where one read gives one entry
   * @returns oldest first; nothing behind the last entry
   */
  read(order: SettingsOrder<M>, isKnown: (entry: LogEntry) => boolean, index?: number): Script<readonly LogEntry[]>;
}
