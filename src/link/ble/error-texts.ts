import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { AdapterState } from './noble/noble';

export const PLUG_IN = say`plug in a Bluetooth adapter, and pass it through if this runs in a container or virtual machine`;

/**
 * Why an adapter is of no use.
 * @param hint what the library says of it, if anything
 */
export function stateError(state: AdapterState, hint = ''): BmsError {
  const because = hint === '' ? '' : ` (${hint})`;
  if (state === 'unauthorized') {
    const setcap = `sudo setcap cap_net_raw,cap_net_admin+eip ${process.execPath}`;
    const docker = say`a container needs --net=host --cap-add=NET_ADMIN --cap-add=NET_RAW`;
    return new BmsError(
      'permission',
      say`This process may not use the Bluetooth adapter; choose the driver D-Bus, or run "${setcap}"; ${docker}.`,
    );
  }
  if (state === 'poweredOff') return switchedOff(because);
  const message = say`There is no Bluetooth adapter with Bluetooth LE that works${because}; ${PLUG_IN}.`;
  return new BmsError('adapter_missing', message);
}

export function switchedOff(because = ''): BmsError {
  const remedy = say`switch it on ("rfkill unblock bluetooth", then "bluetoothctl power on")`;
  return new BmsError('adapter_missing', say`The Bluetooth adapter is off or does not answer${because}; ${remedy}.`);
}
