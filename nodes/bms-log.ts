import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red';
import { toBmsError } from '../src/battery/errors';
import { systemClock } from '../src/clock';
import type { LogEntry } from '../src/codec/log-entry';
import { DeviceUser } from '../src/runtime/battery-user';
import { Inputs } from '../src/runtime/inputs';
import { serverLanguage } from '../src/runtime/languages';
import { LogWatch } from '../src/runtime/log-watch';
import { provenanceNow, type Provenance } from '../src/runtime/messages/reading-messages';
import { SentEntries } from '../src/runtime/sent-entries';
import { logSettings } from '../src/runtime/settings/log-settings';
import { settingsOr, type Config } from '../src/runtime/settings/properties';
import { reportProblem } from '../src/runtime/status';

// A type, not an interface: Node-RED's own message type has an index signature.
type LogMessage = { topic: string; payload: Omit<LogEntry, 'message'> & { message: string }; bms: Provenance };

export = function (RED: NodeAPI): void {
  function BmsLog(this: Node, config: NodeDef & Config): void {
    RED.nodes.createNode(this, config);
    const settings = settingsOr(() => logSettings(config));
    if (settings instanceof Error) {
      reportProblem(RED, this, settings);
      new Inputs(RED, this, () => Promise.reject(settings));
      return;
    }
    const sent = new SentEntries(this);
    const deviceId = config['device'];
    const user = new DeviceUser({ RED, node: this, deviceId, followsPolls: false, onReading: () => undefined });
    const { battery: device } = user;

    /** Reads what was not sent before, or everything. */
    const read = async (all: boolean): Promise<LogMessage[]> => {
      await sent.recalled;
      const from = user.require();
      const entries = await from.readLog((entry) => !all && sent.has(entry));
      const wanted = all ? entries : entries.filter((entry) => !sent.has(entry));
      sent.add(entries, from.protocol?.log?.isWhole === true);
      return wanted.map(messageOf);
    };
    const messageOf = (entry: LogEntry): LogMessage => {
      const from = user.require();
      const payload = { ...entry, message: serverLanguage(RED).text(entry.message) };
      return { topic: settings.topic || from.name, payload, bms: provenanceNow(from, systemClock.now()) };
    };

    const inputs = new Inputs(RED, this, async (message, send) => {
      for (const each of await read(wantsAll(message))) send({ ...each, _msgid: message._msgid });
    });
    const watch =
      settings.emit === 'change' && device !== undefined
        ? new LogWatch({
            ...{ device, clock: systemClock },
            look: async () => {
              for (const each of await read(false)) this.send(each);
            },
            onTrouble: (error) => this.error(serverLanguage(RED).error(toBmsError(error)), {}),
          })
        : undefined;

    this.on('close', (removed: boolean, done: () => void) => {
      watch?.close();
      inputs.close();
      user.close(removed);
      if (removed) sent.forget();
      done();
    });
  }

  RED.nodes.registerType('bms-log', BmsLog);
};

/** Whether a message wants the whole log: `payload: { action: "all" }`. */
function wantsAll({ payload }: NodeMessageInFlow): boolean {
  if (typeof payload !== 'object' || payload === null) return false;
  return Object.getOwnPropertyDescriptor(payload, 'action')?.value === 'all';
}
