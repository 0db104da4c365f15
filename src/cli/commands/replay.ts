import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { BmsError } from '../../battery/errors';
import type { Reading } from '../../battery/reading';
import { say } from '../../battery/sentence';
import { decode } from '../../library/decode';
import { parseRecording, type RecordedExchange } from '../../link/recording';
import { frameText } from '../../session/recording/frame-text';
import type { Context } from '../context';
import { readingTable } from '../tables';

/** `bms replay`: what a recording holds, decoded. To read it like a line, its name is given to the other commands. */
export function addReplay(program: Command, { terminal }: Context): void {
  program
    .command('replay')
    .argument('<file>', 'a recording, or a test vector')
    .description('show the frames of a recording and what they say')
    .option('--json', 'the values as JSON')
    .action(async (path: string, { json }: { json?: boolean }) => {
      const { header, exchanges } = parseRecording(await textOf(path), path);
      for (const exchange of exchanges) terminal.note(frameText({ at: 0, ...exchange }));
      for (const [protocol, answered] of byProtocol(exchanges, header.protocol)) {
        const values = decoded(protocol, answered);
        terminal.print(
          json === true ? JSON.stringify({ protocol, ...values }) : `${protocol}\n${readingTable(values)}`,
        );
      }
    });
}

/** @throws BmsError `not_found` */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new BmsError('not_found', say`${path} cannot be read: ${(error as Error).message}.`);
  }
}

/** Answered exchanges; those whose protocol is not known tell nothing. */
function byProtocol(
  exchanges: readonly RecordedExchange[],
  usual: string | undefined,
): Map<string, RecordedExchange[]> {
  const found = new Map<string, RecordedExchange[]>();
  for (const exchange of exchanges) {
    const protocol = exchange.protocol ?? usual;
    if (protocol === undefined || exchange.rx.length === 0) continue;
    found.set(protocol, [...(found.get(protocol) ?? []), exchange]);
  }
  return found;
}

function decoded(protocol: string, exchanges: readonly RecordedExchange[]): Reading {
  return decode(
    protocol,
    exchanges.map(({ tx, rx }) => (tx === '' ? rx.join('') : { request: tx, response: rx })),
  );
}
