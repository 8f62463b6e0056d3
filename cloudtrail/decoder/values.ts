/**
 * One value of the record → one column. Each reader stands at the first byte `c` of a value that is not null, ends behind
 * it, and says whether the column says exactly what was delivered.
 */
import type {
  AnyColumn,
  BooleanColumn,
  DoubleColumn,
  IntColumn,
  ListColumn,
  LongColumn,
  StringColumn,
} from '../../columnar/columns.js';
import { IntColumn as Int } from '../../columnar/columns.js';
import type { LeafConversion } from '../columns/column.js';
import { sameBytes } from '../derived/bytes.js';
import { portableJson } from './portable-json.js';
import type { JsonScanner } from './scanner.js';
import { dayOf, isCanonical, lastMicros, parseDate, parseTimestamp } from './timestamp.js';
import { unescapeJson } from './unescape.js';

export type ValueReader = (scanner: JsonScanner, column: AnyColumn, row: number, c: number) => boolean;

const QUOTE = 34;
const OPEN_BRACE = 123;
const OPEN_BRACKET = 91;
const LETTER_F = 102;
const LETTER_T = 116;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

export function readText(scanner: JsonScanner, column: StringColumn, row: number, c: number): boolean {
  const from = scanner.pos;
  if (c === QUOTE) {
    const end = column.appendQuoted(scanner.bytes, from + 1, row);
    if (end >= 0) {
      scanner.pos = end + 1;
      return true;
    }
    const to = scanner.string();
    if (!scanner.escaped) {
      column.append(scanner.bytes, from + 1, to, row);
      return true;
    }
    const plain = unescapeJson(scanner.bytes, from + 1, to);
    column.append(plain.bytes, 0, plain.length, row);
    return !plain.lossy;
  }
  scanner.skip();
  if (c !== OPEN_BRACE && c !== OPEN_BRACKET) column.append(scanner.bytes, from, scanner.pos, row);
  return false;
}

/** One more text of the list of `row`; nothing for an object or a list. */
export function readElement(scanner: JsonScanner, list: ListColumn<StringColumn>, row: number, c: number): boolean {
  const { child, elements } = list;
  const exact = readText(scanner, child, elements, c);
  if (child.has(elements)) {
    if (!list.has(row)) list.open(row);
    list.closeElement(row);
  }
  return exact;
}

/** The text of any value. */
export function readJson(scanner: JsonScanner, column: StringColumn, row: number): boolean {
  const from = scanner.pos;
  scanner.skip();
  appendJson(scanner, column, from, row);
  return true;
}

/** Writes the text that ends at the scanner: as it was delivered, unless JSON functions would refuse it. */
export function appendJson(scanner: JsonScanner, column: StringColumn, from: number, row: number): void {
  scanner.checkEnd();
  const changed = scanner.suspect ? portableJson(scanner.bytes, from, scanner.pos) : undefined;
  if (changed === undefined) column.append(scanner.bytes, from, scanner.pos, row);
  else {
    column.append(changed, 0, changed.length, row);
    scanner.altered = true;
  }
}

/** The bytes of a string's inside, or of another value as it is. */
interface Word {
  bytes: Uint8Array;
  from: number;
  to: number;
}

const NOTHING = new Uint8Array(0);
const word: Word = { bytes: NOTHING, from: 0, to: 0 };

/** Lets go of the text that was read last. */
export function forgetText(): void {
  word.bytes = NOTHING;
}

/** Moves behind the value and gives its text, which is valid until the next call. */
function readWord(scanner: JsonScanner, isText: boolean): Word {
  const { pos } = scanner;
  scanner.skip();
  word.bytes = scanner.bytes;
  word.from = isText ? pos + 1 : pos;
  word.to = isText ? scanner.pos - 1 : scanner.pos;
  if (isText && scanner.escaped) {
    const plain = unescapeJson(word.bytes, word.from, word.to);
    word.bytes = plain.bytes;
    word.from = 0;
    word.to = plain.length;
  }
  return word;
}

function says({ bytes, from, to }: Word, expected: Uint8Array): boolean {
  return sameBytes(expected, 0, expected.length, bytes, from, to);
}

function readBoolean(scanner: JsonScanner, column: BooleanColumn, row: number, c: number): boolean {
  if (c === LETTER_T || c === LETTER_F) {
    scanner.skip();
    column.append(c === LETTER_T, row);
    return true;
  }
  const text = readWord(scanner, c === QUOTE);
  const isTrue = says(text, TRUE);
  if (isTrue || says(text, FALSE)) column.append(isTrue, row);
  return false;
}

function readTrueText(scanner: JsonScanner, column: BooleanColumn, row: number, c: number): boolean {
  const isTrue = says(readWord(scanner, c === QUOTE), TRUE) && c === QUOTE;
  if (isTrue) column.append(true, row);
  return isTrue;
}

function readTime(scanner: JsonScanner, column: LongColumn, row: number, c: number): boolean {
  const { bytes, from, to } = readWord(scanner, c === QUOTE);
  const micros = c === QUOTE ? parseTimestamp(bytes, from, to) : Number.NaN;
  if (Number.isNaN(micros)) return false;
  if (Number.isSafeInteger(micros)) column.append(micros, row);
  else column.appendExact(lastMicros(), row, micros);
  return isCanonical(bytes, from, to);
}

function readDate(scanner: JsonScanner, column: IntColumn, row: number, c: number): boolean {
  const { bytes, from, to } = readWord(scanner, c === QUOTE);
  if (c !== QUOTE) return false;
  const isDate = to - from === 10;
  const days = isDate ? parseDate(bytes, from) : dayOf(parseTimestamp(bytes, from, to));
  if (Number.isNaN(days)) return false;
  column.append(days, row);
  return isDate;
}

/** Longer than any number that a column can say; a hostile one may have a megabyte of digits. */
const MAX_NUMBER_LENGTH = 400;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const INTEGER = /^-?(?:0|[1-9]\d*)$/;

/** The text of a number, delivered as one or in a string; `undefined` for anything else. */
function readNumberText(scanner: JsonScanner, c: number): string | undefined {
  const { bytes, from, to } = readWord(scanner, c === QUOTE);
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

/** Smallest double with all its 53 bits. */
const SMALLEST_NORMAL = 2 ** -1022;

/** Can the decimal number be had back from the double? 15 digits always can (IEEE 754, binary64). */
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

/** The readers by the name of the conversion. */
export const LEAF_READERS: Record<LeafConversion | 'true_text', ValueReader> = {
  text: readText as ValueReader,
  json: readJson as ValueReader,
  boolean: readBoolean as ValueReader,
  true_text: readTrueText as ValueReader,
  time: readTime as ValueReader,
  date: readDate as ValueReader,
  integer: readInteger as ValueReader,
  number: readNumber as ValueReader,
};
