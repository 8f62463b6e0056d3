/**
 * Which texts count as values. Columns under `aws.cloudtrail` hold texts as delivered; a column that is derived, or falls
 * back to another one, uses only texts that count: not empty, not only whitespace, and not a placeholder.
 */
import type { AnyColumn } from '../../columnar/nested.js';
import type { StringColumn } from '../../columnar/string-column.js';
import { sameBytes } from '../../columnar/words.js';

/** A text that stands for a missing value. */
interface Placeholder {
  text: string;
  /** Where it occurs, and what it means; Markdown. */
  meaning: string;
}

/** Texts that services write if they have no value. */
export const PLACEHOLDERS: readonly Placeholder[] = [
  { text: '-', meaning: 'no value, as in the access logs of S3 and of web servers' },
  { text: 'ANONYMOUS_PRINCIPAL', meaning: '`accountId` of a request without credentials (S3)' },
  {
    // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    text: 'HIDDEN_DUE_TO_SECURITY_REASONS',
    meaning: 'a user name that CloudTrail hides because it was unknown and may be a password',
  },
  { text: 'tlsVersion', meaning: '`tlsDetails` whose values repeat the names of its members (Amazon Managed Grafana)' },
  { text: 'cipherSuite', meaning: 'the same' },
  { text: 'clientProvidedHostHeader', meaning: 'the same' },
];

/** Placeholders by their first byte, which is always ASCII. */
const BY_FIRST_BYTE: readonly (Uint8Array[] | undefined)[] = Array.from({ length: 128 }, (_, byte) => {
  const found = PLACEHOLDERS.filter(({ text }) => text.charCodeAt(0) === byte).map(({ text }) => Buffer.from(text));
  return found.length === 0 ? undefined : found;
});

/** ASCII whitespace, as for `String.prototype.trim`. */
const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

/** Start of the text `bytes[from..to)` without leading ASCII whitespace; `to` if it is all whitespace. */
export function trimmedStart(bytes: Uint8Array, from: number, to: number): number {
  let start = from;
  while (start < to && isSpace(bytes[start])) start++;
  return start;
}

/** End of the text `bytes[from..to)` without trailing ASCII whitespace. */
export function trimmedEnd(bytes: Uint8Array, from: number, to: number): number {
  let end = to;
  while (end > from && isSpace(bytes[end - 1])) end--;
  return end;
}

/** Whether the UTF-8 text `bytes[from..to)` counts as a value. */
export function isValue(bytes: Uint8Array, from: number, to: number): boolean {
  const start = trimmedStart(bytes, from, to);
  const end = trimmedEnd(bytes, start, to);
  if (start >= end) return false;
  // Other Unicode whitespace is rare enough to check in a string.
  if (bytes[start] >= 128 || bytes[end - 1] >= 128)
    return isValueText(Buffer.from(bytes.subarray(start, end)).toString());
  const placeholders = BY_FIRST_BYTE[bytes[start]];
  if (placeholders === undefined) return true;
  for (const text of placeholders) if (sameBytes(text, 0, text.length, bytes, start, end)) return false;
  return true;
}

/** Whether a string counts as a value. */
export function isValueText(text: string): boolean {
  const trimmed = text.trim();
  return trimmed !== '' && !PLACEHOLDERS.some((placeholder) => placeholder.text === trimmed);
}

/** Whether the text column has a text in this row that counts as a value. */
export function hasValue(column: AnyColumn, row: number): boolean {
  if (!column.has(row)) return false;
  const { data, offsets } = column as StringColumn;
  return isValue(data, offsets[row], offsets[row + 1]);
}
