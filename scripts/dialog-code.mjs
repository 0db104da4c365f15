// Puts what several dialogs share into each of them. A script of its own, loaded by the editor, would hold up every
// node of the palette until it is there, and for ever when it cannot be had.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MARK = /^( *)\/\/ include: (\S+)\n/gm;

/** A node's HTML file as it ships: with the code of its `// include:` lines in their place. */
export function dialogFile(path) {
  return readFileSync(path, 'utf8').replace(MARK, (_line, indent, name) =>
    readFileSync(join(dirname(path), name), 'utf8').replace(/^(?=.)/gm, indent),
  );
}
