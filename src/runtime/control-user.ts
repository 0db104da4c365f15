import type { Node, NodeAPI, NodeStatus } from 'node-red';
import type { ActionValue } from '../battery/action';
import { toBmsError, type BmsError } from '../battery/errors';
import type { Clock } from '../clock';
import type { Condition } from '../session/device';
import type { Outcome, Wish } from '../session/switchboard';
import type { ControlSettings } from './control-settings';
import { DeadManSwitch } from './dead-man';
import { DeviceUser, reasonOf } from './device-user';
import { provenanceNow, type Provenance } from './reading-messages';

export interface ControlUserOptions {
  RED: NodeAPI;
  node: Node;
  /** id of the bms-device node */
  deviceId: unknown;
  settings: ControlSettings | BmsError;
  clock: Clock;
}

// A type, not an interface: Node-RED's own message type has an index signature.
export type ControlMessage = {
  topic: string;
  payload: Outcome & { confirmed: true; requestedBy: string };
  bms: Provenance;
};

/** Who asks when nobody does, in `requestedBy`. */
const DEAD_MAN = 'dead-man';
const RESTORE = 'restore';

/**
 * What a bms-control does with its device: carries out wishes, falls back to the safe state when no message comes
 * any more, and brings the last confirmed state back when the device was away.
 */
export class ControlUser {
  private readonly user: DeviceUser;
  private readonly deadMan: DeadManSwitch | undefined;
  private readonly topic: string = '';
  private confirmed: ActionValue | undefined;
  private wasLost = false;
  /** actions in progress */
  private switching = 0;
  /** why the last one failed */
  private trouble: BmsError | undefined;
  /** of what the node did by itself: told once, not with every attempt */
  private failure: string | undefined;

  constructor(private readonly options: ControlUserOptions) {
    const { RED, node, deviceId, settings, clock } = options;
    if (settings instanceof Error) this.trouble = settings;
    this.user = new DeviceUser({
      ...{ RED, node, deviceId, followsPolls: false },
      onReading: () => undefined,
      onCondition: (condition) => this.onCondition(condition),
      statusOf: (condition) =>
        condition.phase === 'fresh' || condition.phase === 'idle' ? this.ownStatus() : undefined,
    });
    const { device } = this.user;
    if (settings instanceof Error) {
      node.error(settings, {});
      return;
    }
    const { action, deadMan, topic } = settings;
    this.topic = topic;
    if (deadMan !== undefined && device !== undefined) {
      this.deadMan = new DeadManSwitch(clock, deadMan.afterMs, () => this.byItself(DEAD_MAN, action, deadMan.value));
    }
  }

  /** A message has come. */
  heard(): void {
    this.deadMan?.heard();
  }

  /**
   * Carries out what a message wishes.
   * @param requestedBy id of the message
   * @throws BmsError see `Device.control`
   */
  async carryOut(wish: Wish, requestedBy: string): Promise<ControlMessage> {
    const { node, clock } = this.options;
    const device = this.user.require();
    const startedAt = clock.monotonic();
    const what = `${wish.action} of ${device.name}, asked by ${requestedBy}`;
    this.switching++;
    this.user.refreshStatus();
    try {
      const outcome = await device.control(wish).finally(() => this.switching--);
      this.trouble = undefined;
      node.debug(`${what}: confirmed ${JSON.stringify(outcome)}`);
      this.confirmed = outcome.value;
      return {
        topic: this.topic || device.name,
        payload: { ...outcome, confirmed: true, requestedBy },
        bms: {
          ...provenanceNow(device, clock.now()),
          timestamp: clock.now(),
          duration: Math.round(clock.monotonic() - startedAt),
        },
      };
    } catch (thrown) {
      const error = toBmsError(thrown);
      this.trouble = error;
      node.debug(`${what}: ${error.code}, ${error.message}`);
      throw error;
    } finally {
      this.user.refreshStatus();
    }
  }

  /** While it switches, and after it could not. */
  private ownStatus(): NodeStatus | undefined {
    const { RED } = this.options;
    if (this.switching > 0)
      return {
        fill: 'yellow',
        shape: 'dot',
        text: RED._('@openbms/node-red-bms/bms-control:bms-control.status.switching'),
      };
    if (this.trouble === undefined) return undefined;
    return { fill: 'red', shape: 'ring', text: reasonOf(RED, this.trouble) };
  }

  /** @param removed whether the node is gone for good */
  close(removed: boolean): void {
    this.deadMan?.close();
    this.user.close(removed);
  }

  /** Switches without a message; what comes of it leaves as a message, or as an error of the node. */
  private async byItself(reason: string, action: string, value: ActionValue): Promise<void> {
    const { node } = this.options;
    try {
      const message = await this.carryOut({ action, value, onlyIfDifferent: true }, reason);
      this.failure = undefined;
      if (message.payload.before !== message.payload.after) node.send(message);
    } catch (thrown) {
      const error = toBmsError(thrown);
      if (this.failure !== error.code) node.error(error, {});
      this.failure = error.code;
      throw error;
    }
  }

  private onCondition({ phase }: Condition): void {
    const { settings } = this.options;
    if (phase === 'lost') this.wasLost = true;
    if (phase !== 'fresh' || !this.wasLost) return;
    this.wasLost = false;
    if (settings instanceof Error || !settings.restore || this.confirmed === undefined) return;
    this.byItself(RESTORE, settings.action, this.confirmed).catch(() => undefined); // it is the node's error already
  }
}
