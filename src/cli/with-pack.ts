import { openPack, type Pack, type PackOptions } from '../library/pack';
import { unlessInterrupted, type Context } from './context';

/**
 * Opens a pack, does something with it, and lets go of its line whatever comes of it.
 * @throws BmsError why the pack does not answer; `Interrupted`
 */
export async function withPack<T>(context: Context, options: PackOptions, use: (pack: Pack) => Promise<T>): Promise<T> {
  const opening = openPack(options);
  try {
    const pack = await unlessInterrupted(context, opening);
    return await use(pack);
  } finally {
    // One that opens only after the interruption is closed too; why it did not open was thrown, or nobody waits for it.
    await opening.then(
      (pack) => pack.close(),
      () => undefined,
    );
  }
}
