/** What goes first: a safe state, other switching, then a reading by request, then polls. */
export const PRIORITIES = ['safety', 'control', 'request', 'poll'] as const;

export type Priority = (typeof PRIORITIES)[number];

/** A bounded queue with four classes; within a class first come, first served. */
export class PriorityQueue<T> {
  private readonly classes: Record<Priority, T[]> = { safety: [], control: [], request: [], poll: [] };

  constructor(private readonly capacity: number) {}

  get length(): number {
    return PRIORITIES.reduce((sum, priority) => sum + this.classes[priority].length, 0);
  }

  /**
   * Adds an item. When the queue is full, the newest of the lowest class gives way.
   * @returns the item that has no place: the newest poll, else the newest request, perhaps the given item itself;
   *   never a safe state, nor a control
   */
  add(item: T, priority: Priority): T | undefined {
    this.classes[priority].push(item);
    if (this.length <= this.capacity) return undefined;
    return this.classes.poll.pop() ?? this.classes.request.pop();
  }

  /** Takes the item whose turn it is. */
  take(): T | undefined {
    const { safety, control, request, poll } = this.classes;
    return safety.shift() ?? control.shift() ?? request.shift() ?? poll.shift();
  }

  /** Takes out what is meant, wherever it stands. @returns it, in turn */
  remove(isMeant: (item: T) => boolean): T[] {
    return PRIORITIES.flatMap((priority) => {
      const meant = this.classes[priority].filter(isMeant);
      this.classes[priority] = this.classes[priority].filter((item) => !meant.includes(item));
      return meant;
    });
  }

  /** Empties the queue. @returns what was in it, in turn */
  drain(): T[] {
    return PRIORITIES.flatMap((priority) => this.classes[priority].splice(0));
  }
}
