import type { Node } from 'node-red';

type Answer = (error: unknown, value?: unknown) => void;

let nodes = 0;

/** A node with a context store that a test makes slow, or lets fail. */
export class StoredNode {
  readonly id = `stored-${++nodes}`;
  readonly notes: string[] = [];
  store: unknown;
  writes = 0;
  failure: Error | undefined;
  /** the questions that wait for an answer; undefined: it comes at once */
  questions: (() => void)[] | undefined;

  get node(): Node {
    const get = (_key: string, answer: Answer): void => {
      const reply = (): void => answer(this.failure, this.failure === undefined ? this.store : undefined);
      if (this.questions === undefined) reply();
      else this.questions.push(reply);
    };
    const set = (_key: string, value: unknown, answer: Answer): void => {
      this.writes++;
      this.store = JSON.parse(JSON.stringify(value));
      answer(this.failure);
    };
    const { id, notes } = this;
    return { id, context: () => ({ get, set }), debug: (note: string) => notes.push(note) } as unknown as Node;
  }
}
