import type { Node, NodeAPI, NodeDef } from 'node-red';
import { toBmsError } from '../src/battery/errors';
import { hasChanged } from '../src/battery/formats';
import type { Reading } from '../src/battery/reading';
import { DeviceUser } from '../src/runtime/device-user';
import { Inputs } from '../src/runtime/inputs';
import { choiceProperty, textProperty, type Config } from '../src/runtime/properties';
import { READ_FORMATS, readingMessages, repliesTo } from '../src/runtime/reading-messages';
import type { Snapshot } from '../src/session/device';

const EMITS = ['poll', 'change', 'input'] as const;

export = function (RED: NodeAPI): void {
  function BmsRead(this: Node, config: NodeDef & Config): void {
    RED.nodes.createNode(this, config);
    const { emit, format } = settingsOf(this, config);
    let asking = 0;
    let sent: Reading | undefined;

    const messagesOf = (snapshot: Snapshot): ReturnType<typeof readingMessages> => {
      sent = snapshot.reading;
      return readingMessages(snapshot, format, textProperty(config, 'topic') || snapshot.device);
    };
    const user = new DeviceUser({
      RED,
      node: this,
      deviceId: config['device'],
      followsPolls: emit !== 'input',
      onReading: (snapshot) => {
        // A reading that this node has asked for leaves as the answer to its question.
        if (emit === 'input' || (snapshot.requested && asking > 0)) return;
        if (emit === 'change' && !hasChanged(sent, snapshot.reading)) return;
        for (const message of messagesOf(snapshot)) this.send(message);
      },
    });
    const inputs = new Inputs(this, async (message, send) => {
      const device = user.require();
      asking++;
      const snapshot = await device.read().finally(() => asking--);
      send([repliesTo(message, messagesOf(snapshot), RED.util)]);
    });

    this.on('close', (removed: boolean, done: () => void) => {
      inputs.close();
      user.close(removed);
      done();
    });
  }

  /** The node's choices; one that this version does not know is reported and takes its default. */
  function settingsOf(node: Node, config: Config): { emit: string; format: (typeof READ_FORMATS)[number] } {
    try {
      return {
        emit: choiceProperty(config, 'emit', EMITS, 'poll'),
        format: choiceProperty(config, 'format', READ_FORMATS, 'object'),
      };
    } catch (error) {
      node.error(toBmsError(error, 'bad_value'), {});
      return { emit: 'input', format: 'object' };
    }
  }

  RED.nodes.registerType('bms-read', BmsRead);
};
