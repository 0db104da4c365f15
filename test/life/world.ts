import type { BmsError } from '../../src/battery/errors';
import { FakeClock } from '../support/fake-clock';
import { FakeNode, FakeRed, type Config } from '../support/fake-red';
import { WitnessLine } from '../witness/line';
import { loadPackage, type Loaded } from './runtime';

/** How long Node-RED waits for a node to close, ms. */
export const CLOSE_LIMIT_MS = 15_000;

/** A message that went into a node, and what came of it. */
export interface Told {
  readonly node: string;
  readonly payload: unknown;
  readonly at: number;
  /** how often the node has said that it is done with it */
  dones: number;
  doneAt?: number;
  error?: BmsError;
  answers: unknown[];
}

/** When a context store answers. */
interface Store {
  readonly clock: FakeClock;
  /** Infinity: never */
  readonly answersAfterMs: number;
}

/** A node whose context store takes its time. */
class SlowNode extends FakeNode {
  constructor(
    config: Config,
    private readonly contents: Map<string, unknown>,
    private readonly store: Store,
  ) {
    super(config, contents);
  }

  override context(): unknown {
    const { clock, answersAfterMs } = this.store;
    const get = (key: string, answer: (error: unknown, kept: unknown) => void): void => {
      if (answersAfterMs < Infinity) clock.after(answersAfterMs, () => answer(null, this.contents.get(key)));
    };
    return { ...(super.context() as object), get };
  }
}

class LifeRed extends FakeRed {
  constructor(
    { modules }: Loaded,
    private readonly contexts: Map<string, Map<string, unknown>>,
    private readonly store: Store,
  ) {
    super(modules);
  }

  protected override node(config: Config): FakeNode {
    const id = String(config['id']);
    const kept = this.contexts.get(id) ?? new Map<string, unknown>();
    this.contexts.set(id, kept);
    return this.store.answersAfterMs > 0 ? new SlowNode(config, kept, this.store) : new FakeNode(config, kept);
  }
}

let worlds = 0;

/** The one whose clock and lines the package has, if any. */
const current = new Set<World>();

/**
 * Ends the world of the last test, if it has not: to be called after the tests of a file. A test that has timed out would go on
 * otherwise, and leave the package on its clock to all tests that follow.
 */
export function endWorld(): void {
  for (const world of current) world.dispose();
}

/** A Node-RED in memory with nodes of the package, on a clock of the test; its lines end at boards of the witness. */
export class World {
  readonly clock = new FakeClock();
  readonly told: Told[] = [];
  /** errors of nodes that no message has caused */
  readonly errors: { node: string; error: BmsError }[] = [];
  /** what nodes have sent by themselves */
  readonly sent: { node: string; at: number; message: Record<string, unknown> }[] = [];
  /** the longest that a deploy had to wait for a node, ms */
  slowestClose = 0;
  wallOffset = 0;
  /** from a question to the context store to its answer, ms; Infinity: it never answers */
  storeAnswersAfterMs = 0;
  private readonly lines = new Map<string, WitnessLine>();
  private readonly contexts = new Map<string, Map<string, unknown>>();
  private readonly configs = new Map<string, Config>();
  /** A number of its own: what the package knows of a line must not reach another world. */
  readonly number = ++worlds;
  private readonly place = `w${this.number}-`;
  private loaded: Loaded;
  private red: LifeRed;

  constructor() {
    endWorld();
    current.add(this);
    this.loaded = this.load(false);
    this.red = this.newRed();
  }

  private load(fresh: boolean): Loaded {
    return loadPackage(
      { clock: this.clock, wallOffset: () => this.wallOffset, lineOf: (name) => this.line(name) },
      fresh,
    );
  }

  private newRed(): LifeRed {
    return new LifeRed(this.loaded, this.contexts, { clock: this.clock, answersAfterMs: this.storeAnswersAfterMs });
  }

  /** What log lines and statuses a node has written. */
  logOf(node: string): readonly unknown[] {
    return this.red.nodes.get(this.place + node)?.told ?? [];
  }

  /** What the context of a node holds, by key. */
  contextOf(node: string): Map<string, unknown> {
    const key = this.place + node;
    const kept = this.contexts.get(key) ?? new Map<string, unknown>();
    this.contexts.set(key, kept);
    return kept;
  }

  line(name: string): WitnessLine {
    let line = this.lines.get(name);
    if (line === undefined) this.lines.set(name, (line = new WitnessLine(this.clock, name)));
    return line;
  }

  /** The flows from the next start on; config nodes first, then those that use them. */
  configure(configs: readonly Config[]): void {
    this.configs.clear();
    for (const config of configs) this.configs.set(String(config['id']), config);
  }

  /** Starts the nodes that do not run. */
  start(): void {
    for (const [id, config] of this.configs) if (!this.red.nodes.has(this.place + id)) this.make(config);
  }

  private make(config: Config): void {
    const placed = Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        key,
        REFERENCES.includes(key) ? this.place + String(value) : value,
      ]),
    );
    const node = this.red.make(placed);
    const id = String(config['id']);
    const { clock } = this;
    const { sent, errors } = node;
    sent.push = (...messages: unknown[]) => {
      for (const message of messages.flat()) {
        this.sent.push({ node: id, at: clock.monotonic(), message: message as Record<string, unknown> });
      }
      return 0;
    };
    errors.push = (...all: unknown[]) =>
      this.errors.push(...all.map((error) => ({ node: id, error: error as BmsError })));
  }

  /** Stops nodes, all when none are named. @param removed those that are gone for good */
  async stop(ids: readonly string[] = [...this.configs.keys()], removed: readonly string[] = []): Promise<void> {
    const since = this.clock.monotonic();
    let open = 0;
    // Node-RED closes those that use others first.
    for (const id of [...ids].reverse()) {
      const node = this.red.nodes.get(this.place + id);
      if (node === undefined) continue;
      open++;
      this.red.nodes.delete(this.place + id);
      void node.close(removed.includes(id)).then(() => open--);
    }
    await this.clock.tick(0);
    while (open > 0 && this.clock.monotonic() - since < CLOSE_LIMIT_MS) await this.clock.tick(10);
    this.slowestClose = Math.max(this.slowestClose, this.clock.monotonic() - since);
    if (open > 0) throw new Error(`${open} nodes do not close`);
  }

  /** The process ends and another one starts: what is not in the context stores is forgotten. */
  async restart(meanwhileMs = 3000): Promise<void> {
    await this.stop();
    await this.clock.tick(meanwhileMs);
    this.loaded.unload();
    this.loaded = this.load(true);
    this.red = this.newRed();
    this.start();
  }

  has(node: string): boolean {
    return this.red.nodes.has(this.place + node);
  }

  /** Sends a message into a node. */
  tell(node: string, payload: unknown, more: Record<string, unknown> = {}): Told {
    const told: Told = { node, payload, at: this.clock.monotonic(), dones: 0, answers: [] };
    this.told.push(told);
    const target = this.red.nodes.get(this.place + node);
    if (target === undefined) throw new Error(`no node ${node}`);
    const message = { _msgid: `m${this.told.length}`, payload, ...more };
    const answer = (out: unknown): void => void told.answers.push(...[out].flat());
    target.emit('input', message, answer, (error?: unknown) => {
      told.dones++;
      told.doneAt = this.clock.monotonic();
      if (error !== undefined && error !== null) told.error = error as BmsError;
    });
    return told;
  }

  /** Lets time pass until something is so, or the limit is over. @returns whether it is */
  async until(isSo: () => boolean, limitMs: number): Promise<boolean> {
    for (let passed = 0; passed < limitMs && !isSo(); passed += 50) await this.clock.tick(50);
    return isSo();
  }

  /** Ends everything. */
  async end(): Promise<void> {
    await this.stop();
    await this.clock.tick(60_000);
  }

  /** Gives the package its clock back, and lets nothing go on here: to be called at the end of every test. */
  dispose(): void {
    if (!current.delete(this)) return;
    this.clock.stop();
    this.loaded.unload();
  }
}

/** Properties that name another node. */
const REFERENCES = ['id', 'device', 'connection'];
