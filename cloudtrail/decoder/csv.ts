/**
 * CSV files with complete records in one of their columns: saved CloudTrail Lake query results with the column `eventJson`,
 * and exports of tables that have a record in a column (RFC 4180: quotes in a quoted cell are doubled).
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-download-cloudtrail-lake-query-results.html
 */

import { textStart } from './envelope.js';
import { JsonSyntaxError } from './json-tokens.js';
import { DEFAULT_LIMITS, type Limits, OverLimit } from './limits.js';
import { checkEnd } from './log-lines.js';
import type { ReadContext } from './read-context.js';
import { JsonScanner } from './scanner.js';
import { holdsRecord, recordsInColumn } from './wrappers.js';

const QUOTE = 34;
const LF = 10;
const CR = 13;
const HASH = 35;
const OPEN_BRACE = 123;
/** Comma, semicolon, tab. */
const DELIMITERS: readonly number[] = [44, 59, 9];
/** Bytes. A longer first line is not a header. */
const MAX_HEADER = 1 << 16;
const EMPTY = new Uint8Array(0);
const NAME = /^[\w @.$:/()-]{1,128}$/;

/** Reads the rows of a CSV file, one at a time. */
class Rows {
  /** Start and end offset of each cell of the current row, quotes included. */
  readonly cells: number[] = [];
  private buffer = new Uint8Array(4096);

  constructor(
    private readonly bytes: Uint8Array,
    public pos: number,
    readonly delimiter: number,
    readonly limits: Limits,
  ) {}

  /** Reads the next row that is not empty; returns false at the end of the file. */
  next(): boolean {
    const { bytes, cells } = this;
    while (bytes[this.pos] === LF || bytes[this.pos] === CR) this.pos++;
    if (this.pos >= bytes.length) return false;
    cells.length = 0;
    for (;;) {
      const from = this.pos;
      if (bytes[from] === QUOTE) this.quoted();
      else while (this.pos < bytes.length && !this.isEnd(bytes[this.pos])) this.pos++;
      cells.push(from, this.pos);
      if (cells.length > 2 * this.limits.cells)
        throw new OverLimit('cells', this.limits.cells, `The row at byte ${cells[0]}`);
      if (bytes[this.pos] === this.delimiter) this.pos++;
      else if (this.pos >= bytes.length || bytes[this.pos] === LF || bytes[this.pos] === CR) return true;
      else throw new JsonSyntaxError('text after the closing quote of a CSV cell', this.pos);
    }
  }

  /** Like `next`, but also returns false if the row is damaged. */
  tryNext(): boolean {
    try {
      return this.next();
    } catch (error) {
      if (error instanceof JsonSyntaxError || error instanceof OverLimit) return false;
      throw error;
    }
  }

  /** The text of a cell; valid until the next call. */
  text(cell: number): Uint8Array {
    const { bytes } = this;
    let [from, to] = [this.cells[cell * 2], this.cells[cell * 2 + 1]];
    if (bytes[from] !== QUOTE) return bytes.subarray(from, to);
    from++;
    to--;
    if (to - from > this.limits.textBytes)
      throw new OverLimit('textBytes', this.limits.textBytes, `The text at byte ${from}`);
    if (this.buffer.length < to - from) this.buffer = new Uint8Array((to - from) * 2);
    let end = 0;
    for (let i = from; i < to; i++) {
      this.buffer[end++] = bytes[i];
      if (bytes[i] === QUOTE) i++;
    }
    return this.buffer.subarray(0, end);
  }

  name(cell: number): string {
    return Buffer.from(this.text(cell)).toString().trim();
  }

  get width(): number {
    return this.cells.length / 2;
  }

  private quoted(): void {
    const { bytes } = this;
    let i = this.pos + 1;
    for (;;) {
      i = bytes.indexOf(QUOTE, i);
      if (i < 0) throw new JsonSyntaxError('unexpected end of text', bytes.length);
      if (bytes[i + 1] !== QUOTE) break;
      i += 2;
    }
    this.pos = i + 1;
  }

  private isEnd(c: number): boolean {
    return c === this.delimiter || c === LF || c === CR;
  }
}

interface Header {
  names: string[];
  rows: Rows;
}

/**
 * Reads the first line if it consists of column names; comments (`# Execution Time: …`) may come before it. `rows` is then
 * positioned after it.
 */
function csvHeader(bytes: Uint8Array, limits: Limits = DEFAULT_LIMITS): Header | undefined {
  let start = textStart(bytes);
  while (bytes[start] === HASH || bytes[start] === LF || bytes[start] === CR) {
    const end = bytes[start] === LF ? start : bytes.indexOf(LF, start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  const end = bytes.subarray(start, start + MAX_HEADER).indexOf(LF);
  const line = bytes.subarray(0, end < 0 ? Math.min(bytes.length, start + MAX_HEADER) : start + end);
  const delimiter = DELIMITERS.map((c) => ({ c, at: line.indexOf(c, start) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)[0];
  const rows = new Rows(line, start, delimiter?.c ?? DELIMITERS[0], limits);
  if (!rows.tryNext()) return undefined;
  const names = Array.from({ length: rows.width }, (_, cell) => rows.name(cell));
  const isHeader =
    names.every((name) => NAME.test(name)) && (names.length > 1 || recordsInColumn(names[0]) !== undefined);
  return isHeader ? { names, rows: new Rows(bytes, rows.pos, delimiter?.c ?? DELIMITERS[0], limits) } : undefined;
}

/** Reads the file if it is CSV with a record in each row; otherwise returns false and has no effect. */
export function readCsv({ bytes, limits }: JsonScanner, context: ReadContext): boolean {
  const header = csvHeader(bytes, limits);
  const column = header && columnOf(bytes, header);
  if (header === undefined || column === undefined) return false;
  const { names, rows } = header;
  const { findings } = context;
  findings.recognized++;
  const before = context.rows;
  while (rows.next()) {
    const [from, to] = [rows.cells[0], rows.cells[rows.cells.length - 1]];
    context.documentStart = context.objectStart = from;
    // In concatenated files the header occurs again.
    if (rows.width === names.length && rows.name(column) === names[column]) continue;
    // A partial copy ends in the middle of a row.
    const isLast = rows.pos >= bytes.length;
    if (isLast) checkEnd(column < rows.width ? rows.text(column) : EMPTY, bytes.length);
    if (column >= rows.width) {
      const message = `The CSV row has ${rows.width} cells, but the record is expected in cell ${column + 1}.`;
      context.reject(from, to, 'not_an_object', message);
      continue;
    }
    context.readText(rows.text(column), { from: rows.cells[column * 2], to: rows.cells[column * 2 + 1] });
  }
  context.documentStart = context.objectStart = -1;
  findings.addWrapped(`the CSV column ${JSON.stringify(names[column])}`, context.rows - before);
  return true;
}

/**
 * The index of the column with the records: the first one whose first cell is a record, otherwise the first one known by its
 * name.
 */
function columnOf(bytes: Uint8Array, { names, rows }: Header): number | undefined {
  const first = new Rows(bytes, rows.pos, rows.delimiter, rows.limits);
  const named = names.findIndex((name) => recordsInColumn(name) !== undefined);
  const scanner = new JsonScanner();
  const width = first.tryNext() ? first.width : 0;
  for (let cell = 0; cell < width; cell++) {
    scanner.bytes = first.text(cell);
    scanner.pos = 0;
    if (scanner.peek() !== OPEN_BRACE) continue;
    try {
      scanner.skip();
    } catch (error) {
      if (error instanceof JsonSyntaxError) continue;
      throw error;
    }
    scanner.pos = 0;
    scanner.peek();
    if (holdsRecord(scanner, scanner.pos)) return cell;
  }
  return named < 0 ? undefined : named;
}

/** Describes a CSV file without records, for the error message; `undefined` if the text is not CSV. */
export function csvWithoutRecords(bytes: Uint8Array): string | undefined {
  const header = csvHeader(bytes);
  if (header === undefined || header.names.length < 2 || columnOf(bytes, header) !== undefined) return undefined;
  const { names, rows } = header;
  // Prose has commas, too; a table has the same number of cells in its next line.
  if (!rows.tryNext() || rows.width !== names.length) return undefined;
  const has = (name: string): boolean => names.some((other) => other.toLowerCase() === name);
  const shown = names.slice(0, 6).join(', ') + (names.length > 6 ? ', …' : '');
  if (has('event name') || has('event time'))
    return 'It looks like a CSV download of the CloudTrail event history, which contains only some members of each event. Download it as JSON.';
  if (['eventname', 'eventid', 'eventtime', 'eventsource'].some(has))
    return `It looks like a CSV file of CloudTrail Lake query results (columns ${shown}) without the column eventJson, which contains the whole record. Run the query again: SELECT eventJson FROM …`;
  return `It looks like a CSV file (columns ${shown}), but none of its columns contains CloudTrail records. Keep it under another prefix.`;
}
