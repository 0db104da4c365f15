import type { Node, NodeAPI, NodeDef } from 'node-red';

/** Nodes of the types of node-red-contrib-socketcan on no interface: the sender refuses what a real one refuses. */
export = function (RED: NodeAPI): void {
  for (const type of ['socketcan-config', 'socketcan-out']) {
    RED.nodes.registerType(type, function (this: Node, config: NodeDef) {
      RED.nodes.createNode(this, config);
    });
  }
  RED.nodes.registerType('socketcan-in', function (this: Node, config: NodeDef & { config: string }) {
    RED.nodes.createNode(this, config);
    const hasInterface = RED.nodes.getNode(config.config) !== null;
    this.on('input', ({ payload }, _send, done) => {
      if (hasInterface && isFrame(payload)) done();
      else done(new Error(`Not a frame: ${JSON.stringify(payload)}`));
    });
  });
};

/** A frame with an identifier of 11 bits; its data are an array, a Buffer is not taken. */
function isFrame(payload: unknown): boolean {
  const { canid, dlc, data, ext } = payload as Record<string, unknown>;
  if (!Array.isArray(data) || ext === true || dlc !== data.length || data.length > 8) return false;
  return Number.isInteger(canid) && Number(canid) <= 0x7ff;
}
