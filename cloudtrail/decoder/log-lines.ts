/**
 * CloudWatch Logs events as text: one record per line, preceded by a time. Written by export tasks and by `aws logs tail`,
 * which puts the name of the stream between the time and the record.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html
 */

import { JsonSyntaxError } from './json-tokens.js';
import type { ReadContext } from './read-context.js';
import { JsonScanner } from './scanner.js';

const LF = 10;
const OPEN_BRACE = 123;
/** The record must begin within this many bytes of its line. */
const HEAD = 600;
const LINE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*[ \t]+(?:\S{1,512}[ \t]+)?\{/;

/** Reads the file if its first line is such a log event; otherwise returns false and has no effect. */
export function readLogLines(scanner: JsonScanner, context: ReadContext): boolean {
  const { bytes } = scanner;
  if (!LINE.test(Buffer.from(bytes.subarray(scanner.pos, scanner.pos + HEAD)).toString('latin1'))) return false;
  const { findings } = context;
  const before = context.rows;
  for (let from = scanner.pos; from < bytes.length; ) {
    const end = bytes.indexOf(LF, from);
    const to = end < 0 ? bytes.length : end;
    line(bytes, from, to, context, end < 0);
    from = to + 1;
  }
  context.documentStart = context.objectStart = -1;
  findings.addWrapped('log lines of CloudWatch Logs', context.rows - before);
  if (findings.recognized === 0) findings.recognized++;
  return true;
}

function line(bytes: Uint8Array, from: number, end: number, context: ReadContext, isLast: boolean): void {
  let to = end;
  while (to > from && bytes[to - 1] <= 32) to--;
  if (to === from) return;
  context.documentStart = context.objectStart = from;
  const record = bytes.subarray(from, Math.min(to, from + HEAD)).indexOf(OPEN_BRACE);
  const text = record < 0 ? undefined : bytes.subarray(from + record, to);
  if (isLast && text !== undefined) checkEnd(text, bytes.length);
  context.readText(text, { from, to });
}

/**
 * Throws `JsonSyntaxError` if the last record of a file is truncated: the file is then a partial copy, and the record
 * itself is not the problem.
 * @param length length of the file, bytes
 */
export function checkEnd(text: Uint8Array, length: number): void {
  const scanner = new JsonScanner();
  scanner.bytes = text;
  try {
    scanner.skip();
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    if (error.offset >= text.length) throw new JsonSyntaxError('unexpected end of text', length);
  }
}
