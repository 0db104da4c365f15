import { toBmsError } from '../../battery/errors';
import type { JournalEntry, SettingsJournal } from '../../session/settings/journal';
import { fileNameOf } from '../user-files';
import { snapshotName, type SettingsFolder } from './settings-folder';

/**
 * The journal of one device, as a file: it is there from before the first write until all is written or put back. The snapshot
 * beside it stays.
 */
export class DeviceJournal implements SettingsJournal {
  private readonly file: string;

  /**
   * @param id of the node
   * @param onTrouble called with what has gone wrong where nobody waits for it
   */
  constructor(
    private readonly folder: SettingsFolder,
    id: string,
    private readonly onTrouble: (reason: string) => void,
  ) {
    this.file = `journal-${fileNameOf(id)}.json`;
  }

  async begin(entry: JournalEntry): Promise<void> {
    await this.folder.write(snapshotName(entry.snapshot.device ?? 'pack', entry.begunAt), entry.snapshot);
    await this.folder.write(this.file, entry);
  }

  async end(): Promise<void> {
    try {
      await this.folder.remove(this.file);
    } catch (thrown) {
      this.onTrouble(toBmsError(thrown, 'permission').message);
    }
  }

  /** Whether something was begun and not ended: Node-RED stopped in the midst of it. */
  get isUnfinished(): boolean {
    return this.folder.has(this.file);
  }

  /** What was begun and not ended, as the file has it. @throws BmsError */
  unfinished(): unknown {
    return this.folder.read(this.file);
  }
}
