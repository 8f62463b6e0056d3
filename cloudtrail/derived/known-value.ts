/**
 * Which texts count as values. Columns under `aws.cloudtrail` hold what was delivered; a column that falls back on
 * another, or is computed, takes only texts that count: neither empty, nor only white space, nor a placeholder.
 */
import type { StringColumn } from '../../columnar/columns.js';
import type { AnyColumn } from '../../columnar/nested.js';
import { sameBytes } from './byte-cache.js';

/** A text that stands for a missing value. */
interface Placeholder {
  text: string;
  /** What stands there for what. */
  meaning: string;
}

/** Texts that services write where they have no value. */
export const PLACEHOLDERS: readonly Placeholder[] = [
  { text: '-', meaning: 'no value, as in the access logs of S3 and of web servers' },
  { text: 'ANONYMOUS_PRINCIPAL', meaning: '`accountId` of a request without credentials (S3)' },
  {
    // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    text: 'HIDDEN_DUE_TO_SECURITY_REASONS',
    meaning: 'a user name that CloudTrail leaves out, because it was not known and may be a password',
  },
  { text: 'tlsVersion', meaning: '`tlsDetails` whose values repeat the names of its members (Amazon Managed Grafana)' },
  { text: 'cipherSuite', meaning: 'the same' },
  { text: 'clientProvidedHostHeader', meaning: 'the same' },
];

/** By their first byte, all of which are ASCII. */
const BY_FIRST_BYTE: readonly (Uint8Array[] | undefined)[] = Array.from({ length: 128 }, (_, byte) => {
  const found = PLACEHOLDERS.filter(({ text }) => text.charCodeAt(0) === byte).map(({ text }) => Buffer.from(text));
  return found.length === 0 ? undefined : found;
});

/** ASCII white space, as `String.prototype.trim` has it. */
const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

/** Where the text `bytes[from..to)` begins without ASCII white space; `to` where it has nothing else. */
export function trimmedStart(bytes: Uint8Array, from: number, to: number): number {
  let start = from;
  while (start < to && isSpace(bytes[start])) start++;
  return start;
}

/** Where the text `bytes[from..to)` ends without ASCII white space. */
export function trimmedEnd(bytes: Uint8Array, from: number, to: number): number {
  let end = to;
  while (end > from && isSpace(bytes[end - 1])) end--;
  return end;
}

/** Does the UTF-8 text `bytes[from..to)` count as a value? */
export function isValue(bytes: Uint8Array, from: number, to: number): boolean {
  const start = trimmedStart(bytes, from, to);
  const end = trimmedEnd(bytes, start, to);
  if (start >= end) return false;
  // White space of other scripts is rare enough to be looked for in a string.
  if (bytes[start] >= 128 || bytes[end - 1] >= 128)
    return isValueText(Buffer.from(bytes.subarray(start, end)).toString());
  const placeholders = BY_FIRST_BYTE[bytes[start]];
  if (placeholders === undefined) return true;
  for (const text of placeholders) if (sameBytes(text, 0, text.length, bytes, start, end)) return false;
  return true;
}

/** The same for a string. */
export function isValueText(text: string): boolean {
  const trimmed = text.trim();
  return trimmed !== '' && !PLACEHOLDERS.some((placeholder) => placeholder.text === trimmed);
}

/** Has the text column a value in this row that counts? */
export function hasValue(column: AnyColumn, row: number): boolean {
  if (!column.has(row)) return false;
  const { data, offsets } = column as StringColumn;
  return isValue(data, offsets[row], offsets[row + 1]);
}
