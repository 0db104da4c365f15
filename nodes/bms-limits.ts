import type { Node, NodeAPI, NodeDef } from 'node-red';
import { serveDialogs } from '../src/runtime/dialogs/admin-endpoints';
import { LimitsNode } from '../src/runtime/limits-node';
import type { Config } from '../src/runtime/settings/properties';

export = function (RED: NodeAPI): void {
  /** those that are deployed, by their id */
  const running = new Map<string, LimitsNode>();

  function BmsLimits(this: Node, config: NodeDef & Config): void {
    RED.nodes.createNode(this, config);
    running.set(this.id, new LimitsNode(RED, this, config));
    this.on('close', (_removed: boolean, done: () => void) => {
      running.delete(this.id);
      done();
    });
  }

  RED.nodes.registerType('bms-limits', BmsLimits);
  // Where the deployed node stands on its curves; empty while it knows nothing, or is not deployed.
  serveDialogs(RED, 'limits-now', 'bms-limits.read', (request) =>
    Promise.resolve(running.get(request.text('node'))?.operatingPoint ?? {}),
  );
};
