import type { Command } from 'commander';
import { toBmsError } from '../../battery/errors';
import type { Reading } from '../../battery/reading';
import { listSerialPorts } from '../../link/serial-ports';
import { openPack } from '../../library/pack';
import type { Context } from '../context';
import { Interrupted } from '../exit';
import { transportOf } from '../line';
import { summary, table } from '../tables';

/** A battery that has answered. */
interface FoundPack {
  readonly line: string;
  readonly protocol: string;
  readonly address: number | string;
  readonly reading: Readonly<Reading>;
}

/** `bms find`: which batteries answer, with requests that only read. */
export function addFind(program: Command, context: Context): void {
  program
    .command('find')
    .argument('[lines...]', 'bridges and Bluetooth devices to try besides the serial ports')
    .description('look for batteries at all serial ports and at the lines that are named; only reads')
    .option('--no-ports', 'only the lines that are named')
    .option('--json', 'as JSON')
    .action(async (named: string[], { ports, json }: { ports: boolean; json?: boolean }) => {
      const serial = ports ? (await listSerialPorts()).map(({ stablePath, path }) => stablePath ?? path) : [];
      const found: FoundPack[] = [];
      for (const line of [...serial, ...named]) found.push(...(await tryLine(context, line)));
      const { terminal } = context;
      if (json === true) return terminal.print(JSON.stringify(found));
      if (found.length > 0)
        terminal.print(table(found.map(({ line, protocol, reading }) => [line, protocol, summary(reading)])));
      else terminal.note('No battery has answered.');
    });
}

/** A line at which nothing answers is told, and the search goes on. */
async function tryLine({ terminal, signal }: Context, line: string): Promise<FoundPack[]> {
  if (signal.aborted) throw new Interrupted();
  terminal.note(`${line} ...`);
  try {
    const pack = await openPack(transportOf(line));
    const { protocol, address, last = {} } = pack;
    await pack.close();
    return [{ line, protocol, address, reading: last }];
  } catch (thrown) {
    terminal.note(`${line}: ${toBmsError(thrown).message}`);
    return [];
  }
}
