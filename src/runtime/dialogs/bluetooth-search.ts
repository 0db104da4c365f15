import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { systemClock, type Clock } from '../../clock';
import { likelyProtocols } from '../../codec/advertised';
import type { AdapterChoice } from '../../link/ble';
import type { Radio } from '../../link/ble/radio';
import { radioFor } from '../../link/ble/radios';
import type { DialogRequest } from './admin-endpoints';
import { adapterOf } from '../settings/links';

/** Modules advertise every second or two; some, to save power, only now and then. */
const SEARCH_MS = 8000;

/** A device that advertises, for the dialog of a connection. */
export interface Neighbour {
  /** '' when it has none */
  name: string;
  /** MAC address; '' where the platform hides it */
  address: string;
  /** how the platform calls it */
  id: string;
  /** dBm */
  rssi: number;
  /** protocols that it may speak, the most likely first */
  protocols: string[];
}

/** What a test replaces. */
export interface SearchMeans {
  clock: Clock;
  radioOf: (adapter: AdapterChoice, clock: Clock) => Radio;
  searchMs: number;
}

/** Radios that search now. */
const searched = new WeakSet<Radio>();

/**
 * Lists the Bluetooth devices that advertise, the strongest first. Connections on the adapter go on; it takes 8 s, and
 * ends when the dialog goes away.
 * @param request with the parameters `adapter` and `driver`
 * @throws BmsError `bad_value`, `port_busy` while the adapter is being searched already, `adapter_missing`, `permission`,
 *   `closed` when the dialog has gone
 */
export async function searchBluetooth(
  request: DialogRequest,
  { clock = systemClock, radioOf = radioFor, searchMs = SEARCH_MS }: Partial<SearchMeans> = {},
): Promise<Neighbour[]> {
  const choice = adapterOf({ bleAdapter: request.text('adapter'), bleDriver: request.text('driver') });
  const radio = radioOf(choice, clock);
  if (searched.has(radio)) {
    throw new BmsError('port_busy', say`The adapter is being searched already; wait for the end of that search.`);
  }
  searched.add(radio);
  let fail: (error: BmsError) => void = () => undefined;
  const gone = new Promise<never>((_resolve, reject) => (fail = reject));
  const leave = radio.join(fail);
  const dialog = new AbortController();
  request.whenGone(() => {
    dialog.abort();
    fail(new BmsError('closed', say`The search was ended.`));
  });
  try {
    await Promise.race([radio.powerOn(), gone]);
    const heard = await Promise.race([radio.scan(searchMs, dialog.signal), gone]);
    return heard.map(({ name, address, id, rssi, services, manufacturerData }) => ({
      ...{ name, address, id, rssi },
      protocols: likelyProtocols({ name, address, services, manufacturerData }),
    }));
  } finally {
    await leave();
    searched.delete(radio);
  }
}
