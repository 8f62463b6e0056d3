/** Reads a YAML file against a schema; every mistake comes with its place, what is allowed, and the nearest key. */
import { readFileSync, statSync } from 'node:fs';
import { type ErrorCode, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { z } from 'zod';
import { hideSecrets, hideUser } from '../errors/hide-secrets.js';
import { UserMistake } from '../errors/index.js';
import { nearest } from '../errors/nearest.js';
import { excessOf, type Mistake, MOST_BYTES, repeatedKeys, TOO_DEEP, TOO_LARGE } from './yaml-limits.js';

export type Path = readonly PropertyKey[];

export interface FileShape<T> {
  schema: z.ZodType<T>;
  /** The allowed keys of each section, by its dotted path. */
  keys: Record<string, readonly string[]>;
  /** Keys that other programs have, by their dotted path, and what to say of them. */
  foreign?: Record<string, string>;
  /** Sections in whose place `true` or `false` may stand: what is allowed there, their own messages say. */
  switches?: readonly string[];
}

/** The member that a section is kept in where a switch may stand in its place: no part of the path in the file. */
export const SPELLED_OUT = 'section';

export interface YamlFile<T> {
  /** What mistakes call the file. */
  readonly name: string;
  /** `undefined` when there is no such file, or when it has mistakes. */
  readonly value?: T;
  /** All that it says, mistakes or not; `undefined` when there is no such file, or no YAML in it. */
  readonly raw?: unknown;
  /** `file:line:column  what is wrong`, in the order of the file. */
  readonly mistakes: readonly string[];
  /** Adds a mistake that was found later, at the value of a path or at its key. */
  blame(path: Path, what: string, part?: 'value' | 'key'): void;
  /** `file:line` of a value. */
  line(path: Path): string;
}

/** A value that is left empty (`address:`) counts as not given. */
export function readYaml<T>(file: string, name: string, shape: FileShape<T>): YamlFile<T> {
  const text = readText(file);
  const nothing = (lines: LineCounter, ...mistakes: Mistake[]) => new ReadFile<T>(name, mistakes, NOTHING, lines);
  if (text === undefined) return nothing(new LineCounter());
  if (text === null) return nothing(new LineCounter(), TOO_LARGE);
  const lines = new LineCounter();
  const excess = excessOf(text);
  if (excess !== undefined) {
    lines.addNewLine(0);
    for (const { index } of text.slice(0, excess.offset).matchAll(/\n/g)) lines.addNewLine(index + 1);
    return nothing(lines, excess);
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const wrong = [...notYaml(document.errors), ...repeatedKeys(document)];
  if (wrong.length > 0) return new ReadFile<T>(name, wrong, document, lines);
  let raw: unknown;
  try {
    raw = withoutEmpty(document.toJS()) ?? {};
  } catch (error) {
    return new ReadFile<T>(name, [notExpanded(error, text)], document, lines);
  }
  const parsed = shape.schema.safeParse(raw);
  if (parsed.success) return new ReadFile(name, [], document, lines, raw, parsed.data);
  const { mistakes, more } = firstMistakes(document, parsed.error.issues, shape);
  return new ReadFile<T>(name, mistakes, document, lines, raw, undefined, more);
}

/** The text at a path of a file that may have mistakes elsewhere. */
export function textAt(file: YamlFile<unknown>, path: readonly string[]): string | undefined {
  let value: unknown = file.raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'string' ? value : undefined;
}

/** That are told at once. */
const MOST_MISTAKES = 50;
/** Characters of a message; a value or a key in it may be as long as the file. */
const MOST_CHARACTERS = 1_200;

class ReadFile<T> implements YamlFile<T> {
  constructor(
    readonly name: string,
    private readonly found: Mistake[],
    private readonly document: Document,
    private readonly lines: LineCounter,
    readonly raw?: unknown,
    readonly value?: T,
    /** Mistakes beside those that were found. */
    private readonly more = 0,
  ) {}

  get mistakes(): string[] {
    const inOrder = [...this.found].sort((a, b) => a.offset - b.offset);
    const more = Math.max(0, inOrder.length - MOST_MISTAKES) + this.more;
    const last = more === 0 ? [] : [`${this.name}  There are ${more} more mistakes in this file.`];
    const shown = inOrder.slice(0, MOST_MISTAKES).map(({ offset, what: whole }) => {
      const what = whole.length > MOST_CHARACTERS ? `${whole.slice(0, 600)} … ${whole.slice(-500)}` : whole;
      if (this.lines.lineStarts.length === 0) return `${this.name}  ${what}`;
      const { line, col } = this.lines.linePos(offset);
      return `${this.name}:${line}:${col}  ${what}`;
    });
    return [...shown, ...last];
  }

  blame(path: Path, what: string, part: 'value' | 'key' = 'value'): void {
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

/** `null`: too large. */
function readText(file: string): string | null | undefined {
  try {
    return statSync(file).size > MOST_BYTES ? null : readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UserMistake(`${file} cannot be read (${code}).`, 'Make it a readable file, or remove it.', {
      cause: error,
    });
  }
}

/** What to do about the usual slips. https://eemeli.org/yaml/#errors */
const CURES: Partial<Record<ErrorCode, string>> = {
  BAD_DQ_ESCAPE: 'In double quotes a backslash means something else: use single quotes.',
  BAD_INDENT: 'The keys of one section begin in the same column, and every bracket has an end.',
  BAD_SCALAR_START: 'Put the value in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'A value with ": " in it needs quotes, and the keys of one section begin in the same column.',
  MISSING_CHAR: 'In this line or one before it, a quote has no end, or a key no colon.',
  MULTILINE_IMPLICIT_KEY: 'Look at this line and the one before it: a colon is missing, or the indentation is wrong.',
  UNEXPECTED_TOKEN: 'A value that begins with a bracket, or has one of : # in it, needs quotes.',
};

/** The parser's words with a cure. What follows the first error in the grammar is mostly its echo. */
function notYaml([first]: readonly YAMLError[]): Mistake[] {
  if (first === undefined) return [];
  const { code, message, pos } = first;
  const cure = code === 'TAB_AS_INDENT' ? 'Replace the tab by spaces.' : CURES[code];
  return [{ offset: pos[0], what: `This is not YAML: ${message}.${cure === undefined ? '' : ` ${cure}`}` }];
}

/** Aliases that cannot be replaced by what they mean, by the words of the parser. */
function notExpanded(error: unknown, text: string): Mistake {
  // By the name: under jest, errors come from several realms.
  const { name: kind, message } = error as Error;
  if (kind === 'RangeError') return TOO_DEEP;
  if (/excessive alias count/i.test(message)) {
    const what =
      'Aliases (*name) that stand for others, over and over, would make this file too large to be read. Write out what they mean.';
    return { offset: Math.max(0, text.search(/\*\w/)), what };
  }
  return noSuchAlias(message, text);
}

/** An alias without its anchor: what `*.json` is to YAML. */
function noSuchAlias(message: string, text: string): Mistake {
  const name = /: (\S*)$/.exec(message)?.[1] ?? '';
  const what = `*${name} without quotes means the part of the file that is marked &${name}. Put the value in quotes.`;
  return { offset: Math.max(0, text.indexOf(`*${name}`)), what };
}

/** As many as are told, and how many more there are: each takes a search for its place. */
function firstMistakes<T>(document: Document, issues: readonly z.core.$ZodIssue[], shape: FileShape<T>) {
  const mistakes: Mistake[] = [];
  let more = 0;
  for (const issue of issues) {
    const room = MOST_MISTAKES - mistakes.length;
    const count = issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
    more += Math.max(0, count - room);
    if (room > 0) mistakes.push(...mistakesOf(document, issue, shape).slice(0, room));
  }
  return { mistakes, more };
}

function mistakesOf<T>(document: Document, issue: z.core.$ZodIssue, shape: FileShape<T>): Mistake[] {
  const path = issue.path.filter((part) => part !== SPELLED_OUT);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MOST_MISTAKES).map((key) => {
      const offset = keyOffset(document, [...path, key]);
      const section = path.join('.');
      const full = [...path, key].join('.');
      const foreign = shape.foreign && Object.hasOwn(shape.foreign, full) ? shape.foreign[full] : undefined;
      return { offset, what: foreign ? `${full} ${foreign}` : unknownKey(section, key, shape.keys[section] ?? []) };
    });
  }
  return [{ offset: offsetOf(document, path), what: wrongValue(document, path, issue, shape) }];
}

/** A document as `parseDocument` gives it; only these two calls matter here. */
type Document = ReturnType<typeof parseDocument>;

const NOTHING: Document = parseDocument('');

function offsetOf(document: Document, path: Path): number {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  // Of a section, its key: its value begins somewhere below.
  return isNode(node) && node.range && (path.length === 0 || !isMap(node)) ? node.range[0] : keyOffset(document, path);
}

/** Where a key stands, or an entry of a list begins; where it does not, its section. */
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

/** `section` is what comes before the key, and empty at the top of a file. */
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
  const given = isScalar(node) ? toldValue(path, node.value) : isMap(node) ? 'a section' : 'a list';
  return `${path.length === 0 ? 'The file' : path.join('.')} is ${given}. Allowed: ${allowed}.`;
}

/** The value that is wrong, without what is secret in it. */
function toldValue(path: Path, value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  // An address without a scheme: whatever stands before the @ is no part of it.
  if (path.at(-1) === 'address') return hideUser(text);
  return /secret|password|token|api_?key|headers/i.test(path.join('.')) ? '***' : hideSecrets(text);
}

/** The same value without what is `null`, at any depth. */
function withoutEmpty(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object') return value;
  const kept = Object.entries(value).map(([key, inner]) => [key, withoutEmpty(inner)] as const);
  return Object.fromEntries(kept.filter(([, inner]) => inner !== undefined));
}
