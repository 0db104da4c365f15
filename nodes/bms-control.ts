import type { Node, NodeAPI, NodeDef } from 'node-red';
import { toBmsError, type BmsError } from '../src/battery/errors';
import { systemClock } from '../src/clock';
import { isAcceptance } from '../src/runtime/acceptance';
import { ControlUser } from '../src/runtime/control-user';
import { controlSettings, type ControlSettings } from '../src/runtime/control-settings';
import { Inputs } from '../src/runtime/inputs';
import type { Config } from '../src/runtime/properties';
import { wishOf } from '../src/runtime/wishes';

export = function (RED: NodeAPI): void {
  function BmsControl(this: Node, config: NodeDef & Config): void {
    RED.nodes.createNode(this, config);
    const settings = settingsOf(config);
    const user = new ControlUser({ RED, node: this, deviceId: config['device'], settings, clock: systemClock });
    const inputs = new Inputs(this, async (message, send) => {
      if (isAcceptance(message)) return send(Object.assign(message, user.accept()));
      if (settings instanceof Error) throw settings;
      // The wish as a promise, so that messages count in the order in which they came.
      const wish = wishOf(RED, this, settings, message);
      send(Object.assign(message, await user.carryOut(wish, message._msgid)));
    });

    this.on('close', (removed: boolean, done: () => void) => {
      inputs.close();
      user.close(removed);
      done();
    });
  }

  /** The node's choices, or what is wrong with them: a node that is not set up as meant switches nothing. */
  function settingsOf(config: Config): ControlSettings | BmsError {
    try {
      return controlSettings(config);
    } catch (error) {
      return toBmsError(error);
    }
  }

  RED.nodes.registerType('bms-control', BmsControl);
};
