import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** What a source says to users: a template of `say`, and where it stands. */
export interface SaidSentence {
  readonly template: string;
  /** `src/link/serial.ts:80` */
  readonly place: string;
  /** the class of the error that it is made for; undefined where it is a part of another sentence, or of no error */
  readonly error: string | undefined;
}

const sources = (): string[] =>
  ['src', 'nodes'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => join(folder, path)),
  );

/** Every sentence of the source. */
export function sentencesOfSource(): SaidSentence[] {
  const said: SaidSentence[] = [];
  for (const path of sources()) {
    const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    const placeOf = (node: ts.Node): string =>
      `${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    const visit = (node: ts.Node): void => {
      if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'say') {
        said.push({ template: templateOf(node.template), place: placeOf(node), error: errorOf(node) });
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return said;
}

function errorOf(node: ts.Node): string | undefined {
  const made = ts.findAncestor(node, ts.isNewExpression);
  return made?.expression.getText();
}

/** As `say` makes it, which sees the same pieces. */
function templateOf(literal: ts.TemplateLiteral): string {
  if (ts.isNoSubstitutionTemplateLiteral(literal)) return literal.text;
  return literal.templateSpans.reduce(
    (before, { literal: { text } }, i) => `${before}{${i}}${text}`,
    literal.head.text,
  );
}

/** A catalogue of sentences, by template. */
export function sentencesIn(language: string): Record<string, string> {
  return JSON.parse(readFileSync(join('nodes', 'locales', language, 'sentences.json'), 'utf8')) as Record<
    string,
    string
  >;
}

/** Whether there is something to translate besides the values. */
export const hasWords = (template: string): boolean => /\p{L}/u.test(template.replace(/\{\d+\}/g, ''));
