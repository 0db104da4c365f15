import type { Node, NodeAPI, NodeMessageInFlow, NodeStatus } from 'node-red';
import { BmsError } from '../battery/errors';
import { LEAST_FRESH } from '../battery/fresh-for';
import type { SentLimits } from '../battery/limits/changes';
import type { LimitsReading, OperatingPoint } from '../battery/limits/limits';
import { say } from '../battery/sentence';
import { systemClock } from '../clock';
import { Bank } from '../session/bank';
import type { Battery } from '../session/battery';
import { lossOf } from '../session/device-condition';
import { BatteryUser } from './battery-user';
import { batteryNode } from './bms-nodes';
import { Inputs, type Send } from './inputs';
import { LimitsSender } from './limits-sender';
import { forgetLimits, LimitsWatch } from './limits-watch';
import { answerOfBattery } from './messages/device-requests';
import { limitsRequestOf, packLimitsOf } from './messages/limits-requests';
import { limitsStatus, plainMessages, type Given, type LimitsMessage } from './messages/limits-messages';
import { provenanceNow, repliesTo } from './messages/reading-messages';
import { PackLimitsWatch } from './pack-limits-watch';
import { limitsSettings, type LimitsNodeSettings } from './settings/limits-settings';
import { badValue, settingsOr, textProperty, type Config } from './settings/properties';
import { reasonOf, reportProblem, Status } from './status';

/** The message that is being handled: what is sent meanwhile leaves as its answer. */
interface Carrier {
  readonly message: NodeMessageInFlow;
  readonly send: Send;
}

/** A bms-limits: what it computes of the readings of its battery, or of those in messages, and what messages ask of it. */
export class LimitsNode {
  private readonly settings: LimitsNodeSettings | BmsError;
  /** of a battery, or nothing where readings come as messages */
  private readonly user: BatteryUser | undefined;
  private readonly watch: LimitsWatch | undefined;
  /** in the place of the one above: the limits are those of the packs of a bank */
  private readonly packs: PackLimitsWatch | undefined;
  private readonly sender: LimitsSender | undefined;
  private readonly status: Status;
  /** where readings come as messages: the last one, and what came with it */
  private heard: Pick<Given, 'reading' | 'bms'> & { topic: string } = { reading: undefined, bms: {}, topic: '' };
  private carrier: Carrier | undefined;
  private isAnswering = false;

  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
    private readonly config: Config,
  ) {
    const batteryId = textProperty(config, 'device');
    const takesReadings = batteryId === '';
    const battery = takesReadings ? undefined : batteryNode(RED.nodes, config['device'])?.battery;
    this.status = new Status(node);
    this.settings = settingsOr(() => checkedSettings(config, battery));
    if (this.settings instanceof BmsError) reportProblem(RED, node, this.settings);
    else if (takesReadings || battery !== undefined) {
      this.sender = new LimitsSender({
        settings: this.settings,
        clock: systemClock,
        send: (messages) => this.send(messages),
      });
      const common = { settings: this.settings.limits, clock: systemClock };
      const onStep = (limits: SentLimits): void => this.onStep(limits);
      if (this.settings.limitsOf === 'packs' && battery instanceof Bank) {
        this.packs = new PackLimitsWatch({ ...common, bank: battery, onStep });
      } else {
        const isAway = (): boolean => battery !== undefined && lossOf(battery.condition) !== undefined;
        this.watch = new LimitsWatch({ ...common, node, batteryId, isLost: isAway, onStep });
      }
    }
    if (takesReadings) this.refreshStatus();
    else this.user = this.follow();
    const inputs = new Inputs(RED, node, (message, send) => this.handle(message, send));
    node.on('close', (removed: boolean, done: () => void) => {
      inputs.close();
      this.close(removed);
      done();
    });
  }

  /** Where the battery stands on the curves; undefined before the first reading. */
  get operatingPoint(): OperatingPoint | undefined {
    return this.watch?.operatingPoint;
  }

  private follow(): BatteryUser {
    const { RED, node, config } = this;
    const user = new BatteryUser({
      ...{ RED, node, deviceId: config['device'], followsPolls: true },
      onReading: ({ reading }) => this.watch?.read(reading),
      onCondition: (condition) => {
        if (lossOf(condition) !== undefined) this.watch?.lose();
      },
      statusOf: ({ phase }) => (phase === 'paused' ? undefined : this.ownStatus(phase === 'lost')),
    });
    const { last, ageMs } = user.battery ?? {};
    if (last !== undefined) this.watch?.read(last.reading, ageMs);
    return user;
  }

  private onStep(limits: SentLimits): void {
    this.refreshStatus();
    if (!this.isAnswering) this.sender?.offer(this.given(limits));
  }

  /** Limits with what they come from. */
  private given(limits: SentLimits): Given {
    const topic = textProperty(this.config, 'topic');
    const battery = this.user?.battery;
    if (battery === undefined) return { ...this.heard, limits, topic: topic || this.heard.topic };
    const bms = { ...provenanceNow(battery, systemClock.now()) };
    return { limits, reading: battery.last?.reading, topic: topic || battery.name, bms };
  }

  private async handle(message: NodeMessageInFlow, send: Send): Promise<void> {
    if (this.settings instanceof BmsError) throw this.settings;
    const battery = this.user?.require();
    const done = battery && answerOfBattery(battery, message);
    if (done !== undefined) {
      const { topic, bms } = this.given(this.limits);
      return send(Object.assign(message, { topic, payload: done, bms }));
    }
    const act = await this.actFor(message, battery === undefined);
    this.carrier = { message, send };
    try {
      act();
    } finally {
      this.carrier = undefined;
    }
  }

  /** What a message asks for, as soon as the state from before is known. @throws BmsError `bad_value` */
  private async actFor(message: NodeMessageInFlow, takesReadings: boolean): Promise<() => void> {
    const { watch, packs } = this;
    if (packs !== undefined) return () => this.takePack(packs, message);
    if (watch === undefined) return () => undefined;
    const request = limitsRequestOf(message.payload, takesReadings);
    await new Promise<void>((resolve) => watch.whenKnown(resolve));
    if (request.kind === 'reading') return () => this.hear(watch, request.reading, message);
    return () => this.answer(request.kind === 'command' ? () => watch.command(request.action) : undefined);
  }

  /** What is given out now. */
  private get limits(): SentLimits {
    return this.packs?.current ?? this.watch?.current ?? {};
  }

  private get hasBegun(): boolean {
    return this.packs?.hasBegun ?? this.watch?.hasBegun ?? false;
  }

  /** Takes the limits of a pack; any other message repeats those of the bank. */
  private takePack(packs: PackLimitsWatch, { payload, bms }: NodeMessageInFlow & { bms?: unknown }): void {
    const taken = packLimitsOf(payload, bms);
    if (taken === undefined) this.answer();
    else packs.take(taken.pack, taken.limits);
  }

  /** Takes a reading that has come as a message. */
  private hear(
    watch: LimitsWatch,
    reading: LimitsReading,
    { topic, bms }: NodeMessageInFlow & { bms?: unknown },
  ): void {
    if (!watch.isUsable(reading)) {
      throw new BmsError(
        'bad_value',
        say`The reading has neither cell voltages nor a voltage with the number of cells. The limits stay.`,
      );
    }
    const origin = typeof bms === 'object' && bms !== null ? { ...bms } : {};
    const names = ['device' in origin ? origin.device : undefined, topic];
    const name = names.find((text): text is string => typeof text === 'string' && text !== '');
    this.heard = { reading, bms: origin, topic: name ?? '' };
    watch.read(reading);
  }

  /** Does what is asked for, which is not sent by itself, and repeats the limits. */
  private answer(act: () => void = () => undefined): void {
    this.isAnswering = true;
    try {
      act();
    } finally {
      this.isAnswering = false;
    }
    const given = this.given(this.limits);
    if (this.hasBegun) this.sender?.repeat(given);
    // Nothing of it is a limit, and nothing of it is repeated.
    else if (this.settings instanceof BmsError || !isPlain(this.settings.format)) return;
    else this.send(plainMessages(given, this.settings.format));
  }

  private send(messages: readonly LimitsMessage[]): void {
    const { carrier, RED, node } = this;
    if (carrier === undefined) {
      for (const message of messages) node.send(message);
      return;
    }
    this.carrier = undefined;
    // The virtual battery ignores the payload of a message with this property (victron.md 2).
    if (!(this.settings instanceof BmsError) && this.settings.format === 'victron')
      Reflect.deleteProperty(carrier.message, 'connected');
    if (messages.length > 0) carrier.send([repliesTo(carrier.message, messages, RED.util)]);
  }

  private refreshStatus(): void {
    if (this.user !== undefined) return this.user.refreshStatus();
    const status = this.ownStatus(false);
    if (status !== undefined) this.status.show(status);
  }

  /** @param isAway the battery does not answer */
  private ownStatus(isAway: boolean): NodeStatus | undefined {
    const { RED, settings, watch } = this;
    if (settings instanceof BmsError) return { fill: 'red', shape: 'ring', text: reasonOf(RED, settings) };
    if (!this.hasBegun) return undefined;
    return limitsStatus(RED, this.limits, { hasTemperature: watch?.hasTemperature ?? true, isAway });
  }

  private close(removed: boolean): void {
    this.sender?.close();
    this.watch?.close();
    this.packs?.close();
    this.user?.close(removed);
    if (removed) forgetLimits(this.node);
  }
}

/** @throws BmsError `bad_value` */
function checkedSettings(config: Config, battery: Battery | undefined): LimitsNodeSettings {
  const settings = limitsSettings(config, freshnessOf(battery));
  if (settings.limitsOf === 'packs' && battery !== undefined && !(battery instanceof Bank)) {
    throw badValue('limitsOf', settings.limitsOf, say`${'battery'}: the device is no bank`);
  }
  return settings;
}

/** How old a reading may be to be fresh, s (charge-limits.md 7). */
function freshnessOf(battery: Battery | undefined): number {
  return battery === undefined ? LEAST_FRESH : Math.max(LEAST_FRESH, battery.staleAfterMs / 1000);
}

function isPlain(format: LimitsNodeSettings['format']): format is 'object' | 'values' | 'influx' {
  return ['object', 'values', 'influx'].includes(format);
}
