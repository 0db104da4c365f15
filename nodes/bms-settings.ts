import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemClock } from '../src/clock';
import { Inputs } from '../src/runtime/inputs';
import { settingsUsers } from '../src/runtime/loaded-late';
import { settingsTaskOf } from '../src/runtime/messages/settings-requests';
import { SettingsFolder } from '../src/runtime/settings-files/settings-folder';
import { settingsOr, type Config } from '../src/runtime/settings/properties';
import { settingsNodeSettings } from '../src/runtime/settings/settings-node';
import { reportProblem } from '../src/runtime/status';

/** How long a node that closes waits for settings that are being written or put back: Node-RED waits for 15 s, ms. */
const CLOSE_LIMIT_MS = 6000;

export = function (RED: NodeAPI): void {
  function BmsSettings(this: Node, config: NodeDef & Config): void {
    RED.nodes.createNode(this, config);
    const settings = settingsOr(() => settingsNodeSettings(config));
    if (settings instanceof Error) {
      reportProblem(RED, this, settings);
      new Inputs(RED, this, () => Promise.reject(settings));
      return;
    }
    const folder = new SettingsFolder(RED.settings.userDir);
    const { SettingsUser } = settingsUsers();
    const user = new SettingsUser({
      RED,
      node: this,
      deviceId: config['device'],
      settings,
      folder,
      clock: systemClock,
    });
    const inputs = new Inputs(RED, this, async (message, send) => {
      const task = settingsTaskOf(settings.action, message);
      const answer = await user.carryOut(task, (step) => send([null, { ...step, _msgid: message._msgid }]));
      send([Object.assign(message, answer), null]);
    });

    this.on('close', (removed: boolean, done: () => void) => {
      user.close(removed);
      void inputs.closeAfter(CLOSE_LIMIT_MS, systemClock).then(done);
    });
  }

  RED.nodes.registerType('bms-settings', BmsSettings);
};
