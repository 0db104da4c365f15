import type { Node, NodeAPI, NodeDef } from 'node-red';
import { haveCellsChanged } from '../src/battery/cells';
import { say } from '../src/battery/sentence';
import { CELL_FORMATS, cellMessages } from '../src/runtime/messages/cell-messages';
import type { Config } from '../src/runtime/settings/properties';
import { sendReadings } from '../src/runtime/reading-node';

export = function (RED: NodeAPI): void {
  function BmsCells(this: Node, config: NodeDef & Config): void {
    RED.nodes.createNode(this, config);
    sendReadings({
      RED,
      node: this,
      config,
      formats: CELL_FORMATS,
      messagesOf: (snapshot, format, topic) => cellMessages(snapshot, format, topic, RED.util.generateId),
      hasChanged: haveCellsChanged,
      nothing: say`The device reports no cell voltages; read it with a bms-read node.`,
    });
  }

  RED.nodes.registerType('bms-cells', BmsCells);
};
