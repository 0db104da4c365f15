import type { Node, NodeAPI } from 'node-red';
import type { ActionValue } from '../battery/action';
import { toBmsError } from '../battery/errors';
import type { Clock } from '../clock';
import type { Condition } from '../session/device';
import type { Outcome, Wish } from '../session/switchboard';
import type { ControlSettings } from './control-settings';
import { DeadManSwitch } from './dead-man';
import { DeviceUser } from './device-user';
import type { Provenance } from './reading-messages';

export interface ControlUserOptions {
  RED: NodeAPI;
  node: Node;
  /** id of the bms-device node */
  deviceId: unknown;
  settings: ControlSettings | Error;
  clock: Clock;
}

// A type, not an interface: Node-RED's own message type has an index signature.
export type ControlMessage = {
  topic: string;
  payload: Outcome & { confirmed: true; requestedBy: string };
  bms: Omit<Provenance, 'link'>;
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
  private readonly unsubscribe: () => void;
  private confirmed: ActionValue | undefined;
  private wasLost = false;
  /** of what the node did by itself: told once, not with every attempt */
  private failure: string | undefined;

  constructor(private readonly options: ControlUserOptions) {
    const { RED, node, deviceId, settings, clock } = options;
    this.user = new DeviceUser({ RED, node, deviceId, followsPolls: false, onReading: () => undefined });
    const { device } = this.user;
    this.unsubscribe = device?.changed.subscribe((condition) => this.onCondition(condition)) ?? (() => undefined);
    if (settings instanceof Error) {
      node.error(settings, {});
      return;
    }
    const { deadMan } = settings;
    if (deadMan !== undefined && device !== undefined) {
      this.deadMan = new DeadManSwitch(clock, deadMan.afterMs, () => this.byItself(DEAD_MAN, deadMan.value));
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
    const { node, clock, settings } = this.options;
    const device = this.user.require();
    const startedAt = clock.monotonic();
    const what = `${wish.action} of ${device.name}, asked by ${requestedBy}`;
    try {
      const outcome = await device.control(wish);
      const { before, after, value } = outcome;
      node.debug(`${what}: ${value} confirmed, before ${before ?? 'unknown'}, after ${after ?? 'unknown'}`);
      this.confirmed = value;
      const topic = settings instanceof Error ? '' : settings.topic;
      return {
        topic: topic === '' ? device.name : topic,
        payload: { ...outcome, confirmed: true, requestedBy },
        bms: {
          device: device.name,
          protocol: device.protocol?.id ?? '',
          address: device.address,
          timestamp: clock.now(),
          duration: Math.round(clock.monotonic() - startedAt),
          sequence: device.last?.sequence ?? 0,
        },
      };
    } catch (thrown) {
      const error = toBmsError(thrown, 'malformed');
      node.debug(`${what}: ${error.code}, ${error.message}`);
      throw error;
    }
  }

  /** @param removed whether the node is gone for good */
  close(removed: boolean): void {
    this.deadMan?.close();
    this.unsubscribe();
    this.user.close(removed);
  }

  /** Switches without a message; what comes of it leaves as a message, or as an error of the node. */
  private async byItself(reason: string, value: ActionValue): Promise<void> {
    const { node, settings } = this.options;
    if (settings instanceof Error) return;
    try {
      const message = await this.carryOut({ action: settings.action, value, onlyIfDifferent: true }, reason);
      this.failure = undefined;
      if (message.payload.before !== message.payload.after) node.send(message);
    } catch (thrown) {
      const error = toBmsError(thrown, 'malformed');
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
    this.byItself(RESTORE, this.confirmed).catch(() => undefined); // it is the node's error already
  }
}
