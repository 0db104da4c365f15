import { VirtualAdapter, type Adapter } from './adapter';
import type { ControllerOptions } from './controller';
import { SocketAdapter } from './socket-adapter';

/** Whether this run is the one with the older library, `@abandonware/noble`: see `other-library.ts`. */
export const IS_OLDER = process.env['OPENBMS_NOBLE_HOME'] !== undefined;

/** The library that the tests of this run use, which is the real one. */
export const LIBRARY = IS_OLDER ? '@abandonware/noble' : '@stoprocent/noble';

/** An adapter of the kind that the library can use here: the older one knows no serial ports. */
export function adapterFor(options: ControllerOptions): Adapter {
  return IS_OLDER ? new SocketAdapter(options) : new VirtualAdapter(options);
}
