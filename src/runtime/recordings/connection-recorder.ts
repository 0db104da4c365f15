import type { BmsError } from '../../battery/errors';
import type { Clock } from '../../clock';
import type { FrameLog } from '../../link/frame-log';
import type { RecordingHeader } from '../../link/recording';
import { frameText } from '../../session/recording/frame-text';
import { RecordingLines, type RecordingLine } from '../../session/recording/recording-lines';
import { RecordingFiles } from './recording-files';

export interface ConnectionRecorderOptions {
  readonly log: FrameLog;
  readonly clock: Clock;
  /** where recordings go */
  readonly folder: string;
  /** of the connection */
  readonly name: () => string;
  /** @param times see `headerOf` */
  readonly header: (name: string, times: Readonly<Record<string, unknown>>) => RecordingHeader;
  readonly secrets: () => readonly string[];
  /** called when a recording ends because it cannot be written */
  readonly onTrouble: (error: BmsError) => void;
}

/** How a recording stands, for the dialog. */
export interface RecordingState {
  readonly recording: boolean;
  readonly folder: string;
  /** the file that is written, or was written last; '' before the first */
  readonly file: string;
  readonly bytes: number;
}

/** What can be seen of the frames of a connection: a report of the last, a recording of the next, the debug log. */
export class ConnectionRecorder {
  private readonly startedAt: number;
  private readonly startedWall: number;
  private files: RecordingFiles | undefined;
  private stopWatching: () => void = () => undefined;
  private stopDebugging: () => void = () => undefined;

  constructor(private readonly options: ConnectionRecorderOptions) {
    const { clock } = options;
    this.startedAt = clock.monotonic();
    this.startedWall = clock.now();
  }

  /** The last exchanges, as a file: JSON Lines, masked. */
  report(): string {
    const { log, clock, name, header, secrets } = this.options;
    const times = { started: iso(this.startedWall), taken: iso(clock.now()), ...(log.isCut && { isCut: true }) };
    const lines: object[] = [header(`Report of ${name()}`, times)];
    const report = new RecordingLines(
      { since: this.startedAt, secrets, isCut: log.isCut },
      (line) => void lines.push(line),
    );
    for (const entry of log.entries()) report.take(entry);
    report.flush();
    return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  }

  get state(): RecordingState {
    const { files } = this;
    return {
      ...{ recording: files?.isOpen === true, folder: this.options.folder },
      ...{ file: files?.current ?? '', bytes: files?.bytes ?? 0 },
    };
  }

  /** Writes what comes from now on to files, until `stop`. @throws BmsError `permission`, `not_found` */
  start(): void {
    if (this.files?.isOpen === true) return;
    const { log, clock, folder, name, header, secrets, onTrouble } = this.options;
    const [since, wall] = [clock.monotonic(), clock.now()];
    const files = new RecordingFiles({
      ...{ folder, name: name(), clock },
      header: (part) => header(`Recording of ${name()}`, { started: iso(wall), part }),
      onTrouble: (error) => {
        this.stop();
        onTrouble(error);
      },
    });
    files.open();
    this.files = files;
    const recording = new RecordingLines({ since, secrets }, (line) => files.write(line));
    const unwatch = log.watch((entry) => recording.take(entry));
    this.stopWatching = () => {
      unwatch();
      recording.flush();
    };
  }

  stop(): void {
    const stopWatching = this.stopWatching;
    this.stopWatching = () => undefined;
    stopWatching();
    this.files?.close();
  }

  /** Logs every exchange as a text from now on. */
  debug(tell: (text: string) => void): void {
    const { log, clock, secrets } = this.options;
    const emit = (line: RecordingLine): void => tell(frameText(line));
    const lines = new RecordingLines({ since: clock.monotonic(), secrets }, emit);
    this.stopDebugging = log.watch((entry) => lines.take(entry));
  }

  /** To be called when the connection is given up. */
  close(): void {
    this.stop();
    this.stopDebugging();
    this.options.log.close();
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
