import { say, type Sentence } from './sentence';

/** As much as is shown of what a message or a setting holds, characters. */
const LONGEST = 60;

/** The longest sentence of an error; longer ones hold something that was not cut, such as the message of a library. */
const LONGEST_SENTENCE = 1000;

/** Control characters, line and paragraph separators, and halves of characters. */
const UNPRINTABLE = /\p{Cc}|\p{Zl}|\p{Zp}|\p{Cs}|\p{Cf}/gu;

/**
 * A name as it may stand in an error or a log: on one line, without anything that moves a cursor, and not longer than one
 * reads. What is cut ends in an ellipsis.
 */
export function printable(text: string, longest = LONGEST): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replace(UNPRINTABLE, escape);
}

/** The sentence of an error, whatever has got into it. */
export function printableSentence(text: string): string {
  return printable(text, LONGEST_SENTENCE);
}

/** The same in quotation marks, with those inside escaped. */
export function quoted(text: string): string {
  return `"${printable(text).replaceAll('"', '\\"')}"`;
}

/** A value of any kind, in a few words. */
export function shownValue(value: unknown): string | Sentence {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) {
    return String(value);
  }
  return Array.isArray(value) ? say`a list` : say`a value of type ${typeof value}`;
}

function escape(character: string): string {
  if (character === '\n') return '\\n';
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
