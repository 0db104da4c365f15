import type { Command } from 'commander';
import type { Reading } from '../../battery/reading';
import type { Pack } from '../../library/pack';
import { unlessInterrupted, type Context } from '../context';
import { addPackOptions, packOptionsOf, positiveNumber, wholeNumber, type PackFlags } from '../pack-options';
import { summary } from '../tables';
import { withPack } from '../with-pack';

interface WatchFlags extends PackFlags {
  interval: number;
  count?: number;
  json?: boolean;
}

/** `bms watch`: a line for every reading, until it is ended. */
export function addWatch(program: Command, context: Context): void {
  addPackOptions(program.command('watch'))
    .description('print a line for every reading, until Ctrl-C')
    .option('-i, --interval <seconds>', 'between two readings', positiveNumber, 5)
    .option('-n, --count <number>', 'end after so many', wholeNumber)
    .option('--json', 'each as a line of JSON')
    .action((line: string, flags: WatchFlags) => {
      const options = { ...packOptionsOf(line, flags), pollIntervalMs: flags.interval * 1000 };
      return withPack(context, options, (pack) => watch(pack, flags, context));
    });
}

/** The reading by which the pack was opened is the first. */
async function watch(pack: Pack, { json, count = Infinity }: WatchFlags, context: Context): Promise<void> {
  const { terminal, clock } = context;
  let left = count;
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const show = (reading: Readonly<Reading>, timestamp: number): void => {
    if (left-- <= 0) return;
    const time = new Date(timestamp).toISOString();
    terminal.print(json === true ? JSON.stringify({ time, ...reading }) : `${time}  ${summary(reading)}`);
    if (left <= 0) finish();
  };
  show(pack.last ?? {}, clock.now());
  const stops = [
    pack.onReading((reading, { timestamp }) => show(reading, timestamp)),
    pack.onCondition(({ phase, error }) => {
      if (phase === 'lost') terminal.note(`bms: ${error?.message ?? 'The pack is lost.'}`);
    }),
  ];
  try {
    await unlessInterrupted(context, finished);
  } finally {
    for (const stop of stops) stop();
  }
}
