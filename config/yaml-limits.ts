/**
 * Limits on YAML input. The parser builds the whole document recursively before it can be inspected: a small file can keep it
 * busy for minutes or overflow the stack. So the input is checked first, in linear time, with the parser's own tokens.
 */
import { isScalar, Lexer, Parser, type parseDocument, visit } from 'yaml';

/** Maximum bytes of a file: enough for about 3,000 user columns. */
export const MAX_BYTES = 262_144;
/** Maximum nesting of sections, lists and brackets: three per level of a struct type, and about ten around it. */
export const MAX_LEVELS = 100;

/** What is wrong in a file, and where. */
export interface Mistake {
  /** Offset in the text, in UTF-16 code units. */
  offset: number;
  what: string;
}

/** The mistake for a file of more than {@link MAX_BYTES}. */
export const TOO_LARGE: Mistake = {
  offset: 0,
  what: `The file is larger than ${MAX_BYTES / 1024} KiB, which is the maximum. Is it the right file?`,
};

/** The mistake for a file with more than {@link MAX_LEVELS} levels. */
export const TOO_DEEP: Mistake = {
  offset: 0,
  what: `Sections, lists or brackets are nested more than ${MAX_LEVELS} levels deep, which is the maximum. No configuration needs more.`,
};

/** Returns the mistake for a text that exceeds a limit; `undefined` if it does not. */
export function limitMistake(text: string): Mistake | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) return TOO_LARGE;
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _token of parser.next(lexeme)) {
      // The tokens themselves are not used: the parser's stack shows the nesting.
    }
    // The document itself is also on the stack.
    if (parser.stack.length > MAX_LEVELS + 1) return { ...TOO_DEEP, offset: parser.offset };
  }
  return undefined;
}

/** Finds duplicate keys. The parser's own check takes quadratic time. */
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
            what: 'This key occurs twice in its section. Keep one of them.',
          });
        seen.add(key.value);
      }
    },
  });
  return found;
}
