import type { Node, NodeAPI } from 'node-red';
import type { BmsError } from '../battery/errors';
import { systemClock } from '../clock';
import { serverLanguage } from './languages';

/**
 * Reports why a node cannot work as it is set up, once for each deploy. Not while it is made: the Catch nodes of its flow,
 * and the nodes that use it, come to life later.
 */
export function reportProblem(RED: Pick<NodeAPI, '_'>, node: Node, problem: BmsError): void {
  const timer = systemClock.after(0, () => node.error(serverLanguage(RED).error(problem), {}));
  node.on('close', (_removed: boolean, done: () => void) => {
    timer.cancel();
    done();
  });
}
