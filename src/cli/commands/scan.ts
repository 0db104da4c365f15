import type { Command } from 'commander';
import { likelyProtocols } from '../../codec/advertised';
import { radioFor } from '../../link/ble/radios';
import type { Context } from '../context';
import { positiveNumber } from '../pack-options';
import { table } from '../tables';

/** Modules advertise every second or two; some, to save power, only now and then, s. */
const SEARCH_S = 8;

interface ScanFlags {
  adapter?: string;
  seconds: number;
  all?: boolean;
  json?: boolean;
}

/** `bms scan`: the Bluetooth devices nearby that may be batteries. */
export function addScan(program: Command, { terminal, clock, signal }: Context): void {
  program
    .command('scan')
    .description('list the Bluetooth devices nearby that may be batteries, the nearest first')
    .option('--adapter <name>', 'Bluetooth adapter, such as hci1')
    .option('--seconds <number>', 'how long to listen', positiveNumber, SEARCH_S)
    .option('--all', 'others too')
    .option('--json', 'as JSON')
    .action(async ({ adapter = '', seconds, all, json }: ScanFlags) => {
      const heard = await radioFor({ adapter, driver: 'auto' }, clock).scan(seconds * 1000, signal);
      const found = heard
        .map(({ name, address, id, rssi, services, manufacturerData }) => ({
          ...{ name, address: address === '' ? id : address, rssi },
          protocols: likelyProtocols({ name, address, services, manufacturerData }),
        }))
        .filter(({ protocols }) => all === true || protocols.length > 0);
      if (json === true) return terminal.print(JSON.stringify(found));
      if (found.length === 0) return terminal.note('No battery advertises; a phone that is connected to one hides it.');
      const rows = found.map(({ name, address, rssi, protocols }) => [
        address,
        `${rssi} dBm`,
        name,
        protocols.join(', '),
      ]);
      terminal.print(table(rows));
    });
}
