import type { Command } from 'commander';
import { listSerialPorts } from '../../link/serial-ports';
import type { Context } from '../context';
import { table } from '../tables';

/** `bms ports`: the serial ports of this machine. */
export function addPorts(program: Command, { terminal }: Context): void {
  program
    .command('ports')
    .description('list the serial ports, with names that stay the same')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const ports = await listSerialPorts();
      if (json === true) return terminal.print(JSON.stringify(ports));
      if (ports.length === 0) return terminal.note('There is no serial port.');
      terminal.print(table(ports.map(({ path, description, stablePath = '' }) => [path, description, stablePath])));
    });
}
