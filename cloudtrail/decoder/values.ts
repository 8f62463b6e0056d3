/** Readers that convert one value of the record to a value of one column. */
import {
  type BooleanColumn,
  type DoubleColumn,
  IntColumn as Int,
  type IntColumn,
  type LongColumn,
} from '../../columnar/columns.js';
import type { AnyColumn, ListColumn } from '../../columnar/nested.js';
import type { StringColumn } from '../../columnar/string-column.js';
import { sameBytes, WORD_SLACK } from '../../columnar/words.js';
import type { LeafConversion } from '../columns/column.js';
import { portableJson } from './portable-json.js';
import type { JsonScanner } from './scanner.js';
import { epochDayOf, isCanonical, lastMicros, parseDate, parseTimestamp } from './timestamp.js';
import { unescapeJson } from './unescape.js';

/**
 * Reads the value at the scanner, whose first byte is `c` and which is not null, into `row`, and moves past it. Returns
 * whether the column value is exactly what was delivered.
 */
export type ValueReader = (scanner: JsonScanner, column: AnyColumn, row: number, c: number) => boolean;

const QUOTE = 34;
const OPEN_BRACE = 123;
const OPEN_BRACKET = 91;
const LETTER_F = 102;
const LETTER_T = 116;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

/** Reads a string, or the text of a number or a boolean; writes nothing for an object or a list. */
export function readText(scanner: JsonScanner, column: StringColumn, row: number, c: number): boolean {
  const from = scanner.pos;
  if (c === QUOTE) {
    const end = column.appendQuoted(scanner.bytes, scanner.words, from + 1, row);
    if (end >= 0) {
      scanner.pos = end + 1;
      return true;
    }
    const to = scanner.string();
    if (!scanner.escaped) {
      appendFrom(scanner, column, from + 1, to, row);
      return true;
    }
    const plain = unescapeJson(scanner.bytes, from + 1, to);
    column.append(plain.bytes, 0, plain.length, row);
    return !plain.lossy;
  }
  scanner.skip();
  if (c !== OPEN_BRACE && c !== OPEN_BRACKET) appendFrom(scanner, column, from, scanner.pos, row);
  return false;
}

/** Copying more bytes than this is faster with a view of them, which costs about 100 ns. */
const COPIED_IN_WORDS = 512;

/** Copies `[from..to)` of the scanner's text as the value of `row`. */
function appendFrom({ bytes, words }: JsonScanner, column: StringColumn, from: number, to: number, row: number): void {
  if (to - from <= COPIED_IN_WORDS && to + WORD_SLACK <= bytes.length) column.appendWords(words, from, to, row);
  else column.append(bytes, from, to, row);
}

/** Appends a text to the list of `row`; nothing for an object or a list. */
export function readElement(scanner: JsonScanner, list: ListColumn<StringColumn>, row: number, c: number): boolean {
  const { child, elements } = list;
  const exact = readText(scanner, child, elements, c);
  if (child.has(elements)) {
    if (!list.has(row)) list.open(row);
    list.closeElement(row);
  }
  return exact;
}

/** Reads the JSON text of any value. */
function readJsonText(scanner: JsonScanner, column: StringColumn, row: number): boolean {
  const from = scanner.pos;
  scanner.skip();
  appendJson(scanner, column, from, row);
  return true;
}

/** Writes the JSON text from `from` to the scanner: as delivered, unless JSON functions would reject it (see portable-json.ts). */
export function appendJson(scanner: JsonScanner, column: StringColumn, from: number, row: number): void {
  scanner.checkEnd();
  const changed = scanner.suspect ? portableJson(scanner.bytes, from, scanner.pos) : undefined;
  if (changed === undefined) appendFrom(scanner, column, from, scanner.pos, row);
  else {
    column.append(changed, 0, changed.length, row);
    scanner.altered = true;
  }
}

/** The content of a string, or the text of another value. */
interface Token {
  bytes: Uint8Array;
  from: number;
  to: number;
}

const EMPTY = new Uint8Array(0);
const token: Token = { bytes: EMPTY, from: 0, to: 0 };

/** Releases the last text that was read. */
export function releaseText(): void {
  token.bytes = EMPTY;
}

/** Moves past the value and returns its text, which is valid until the next call. */
function readToken(scanner: JsonScanner, isText: boolean): Token {
  const { pos } = scanner;
  scanner.skip();
  token.bytes = scanner.bytes;
  token.from = isText ? pos + 1 : pos;
  token.to = isText ? scanner.pos - 1 : scanner.pos;
  if (isText && scanner.escaped) {
    const plain = unescapeJson(token.bytes, token.from, token.to);
    token.bytes = plain.bytes;
    token.from = 0;
    token.to = plain.length;
  }
  return token;
}

function tokenEquals({ bytes, from, to }: Token, expected: Uint8Array): boolean {
  return sameBytes(expected, 0, expected.length, bytes, from, to);
}

function readBoolean(scanner: JsonScanner, column: BooleanColumn, row: number, c: number): boolean {
  if (c === LETTER_T || c === LETTER_F) {
    scanner.skip();
    column.append(c === LETTER_T, row);
    return true;
  }
  const text = readToken(scanner, c === QUOTE);
  const isTrue = tokenEquals(text, TRUE);
  if (isTrue || tokenEquals(text, FALSE)) column.append(isTrue, row);
  return false;
}

function readTrueText(scanner: JsonScanner, column: BooleanColumn, row: number, c: number): boolean {
  const isTrue = tokenEquals(readToken(scanner, c === QUOTE), TRUE) && c === QUOTE;
  if (isTrue) column.append(true, row);
  return isTrue;
}

function readTime(scanner: JsonScanner, column: LongColumn, row: number, c: number): boolean {
  const { bytes, from, to } = readToken(scanner, c === QUOTE);
  const micros = c === QUOTE ? parseTimestamp(bytes, from, to) : Number.NaN;
  if (Number.isNaN(micros)) return false;
  if (Number.isSafeInteger(micros)) column.append(micros, row);
  else column.appendExact(lastMicros(), row, micros);
  return isCanonical(bytes, from, to);
}

function readDate(scanner: JsonScanner, column: IntColumn, row: number, c: number): boolean {
  const { bytes, from, to } = readToken(scanner, c === QUOTE);
  if (c !== QUOTE) return false;
  const isDate = to - from === 10;
  const days = isDate ? parseDate(bytes, from) : epochDayOf(parseTimestamp(bytes, from, to));
  if (Number.isNaN(days)) return false;
  column.append(days, row);
  return isDate;
}

/** Longer than any number that a column can represent; a malicious one may have a megabyte of digits. */
const MAX_NUMBER_LENGTH = 400;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const INTEGER = /^-?(?:0|[1-9]\d*)$/;

/** The text of a number, delivered as a number or a string; `undefined` for anything else. */
function readNumberText(scanner: JsonScanner, c: number): string | undefined {
  const { bytes, from, to } = readToken(scanner, c === QUOTE);
  if (to - from > MAX_NUMBER_LENGTH) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
  return NUMBER.test(text) ? text : undefined;
}

const INT = { min: -(2 ** 31), max: 2 ** 31 - 1 };
const LONG = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

function readInteger(scanner: JsonScanner, column: IntColumn | LongColumn, row: number, c: number): boolean {
  const text = readNumberText(scanner, c);
  if (text === undefined) return false;
  const value = Number(text);
  const isInteger = INTEGER.test(text);
  if (column instanceof Int) {
    if (!Number.isInteger(value) || value < INT.min || value > INT.max) return false;
    column.append(value, row);
  } else if (Number.isSafeInteger(value)) column.append(value, row);
  else {
    const exact = isInteger && text.length <= 20 ? BigInt(text) : undefined;
    if (exact === undefined || exact < LONG.min || exact > LONG.max) return false;
    column.appendExact(exact, row);
  }
  return isInteger && c !== QUOTE && !Object.is(value, -0);
}

function readNumber(scanner: JsonScanner, column: DoubleColumn, row: number, c: number): boolean {
  const text = readNumberText(scanner, c);
  const value = text === undefined ? Number.NaN : Number(text);
  if (text === undefined || !Number.isFinite(value)) return false;
  column.append(value, row);
  return c !== QUOTE && isExact(text, value);
}

/** Smallest double with full 53-bit precision. */
const SMALLEST_NORMAL = 2 ** -1022;

/** Whether the decimal number can be recovered from the double; always the case for up to 15 digits (IEEE 754, binary64). */
function isExact(text: string, value: number): boolean {
  const mantissa = text
    .replace(/^-/, '')
    .replace(/[eE].*$/, '')
    .replace('.', '')
    .replace(/^0+/, '');
  if (mantissa === '') return true;
  if (Math.abs(value) < SMALLEST_NORMAL) return false;
  return mantissa.replace(/0+$/, '').length <= 15 || String(value) === text;
}

/** The readers by conversion. */
export const LEAF_READERS: Record<LeafConversion | 'true_text', ValueReader> = {
  text: readText as ValueReader,
  json: readJsonText as ValueReader,
  boolean: readBoolean as ValueReader,
  true_text: readTrueText as ValueReader,
  time: readTime as ValueReader,
  date: readDate as ValueReader,
  integer: readInteger as ValueReader,
  number: readNumber as ValueReader,
};
