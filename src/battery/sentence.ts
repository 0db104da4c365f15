/** What may stand in a sentence: text from outside as it is, figures, and other sentences, which are translated as well. */
export type SentenceValue = string | number | boolean | Sentence;

/**
 * A sentence for users in English, kept in a form that can be translated: the template with numbered places, such as
 * `{0} is released for {1} s more.`, is its key in the catalogues (`nodes/locales/<language>/sentences.json`), and the values
 * are put in afterwards. Made by `say`; rendered in another language only where it leaves the package.
 */
export class Sentence {
  constructor(
    readonly template: string,
    readonly values: readonly SentenceValue[],
  ) {}

  /** The sentence in English. */
  toString(): string {
    return this.render((template) => template);
  }

  /** @param translate gives the template in another language, with the same places */
  render(translate: (template: string) => string): string {
    return translate(this.template).replace(/\{(\d+)\}/g, (place, index: string) => {
      const value = this.values[Number(index)];
      return value instanceof Sentence ? value.render(translate) : String(value ?? place);
    });
  }
}

/** The template of each literal in the source, made once. */
const templates = new WeakMap<TemplateStringsArray, string>();

/**
 * Makes a sentence of a template literal: `` say`${name} is released for ${seconds} s more, nothing was sent.` ``. What stands
 * in the places is never translated, unless it is a sentence itself.
 */
export function say(parts: TemplateStringsArray, ...values: SentenceValue[]): Sentence {
  let template = templates.get(parts);
  if (template === undefined) {
    template = parts.reduce((before, part, i) => `${before}{${i - 1}}${part}`);
    templates.set(parts, template);
  }
  return new Sentence(template, values);
}

/** Text that comes from outside, such as an error of the system: the same in every language. */
export function verbatim(text: string): Sentence {
  return new Sentence('{0}', [text]);
}

/** Sentences one after the other. */
export function sequenceOf(sentences: readonly SentenceValue[], separator = ' '): Sentence {
  return new Sentence(sentences.map((_sentence, i) => `{${i}}`).join(separator), sentences);
}

const patterns = new Map<string, RegExp>();

/**
 * Reads a sentence back from its English text, for what is kept and passed on as plain text.
 * @param form a sentence of the same template, whatever its values
 * @returns the sentence with the values of the text; undefined when it is another one
 */
export function readBack({ template }: Sentence, text: string): Sentence | undefined {
  let pattern = patterns.get(template);
  if (pattern === undefined) {
    const literal = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
    pattern = new RegExp(`^${literal.replace(/\{\d+\}/g, '([^]*?)')}$`);
    patterns.set(template, pattern);
  }
  const found = pattern.exec(text);
  return found === null ? undefined : new Sentence(template, found.slice(1));
}
