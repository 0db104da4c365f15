import type { Node, NodeAPI, NodeDef, NodeStatus } from 'node-red';
import { COUNTER_KEYS } from '../src/battery/energy/counters';
import { longestStep } from '../src/battery/energy/energy';
import type { EnergySummary } from '../src/battery/energy/summary';
import { BmsError } from '../src/battery/errors';
import { systemClock } from '../src/clock';
import { BatteryUser } from '../src/runtime/battery-user';
import { sourceOf } from '../src/runtime/energy-source';
import { EnergyWatch, forgetEnergy } from '../src/runtime/energy-watch';
import { Inputs } from '../src/runtime/inputs';
import { serverLanguage } from '../src/runtime/languages';
import { answerOfBattery } from '../src/runtime/messages/device-requests';
import { energyMessages, energyText } from '../src/runtime/messages/energy-messages';
import { energyRequestOf } from '../src/runtime/messages/energy-requests';
import { provenanceNow, repliesTo, type ReadingMessage } from '../src/runtime/messages/reading-messages';
import { Repeater } from '../src/runtime/repeater';
import { energySettings } from '../src/runtime/settings/energy-settings';
import { settingsOr, textProperty, type Config } from '../src/runtime/settings/properties';
import { reasonOf, reportProblem } from '../src/runtime/status';
import type { Battery } from '../src/session/battery';
import { lossOf } from '../src/session/device-condition';
import type { Condition } from '../src/session/device';

export = function (RED: NodeAPI): void {
  function BmsEnergy(this: Node, config: NodeDef & Config): void {
    RED.nodes.createNode(this, config);
    const settings = settingsOr(() => energySettings(config));
    const problem = settings instanceof BmsError ? settings : undefined;
    if (problem !== undefined) reportProblem(RED, this, problem);
    const { topic, emit, interval, format } = settings instanceof BmsError ? energySettings({}) : settings;
    let sent = '';

    const messagesOf = (battery: Battery, summary: EnergySummary): ReadingMessage[] => {
      sent = countersIn(summary);
      return energyMessages(summary, format, topic || battery.name, provenanceNow(battery, systemClock.now()));
    };
    /** Sends the counters by itself. */
    const send = (): void => {
      const summary = watch.current;
      if (problem !== undefined || user.battery === undefined || summary === undefined) return;
      for (const message of messagesOf(user.battery, summary)) this.send(message);
    };
    const sendChanged = (): void => {
      if (watch.current !== undefined && countersIn(watch.current) !== sent) send();
    };

    const watch = new EnergyWatch({
      node: this,
      clock: systemClock,
      onRestored: () => {
        if (emit === 'interval') repeater.start();
        if (emit === 'change') sendChanged();
        user.refreshStatus();
      },
      onTrouble: (error) => {
        this.error(serverLanguage(RED).error(error), {});
        user.refreshStatus();
      },
    });
    const repeater = new Repeater(systemClock, interval * 1000, send);
    const user = new BatteryUser({
      RED,
      node: this,
      deviceId: config['device'],
      followsPolls: emit !== 'input',
      onReading: ({ reading, timestamp, isOtherBoard }) => {
        if (isOtherBoard === true) return watch.take({ kind: 'otherBoard' });
        watch.take({
          kind: 'reading',
          reading,
          at: { wall: timestamp, monotonic: systemClock.monotonic() },
          source: sourceOf(textProperty(config, 'device'), reading),
          longestStepMs: longestStep(user.battery?.staleAfterMs ?? 0),
        });
        if (emit === 'change') sendChanged();
      },
      onCondition: (condition) => {
        if (lossOf(condition) !== undefined) watch.take({ kind: 'lost' });
      },
      statusOf: (condition) => {
        if (problem !== undefined) return { fill: 'red', shape: 'ring', text: reasonOf(RED, problem) };
        return statusOf(watch, condition);
      },
    });
    const inputs = new Inputs(RED, this, async (message, reply) => {
      if (problem !== undefined) throw problem;
      const battery = user.require();
      const answer = answerOfBattery(battery, message);
      if (answer !== undefined) {
        const bms = provenanceNow(battery, systemClock.now());
        return reply(Object.assign(message, { topic: topic || battery.name, payload: answer, bms }));
      }
      const request = energyRequestOf(message);
      if (request.kind === 'reset') watch.reset();
      if (request.kind === 'set') await watch.set(request.counters);
      await watch.restored;
      if (watch.current !== undefined) reply([repliesTo(message, messagesOf(battery, watch.current), RED.util)]);
      user.refreshStatus();
    });

    this.on('close', (removed: boolean, done: () => void) => {
      inputs.close();
      repeater.close();
      watch.close();
      user.close(removed);
      if (removed) forgetEnergy(this);
      done();
    });
  }

  /** The status of the node while its battery answers. */
  function statusOf(watch: EnergyWatch, { phase }: Condition): NodeStatus | undefined {
    if (phase !== 'fresh') return undefined;
    if (watch.trouble !== undefined) return { fill: 'red', shape: 'ring', text: RED._('bms-energy.status.stored') };
    const summary = watch.current;
    if (summary === undefined) return { fill: 'yellow', shape: 'ring', text: RED._('bms-energy.status.waiting') };
    return { fill: 'green', shape: 'dot', text: energyText(summary) };
  }

  RED.nodes.registerType('bms-energy', BmsEnergy);
};

/** The counters in a text, to compare them. */
function countersIn({ today, ...summary }: EnergySummary): string {
  return COUNTER_KEYS.map((key) => `${summary[key]} ${today[key]}`).join();
}
