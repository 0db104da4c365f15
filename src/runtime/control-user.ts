import type { Node, NodeAPI, NodeMessageInFlow, NodeStatus } from 'node-red';
import { actionValue } from '../battery/action';
import { toBmsError, type BmsError } from '../battery/errors';
import { printable } from '../battery/quoted';
import type { Clock } from '../clock';
import type { Battery } from '../session/battery';
import type { Condition } from '../session/device';
import type { ActionRequest, ActionResult } from '../session/action-request';
import { answerOfBattery } from './messages/device-requests';
import type { ControlSettings } from './settings/control-settings';
import { DeadManSwitch, type Trip } from './dead-man';
import { BatteryUser } from './battery-user';
import { serverLanguage } from './languages';
import { provenanceNow, type Provenance } from './messages/reading-messages';
import { reasonOf } from './status';

export interface ControlUserOptions {
  RED: NodeAPI;
  node: Node;
  /** id of the bms-device or bms-bank node */
  deviceId: unknown;
  settings: ControlSettings | BmsError;
  clock: Clock;
}

// A type, not an interface: Node-RED's own message type has an index signature.
export type ControlMessage = {
  topic: string;
  payload: ActionResult & { confirmed: true; requestedBy: string };
  bms: Provenance;
};

/** In `requestedBy`, where the node acts without a message. */
const DEAD_MAN = 'dead-man';
const RESTORE = 'restore';

/**
 * What a bms-control does with its device: carries out what messages request, falls back to the safe state when none
 * comes any more, and brings back what was requested last when the device was away.
 */
export class ControlUser {
  private readonly user: BatteryUser;
  private readonly deadMan: DeadManSwitch | undefined;
  private readonly topic: string = '';
  /** the last trip of the dead-man switch, and its place among the requests */
  private tripped: { trip: Trip; requestNumber: number } | undefined;
  /** whether to bring back what was wanted when the device answers again */
  private mustRestore = false;
  private closed = false;
  private readonly unsubscribe: () => void;
  /** actions in progress */
  private switching = 0;
  /** why the last one failed */
  private trouble: BmsError | undefined;
  /** of what the node did by itself: reported once, not with every attempt */
  private failure: string | undefined;

  constructor(private readonly options: ControlUserOptions) {
    const { RED, node, deviceId, settings, clock } = options;
    if (settings instanceof Error) this.trouble = settings;
    this.user = new BatteryUser({
      ...{ RED, node, deviceId, followsPolls: false },
      onReading: () => undefined,
      onCondition: (condition) => this.onCondition(condition),
      statusOf: (condition) =>
        ['fresh', 'idle', 'reachable'].includes(condition.phase) ? this.ownStatus() : undefined,
    });
    const { battery } = this.user;
    this.unsubscribe = battery?.packBack?.subscribe(() => this.onBack()) ?? (() => undefined);
    if (settings instanceof Error) {
      node.error(serverLanguage(RED).error(settings), {});
      return;
    }
    const { action, deadMan, topic } = settings;
    this.topic = topic;
    if (deadMan !== undefined && battery !== undefined) {
      const act = (trip: Trip): Promise<boolean> => this.fallBack(battery, { action, value: deadMan.value }, trip);
      this.deadMan = new DeadManSwitch(clock, deadMan.afterMs, act);
    }
  }

  /**
   * Carries out what a message requests. Only one with a value that the action takes resets the dead-man switch.
   * @param requested several count in the order of these calls
   * @param requestedBy id of the message
   * @throws BmsError see `Device.control`
   */
  async carryOut(requested: Promise<ActionRequest>, requestedBy: string): Promise<ControlMessage> {
    const understood = requested.then((request) => {
      if (isSwitchValue(request.value)) this.deadMan?.heard();
      return request;
    });
    // Without a device it is not awaited.
    understood.catch(() => undefined);
    const battery = this.user.require();
    const done = await this.tracked(battery, requestedBy, () => battery.control(understood));
    return this.messageOf(battery, done, requestedBy);
  }

  /**
   * Does what a message requests of the battery itself, instead of an action.
   * @returns undefined for any other message
   * @throws BmsError see `answerOfBattery`
   */
  answerOfBattery(message: NodeMessageInFlow): { topic: string; payload: object; bms: Provenance } | undefined {
    const { battery } = this.user;
    const payload = battery && answerOfBattery(battery, message);
    if (battery === undefined || payload === undefined) return undefined;
    this.trouble = undefined;
    this.user.refreshStatus();
    return { topic: this.topic || battery.name, payload, bms: provenanceNow(battery, this.options.clock.now()) };
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
    this.closed = true;
    this.deadMan?.close();
    this.unsubscribe();
    this.user.close(removed);
  }

  /** Does something with the device, and shows and logs what comes of it. */
  private async tracked<T>(battery: Battery, requestedBy: string, act: () => Promise<T>): Promise<Done<T>> {
    const { node, clock } = this.options;
    const startedAt = clock.monotonic();
    const what = `${printable(battery.name)}, asked by ${printable(requestedBy)}`;
    this.switching++;
    this.user.refreshStatus();
    try {
      const outcome = await act().finally(() => this.switching--);
      this.trouble = undefined;
      node.debug(`${what}: confirmed ${JSON.stringify(outcome)}`);
      return { outcome, duration: Math.round(clock.monotonic() - startedAt) };
    } catch (thrown) {
      const error = toBmsError(thrown);
      this.trouble = error;
      node.debug(`${what}: ${error.code}, ${error.message}`);
      throw error;
    } finally {
      this.user.refreshStatus();
    }
  }

  private messageOf(battery: Battery, { outcome, duration }: Done<ActionResult>, requestedBy: string): ControlMessage {
    const now = this.options.clock.now();
    return {
      topic: this.topic || battery.name,
      payload: { ...outcome, confirmed: true, requestedBy },
      bms: { ...provenanceNow(battery, now), timestamp: now, duration },
    };
  }

  /** Goes to the safe state. @returns whether it is still up to the dead-man switch */
  private async fallBack(battery: Battery, safe: { action: string; value: boolean }, trip: Trip): Promise<boolean> {
    if (this.tripped?.trip !== trip) this.tripped = { trip, requestNumber: battery.nextRequestNumber() };
    const { requestNumber } = this.tripped;
    const state = { ...safe, requestNumber, isWanted: () => trip.isCurrent() };
    return this.byItself(battery, DEAD_MAN, () => battery.applySafeState(state));
  }

  /**
   * Switches without a message; what comes of it leaves as a message, or as an error of the node.
   * @returns whether there was anything to do
   */
  private async byItself(
    battery: Battery,
    reason: string,
    act: () => Promise<ActionResult | undefined>,
  ): Promise<boolean> {
    const { RED, node } = this.options;
    try {
      const { outcome, duration } = await this.tracked(battery, reason, act);
      this.failure = undefined;
      if (outcome === undefined) return false;
      const isChange = [outcome, ...(outcome.packs ?? [])].some(({ before, after }) => before !== after);
      if (isChange && !this.closed) node.send(this.messageOf(battery, { outcome, duration }, reason));
      return true;
    } catch (thrown) {
      const error = toBmsError(thrown);
      if (this.failure !== error.code && !this.closed) node.error(serverLanguage(RED).error(error), {});
      this.failure = error.code;
      throw error;
    }
  }

  private onCondition(condition: Condition): void {
    const { phase } = condition;
    // A board may restart in less time than it takes to count as lost.
    if (phase === 'lost' || (phase === 'retrying' && condition.error !== undefined)) this.mustRestore = true;
    if (phase !== 'fresh' || !this.mustRestore) return;
    this.mustRestore = false;
    this.onBack();
  }

  private onBack(): void {
    this.cameBack().catch((thrown: unknown) => {
      // It is the node's error already. Where the line was released in the midst of it, its return is awaited.
      if (toBmsError(thrown).code === 'closed') this.mustRestore = true;
    });
  }

  /** The board may have forgotten its state: a safe state is reached anew, else what was requested last is brought back. */
  private async cameBack(): Promise<void> {
    const { settings } = this.options;
    const { battery } = this.user;
    if (settings instanceof Error || battery === undefined) return;
    if ((await this.deadMan?.again()) === true || !settings.restore) return;
    await this.byItself(battery, RESTORE, () => battery.restore(settings.action));
  }
}

interface Done<T> {
  outcome: T;
  /** ms */
  duration: number;
}

/** Whether a message says on or off, so that its sender is alive and well. */
function isSwitchValue(value: unknown): boolean {
  try {
    actionValue('', { kind: 'switch' }, value);
    return true;
  } catch {
    return false;
  }
}
