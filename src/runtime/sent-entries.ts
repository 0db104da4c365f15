import type { Node } from 'node-red';
import type { LogEntry } from '../codec/log-entry';
import { PersistedValue } from './persisted-value';

/** More than any board keeps. */
const MOST_KEPT = 1000;

const keeper = new PersistedValue<readonly string[]>({
  key: 'sentEntries',
  write: (marks) => ({ marks }),
  read(kept) {
    if (typeof kept !== 'object' || kept === null) return undefined;
    const { marks } = kept as { marks?: unknown };
    return Array.isArray(marks) && marks.every((mark) => typeof mark === 'string') ? marks : undefined;
  },
});

/** Which entries of a board's log a node has sent, over deploys and, with a context store on disk, restarts. */
export class SentEntries {
  private marks = new Set<string>();
  /** resolves once what was sent in earlier runs is known */
  readonly recalled: Promise<void>;

  constructor(private readonly node: Node) {
    this.recalled = new Promise((resolve) => {
      keeper.recall(node, (marks = []) => {
        this.marks = new Set(marks);
        resolve();
      });
    });
  }

  has(entry: LogEntry): boolean {
    return this.marks.has(markOf(entry));
  }

  /** @param isWhole see `LogAccess.isWhole`: then those that are gone are forgotten */
  add(entries: readonly LogEntry[], isWhole: boolean): void {
    const marks = entries.map(markOf);
    const now = new Set(isWhole ? marks : [...this.marks, ...marks].slice(-MOST_KEPT));
    if (now.size === this.marks.size && marks.every((mark) => this.marks.has(mark))) return;
    this.marks = now;
    keeper.keep(this.node, [...this.marks]);
  }

  /** To be called when the node is deleted. */
  forget(): void {
    keeper.forget(this.node);
  }
}

/** What tells an entry from others: its number alone does not, where a board counts seconds. */
function markOf({ entry, code, at, uptime, message }: LogEntry): string {
  return JSON.stringify([entry, code, at ?? null, uptime ?? null, String(message)]);
}
