import type { Node, NodeAPI, NodeDef } from 'node-red';
import { hasChanged } from '../src/battery/formats';
import { say } from '../src/battery/sentence';
import type { Config } from '../src/runtime/settings/properties';
import { READ_FORMATS, readingMessages } from '../src/runtime/messages/reading-messages';
import { sendReadings } from '../src/runtime/reading-node';

export = function (RED: NodeAPI): void {
  function BmsRead(this: Node, config: NodeDef & Config): void {
    RED.nodes.createNode(this, config);
    sendReadings({
      RED,
      node: this,
      config,
      formats: READ_FORMATS,
      messagesOf: readingMessages,
      hasChanged,
      releases: true,
      nothing: say`The device reports no single values; choose another format.`,
    });
  }

  RED.nodes.registerType('bms-read', BmsRead);
};
