import type { Node } from 'node-red';

type Answer = (error: unknown, value?: unknown) => void;

let nodes = 0;

/** A node with a context store that a test makes slow, or lets fail. */
export class StoredNode {
  readonly id = `stored-${++nodes}`;
  readonly notes: string[] = [];
  /** what was set last under the first key, as a disk has it */
  store: unknown;
  private readonly others = new Map<string, unknown>();
  private key = '';
  writes = 0;
  failure: Error | undefined;
  /** the questions that wait for an answer; undefined: it comes at once */
  questions: (() => void)[] | undefined;

  /** What was set under another key. */
  kept(key: string): unknown {
    return this.others.get(key);
  }

  get node(): Node {
    const get = (_key: string, answer: Answer): void => {
      const reply = (): void => answer(this.failure, this.failure === undefined ? this.store : undefined);
      if (this.questions === undefined) reply();
      else this.questions.push(reply);
    };
    const set = (key: string, value: unknown, answer: Answer): void => {
      const copy: unknown = JSON.parse(JSON.stringify(value));
      this.key ||= key;
      if (key === this.key) [this.writes, this.store] = [this.writes + 1, copy];
      else this.others.set(key, copy);
      answer(this.failure);
    };
    const { id, notes } = this;
    return { id, context: () => ({ get, set }), debug: (note: string) => notes.push(note) } as unknown as Node;
  }
}
