import type { NodeAPI } from 'node-red';
import { toBmsError } from '../battery/errors';

const ROOT = '/@openbms/node-red-bms';

/**
 * Offers data to the edit dialogs at `<admin root>/@openbms/node-red-bms/<name>`, for users who may read flows.
 * A failure answers 500 with `{ error, code }`.
 * @param permission such as `bms-device.read`
 */
export function serveDialogs(RED: NodeAPI, name: string, permission: string, data: () => Promise<unknown>): void {
  RED.httpAdmin.get(`${ROOT}/${name}`, RED.auth.needsPermission(permission), (_request, response) => {
    data().then(
      (result) => void response.json(result),
      (thrown: unknown) => {
        const { message, code } = toBmsError(thrown, 'not_found');
        response.status(500).json({ error: message, code });
      },
    );
  });
}
