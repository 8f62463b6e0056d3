/** Reads a YAML file and checks it against a schema. Every mistake has its place, what is allowed, and the closest known key. */
import { readFileSync, statSync } from 'node:fs';
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UserMistake } from '../errors/index.js';
import { hideSecrets, hideUser } from '../text/hide-secrets.js';
import { nearest } from '../text/nearest.js';
import { type FileShape, SPELLED_OUT } from './file-shape.js';
import { limitMistake, MAX_BYTES, type Mistake, repeatedKeys, TOO_LARGE } from './yaml-limits.js';
import { aliasMistake, yamlMistakes } from './yaml-syntax.js';

/** The keys and list indexes that lead to a value in a file. */
export type Path = readonly PropertyKey[];

/** A file that has been read, with its mistakes. */
export interface YamlFile<T> {
  /** The name of the file in messages. */
  readonly name: string;
  /** The content after the check; `undefined` if the file does not exist or has mistakes. */
  readonly value?: T;
  /** The content before the check, even if it has mistakes; `undefined` if the file does not exist or is not YAML. */
  readonly raw?: unknown;
  /** `file:line:column  what is wrong`, in file order. */
  readonly mistakes: readonly string[];
  /** Adds a mistake that was found later, at the value of a path or at its key. */
  report(path: Path, what: string, part?: 'value' | 'key'): void;
  /** `file:line` of a value. */
  line(path: Path): string;
}

/**
 * Reads a file; a missing file is empty. An empty value (`address:`) counts as not given. Throws `UserMistake` if it cannot be
 * read.
 */
export function readYaml<T>(file: string, name: string, shape: FileShape<T>): YamlFile<T> {
  const text = readText(file);
  const unread = (lines: LineCounter, ...mistakes: Mistake[]) => new ReadFile<T>(name, mistakes, EMPTY_DOCUMENT, lines);
  if (text === undefined) return unread(new LineCounter());
  if (text === null) return unread(new LineCounter(), TOO_LARGE);
  const lines = new LineCounter();
  const excess = limitMistake(text);
  if (excess !== undefined) {
    lines.addNewLine(0);
    for (const { index } of text.slice(0, excess.offset).matchAll(/\n/g)) lines.addNewLine(index + 1);
    return unread(lines, excess);
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const syntaxMistakes = [...yamlMistakes(document.errors), ...repeatedKeys(document)];
  if (syntaxMistakes.length > 0) return new ReadFile<T>(name, syntaxMistakes, document, lines);
  let raw: unknown;
  try {
    raw = withoutEmpty(document.toJS()) ?? {};
  } catch (error) {
    return new ReadFile<T>(name, [aliasMistake(error, text)], document, lines);
  }
  const parsed = shape.schema.safeParse(raw);
  if (parsed.success) return new ReadFile(name, [], document, lines, raw, parsed.data);
  const { mistakes, more } = firstMistakes(document, parsed.error.issues, shape);
  return new ReadFile<T>(name, mistakes, document, lines, raw, undefined, more);
}

/** Returns the text at a path of a file, which may have mistakes elsewhere; `undefined` if there is none. */
export function textInFile(file: YamlFile<unknown>, path: readonly string[]): string | undefined {
  let value: unknown = file.raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'string' ? value : undefined;
}

/** Maximum number of mistakes that are shown. */
const MAX_MISTAKES = 50;
/** Maximum characters of a message; a value or a key in it may be as long as the file. */
const MAX_CHARACTERS = 1_200;

class ReadFile<T> implements YamlFile<T> {
  constructor(
    readonly name: string,
    private readonly found: Mistake[],
    private readonly document: Document,
    private readonly lines: LineCounter,
    readonly raw?: unknown,
    readonly value?: T,
    /** Number of mistakes in addition to those in `found`. */
    private readonly more = 0,
  ) {}

  get mistakes(): string[] {
    const inOrder = [...this.found].sort((a, b) => a.offset - b.offset);
    const more = Math.max(0, inOrder.length - MAX_MISTAKES) + this.more;
    const last = more === 0 ? [] : [`${this.name}  There are ${more} more errors in this file.`];
    const shown = inOrder.slice(0, MAX_MISTAKES).map(({ offset, what: whole }) => {
      const what = whole.length > MAX_CHARACTERS ? `${whole.slice(0, 600)} … ${whole.slice(-500)}` : whole;
      if (this.lines.lineStarts.length === 0) return `${this.name}  ${what}`;
      const { line, col } = this.lines.linePos(offset);
      return `${this.name}:${line}:${col}  ${what}`;
    });
    return [...shown, ...last];
  }

  report(path: Path, what: string, part: 'value' | 'key' = 'value'): void {
    const offset = part === 'key' ? keyOffset(this.document, path) : offsetOf(this.document, path);
    // The same column can be wrong for several tables.
    if (!this.found.some((mistake) => mistake.offset === offset && mistake.what === what)) {
      this.found.push({ offset, what });
    }
  }

  line(path: Path): string {
    return `${this.name}:${this.lines.linePos(offsetOf(this.document, path)).line}`;
  }
}

/** The text of a file; `undefined` if it does not exist, `null` if it is too large. */
function readText(file: string): string | null | undefined {
  try {
    return statSync(file).size > MAX_BYTES ? null : readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UserMistake(`${file} cannot be read (${code}).`, 'Make it a readable file, or remove it.', {
      cause: error,
    });
  }
}

/** The mistakes that are shown, and the number of others: finding the place of a mistake takes a search. */
function firstMistakes<T>(document: Document, issues: readonly z.core.$ZodIssue[], shape: FileShape<T>) {
  const mistakes: Mistake[] = [];
  let more = 0;
  for (const issue of issues) {
    const room = MAX_MISTAKES - mistakes.length;
    const count = issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
    more += Math.max(0, count - room);
    if (room > 0) mistakes.push(...mistakesOf(document, issue, shape).slice(0, room));
  }
  return { mistakes, more };
}

function mistakesOf<T>(document: Document, issue: z.core.$ZodIssue, shape: FileShape<T>): Mistake[] {
  const path = issue.path.filter((part) => part !== SPELLED_OUT);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MAX_MISTAKES).map((key) => {
      const offset = keyOffset(document, [...path, key]);
      const section = path.join('.');
      const full = [...path, key].join('.');
      const foreign = shape.foreign && Object.hasOwn(shape.foreign, full) ? shape.foreign[full] : undefined;
      return { offset, what: foreign ? `${full} ${foreign}` : unknownKey(section, key, shape.keys[section] ?? []) };
    });
  }
  return [{ offset: offsetOf(document, path), what: wrongValue(document, path, issue, shape) }];
}

/** A document as returned by `parseDocument`. */
type Document = ReturnType<typeof parseDocument>;

const EMPTY_DOCUMENT: Document = parseDocument('');

function offsetOf(document: Document, path: Path): number {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  // For a section, the place of its key: its value begins on a later line.
  return isNode(node) && node.range && (path.length === 0 || !isMap(node)) ? node.range[0] : keyOffset(document, path);
}

/** The offset of a key, or of an entry of a list; if it does not exist, that of its section. */
function keyOffset(document: Document, path: Path): number {
  if (path.length === 0) return 0;
  const section: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const key = path[path.length - 1];
  if (isSeq(section)) {
    const entry = section.items[Number(key)];
    if (isNode(entry) && entry.range) return entry.range[0];
  }
  const pair = isMap(section)
    ? section.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    : null;
  return isScalar(pair?.key) && pair.key.range ? pair.key.range[0] : keyOffset(document, path.slice(0, -1));
}

/** The message for an unknown key. `section` is the path before the key; empty at the top of a file. */
export function unknownKey(section: string, key: string, allowed: readonly string[]): string {
  const meant = nearest(key, allowed);
  const hint = meant ? ` Did you mean ${meant}?` : '';
  return `${section === '' ? key : `${section}.${key}`} is an unknown key.${hint} Allowed: ${allowed.join(', ')}.`;
}

function wrongValue(
  document: Document,
  path: Path,
  issue: z.core.$ZodIssue,
  { keys, switches = [] }: Pick<FileShape<unknown>, 'keys' | 'switches'>,
): string {
  const section = keys[path.join('.')];
  const wantsSection =
    issue.code === 'invalid_type' && issue.expected === 'object' && !switches.includes(path.join('.'));
  const allowed = wantsSection && section ? `a section with ${section.join(', ')}` : issue.message;
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  const given = isScalar(node) ? shownValue(path, node.value) : isMap(node) ? 'a section' : 'a list';
  return `${path.length === 0 ? 'The file' : path.join('.')} is ${given}. Allowed: ${allowed}.`;
}

/** The wrong value for a message, with secrets removed. */
function shownValue(path: Path, value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  // An address without a scheme: what comes before the @ is a user name or password.
  if (path.at(-1) === 'address') return hideUser(text);
  return /secret|password|token|api_?key|headers/i.test(path.join('.')) ? '***' : hideSecrets(text);
}

/** The value without nulls, at any depth. */
function withoutEmpty(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object') return value;
  const kept = Object.entries(value).map(([key, inner]) => [key, withoutEmpty(inner)] as const);
  return Object.fromEntries(kept.filter(([, inner]) => inner !== undefined));
}
