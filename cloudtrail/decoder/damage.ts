/** Describes why a file is not valid JSON: where the damage is, what is there instead, and what to do. */
import { UnreadableFile } from '../../errors/index.js';
import { counted } from '../../text/numbers.js';
import { csvWithoutRecords } from './csv.js';
import type { FileForm } from './decoded-file.js';
import { bytePosition, quoteText } from './describe.js';
import { textStart } from './envelope.js';
import { DATA_AFTER_END, type JsonSyntaxError } from './json-tokens.js';
import { looksLike } from './looks-like.js';

/** How far a file was read, to describe its damage. */
export interface ReadProgress {
  /** Complete records before the damage. */
  records: number;
  /** Byte offsets of the document that was being read, and of the object in it; -1 for none. */
  document: number;
  object: number;
}

const COPY_AGAIN = 'Copy it again from the bucket, and compare it with the digest of its hour.';

/** Returns the error for a damaged file; its reason is `other_format` if the file is not JSON at all, otherwise `invalid_json`. */
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
  const isAfterEnd = error.message.startsWith(DATA_AFTER_END);
  const { offset } = error;
  const what = isAfterEnd ? explainTrailingData(bytes, offset, form, progress) : explain(bytes, offset, progress);
  // CSV and log lines have text before the record: there the file is incomplete, rather than its JSON invalid.
  const kind = startsAsJson(bytes) || progress.document < 0 || offset < bytes.length ? 'Not valid JSON' : 'Incomplete';
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
    return `The file contains only zero bytes: a copy that reserved the space but did not finish. ${COPY_AGAIN}`;
  if (isBlank(bytes)) return 'The file contains only whitespace.';
  if (offset >= bytes.length) return `The file ends ${where(bytes, progress)}: it is a partial copy. ${COPY_AGAIN}`;
  if (bytes[offset] === 0) return zeros(bytes, offset, where(bytes, progress));
  if (!startsAsJson(bytes)) return `It is text that begins with ${quoteText(bytes, textStart(bytes))}.`;
  const dialect = dialectAt(bytes, offset);
  if (dialect !== undefined) return `${place} has ${dialect}`.replace(/^b/, 'B');
  if (/"(?:Records|eventVersion)"/.test(latin1(bytes, offset - 20, offset + 30)) && offset > progress.document + 30)
    return `Another document begins at about ${place}, ${where(bytes, progress)}: a truncated file, followed by another one. ${COPY_AGAIN}`;
  return `${place} has ${quoteText(bytes, offset)}, ${where(bytes, progress)}: the file is damaged. ${COPY_AGAIN}`.replace(
    /^b/,
    'B',
  );
}

/** `in the middle of record 3, which begins at byte 40; 2 complete records come before it`. */
function where(bytes: Uint8Array, { records, document, object }: ReadProgress): string {
  const before =
    records === 0 ? '' : `; ${counted(records, 'complete record')} ${records === 1 ? 'comes' : 'come'} before it`;
  if (object >= 0)
    return `in the middle of record ${records + 1}, which begins at ${bytePosition(bytes, object)}${before}`;
  return `before the end of the document that begins at ${bytePosition(bytes, Math.max(document, 0))}${before}`;
}

/** Describes data after a complete document. */
function explainTrailingData(bytes: Uint8Array, offset: number, form: FileForm, { records }: ReadProgress): string {
  if (bytes[offset] === 0) return zeros(bytes, offset, 'after a complete document');
  const tail = bytes.subarray(offset);
  const place = bytePosition(bytes, offset);
  const document = form === 'digest' ? 'a complete digest' : `a complete document (${counted(records, 'record')})`;
  if (form === 'digest' && tail[0] === 123)
    return `After ${document}, another document begins at ${place}. Each digest is signed separately: deliver each one as its own object.`;
  const looks = looksLike(tail, 'invalid_json');
  const what = looks ?? `It begins with ${quoteText(bytes, offset)}: find out what added it, or copy the object again.`;
  const isComma = /^,\s*[{[]/.test(latin1(bytes, offset, offset + 100));
  const comma = isComma ? ' A comma between documents is not valid JSON: remove it.' : '';
  return `After ${document}, other data begins at ${place}. ${what}${comma}`;
}

function zeros(bytes: Uint8Array, offset: number, context: string): string {
  let end = offset;
  while (bytes[end] === 0) end++;
  const run = `${counted(end - offset, 'zero byte')} at ${bytePosition(bytes, offset)}, ${context}`;
  return isBlank(bytes, end, true)
    ? `The file ends with ${run}: a copy that reserved the space but did not finish. ${COPY_AGAIN}`
    : `The file has ${run}: part of it was never written. ${COPY_AGAIN}`;
}

/** Describes the syntax of another notation (Python, JavaScript, JSON5) at `offset`, with what to do; `undefined` if it is not one. */
function dialectAt(bytes: Uint8Array, offset: number): string | undefined {
  const text = latin1(bytes, offset, offset + 20);
  const before = latin1(bytes, offset - 20, offset).trimEnd();
  if (text.startsWith("'"))
    return "a single quote, as written by Python's repr() and JavaScript: write the file as JSON (json.dumps).";
  if (/^(?:None|True|False)\b/.test(text)) return 'a Python value, not JSON: write the file with json.dumps.';
  if (/^(?:NaN|-?Infinity|undefined)\b/.test(text))
    return 'a value that JSON does not support: write null or a string.';
  if (/^(?:\/\/|\/\*|#)/.test(text)) return 'a comment, which JSON does not allow: remove it.';
  if (/^[\]}]/.test(text) && before.endsWith(','))
    return 'a closing bracket after a comma, which JSON does not allow: remove the comma.';
  if (/^[A-Za-z_$][\w$]*\s*:/.test(text) && /[{,]$/.test(before))
    return 'a member name without quotes, as in JavaScript and JSON5: write the file as JSON.';
  return undefined;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.subarray(Math.max(from, 0), Math.max(to, 0))).toString('latin1');
}

/** Whether there is only whitespace from `from` on; `allowZeros`: or zero bytes. */
function isBlank(bytes: Uint8Array, from = 0, allowZeros = false): boolean {
  for (let i = from; i < bytes.length; i++) if (bytes[i] > 32 || (bytes[i] === 0 && !allowZeros)) return false;
  return true;
}
