/** Describes the damage of a file that is not valid JSON: where it is, what is there, and what to do. */
import { UnreadableFile } from '../../errors/index.js';
import { csvWithoutRecords } from './csv.js';
import type { FileForm } from './decoded-file.js';
import { bytePosition, quantity, quoteText } from './describe.js';
import { textStart } from './envelope.js';
import { DATA_AFTER_END, type JsonSyntaxError } from './json-tokens.js';
import { looksLike } from './looks-like.js';

/** How far a file was read, for the description of its damage. */
export interface ReadProgress {
  /** Whole records before the damage. */
  records: number;
  /** Offsets of the document that was being read, and of the object in it; -1 for none. */
  document: number;
  object: number;
}

const COPY_AGAIN = 'Copy it again from the bucket, and compare it with the digest of its hour.';

/** The error for a file, with the reason `other_format` where it is not JSON at all. */
export function damageError(
  bytes: Uint8Array,
  error: JsonSyntaxError,
  form: FileForm,
  progress: ReadProgress,
): UnreadableFile {
  if (!startsAsJson(bytes)) {
    const hint = looksLike(bytes, 'invalid_json') ?? csvWithoutRecords(bytes);
    if (hint !== undefined) return new UnreadableFile('other_format', hint);
  }
  const isBehind = error.message.startsWith(DATA_AFTER_END);
  const { offset } = error;
  const what = isBehind ? behindTheEnd(bytes, offset, form, progress) : explain(bytes, offset, progress);
  // Text in front of its record: CSV, log lines. What is not whole is the file, and not its JSON.
  const kind = startsAsJson(bytes) || progress.document < 0 || offset < bytes.length ? 'Not valid JSON' : 'Not whole';
  const message = `${kind}: ${error.message}. ${what}`;
  return new UnreadableFile('invalid_json', message);
}

function startsAsJson(bytes: Uint8Array): boolean {
  const start = textStart(bytes);
  return /^\s*[[{]/.test(Buffer.from(bytes.subarray(start, start + 64)).toString('latin1'));
}

function explain(bytes: Uint8Array, offset: number, progress: ReadProgress): string {
  const place = bytePosition(bytes, offset);
  if (isBlank(bytes, 0, true) && bytes.includes(0))
    return `The file is nothing but zero bytes: a copy that reserved the space and did not finish. ${COPY_AGAIN}`;
  if (isBlank(bytes)) return 'The file has nothing but white space.';
  if (offset >= bytes.length) return `The file ends ${where(bytes, progress)}: it is a partial copy. ${COPY_AGAIN}`;
  if (bytes[offset] === 0) return zeros(bytes, offset, where(bytes, progress));
  if (!startsAsJson(bytes)) return `It is text that begins with ${quoteText(bytes, textStart(bytes))}.`;
  const dialect = dialectAt(bytes, offset);
  if (dialect !== undefined) return `${place} has ${dialect}`.replace(/^b/, 'B');
  if (/"(?:Records|eventVersion)"/.test(latin1(bytes, offset - 20, offset + 30)) && offset > progress.document + 30)
    return `Another document begins at about ${place}, ${where(bytes, progress)}: a file that was cut, and another one behind it. ${COPY_AGAIN}`;
  return `${place} has ${quoteText(bytes, offset)}, ${where(bytes, progress)}: the file is damaged. ${COPY_AGAIN}`.replace(
    /^b/,
    'B',
  );
}

/** `in the middle of record 3, which begins at byte 40; 2 whole records are before it`. */
function where(bytes: Uint8Array, { records, document, object }: ReadProgress): string {
  const before =
    records === 0 ? '' : `; ${quantity(records, 'whole record')} ${records === 1 ? 'is' : 'are'} before that`;
  if (object >= 0)
    return `in the middle of record ${records + 1}, which begins at ${bytePosition(bytes, object)}${before}`;
  return `before the document has ended that begins at ${bytePosition(bytes, Math.max(document, 0))}${before}`;
}

/** Behind a whole document. */
function behindTheEnd(bytes: Uint8Array, offset: number, form: FileForm, { records }: ReadProgress): string {
  if (bytes[offset] === 0) return zeros(bytes, offset, 'behind a whole document');
  const tail = bytes.subarray(offset);
  const place = bytePosition(bytes, offset);
  const whole = form === 'digest' ? 'a whole digest' : `a whole document (${quantity(records, 'record')})`;
  if (form === 'digest' && tail[0] === 123)
    return `Behind ${whole} another document begins at ${place}. A digest is signed as a file of its own: deliver each as its own object.`;
  const looks = looksLike(tail, 'invalid_json');
  const what = looks ?? `It begins with ${quoteText(bytes, offset)}: find out what added it, or copy the object again.`;
  const isComma = /^,\s*[{[]/.test(latin1(bytes, offset, offset + 100));
  const comma = isComma ? ' A comma between documents is no JSON: leave it out.' : '';
  return `Behind ${whole}, other data begins at ${place}. ${what}${comma}`;
}

function zeros(bytes: Uint8Array, offset: number, context: string): string {
  let end = offset;
  while (bytes[end] === 0) end++;
  const run = `${quantity(end - offset, 'zero byte')} at ${bytePosition(bytes, offset)}, ${context}`;
  return isBlank(bytes, end, true)
    ? `The file ends with ${run}: a copy that reserved the space and did not finish. ${COPY_AGAIN}`
    : `It has ${run}: a part of it was never written. ${COPY_AGAIN}`;
}

/** What other notations have in a place where JSON may not; with what to do. */
function dialectAt(bytes: Uint8Array, offset: number): string | undefined {
  const text = latin1(bytes, offset, offset + 20);
  const before = latin1(bytes, offset - 20, offset).trimEnd();
  if (text.startsWith("'"))
    return "a single quote, as Python's repr() and JavaScript write: write the file as JSON (json.dumps).";
  if (/^(?:None|True|False)\b/.test(text)) return 'a value of Python, and no JSON: write the file with json.dumps.';
  if (/^(?:NaN|-?Infinity|undefined)\b/.test(text)) return 'a number that JSON does not have: write null, or a string.';
  if (/^(?:\/\/|\/\*|#)/.test(text)) return 'a comment, which JSON does not have: leave it out.';
  if (/^[\]}]/.test(text) && before.endsWith(','))
    return 'a closing bracket behind a comma, which JSON does not allow: leave the comma out.';
  if (/^[A-Za-z_$][\w$]*\s*:/.test(text) && /[{,]$/.test(before))
    return 'a member name without quotes, as JavaScript and JSON5 write: write the file as JSON.';
  return undefined;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.subarray(Math.max(from, 0), Math.max(to, 0))).toString('latin1');
}

/** Is there nothing but white space behind `from`, and zero bytes where they may be? */
function isBlank(bytes: Uint8Array, from = 0, zerosMayBe = false): boolean {
  for (let i = from; i < bytes.length; i++) if (bytes[i] > 32 || (bytes[i] === 0 && !zerosMayBe)) return false;
  return true;
}
