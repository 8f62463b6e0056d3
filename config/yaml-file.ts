/** Reads a YAML file against a schema; every mistake comes with its place, what is allowed, and the nearest key. */
import { readFileSync } from 'node:fs';
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UserMistake } from '../errors/index.js';
import { nearest } from '../errors/nearest.js';

type Path = readonly PropertyKey[];

export interface YamlFile<T> {
  /** `undefined` when there is no such file, or when it has mistakes. */
  value?: T;
  /** `file:line:column  what is wrong`, in the order of the file. */
  mistakes: string[];
  /** `file:line:column` of a value, for mistakes that are found later. */
  at(path: Path): string;
}

/**
 * `name` is what mistakes call the file. `keys` has the allowed keys of each section, by its dotted path. A value that
 * is left empty (`address:`) counts as not given.
 */
export function readYaml<T>(
  file: string,
  name: string,
  schema: z.ZodType<T>,
  keys: Record<string, readonly string[]>,
): YamlFile<T> {
  const text = readText(file);
  if (text === undefined) return { mistakes: [], at: () => name };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const at = (path: Path) => place(offsetOf(document, path));
  if (document.errors.length > 0) {
    return { mistakes: document.errors.map(({ pos, message }) => `${place(pos[0])}  ${message}`), at };
  }
  const parsed = schema.safeParse(withoutEmpty(document.toJS()) ?? {});
  if (parsed.success) return { value: parsed.data, mistakes: [], at };
  const found = parsed.error.issues.flatMap((issue) => {
    const path = issue.path.filter((part) => part !== 'files');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const offset = keyOffset(document, [...path, key]);
        return { offset, what: unknownKey(path, key, keys) };
      });
    }
    return [{ offset: offsetOf(document, path), what: wrongValue(document, path, issue, keys) }];
  });
  found.sort((a, b) => a.offset - b.offset);
  return { mistakes: found.map(({ offset, what }) => `${place(offset)}  ${what}`), at };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UserMistake(`${file} cannot be read (${code}).`, 'Make it a readable file, or remove it.', {
      cause: error,
    });
  }
}

/** A document as `parseDocument` gives it; only these two calls matter here. */
type Document = ReturnType<typeof parseDocument>;

function offsetOf(document: Document, path: Path): number {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  // Of a section, its key: its value begins somewhere below.
  return isNode(node) && node.range && (path.length === 0 || !isMap(node)) ? node.range[0] : keyOffset(document, path);
}

/** Where a key stands; where it does not, its section. */
function keyOffset(document: Document, path: Path): number {
  if (path.length === 0) return 0;
  const section: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const key = path[path.length - 1];
  const pair = isMap(section)
    ? section.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    : null;
  return isScalar(pair?.key) && pair.key.range ? pair.key.range[0] : keyOffset(document, path.slice(0, -1));
}

function unknownKey(path: Path, key: string, keys: Record<string, readonly string[]>): string {
  const allowed = keys[path.join('.')] ?? [];
  const meant = nearest(key, allowed);
  const hint = meant ? ` Did you mean ${meant}?` : '';
  return `${[...path, key].join('.')} is an unknown key.${hint} Allowed: ${allowed.join(', ')}.`;
}

function wrongValue(
  document: Document,
  path: Path,
  issue: z.core.$ZodIssue,
  keys: Record<string, readonly string[]>,
): string {
  const section = keys[path.join('.')];
  const wantsSection =
    issue.code === 'invalid_type' && issue.expected === 'object' && path.join('.') !== 'temporal.tls';
  const allowed = wantsSection && section ? `a section with ${section.join(', ')}` : issue.message;
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  const given = isScalar(node) ? JSON.stringify(node.value) : isMap(node) ? 'a section' : 'a list';
  return `${path.length === 0 ? 'The file' : path.join('.')} is ${given}. Allowed: ${allowed}.`;
}

/** The same value without what is `null`, at any depth. */
function withoutEmpty(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  const kept = Object.entries(value).map(([key, inner]) => [key, withoutEmpty(inner)] as const);
  return Object.fromEntries(kept.filter(([, inner]) => inner !== undefined));
}
