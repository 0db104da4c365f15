import type { SettingsAccess, SettingsBlock, SettingsImage } from '../../codec/parameter';
import { readBlocks } from './block-reader';
import type { BoardSessions, SessionKind } from './board-sessions';
import type { SettingsProgress } from './requests';

/** How blocks are read. */
export interface ImageReading {
  readonly access: SettingsAccess;
  readonly blocks: readonly SettingsBlock[];
  /** whether each block is read until it says the same twice running */
  readonly twice: boolean;
  readonly kind?: Partial<SessionKind>;
  progress?(step: SettingsProgress): void;
}

/**
 * Reads blocks of a board in as many sessions as it takes.
 * @returns those that the board has
 * @throws BmsError why one that is not optional could not be read, or the job is to be ended
 */
export async function readImage(sessions: BoardSessions, how: ImageReading): Promise<SettingsImage> {
  const { access, blocks, twice, kind, progress } = how;
  const image = new Map<string, Buffer>();
  const rest = [...blocks];
  const taken = (block: SettingsBlock, data: Buffer | undefined): void => {
    if (data !== undefined) image.set(block.id, data);
    progress?.({ phase: 'reading', done: blocks.length - rest.length, of: blocks.length, name: block.name });
  };
  while (rest.length > 0) {
    sessions.checkGoesOn();
    const { order } = sessions;
    const script = readBlocks(rest, { access, order, twice, image, taken, mayGoOn: sessions.untilInterrupted() });
    await sessions.run(() => script, { purpose: 'read', priority: 'request', ...kind });
    await sessions.giveWay();
  }
  return image;
}
