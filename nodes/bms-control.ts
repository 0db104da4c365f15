import type { Node, NodeAPI, NodeDef } from 'node-red';
import { BmsError } from '../src/battery/errors';
import { say } from '../src/battery/sentence';
import { systemClock } from '../src/clock';
import { ControlUser, type ControlMessage } from '../src/runtime/control-user';
import { controlSettings } from '../src/runtime/settings/control-settings';
import { Inputs } from '../src/runtime/inputs';
import { settingsOr, type Config } from '../src/runtime/settings/properties';
import { actionRequestOf } from '../src/runtime/messages/action-requests';

/** How long a node that closes waits for an action in progress: Node-RED waits for 15 s, ms. */
const CLOSE_LIMIT_MS = 6000;

/** For an action that was confirmed after its node was closed: only the log can report it. */
function confirmedTooLate({ payload: { action, value } }: ControlMessage): BmsError {
  return new BmsError('closed', say`The node was closed, but "${action}" to ${value} was carried out and read back.`);
}

export = function (RED: NodeAPI): void {
  function BmsControl(this: Node, config: NodeDef & Config): void {
    RED.nodes.createNode(this, config);
    const settings = settingsOr(() => controlSettings(config));
    const user = new ControlUser({ RED, node: this, deviceId: config['device'], settings, clock: systemClock });
    const inputs = new Inputs(RED, this, async (message, send) => {
      const ofBattery = user.answerOfBattery(message);
      if (ofBattery !== undefined) return send(Object.assign(message, ofBattery));
      if (settings instanceof Error) throw settings;
      // A promise, so that requests keep the order in which their messages arrived.
      const request = actionRequestOf(RED, this, settings, message);
      const answer = await user.carryOut(request, message._msgid);
      if (inputs.isClosed) throw confirmedTooLate(answer);
      send(Object.assign(message, answer));
    });

    this.on('close', (removed: boolean, done: () => void) => {
      user.close(removed);
      // Actions in progress end with their result.
      void inputs.closeAfter(CLOSE_LIMIT_MS, systemClock).then(done);
    });
  }

  RED.nodes.registerType('bms-control', BmsControl);
};
