import type { Node, NodeAPI, NodeDef } from 'node-red';

/** What `modbus-flex-write` takes, as its help says. */
interface Write {
  value: unknown;
  fc: number;
  unitid: number;
  address: number;
  quantity: number;
}

/** Nodes of the types of node-red-contrib-modbus: a client without a line, which refuses what a real one could not send. */
export = function (RED: NodeAPI): void {
  for (const type of ['modbus-client', 'modbus-server']) {
    RED.nodes.registerType(type, function (this: Node, config: NodeDef) {
      RED.nodes.createNode(this, config);
    });
  }
  RED.nodes.registerType('modbus-flex-write', function (this: Node, config: NodeDef & { server: string }) {
    RED.nodes.createNode(this, config);
    const hasClient = RED.nodes.getNode(config.server) !== null;
    this.on('input', (message, send, done) => {
      if (hasClient && isWrite(message.payload)) {
        send([message, message]);
        done();
      } else done(new Error(`Not a write: ${JSON.stringify(message.payload)}`));
    });
  });
};

function isWrite(payload: unknown): boolean {
  const { value, fc, unitid, address, quantity } = payload as Write;
  return (
    Array.isArray(value) &&
    fc === 16 &&
    value.length === quantity &&
    value.every((register) => isWithin(register, 0xffff)) &&
    isWithin(unitid, 255) &&
    isWithin(address, 0xffff)
  );
}

function isWithin(value: unknown, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;
}
