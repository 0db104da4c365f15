// Compares the catalogues and the help of a language with those of the first one, en-US.
import { flattenTexts } from './texts.mjs';

/** What the status below a node has room for; a value takes some of it. */
const LONGEST_STATUS = 20;

/** Texts that are the same in other languages by their nature. */
const INTERNATIONAL = new Set([
  ...[
    'Name',
    'Topic',
    'Code',
    'Host',
    'Port',
    'Adapter',
    'Bluetooth',
    'Simulator',
    'BlueZ (D-Bus)',
    'Timeout',
    'Format',
  ],
  ...['Details', 'Status', 'V, A, W: , ,', 'Ah: , , , ; Wh:'],
  ...['payload.field, operator, value, limit', 'payload.pack, packs, packCell, bankLevel'],
]);

/** One paragraph, title, entry or cell of a list, without what is nested in it. */
const BLOCKS = 'p|h3|h4|li|dt|dd';

/** Words of a text: what a translator would have something to do with. Units and symbols are none. */
const hasWords = (text) => /[A-Za-z]{4}/.test(text.replace(/__\w+__|\bs:/g, ''));

const sorted = (list) => [...list].sort().join(' ');

/**
 * Where a catalogue says less, more or something else than that of the first language, or has room for too much.
 * @param first the parsed JSON of the first language
 * @param other that of the other
 * @yields a sentence for everything that is wrong
 */
export function* catalogueProblems(first, other) {
  const texts = new Map(flattenTexts(first));
  const others = new Map(flattenTexts(other));
  for (const [key, text] of texts) {
    const translated = others.get(key);
    if (translated === undefined) yield `${key} is missing`;
    else yield* textProblems(key, text, translated);
  }
  for (const key of others.keys()) if (!texts.has(key)) yield `${key} is too much`;
}

function* textProblems(key, text, translated) {
  const valuesIn = (of) => sorted(of.match(/__\w+?__/g) ?? []);
  if (translated.trim() === '') yield `${key} is empty`;
  if (valuesIn(translated) !== valuesIn(text)) yield `${key} has other values`;
  // A vendor and its boards are called the same in many languages.
  const mayStay = key.includes('.protocol.') || INTERNATIONAL.has(text);
  // Names of things that are typed or looked up as they stand: node types, addresses, paths.
  const isName = /^bms-[a-z]+$/.test(text);
  if (isName && translated !== text) yield `${key} must stay "${text}"`;
  if (!isName && translated === text && hasWords(text) && !mayStay) yield `${key} is not translated`;
}

/** Texts of a catalogue that are too long for the status below a node. */
export function* statusProblems(catalogue) {
  for (const [key, text] of flattenTexts(catalogue)) {
    const { length } = text.replace(/__\w+?__/g, '00');
    if (key.includes('.status.') && length > LONGEST_STATUS) yield `${key} is too long for a status: "${text}"`;
  }
}

/**
 * Where a help text is built otherwise than that of the first language, or left in it.
 * @param first the HTML of the first language
 * @param other that of the other
 * @yields a sentence for everything that is wrong
 */
export function* helpProblems(first, other) {
  const [tags, otherTags] = [first, other].map(tagsOf);
  const at = otherTags.findIndex((tag, i) => tag !== tags[i]);
  if (at >= 0) return yield `its tag ${at + 1} is ${otherTags[at]} and should be ${tags[at] ?? 'none'}`;
  if (otherTags.length < tags.length) return yield `the tag ${tags[otherTags.length]} is missing at its end`;
  const blocks = blocksOf(first);
  for (const [i, block] of blocksOf(other).entries()) yield* blockProblems(blocks[i], block);
}

function* blockProblems(first, other) {
  const title = `"${other.text || first.codes}"`;
  if (sorted(other.codes) !== sorted(first.codes)) yield `${title} has other code than "${first.text}"`;
  if (other.property !== first.property) yield `the property ${first.property} is called ${other.property}`;
  if (other.text === '' && first.text !== '') yield `"${first.text}" has no text`;
  if (other.text === first.text && hasWords(first.text) && !INTERNATIONAL.has(first.text))
    yield `${title} is not translated`;
}

/**
 * Where the help calls something of a dialog otherwise than the dialog does: its emphasised words are texts of the
 * dialogs, and titles that are so in the first language.
 * @param first the help of the first language
 * @param other that of the other; the first one once more for itself
 * @param own the catalogue of the node in both languages, `[first, other]`
 * @param all the catalogues of all nodes in the other language
 */
export function* wordingProblems(first, other, own, all) {
  const known = new Set(all.flatMap((catalogue) => [...flattenTexts(catalogue)].map(([, text]) => text)));
  for (const [, words] of other.matchAll(/<em>([^]*?)<\/em>/g)) {
    if (!known.has(plain(words))) yield `no dialog says "${plain(words)}"`;
  }
  const [texts, others] = own.map((catalogue) => new Map(flattenTexts(catalogue)));
  const [titles, otherTitles] = [first, other].map((help) => blocksOf(help).filter(({ tag }) => /^(h4|dt)$/.test(tag)));
  for (const [i, { text }] of titles.entries()) {
    const keys = [...texts.keys()].filter((key) => /\.(label|transport)\./.test(key) && texts.get(key) === text);
    const wanted = keys.map((key) => others.get(key));
    const is = otherTitles[i]?.text;
    if (keys.length > 0 && !wanted.includes(is)) yield `the title "${is}" is "${wanted.join('" or "')}" in the dialog`;
  }
}

/** The tags in their order, with their attributes. Where code and emphasis stand within a block is the language's. */
function tagsOf(help) {
  return (help.match(/<[^>]+>/g) ?? [])
    .map((tag) => tag.replace(/\s+/g, ' '))
    .filter((tag) => !/^<\/?(code|em|strong)\b/.test(tag));
}

/** Every block with what is its own: `{ tag, text, codes, property }`. */
function blocksOf(help) {
  const parts = help.split(new RegExp(`<(?=(?:${BLOCKS})\\b)`)).slice(1);
  return parts.map((part) => {
    const [, tag] = /^(\w+)/.exec(part);
    const content = part.replace(/^[^>]*>/, '').replace(/<\/?(ul|ol|dl|script)\b[^]*$/, '');
    const codes = [...content.matchAll(/<(code|strong|em)>([^]*?)<\/\1>/g)];
    const withoutCode = content.replace(/<code>[^]*?<\/code>/g, '');
    const property = /^\s*([\w., ]+?)\s*<span class="property-type">/.exec(content)?.[1];
    return {
      tag,
      property,
      codes: codes.map(([, kind, code]) => (kind === 'code' ? plain(code) : `<${kind}>`)),
      text: property === undefined ? plain(withoutCode) : '',
    };
  });
}

const plain = (html) =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .trim();
