import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BmsError } from '../../battery/errors';
import { quoted } from '../../battery/quoted';
import { say } from '../../battery/sentence';
import { fileNameOf, fileProblem, fileTimeOf } from '../user-files';

/** Below the user directory of Node-RED. */
const FOLDER = 'bms-settings';

/** More than any settings document, bytes. */
const LONGEST_FILE = 1_000_000;

/** Files with settings: each is written as a whole, so that a power cut leaves the former one or the new one. */
export class SettingsFolder {
  private readonly folder: string;

  /** @param userDir of Node-RED; where it has none, the directory that it runs in */
  constructor(userDir: string | undefined) {
    this.folder = join(userDir ?? process.cwd(), FOLDER);
  }

  /** @param file relative paths lead from the folder */
  pathOf(file: string): string {
    return resolve(this.folder, file);
  }

  /**
   * Writes a file, and waits until it is on the disk.
   * @returns its path
   * @throws BmsError `permission`, `not_found`
   */
  async write(file: string, content: object): Promise<string> {
    const path = this.pathOf(file);
    const made = `${path}.new`;
    try {
      await mkdir(this.folder, { recursive: true });
      await written(await open(made, 'w'), `${JSON.stringify(content, null, 2)}\n`);
      await rename(made, path);
      return path;
    } catch (thrown) {
      throw fileError(path, thrown);
    }
  }

  has(file: string): boolean {
    return existsSync(this.pathOf(file));
  }

  /**
   * What a file holds.
   * @throws BmsError `not_found`, `permission`; `bad_value` when it is no JSON
   */
  read(file: string): unknown {
    const path = this.pathOf(file);
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (thrown) {
      throw fileError(path, thrown);
    }
    if (text.length > LONGEST_FILE)
      throw new BmsError('bad_value', say`The file ${quoted(path)} is too long for settings.`);
    try {
      return JSON.parse(text);
    } catch (thrown) {
      throw new BmsError(
        'bad_value',
        say`The file ${quoted(path)} holds no JSON; choose one that was saved by this node.`,
        thrown,
      );
    }
  }

  async remove(file: string): Promise<void> {
    await rm(this.pathOf(file), { force: true });
  }
}

async function written(file: FileHandle, text: string): Promise<void> {
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The name of a file for a snapshot: of which device, and of when. */
export function snapshotName(device: string, takenAt: number): string {
  return `${fileNameOf(device, 40)}-${fileTimeOf(takenAt, 'ms')}.json`;
}

function fileError(path: string, thrown: unknown): BmsError {
  const { code, reason } = fileProblem(thrown);
  return new BmsError(code, say`The file ${quoted(path)} cannot be used: ${reason}.`, thrown);
}
