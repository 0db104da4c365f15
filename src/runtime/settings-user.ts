import { setMaxListeners } from 'node:events';
import type { Node, NodeAPI, NodeStatus } from 'node-red';
import { BmsError, NotSentError, toBmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import type { Clock } from '../clock';
import { compareBoards, compareSettings } from '../codec/settings/compare';
import { parseWanted } from '../codec/settings/parse-document';
import type { Device } from '../session/device';
import { consentOf } from '../session/settings/checks';
import type { SettingsProgress } from '../session/settings/requests';
import { deviceNode, type BmsDeviceNode } from './bms-nodes';
import { DeviceUser } from './battery-user';
import { serverLanguage } from './languages';
import { provenanceNow, type Provenance } from './messages/reading-messages';
import { appliedPayload, comparisonPayload, planPayload } from './messages/settings-messages';
import type { SettingsTask } from './messages/settings-requests';
import type { SettingsFolder } from './settings-files/settings-folder';
import type { SettingsNodeSettings } from './settings/settings-node';
import { reasonOf } from './status';

export interface SettingsUserOptions {
  readonly RED: NodeAPI;
  readonly node: Node;
  /** id of the bms-device node */
  readonly deviceId: unknown;
  readonly settings: SettingsNodeSettings;
  readonly folder: SettingsFolder;
  readonly clock: Clock;
}

/** A message about the settings of a device. */
export interface SettingsMessage {
  topic: string;
  payload: object;
  bms: Provenance;
}

const TEXTS = '@openbms/node-red-bms/bms-settings:bms-settings';

/** What a bms-settings does with its device. */
export class SettingsUser {
  private readonly user: DeviceUser;
  private progress: SettingsProgress | undefined;
  private trouble: BmsError | undefined;
  private readonly ending = new AbortController();
  /** that of the comparison; it works as long as a node uses it */
  private readonly other: BmsDeviceNode | undefined;

  constructor(private readonly options: SettingsUserOptions) {
    const { RED, node, deviceId, settings } = options;
    this.other = deviceNode(RED.nodes, settings.other) ?? undefined;
    this.other?.register(node);
    // Each message that waits for a read listens to it, however many there are.
    setMaxListeners(0, this.ending.signal);
    this.user = new DeviceUser({
      ...{ RED, node, deviceId, followsPolls: false },
      onReading: () => undefined,
      statusOf: (condition) =>
        ['fresh', 'idle', 'reachable'].includes(condition.phase) ? this.ownStatus() : undefined,
    });
  }

  /**
   * Does what a message wants.
   * @param onProgress called after each step
   * @throws BmsError see `Device.readSettings`, `planSettings`, `applySettings`; what is wrong with the file or the message
   */
  async carryOut(task: SettingsTask, onProgress: (progress: SettingsMessage) => void): Promise<SettingsMessage> {
    const device = this.user.require();
    const { clock } = this.options;
    const startedAt = clock.monotonic();
    const onStep = (progress: SettingsProgress): void => {
      this.progress = progress;
      this.user.refreshStatus();
      onProgress(this.messageOf(device, { ...progress }, 0));
    };
    try {
      const payload = await this.payloadOf(device, task, onStep);
      this.trouble = undefined;
      return this.messageOf(device, payload, Math.round(clock.monotonic() - startedAt));
    } catch (thrown) {
      throw (this.trouble = toBmsError(thrown));
    } finally {
      this.progress = undefined;
      this.user.refreshStatus();
    }
  }

  /** @param removed whether the node is gone for good */
  close(removed: boolean): void {
    this.ending.abort();
    this.other?.deregister(this.options.node, removed);
    this.user.close(removed);
  }

  private payloadOf(device: Device, task: SettingsTask, progress: (step: SettingsProgress) => void): Promise<object> {
    switch (task.action) {
      case 'read':
        return this.read(device, progress);
      case 'compare':
        return this.compare(device, task, progress);
      case 'write':
      case 'restore':
        return this.write(device, { ...task, action: task.action }, progress);
    }
  }

  private async read(device: Device, progress: (step: SettingsProgress) => void): Promise<object> {
    const { settings, folder } = this.options;
    const { document } = await device.readSettings({ progress, signal: this.ending.signal });
    if (settings.file !== '') await folder.write(settings.file, document);
    return document;
  }

  private async compare(
    device: Device,
    task: SettingsTask,
    progress: (step: SettingsProgress) => void,
  ): Promise<object> {
    const { RED, settings } = this.options;
    const { signal } = this.ending;
    const language = serverLanguage(RED);
    const { permission } = device;
    if (task.settings === undefined && settings.other !== '') {
      const other = this.other?.battery;
      if (other === undefined)
        throw new BmsError('not_found', say`The second device cannot be used; choose another one.`);
      const [here, there] = await Promise.all([
        device.readSettings({ progress, signal }),
        other.readSettings({ signal }),
      ]);
      return comparisonPayload(compareBoards(here, there, permission), language);
    }
    const wanted = parseWanted(this.settingsOf(task));
    const here = await device.readSettings({ progress, signal });
    return comparisonPayload(compareSettings(here, wanted, permission), language);
  }

  private async write(
    device: Device,
    task: SettingsTask & { action: 'write' | 'restore' },
    progress: (step: SettingsProgress) => void,
  ): Promise<object> {
    const request = { action: task.action, settings: this.settingsOf(task), confirm: task.confirm, progress };
    if (consentOf(task.action, task.confirm).isGiven) return appliedPayload(await device.applySettings(request));
    return planPayload(await device.planSettings(request), serverLanguage(this.options.RED));
  }

  /** Those of the message, else of the file. @throws BmsError `bad_value` when there are none */
  private settingsOf({ settings, action }: SettingsTask): unknown {
    if (settings !== undefined) return settings;
    const { folder, settings: own } = this.options;
    if (own.file !== '') return folder.read(own.file);
    throw new NotSentError(
      'bad_value',
      say`There are no settings to ${action}: send them in msg.payload, or choose a file. Nothing was sent.`,
    );
  }

  private messageOf(device: Device, payload: object, duration: number): SettingsMessage {
    const { settings, clock } = this.options;
    const now = clock.now();
    return {
      topic: settings.topic || device.name,
      payload,
      bms: { ...provenanceNow(device, now), timestamp: now, duration },
    };
  }

  private ownStatus(): NodeStatus | undefined {
    const { RED } = this.options;
    if (this.progress !== undefined) {
      const { phase, done, of } = this.progress;
      return { fill: 'yellow', shape: 'dot', text: `${RED._(`${TEXTS}.status.${phase}`)} ${done}/${of}` };
    }
    if (this.trouble === undefined) return undefined;
    return { fill: 'red', shape: 'ring', text: reasonOf(RED, this.trouble) };
  }
}
