import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { BmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import type { Clock } from '../clock';
import type { Channel, ChannelEvents, Link } from './link';
import { parseRecording, type Recording } from './recording';
import { ReplayedAnswers } from './replayed-answers';
import { ReplayedLine } from './replayed-line';

/** A recording has at most 20 MB in all its files. */
const LONGEST_FILE = 64 * 1024 * 1024;

/** A recording as a line: it answers requests as they were answered, and says what came unasked, over and over. */
export class ReplayLink implements Link {
  readonly name: string;
  readonly hasOwnRate = true;
  private recording: Recording | undefined;

  /** @param file an absolute path */
  constructor(
    private readonly file: string,
    private readonly clock: Clock,
  ) {
    this.name = `replay of ${basename(file)}`;
  }

  /** Boards are asked in another way over Bluetooth, and so is a recording of one. */
  get isRadio(): boolean {
    try {
      return this.load().header.transport === 'ble';
    } catch {
      // What is wrong with the file is said when the line is opened.
      return false;
    }
  }

  /** @throws BmsError `not_found`, `permission`, `malformed` */
  async open(events: ChannelEvents): Promise<Channel> {
    const recording = this.load();
    const { peer, name, services, route } = recording.otherEnd;
    const line = new ReplayedLine(recording, new ReplayedAnswers(recording.exchanges), this.clock, events);
    return {
      ...{ peer, advertisedName: name, services, route },
      write: async (bytes) => line.write(bytes),
      close: async () => line.close(),
    };
  }

  private load(): Recording {
    this.recording ??= parseRecording(this.read(), basename(this.file));
    return this.recording;
  }

  private read(): string {
    const { file } = this;
    try {
      if (statSync(file).size > LONGEST_FILE) {
        throw new BmsError('malformed', say`${file} is too large for a recording; choose another file.`);
      }
      return readFileSync(file, 'utf8');
    } catch (thrown) {
      if (thrown instanceof BmsError) throw thrown;
      if (codeOf(thrown) === 'EACCES') {
        const message = say`The recording ${file} may not be read; give the user of Node-RED the right to.`;
        throw new BmsError('permission', message, thrown);
      }
      const message = say`There is no recording ${file}; put it there, or name another file in the connection.`;
      throw new BmsError('not_found', message, thrown);
    }
  }
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}
