/**
 * Types of D-Bus (specification, "Type System"): a code of one letter, with the types inside of `a`, `(` and `{`.
 * `{` stands inside of an array only.
 */
export interface Type {
  readonly code: string;
  readonly inner: readonly Type[];
}

/** Boundaries on which values begin, in bytes, by the codes of their types. */
const ALIGNMENTS: Readonly<Record<string, number>> = {
  ...{ y: 1, g: 1, v: 1, n: 2, q: 2, b: 4, i: 4, u: 4, h: 4, s: 4, o: 4, a: 4 },
  ...{ x: 8, t: 8, d: 8, '(': 8, '{': 8 },
};

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '{': '}' };

/** As the specification has it: no type is nested more deeply. */
const MOST_DEPTH = 32;

const known = new Map<string, readonly Type[]>();

export function alignmentOf({ code }: Type): number {
  return ALIGNMENTS[code] ?? 1;
}

/** The types of a signature such as `sa{sv}`. @throws RangeError when it is none */
export function typesOf(signature: string): readonly Type[] {
  const before = known.get(signature);
  if (before !== undefined) return before;
  const parser = new Parser(signature);
  const types = parser.until('', 0);
  // Peers use a handful; one that makes up many of them fills no memory.
  if (known.size < 100) known.set(signature, types);
  return types;
}

class Parser {
  private at = 0;

  constructor(private readonly signature: string) {}

  /** @param end the letter that ends the list; '' for the end of the signature */
  until(end: string, depth: number): Type[] {
    const types: Type[] = [];
    while (this.signature.charAt(this.at) !== end) types.push(this.type(depth, false));
    this.at++;
    return types;
  }

  private type(depth: number, isInArray: boolean): Type {
    const code = this.signature.charAt(this.at++);
    if (depth > MOST_DEPTH || ALIGNMENTS[code] === undefined || (code === '{' && !isInArray)) throw this.wrong();
    if (code === 'a') return { code, inner: [this.type(depth + 1, true)] };
    const closing = CLOSING[code];
    if (closing === undefined) return { code, inner: [] };
    const inner = this.until(closing, depth + 1);
    if (inner.length === 0 || (code === '{' && inner.length !== 2)) throw this.wrong();
    return { code, inner };
  }

  private wrong(): RangeError {
    return new RangeError(`"${this.signature}" is no signature of D-Bus`);
  }
}
