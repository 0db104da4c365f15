import type { NodeAPI } from 'node-red';
import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { connectionNode } from '../bms-nodes';
import type { ConnectionRecorder, RecordingState } from '../recordings/connection-recorder';
import type { DialogRequest } from './admin-endpoints';

type Nodes = Pick<NodeAPI['nodes'], 'getNode'>;

/** The last exchanges of a connection, for a file. Asked with `{ id }`. @throws BmsError `not_found`, `bad_value` */
export async function reportOf(nodes: Nodes, { body }: DialogRequest): Promise<{ text: string }> {
  return { text: recorderOf(nodes, body['id']).report() };
}

/** How a recording stands of a connection that does not run. */
const NONE: RecordingState = { recording: false, folder: '', file: '', bytes: 0 };

/**
 * Starts and stops a recording of a connection, or only gives its state, also where the connection does not run. Asked with
 * `{ id, on?: boolean }`.
 * @throws BmsError `not_found`, `bad_value`, `permission`
 */
export async function recordOf(nodes: Nodes, { body }: DialogRequest): Promise<RecordingState> {
  if (typeof body['on'] !== 'boolean') return connectionNode(nodes, body['id'])?.recorder?.state ?? NONE;
  const recorder = recorderOf(nodes, body['id']);
  if (body['on']) recorder.start();
  else recorder.stop();
  return recorder.state;
}

function recorderOf(nodes: Nodes, id: unknown): ConnectionRecorder {
  const connection = connectionNode(nodes, id);
  if (connection === null) {
    throw new BmsError('not_found', say`This connection does not run yet; deploy it first.`);
  }
  if (connection.recorder === undefined) {
    throw connection.problem ?? new BmsError('bad_value', say`The connection cannot be used.`);
  }
  return connection.recorder;
}
