// Puts what several dialogs share into each of them: rows of fields, and code. A script of its own, loaded by the editor,
// would hold up every node of the palette until it is there, and for ever when it cannot be had.
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** `// include: dialog/values.js` in a script, `<!-- include: dialog/head.html -->` in a form. */
const MARK = /^( *)(?:\/\/ include: (\S+)|<!-- include: (\S+) -->)\n/gm;

/** A node's HTML file as it ships: with what its `include:` lines name in their place, where `__node__` is its own name. */
export function dialogFile(path) {
  return readFileSync(path, 'utf8').replace(MARK, (_line, indent, code, rows) =>
    readFileSync(join(dirname(path), code ?? rows), 'utf8')
      .replaceAll('__node__', basename(path, '.html'))
      .replace(/^(?=.)/gm, indent),
  );
}
