/**
 * How much YAML is read. The parser builds a whole document, recursively, before anything of it can be looked at: a small file can
 * keep it busy for minutes, or overflow the stack. So what goes in is bounded first, by the parser's own tokens, in linear time.
 */
import { isScalar, Lexer, Parser, type parseDocument, visit } from 'yaml';

/** Bytes of a file: some 3,000 columns of one's own. */
export const MOST_BYTES = 262_144;
/** Sections, lists and brackets within each other. Three a level of a struct's type, and some ten around it. */
export const MOST_LEVELS = 100;

/** What is wrong, and where in the text. */
export interface Mistake {
  offset: number;
  what: string;
}

export const TOO_LARGE: Mistake = {
  offset: 0,
  what: `The file is larger than ${MOST_BYTES / 1024} KiB, the most that is read. Is it the right file?`,
};

export const TOO_DEEP: Mistake = {
  offset: 0,
  what: `Sections, lists or brackets are nested more than ${MOST_LEVELS} deep, the most that is read. Nothing of a configuration needs that.`,
};

/** Where a text goes beyond the limits; `undefined` where it does not. */
export function excessOf(text: string): Mistake | undefined {
  if (Buffer.byteLength(text) > MOST_BYTES) return TOO_LARGE;
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _token of parser.next(lexeme)) {
      // What it has made counts only as it grows: the stack.
    }
    // The document itself is on it, too.
    if (parser.stack.length > MOST_LEVELS + 1) return { ...TOO_DEEP, offset: parser.offset };
  }
  return undefined;
}

/** Keys that their section has already. The parser's own comparison takes time by the square of the keys. */
export function repeatedKeys(document: ReturnType<typeof parseDocument>): Mistake[] {
  const found: Mistake[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value))
          found.push({
            offset: key.range?.[0] ?? 0,
            what: 'This key stands twice in its section. Keep one of the two.',
          });
        seen.add(key.value);
      }
    },
  });
  return found;
}
