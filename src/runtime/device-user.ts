import type { Node, NodeAPI, NodeStatus } from 'node-red';
import { BmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import { systemClock } from '../clock';
import type { OtherBoard } from '../session/board-guard';
import type { Condition, Device, Snapshot } from '../session/device';
import { deviceNode, type BmsDeviceNode } from './bms-nodes';
import { serverLanguage } from './languages';
import { ageText, StaleWatch } from './stale-watch';
import { figures, reasonOf, Status, TEXTS } from './status';

export interface DeviceUserOptions {
  RED: NodeAPI;
  node: Node;
  /** id of the bms-device node */
  deviceId: unknown;
  /** Whether the node works by itself, so that an outage is its own error. */
  followsPolls: boolean;
  onReading(snapshot: Snapshot): void;
  /** the condition at the beginning and every change of it */
  onCondition?(condition: Condition, device: Device): void;
  /**
   * The node's own status; undefined leaves it to what all nodes show.
   * @param last the device's last reading
   */
  statusOf?(condition: Condition, last: Snapshot | undefined): NodeStatus | undefined;
}

/**
 * What every flow node does with its device: use it while it lives, show how it stands, and report an outage once.
 */
export class DeviceUser {
  readonly device: Device | undefined;
  /** why there is no device */
  private readonly problem: BmsError | undefined;
  private readonly deviceNode: BmsDeviceNode | null;
  private readonly status: Status;
  private readonly unsubscribes: (() => void)[] = [];
  private staleWatch: StaleWatch | undefined;
  private closed = false;

  constructor(private readonly options: DeviceUserOptions) {
    const { RED, node, deviceId, onReading } = options;
    this.status = new Status(node);
    this.deviceNode = deviceNode(RED.nodes, deviceId);
    const device = this.deviceNode?.device;
    this.device = device;
    if (this.deviceNode === null || device === undefined) {
      this.problem =
        this.deviceNode?.problem ?? new BmsError('not_found', say`Choose a device in the properties of this node.`);
      const text = this.deviceNode === null ? RED._(`${TEXTS}.status.noDevice`) : this.reason(this.problem);
      this.status.show({ fill: 'red', shape: 'ring', text });
      // Its errors reach the Catch nodes of those who use it.
      this.deviceNode?.register(node);
      return;
    }
    const staleWatch = new StaleWatch(systemClock, device, () => this.refreshStatus());
    this.staleWatch = staleWatch;
    this.unsubscribes.push(
      device.changed.subscribe((condition) => this.onCondition(condition, device)),
      device.guard.changed.subscribe((other) => this.onOtherBoard(other, device)),
      device.outages.subscribe((error) => this.report(error, device)),
      device.readings.subscribe((snapshot) => {
        onReading(snapshot);
        this.refreshStatus();
        staleWatch.heard();
      }),
    );
    this.deviceNode.register(node);
    if (device.outage !== undefined) this.report(device.outage, device);
    this.onCondition(device.condition, device);
    this.onOtherBoard(device.guard.otherBoard, device);
    this.refreshStatus();
  }

  /** The device. @throws BmsError why there is none */
  require(): Device {
    if (this.device === undefined) throw this.problem ?? new BmsError('not_found', say`There is no device.`);
    return this.device;
  }

  /** Shows the status anew, after what the node has to show has changed. */
  refreshStatus(): void {
    if (this.device === undefined || this.closed) return;
    const { condition, last, guard } = this.device;
    if (condition.phase === 'fresh' && guard.otherBoard !== undefined) {
      return this.status.show({ fill: 'red', shape: 'ring', text: this.options.RED._(`${TEXTS}.status.otherBoard`) });
    }
    const status = this.options.statusOf?.(condition, last) ?? this.commonStatus(condition, last);
    if (status !== undefined) this.status.show(condition.phase === 'fresh' ? this.withAge(status) : status);
  }

  /** What is green only counts as that while the last reading is the present state. */
  private withAge(status: NodeStatus): NodeStatus {
    const { ageMs = 0, staleAfterMs = Infinity } = this.device ?? {};
    if (status.fill !== 'green' || ageMs < staleAfterMs) return status;
    return { ...status, fill: 'yellow', text: `${status.text ?? ''} (${ageText(ageMs)})` };
  }

  /** @param removed whether the node is gone for good */
  close(removed: boolean): void {
    this.closed = true;
    this.staleWatch?.close();
    for (const unsubscribe of this.unsubscribes) unsubscribe();
    this.deviceNode?.deregister(this.options.node, removed);
  }

  private onCondition(condition: Condition, device: Device): void {
    this.options.onCondition?.(condition, device);
    this.refreshStatus();
  }

  /** Another board answers, which is an error of its own, or it does not any more. */
  private onOtherBoard(other: OtherBoard | undefined, device: Device): void {
    if (other !== undefined) this.report(device.guard.errorOf(other), device);
    this.refreshStatus();
  }

  private report(error: BmsError, { name, protocol, address }: Device): void {
    const { RED, node, followsPolls } = this.options;
    if (!followsPolls) return;
    node.error(serverLanguage(RED).error(error), {
      topic: name,
      bms: { device: name, protocol: protocol?.id ?? '', address },
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
        return last === undefined ? undefined : figures(last);
      case 'lost':
        return { fill: 'red', shape: 'ring', text: this.reason(condition.error) };
    }
  }

  private reason(error: BmsError): string {
    return reasonOf(this.options.RED, error);
  }
}
