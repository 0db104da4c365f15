// Which texts of the catalogues a source file uses.

/** The keys of a catalogue, joined by dots. */
export function* flatten(catalogue) {
  for (const [key] of flattenTexts(catalogue)) yield key;
}

/** The same with their texts: `[key, text]`. */
export function* flattenTexts(catalogue, prefix = '') {
  for (const [key, value] of Object.entries(catalogue)) {
    if (typeof value === 'object') yield* flattenTexts(value, `${prefix}${key}.`);
    else yield [prefix + key, value];
  }
}

/** A key with its namespace, as a pattern of what it may be at run time: `${...}` stands for anything. */
export function externalKey(key) {
  const parts = key.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  return { key, pattern: new RegExp(`^${parts.join('.+')}$`) };
}

/**
 * The texts that a file uses, in attributes `data-i18n` and in calls of `_`.
 * @param own the namespace for keys without one; undefined outside the node files
 * @yields { key, pattern }: without a pattern where the key cannot be told
 */
export function* usedTexts(source, own) {
  for (const key of [...attributes(source), ...calls(source)]) {
    // Texts of Node-RED itself.
    if (/^['"`](node-red|editor):/.test(key)) continue;
    if (!/^['"`]/.test(key)) yield { key };
    else yield resolve(key.slice(1, -1), own);
  }
}

function resolve(key, own) {
  if (key.includes(':') || key.startsWith('${')) return externalKey(key);
  return own === undefined ? { key } : externalKey(`${own}:${key}`);
}

/** `data-i18n="key"`, `data-i18n="[placeholder]key;[title]key"` */
function* attributes(source) {
  for (const [, value] of source.matchAll(/data-i18n="([^"]*)"/g)) {
    for (const key of value.split(';')) yield `'${key.replace(/^\[\w+\]/, '')}'`;
  }
}

/** The first argument of every `x._(...)`, with its quotes; as it stands where it is no literal. */
function* calls(source) {
  for (const { index } of source.matchAll(/\._\(\s*/g)) {
    const rest = source.slice(index).replace(/^\._\(\s*/, '');
    const literal = /^(['"`]).*?\1(?=\s*[,)])/s.exec(rest);
    yield literal ? literal[0] : rest.slice(0, 40);
  }
}
