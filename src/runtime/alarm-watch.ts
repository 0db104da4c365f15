import type { Node } from 'node-red';
import { storedAlarms, summaryOf, type AlarmSummary } from '../battery/active-alarms';
import { activeAlarms, stateWith, type AlarmEdge, type AlarmState } from '../battery/alarm-ledger';
import { evaluateRules, type AlarmEvent, type AlarmSettings } from '../battery/rules';
import type { Clock, Timer } from '../clock';
import { PersistedValue } from './persisted-value';
import type { Provenance } from './messages/reading-messages';
import { recallInTime } from './recall-limit';

/** The alarms that a node has sent, and the device that they are of. */
interface Kept {
  deviceId: string;
  state: AlarmState;
}

const KEPT = new PersistedValue<Kept>({
  key: 'alarms',
  write: ({ deviceId, state }) => ({ deviceId, active: structuredClone(activeAlarms(state)) }),
  read: (kept) => {
    if (typeof kept !== 'object' || kept === null) return undefined;
    const { deviceId, active } = kept as { deviceId?: unknown; active?: unknown };
    return typeof deviceId === 'string' ? { deviceId, state: stateWith(storedAlarms(active)) } : undefined;
  },
});

/** To be called when a node is deleted. */
export function forgetAlarms(node: Node): void {
  KEPT.forget(node);
}

/** What ends all alarms of another device. */
const NOTHING: AlarmSettings = { rules: [], includeDevice: false };

export interface AlarmWatchOptions {
  node: Node;
  /** id of the device that is watched */
  deviceId: string;
  settings: AlarmSettings;
  clock: Clock;
  /**
   * @param edges what has begun and ended
   * @param summary set when it has changed
   * @param bms which reading this comes from
   */
  onChange(edges: AlarmEdge[], summary: AlarmSummary | undefined, bms: Provenance): void;
  /** the alarms from before are known again, and what has happened since is judged */
  onRestored(): void;
}

/**
 * The alarms of one node: remembered across deploys and, with a context store, restarts. Until they are known again
 * events wait, so that nothing is sent twice or not at all. Never calls back from within its constructor.
 */
export class AlarmWatch {
  private readonly restored: Promise<void>;
  private state: AlarmState | undefined;
  private stateOf: string;
  private readonly waiting: [AlarmEvent, Provenance][] = [];
  private settle: () => void = () => undefined;
  private timer: Timer;
  private closed = false;

  constructor(private readonly options: AlarmWatchOptions) {
    this.stateOf = options.deviceId;
    this.restored = new Promise((resolve) => (this.settle = resolve));
    // Not at once: the nodes that an alarm is wired to may be made after this one.
    this.timer = options.clock.after(0, () => this.recall());
  }

  /** Takes what happens to the device. */
  take(event: AlarmEvent, bms: Provenance): void {
    if (this.closed) return;
    if (this.state === undefined) this.waiting.push([event, bms]);
    else this.state = this.judge(this.state, event, bms);
  }

  /** The alarms as they are now; undefined until they are known again. */
  get current(): AlarmSummary | undefined {
    return this.state === undefined ? undefined : summaryOf(activeAlarms(this.state));
  }

  /** The alarms as soon as they are known again, in objects of their own; never after `close`. */
  async summary(): Promise<AlarmSummary> {
    await this.restored;
    return structuredClone(summaryOf(activeAlarms(this.state ?? stateWith())));
  }

  close(): void {
    this.closed = true;
    this.timer.cancel();
  }

  private recall(): void {
    const { clock, node } = this.options;
    this.timer = recallInTime<Kept>(
      clock,
      (answer) => KEPT.recall(node, answer),
      (kept) => this.restore(kept),
    );
  }

  private restore(kept: Kept | undefined): void {
    if (this.closed || this.state !== undefined) return;
    if (kept !== undefined) this.stateOf = kept.deviceId;
    this.state = kept?.state ?? stateWith();
    for (const [event, bms] of this.waiting.splice(0)) this.state = this.judge(this.state, event, bms);
    this.settle();
    this.options.onRestored();
  }

  private judge(before: AlarmState, event: AlarmEvent, bms: Provenance): AlarmState {
    const { node, deviceId, settings, onChange } = this.options;
    const edges: AlarmEdge[] = [];
    let state = before;
    // The alarms of another device end with the first reading of this one, which may never report it.
    if (this.stateOf !== deviceId && event.kind === 'reading') {
      const ended = evaluateRules(NOTHING, state, event);
      edges.push(...ended.edges);
      state = ended.state;
      this.stateOf = deviceId;
    }
    const judged = evaluateRules(settings, state, event);
    edges.push(...judged.edges);
    if (isSame(judged.state, before)) return before;
    KEPT.keep(node, { deviceId: this.stateOf, state: judged.state });
    const changed = !isSame(activeAlarms(judged.state), activeAlarms(before));
    onChange(edges, changed ? structuredClone(judged.summary) : undefined, bms);
    return judged.state;
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
