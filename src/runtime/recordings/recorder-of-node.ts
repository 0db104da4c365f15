import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import { systemClock } from '../../clock';
import type { FrameLog } from '../../link/frame-log';
import type { BmsConnectionNode } from '../bms-nodes';
import { serverLanguage } from '../languages';
import { ConnectionRecorder } from './connection-recorder';
import { headerOf, secretsOf } from './recording-header';

/** Names of the log levels of Node-RED at which frames are logged. */
const DEBUG_LEVELS: readonly unknown[] = ['debug', 'trace'];

/** Whether a log of Node-RED takes what is said at level debug; its settings have one entry for each log. */
export function isDebugLogged(logging: unknown): boolean {
  if (typeof logging !== 'object' || logging === null) return false;
  return Object.values(logging).some(
    (log: unknown) => typeof log === 'object' && log !== null && 'level' in log && DEBUG_LEVELS.includes(log.level),
  );
}

/** In the user directory of Node-RED. */
const FOLDER = 'bms-recordings';

/** The recorder of a connection; where Node-RED logs at level debug, it logs all frames. */
export function recorderOf(RED: NodeAPI, node: BmsConnectionNode, log: FrameLog): ConnectionRecorder {
  const recorder = new ConnectionRecorder({
    ...{ log, clock: systemClock, folder: join(RED.settings.userDir ?? process.cwd(), FOLDER) },
    name: () => node.name || node.bus?.name || 'connection',
    header: (name, times) => headerOf(RED, node, name, times),
    secrets: () => secretsOf(node),
    onTrouble: (error) => {
      const reason = serverLanguage(RED).text(error.sentence);
      node.warn(RED._('@openbms/node-red-bms/bms-connection:bms-connection.log.recordingEnded', { reason }));
    },
  });
  if (isDebugLogged(RED.settings['logging'])) recorder.debug((text) => node.debug(text));
  return recorder;
}
