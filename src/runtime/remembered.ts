import type { Node } from 'node-red';
import { identityIn, type Identity } from '../battery/identity';
import { protocolById } from '../codec';
import type { Found } from '../session/detect';
import { AUTO } from './settings/device-settings';
import { PersistedValue } from './persisted-value';
import { textProperty, type Config } from './settings/properties';

/**
 * How the user says which board a device is. What was learnt of a board counts only as long as this stays the same.
 * @param config of the device
 * @param destination where its line leads
 */
export function choiceOf(config: Config, destination = ''): string {
  const protocol = textProperty(config, 'protocol') || AUTO;
  return JSON.stringify([textProperty(config, 'connection'), destination, protocol, textProperty(config, 'address')]);
}

/** Something that was learnt of the board that a choice leads to. */
interface Learnt<T> {
  choice: string;
  value: T;
}

/** How a value is kept in a context: see `KeeperOptions`. */
export interface LearntOptions<T> {
  key: string;
  write(value: T): object;
  read(kept: Readonly<Record<string, unknown>>): T | undefined;
}

/** Keeps what device nodes have learnt of their boards, each together with the choice that it belongs to. */
export class BoardMemory<T> {
  private readonly keeper: PersistedValue<Learnt<T>>;

  constructor({ key, write, read }: LearntOptions<T>) {
    this.keeper = new PersistedValue<Learnt<T>>({
      key,
      write: ({ choice, value }) => ({ ...write(value), choice }),
      read: (kept) => {
        if (typeof kept !== 'object' || kept === null) return undefined;
        const record = kept as Readonly<Record<string, unknown>>;
        const value = read(record);
        return value === undefined || typeof record.choice !== 'string' ? undefined : { choice: record.choice, value };
      },
    });
  }

  /**
   * Calls `answer`, once, with what was learnt last time, as soon as the context store has it; undefined when there is nothing, nothing
   * that this version knows, or the user has chosen another board since.
   */
  recall(node: Node, choice: string, answer: (value: T | undefined) => void): void {
    this.keeper.recall(node, (learnt) => answer(learnt?.choice === choice ? learnt.value : undefined));
  }

  keep(node: Node, choice: string, value: T): void {
    this.keeper.keep(node, { choice, value });
  }

  /** To be called when a device is deleted. */
  forget(node: Node): void {
    this.keeper.forget(node);
  }
}

/** Which boards devices are, so that another one is noticed also after a deploy or a restart. */
export const knownBoards = new BoardMemory<Identity>({
  key: 'board',
  write: (known) => ({ ...known }),
  read: identityIn,
});

/** What device nodes have detected, so that it is asked first after a deploy or a restart. */
export const foundBoards = new BoardMemory<Found>({
  key: 'found',
  write: ({ protocol, address }) => ({ protocol: protocol.id, address }),
  read: ({ protocol: id, address }) => {
    const protocol = typeof id === 'string' ? protocolById(id) : undefined;
    return protocol !== undefined && typeof address === 'number' && Number.isInteger(address)
      ? { protocol, address }
      : undefined;
  },
});
