import type { Node, NodeAPI, NodeDef, NodeStatus } from 'node-red';
import type { AlarmSummary } from '../src/battery/active-alarms';
import type { BmsError } from '../src/battery/errors';
import { isSingleQuantity, QUANTITIES, QUANTITY_KEYS } from '../src/battery/quantities';
import { systemClock } from '../src/clock';
import { answerOfBattery } from '../src/runtime/messages/device-requests';
import { serveDialogs } from '../src/runtime/dialogs/admin-endpoints';
import { alarmStatus, alarmText } from '../src/runtime/messages/alarm-messages';
import { ALARM_PRESETS } from '../src/battery/alarm-presets';
import type { AlarmEvent } from '../src/battery/rules';
import { alarmSettings } from '../src/runtime/settings/alarm-settings';
import { AlarmWatch, forgetAlarms } from '../src/runtime/alarm-watch';
import { BatteryUser } from '../src/runtime/battery-user';
import { Inputs } from '../src/runtime/inputs';
import { serverLanguage } from '../src/runtime/languages';
import { textProperty, type Config } from '../src/runtime/settings/properties';
import {
  provenanceNow,
  provenanceOf,
  type Provenance,
  type ReadingMessage,
} from '../src/runtime/messages/reading-messages';
import { lossOf } from '../src/session/device-condition';
import type { Condition, Snapshot } from '../src/session/device';

export = function (RED: NodeAPI): void {
  function BmsAlarm(this: Node, config: NodeDef & Config): void {
    RED.nodes.createNode(this, config);
    const { settings, wrongRules, problem } = alarmSettings(config);
    const messageOf = (payload: unknown, bms: Provenance): ReadingMessage => ({
      topic: textProperty(config, 'topic') || bms.device,
      payload,
      // Each message has objects of its own: the flow may change them.
      bms: { ...bms, link: { ...bms.link } },
    });

    const watch = new AlarmWatch({
      node: this,
      deviceId: textProperty(config, 'device'),
      settings,
      clock: systemClock,
      onChange: (edges, summary, bms) => {
        for (const edge of edges) this.send([messageOf(serverLanguage(RED).alarm(edge), bms), null]);
        if (summary !== undefined) this.send([null, messageOf(inOurLanguage(summary), bms)]);
      },
      onRestored: () => {
        // Not while the node is made: the Catch nodes of its flow come to life later.
        if (problem !== undefined) this.error(serverLanguage(RED).error(problem), {});
        user.refreshStatus();
      },
    });
    const user = new BatteryUser({
      RED,
      node: this,
      deviceId: config['device'],
      // A lost device is an alarm of this node, not an error.
      followsPolls: false,
      onReading: (snapshot) => {
        const at = { wall: snapshot.timestamp, monotonic: systemClock.monotonic() };
        const isLost = user.battery?.condition.phase === 'lost';
        watch.take({ kind: 'reading', reading: snapshot.reading, at, isLost }, provenanceOf(snapshot));
      },
      onCondition: (condition, battery) => {
        const lost = lossOf(condition);
        if (lost === undefined && condition.phase !== 'reachable') return;
        const at = { wall: systemClock.now(), monotonic: systemClock.monotonic() };
        const event: AlarmEvent =
          lost === undefined ? { kind: 'back', at } : { kind: 'lost', at, packs: missingPacks(lost) };
        watch.take(event, provenanceNow(battery, at.wall));
      },
      statusOf: (condition, last) => {
        if (condition.phase === 'lost' || condition.phase === 'paused') return undefined;
        return problem === undefined ? statusOf(watch, condition, last) : wrongStatus(watch, wrongRules);
      },
    });
    const inputs = new Inputs(RED, this, async (message, send) => {
      const battery = user.require();
      const payload = answerOfBattery(battery, message) ?? inOurLanguage(await watch.summary());
      send([null, Object.assign(message, messageOf(payload, provenanceNow(battery, systemClock.now())))]);
    });

    this.on('close', (removed: boolean, done: () => void) => {
      inputs.close();
      watch.close();
      user.close(removed);
      if (removed) forgetAlarms(this);
      done();
    });
  }

  /** Names of the packs that a bank lacks; none for what is no bank. */
  function missingPacks({ cause }: BmsError): string[] {
    const packs = typeof cause === 'object' && cause !== null && 'packs' in cause ? cause.packs : undefined;
    return Array.isArray(packs) ? packs.map(String) : [];
  }

  function inOurLanguage(summary: AlarmSummary): AlarmSummary {
    return { ...summary, active: serverLanguage(RED).alarms(summary.active) };
  }

  /** The first word of a status without an alarm: looked up once, since every reading makes a status. */
  let wellText: string | undefined;
  const allWell = (): string => (wellText ??= RED._('node-red:common.status.ok'));

  /** The status of the node while its device answers, as soon as the alarms are restored. */
  function statusOf(watch: AlarmWatch, { phase }: Condition, last: Snapshot | undefined): NodeStatus | undefined {
    if (phase !== 'fresh' || last === undefined || watch.current === undefined) return undefined;
    return alarmStatus(watch.current, last, allWell());
  }

  /** The status for wrong properties, together with the alarms of the valid rules. */
  function wrongStatus({ current }: AlarmWatch, rules: readonly number[]): NodeStatus {
    const wrong =
      rules.length === 0
        ? RED._('bms-alarm.status.wrongProperty')
        : RED._('bms-alarm.status.wrongRules', { rules: rules.join(', ') });
    const text = current === undefined ? '' : alarmText(current);
    return { fill: 'red', shape: 'ring', text: text === '' ? wrong : `${text}, ${wrong}` };
  }

  RED.nodes.registerType('bms-alarm', BmsAlarm);
  serveDialogs(RED, 'alarm-rules', 'bms-alarm.read', () =>
    Promise.resolve({
      fields: QUANTITY_KEYS.map((key) => ({ key, unit: QUANTITIES[key].unit, single: isSingleQuantity(key) })),
      presets: ALARM_PRESETS,
    }),
  );
};
