import type { NodeAPI } from 'node-red';
import { settingsRequests } from '../loaded-late';
import { serveDialogAction, serveDialogs } from './admin-endpoints';

/** What the dialog of a device may ask of the settings of its board, and who may: to read them, to have them changed. */
const ACTIONS = {
  read: 'bms-device.read',
  compare: 'bms-device.read',
  vendorFile: 'bms-device.read',
  quickSetup: 'bms-device.read',
  plan: 'bms-device.write',
  write: 'bms-device.write',
} as const;

/** Offers the settings of deployed devices to their dialogs: see `settings-requests.ts`. */
export function serveSettings(RED: NodeAPI): void {
  serveDialogs(RED, 'settings-progress', 'bms-device.read', (request) => settingsRequests().settingsProgress(request));
  for (const name of Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]) {
    serveDialogAction(RED, `settings-${name}`, ACTIONS[name], (request, language) =>
      settingsRequests().SETTINGS_ACTIONS[name](RED.nodes, request, language),
    );
  }
}
