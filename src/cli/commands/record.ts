import type { Command } from 'commander';
import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { BmsError, toBmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { BusLine } from '../../library/bus-line';
import type { PackOptions } from '../../library/pack';
import { FrameLog } from '../../link/frame-log';
import { RECORDING_FORMAT, type RecordingHeader } from '../../link/recording';
import { packageInfo } from '../../package-info';
import { frameText } from '../../session/recording/frame-text';
import { maskedName } from '../../session/recording/masked-text';
import { RecordingLines } from '../../session/recording/recording-lines';
import { unlessInterrupted, type Context } from '../context';
import { Interrupted } from '../exit';
import { addPackOptions, packOptionsOf, positiveNumber, type PackFlags } from '../pack-options';

interface RecordFlags extends PackFlags {
  output: string;
  interval: number;
  seconds?: number;
}

/** `bms record`: the bytes of a line, masked, as a file that plays back. */
export function addRecord(program: Command, context: Context): void {
  addPackOptions(program.command('record'))
    .description('write the frames of a line to a file; passwords and serial numbers are masked')
    .requiredOption('-o, --output <file>', 'where to, as JSON Lines; an existing file is not touched')
    .option('-i, --interval <seconds>', 'between two readings', positiveNumber, 5)
    .option('--seconds <number>', 'how long; until Ctrl-C when missing', positiveNumber)
    .action((line: string, flags: RecordFlags) => record(context, packOptionsOf(line, flags), flags));
}

/** A pack that does not answer is recorded as well: that is what recordings are for. */
async function record(context: Context, options: PackOptions, flags: RecordFlags): Promise<void> {
  const { clock, terminal } = context;
  const file = await createFile(flags.output);
  const log = new FrameLog(clock);
  const line = new BusLine(options, clock, log);
  const write = (entry: object): void => void file.write(`${JSON.stringify(entry)}\n`);
  write(headerOf(options, line.name, clock.now()));
  let serial: string | undefined;
  const secrets = (): string[] =>
    [options.password, serial].filter((secret) => secret !== undefined && secret !== '') as string[];
  const lines = new RecordingLines({ since: clock.monotonic(), secrets }, (entry) => {
    write(entry);
    terminal.note(frameText(entry));
  });
  const stop = log.watch((entry) => lines.take(entry));
  const isOver = new Promise<void>((resolve) => {
    if (flags.seconds !== undefined) clock.after(flags.seconds * 1000, resolve);
  });
  try {
    const polling = line.pack({ ...options, pollIntervalMs: flags.interval * 1000 }).then(
      (pack) => void (serial = pack.last?.serialNumber),
      (error: unknown) => terminal.note(`bms: ${toBmsError(error).message}`),
    );
    await unlessInterrupted(context, Promise.all([polling, isOver]));
  } catch (thrown) {
    // The end of a recording without a limit.
    if (!(thrown instanceof Interrupted) || flags.seconds !== undefined) throw thrown;
  } finally {
    await line.close();
    stop();
    lines.flush();
    log.close();
    file.end();
    await once(file, 'close');
  }
  terminal.print(flags.output);
}

/** @throws BmsError `bad_value` for a file that is there already, or cannot be written */
async function createFile(path: string): Promise<WriteStream> {
  const file = createWriteStream(path, { flags: 'wx' });
  try {
    await once(file, 'open');
    return file;
  } catch (error) {
    throw new BmsError('bad_value', say`${path} cannot be written: ${(error as Error).message}.`);
  }
}

function headerOf({ transport, protocol }: PackOptions, name: string, now: number): RecordingHeader {
  const { name: source, version } = packageInfo();
  return {
    ...{ format: RECORDING_FORMAT, name: maskedName(`Recording of ${name}`), source: `${source} ${version}` },
    ...(protocol !== undefined && protocol !== 'auto' && { protocol }),
    ...{ transport, verified: false, masked: true, started: new Date(now).toISOString() },
    versions: { package: version, node: process.version, platform: `${process.platform} ${process.arch}` },
  };
}
