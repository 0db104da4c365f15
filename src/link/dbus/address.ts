import type { NetConnectOpts } from 'node:net';

const SYSTEM_BUS = 'unix:path=/var/run/dbus/system_bus_socket';

/** Where the system bus is, in the order in which to try; places of a kind that is not known are left out. */
export function systemBusPlaces(address = process.env['DBUS_SYSTEM_BUS_ADDRESS'] ?? ''): NetConnectOpts[] {
  return (address === '' ? SYSTEM_BUS : address).split(';').flatMap(placeOf);
}

/** @param address such as `unix:path=/run/bus,guid=1f` (specification, "Server Addresses") */
function placeOf(address: string): NetConnectOpts[] {
  const [transport = '', rest = ''] = address.split(/:(.*)/s);
  const entries = rest.split(',').map((entry): [string, string] => {
    const [key = '', value = ''] = entry.split(/=(.*)/s);
    return [key, unescaped(value)];
  });
  const { path, abstract, host = 'localhost', port } = Object.fromEntries(entries);
  if (transport === 'unix' && path !== undefined) return [{ path }];
  if (transport === 'unix' && abstract !== undefined) return [{ path: `\0${abstract}` }];
  if (transport === 'tcp' && port !== undefined) return [{ host, port: Number(port) }];
  return [];
}

function unescaped(value: string): string {
  return value.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
