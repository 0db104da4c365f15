import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemClock } from '../../../src/clock';

/** When the process came to its timers late, and by how much, ms. */
interface Lag {
  readonly at: number;
  readonly lag: number;
}

const BEAT_MS = 100;
/** less is the grain of timers */
const LEAST_LAG_MS = 30;

/** A node that keeps what it gets, with the time of the process, for the test to ask. */
export = function (RED: NodeAPI): void {
  const kept = new Map<string, { messages: object[]; lags: Lag[] }>();
  RED.nodes.registerType('recorder', function (this: Node, config: NodeDef) {
    RED.nodes.createNode(this, config);
    const messages: object[] = [];
    const lags: Lag[] = [];
    let last = systemClock.monotonic();
    const beat = setInterval(() => {
      const at = systemClock.monotonic();
      const lag = at - last - BEAT_MS;
      last = at;
      if (lag > LEAST_LAG_MS) lags.push({ at, lag });
    }, BEAT_MS);
    this.on('close', () => clearInterval(beat));
    kept.set(this.id, { messages, lags });
    this.on('input', (message, _send, done) => {
      messages.push({ ...message, at: systemClock.monotonic() });
      done();
    });
  });
  RED.httpAdmin.get('/recorder/:id', (request, response) => response.json(kept.get(request.params['id'] ?? '')));
};
