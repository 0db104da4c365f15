import type { Node, NodeAPI, NodeStatus } from 'node-red';
import { BmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import { systemClock } from '../clock';
import type { OtherBoard } from '../session/board-guard';
import type { Battery } from '../session/battery';
import type { Condition, Device, Snapshot } from '../session/device';
import { batteryNode, deviceNode, type BatteryNode } from './bms-nodes';
import { serverLanguage } from './languages';
import { ageText, StaleWatch } from './stale-watch';
import { freshStatus, reasonOf, Status, TEXTS } from './status';

export interface BatteryUserOptions<B extends Battery = Battery> {
  RED: NodeAPI;
  node: Node;
  /** id of the bms-device or bms-bank node */
  deviceId: unknown;
  /** Whether the node works by itself, so that an outage is its own error. */
  followsPolls: boolean;
  onReading(snapshot: Snapshot): void;
  /** the condition at the beginning and every change of it */
  onCondition?(condition: Condition, battery: B): void;
  /**
   * The node's own status; undefined leaves it to what all nodes show.
   * @param last the last reading of the battery
   */
  statusOf?(condition: Condition, last: Snapshot | undefined): NodeStatus | undefined;
}

/**
 * What every flow node does with its battery: use it while it lives, show how it stands, and report an outage once.
 */
class UserOf<B extends Battery> {
  readonly battery: B | undefined;
  /** why there is none */
  private readonly problem: BmsError | undefined;
  private readonly status: Status;
  private readonly unsubscribes: (() => void)[] = [];
  private staleWatch: StaleWatch | undefined;
  private closed = false;

  constructor(
    private readonly options: BatteryUserOptions<B>,
    private readonly source: BatteryNode<B> | null,
  ) {
    const { RED, node, onReading } = options;
    this.status = new Status(node);
    const battery = source?.battery;
    this.battery = battery;
    if (source === null || battery === undefined) {
      this.problem = source?.problem ?? new BmsError('not_found', say`Choose a device in the properties of this node.`);
      const text = source === null ? RED._(`${TEXTS}.status.noDevice`) : this.reason(this.problem);
      this.status.show({ fill: 'red', shape: 'ring', text });
      // Its errors reach the Catch nodes of those who use it.
      source?.register(node);
      return;
    }
    const staleWatch = new StaleWatch(systemClock, battery, () => this.refreshStatus());
    this.staleWatch = staleWatch;
    this.unsubscribes.push(
      battery.changed.subscribe((condition) => this.onCondition(condition, battery)),
      battery.guard.changed.subscribe((other) => this.onOtherBoard(other, battery)),
      battery.outages.subscribe((error) => this.report(error, battery)),
      battery.readings.subscribe((snapshot) => {
        onReading(snapshot);
        this.refreshStatus();
        staleWatch.heard();
      }),
    );
    source.register(node);
    if (battery.outage !== undefined) this.report(battery.outage, battery);
    this.onCondition(battery.condition, battery);
    this.onOtherBoard(battery.guard.otherBoard, battery);
    this.refreshStatus();
  }

  /** The battery. @throws BmsError why there is none */
  require(): B {
    if (this.battery === undefined) throw this.problem ?? new BmsError('not_found', say`There is no device.`);
    return this.battery;
  }

  /** Shows the status anew, after what the node has to show has changed. */
  refreshStatus(): void {
    if (this.battery === undefined || this.closed) return;
    const { condition, last, guard } = this.battery;
    if (condition.phase === 'fresh' && guard.otherBoard !== undefined) {
      return this.status.show({ fill: 'red', shape: 'ring', text: this.options.RED._(`${TEXTS}.status.otherBoard`) });
    }
    const status = this.options.statusOf?.(condition, last) ?? this.commonStatus(condition, last);
    if (status !== undefined) this.status.show(condition.phase === 'fresh' ? this.withAge(status) : status);
  }

  /** What is green only counts as that while the last reading is the present state. */
  private withAge(status: NodeStatus): NodeStatus {
    const { ageMs = 0, staleAfterMs = Infinity } = this.battery ?? {};
    if (status.fill !== 'green' || ageMs < staleAfterMs) return status;
    return { ...status, fill: 'yellow', text: `${status.text ?? ''} (${ageText(ageMs)})` };
  }

  /** @param removed whether the node is gone for good */
  close(removed: boolean): void {
    this.closed = true;
    this.staleWatch?.close();
    for (const unsubscribe of this.unsubscribes) unsubscribe();
    this.source?.deregister(this.options.node, removed);
  }

  private onCondition(condition: Condition, battery: B): void {
    this.options.onCondition?.(condition, battery);
    this.refreshStatus();
  }

  /** Another board answers, which is an error of its own, or it does not any more. */
  private onOtherBoard(other: OtherBoard | undefined, battery: B): void {
    if (other !== undefined) this.report(battery.guard.errorOf(other), battery);
    this.refreshStatus();
  }

  private report(error: BmsError, { name, protocolId, address }: B): void {
    const { RED, node, followsPolls } = this.options;
    if (!followsPolls) return;
    node.error(serverLanguage(RED).error(error), {
      topic: name,
      bms: { device: name, protocol: protocolId, address },
    });
  }

  private commonStatus(condition: Condition, last: Snapshot | undefined): NodeStatus | undefined {
    const { RED } = this.options;
    switch (condition.phase) {
      case 'idle':
      case 'reachable':
        return { fill: 'grey', shape: 'ring', text: RED._(`${TEXTS}.status.idle`) };
      case 'paused':
        return { fill: 'grey', shape: 'ring', text: RED._(`${TEXTS}.status.released`) };
      case 'connecting':
        return { fill: 'yellow', shape: 'ring', text: 'node-red:common.status.connecting' };
      case 'retrying':
        return { fill: 'yellow', shape: 'ring', text: RED._(`${TEXTS}.status.retrying`) };
      case 'fresh':
        return last === undefined ? undefined : freshStatus(RED, last);
      case 'lost':
        return { fill: 'red', shape: 'ring', text: this.reason(condition.error) };
    }
  }

  private reason(error: BmsError): string {
    return reasonOf(this.options.RED, error);
  }
}

/** What every flow node does with its device, which may be a pack or a bank. */
export class BatteryUser extends UserOf<Battery> {
  constructor(options: BatteryUserOptions) {
    super(options, batteryNode(options.RED.nodes, options.deviceId));
  }
}

/** The same for nodes that need the board of one pack: a bank is none. */
export class DeviceUser extends UserOf<Device> {
  constructor(options: BatteryUserOptions<Device>) {
    super(options, deviceNode(options.RED.nodes, options.deviceId));
  }
}
