import type { Command } from 'commander';
import type { Context } from '../context';
import { addPackOptions, packOptionsOf, type PackFlags } from '../pack-options';
import { readingTable } from '../tables';
import { withPack } from '../with-pack';

/** `bms read`: one whole reading. */
export function addRead(program: Command, context: Context): void {
  addPackOptions(program.command('read'))
    .description('read everything once')
    .option('--json', 'as JSON')
    .action(async (line: string, flags: PackFlags & { json?: boolean }) => {
      await withPack(context, packOptionsOf(line, flags), async ({ last = {}, protocol }) => {
        const { terminal } = context;
        if (flags.json === true) return terminal.print(JSON.stringify(last));
        if (flags.protocol === 'auto') terminal.note(`It speaks ${protocol}; --protocol ${protocol} finds it at once.`);
        terminal.print(readingTable(last));
      });
    });
}
