import { closeSync, fsync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { Clock, Timer } from '../../clock';
import { fileNameOf, fileProblem, fileTimeOf } from '../user-files';

/** All recordings of a user directory together, and one file of them, bytes. */
export const MOST_BYTES = 20 * 1000 * 1000;
export const FILE_BYTES = 4 * 1000 * 1000;

/** After a power cut this much may be missing at the end of a file, ms. */
const SYNC_MS = 10_000;

const ENDING = '.jsonl';
/** The files that are made here; nothing else in the folder is touched. */
const OWN = /^bms-.*-\d{8}-\d{6}(-\d+)?\.jsonl$/;

export interface RecordingFilesOptions {
  readonly folder: string;
  /** of the connection; a part of the file names */
  readonly name: string;
  /** the first line of each file. @param part counts the files, from 1 */
  readonly header: (part: number) => object;
  readonly clock: Clock;
  /** called once when a file cannot be written; nothing is written after it */
  readonly onTrouble: (error: BmsError) => void;
}

/**
 * A recording on disk: files of a limited size, of which the oldest of the folder go when all together are too large. Each
 * line is given to the system at once, so that a process that is killed has written what it has seen.
 */
export class RecordingFiles {
  private file: number | undefined;
  private path = '';
  private part = 0;
  private size = 0;
  private total = 0;
  private syncTimer: Timer | undefined;

  constructor(private readonly options: RecordingFilesOptions) {}

  get isOpen(): boolean {
    return this.file !== undefined;
  }

  /** the file that is being written, or was written last */
  get current(): string {
    return this.path;
  }

  /** written so far, bytes */
  get bytes(): number {
    return this.total;
  }

  /** @throws BmsError `permission`, `not_found` where the folder cannot be written */
  open(): void {
    try {
      mkdirSync(this.options.folder, { recursive: true });
      this.begin();
    } catch (thrown) {
      this.close();
      throw fileError(thrown);
    }
  }

  write(line: object): void {
    if (this.file === undefined) return;
    try {
      if (this.size >= FILE_BYTES) this.begin();
      this.append(line);
      this.syncTimer ??= this.options.clock.after(SYNC_MS, () => this.sync());
    } catch (thrown) {
      this.close();
      this.options.onTrouble(fileError(thrown));
    }
  }

  close(): void {
    const { file } = this;
    this.file = undefined;
    this.syncTimer?.cancel();
    this.syncTimer = undefined;
    if (file !== undefined) closeSync(file);
  }

  private begin(): void {
    this.close();
    this.part++;
    this.removeOldest();
    this.path = this.freePath();
    this.file = openSync(this.path, 'ax');
    this.size = 0;
    this.append(this.options.header(this.part));
  }

  private append(line: object): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    for (let at = 0; at < bytes.length && this.file !== undefined;) at += writeSync(this.file, bytes, at);
    this.size += bytes.length;
    this.total += bytes.length;
  }

  private sync(): void {
    this.syncTimer = undefined;
    // Where that is not possible, the system writes it in its own time.
    if (this.file !== undefined) fsync(this.file, () => undefined);
  }

  private freePath(): string {
    const { folder, name, clock } = this.options;
    const stem = join(folder, `bms-${fileNameOf(name, 40)}-${fileTimeOf(clock.now())}`);
    const taken = new Set(readdirSync(folder).map((file) => join(folder, file)));
    for (let count = 1; ; count++) {
      const path = `${stem}${count === 1 ? '' : `-${count}`}${ENDING}`;
      if (!taken.has(path)) return path;
    }
  }

  /** Makes room for one more file. */
  private removeOldest(): void {
    const files = readdirSync(this.options.folder)
      .filter((file) => OWN.test(file))
      .map((file) => join(this.options.folder, file))
      .map((path) => ({ path, size: statSync(path).size, at: statSync(path).mtimeMs }))
      .sort((one, other) => other.at - one.at || (one.path < other.path ? 1 : -1));
    let rest = MOST_BYTES - FILE_BYTES;
    for (const { path, size } of files) {
      rest -= size;
      if (rest < 0) rmSync(path);
    }
  }
}

function fileError(thrown: unknown): BmsError {
  const { code, reason } = fileProblem(thrown);
  const message = say`The recording cannot be written (${reason}); make room, or give Node-RED the right to write there.`;
  return new BmsError(code, message, thrown);
}
