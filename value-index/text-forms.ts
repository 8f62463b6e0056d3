/**
 * Forms of texts, recognized by their bytes without making a string: ARNs, times, and what may be an IPv6 address or a UUID.
 * Pure.
 */

/** A colon. */
export const COLON = 58;
/** A slash. */
export const SLASH = 47;
const HYPHEN = 45;
const SMALL_A = 97;
const SMALL_F = 102;

/** Whether the text, which begins with `a`, is an ARN. */
export function isArn(bytes: Uint8Array, from: number, length: number): boolean {
  return length > 8 && bytes[from + 1] === 114 && bytes[from + 2] === 110 && bytes[from + 3] === COLON;
}

/** Whether the service of an ARN is S3. */
export function isS3(bytes: Uint8Array, from: number): boolean {
  let at = from + 4;
  while (bytes[at] !== COLON) at++;
  return bytes[at + 1] === 115 && bytes[at + 2] === 51 && bytes[at + 3] === COLON;
}

const LEFT_OUT = Buffer.from('x-amz-id-2');

/** Whether the name of a JSON member is one whose text is left out. */
export function isLeftOut(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== LEFT_OUT.length || bytes[from] !== LEFT_OUT[0]) return false;
  return LEFT_OUT.every((byte, index) => bytes[from + index] === byte);
}

/** Whether the bytes have a separator of the parts of an ARN. */
export function hasSeparator(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] === COLON || bytes[at] === SLASH) return true;
  return false;
}

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
/** Whether the byte may be in a unique id of IAM. */
export const isIdByte = (byte: number): boolean => (byte >= 65 && byte <= 90) || isDigit(byte);

/** Whether the value may be a UUID with capitals, or an IPv6 address: the forms that `canonical` changes. */
export function mayBeOther(bytes: Uint8Array, words: DataView, from: number, length: number): boolean {
  if (length !== 36 || bytes[from + 8] !== HYPHEN) return mayBeIPv6(bytes, from, length);
  return hasCapitals(words, from);
}

/** Whether one of the 36 bytes is a capital. */
function hasCapitals(words: DataView, from: number): boolean {
  for (let at = from; at < from + 36; at += 4) {
    const word = words.getInt32(at, true);
    // Capitals have the bit 64, and not the bit 32.
    if (((word & 0x40404040) >>> 1) & ~word) return true;
  }
  return false;
}

/** Whether the text is a UUID in small letters, or another text of that form which has no parts and is no address. */
export function isPlainUuid(bytes: Uint8Array, words: DataView, from: number, length: number): boolean {
  if (length !== 36 || bytes[from + 8] !== HYPHEN || bytes[from + 13] !== HYPHEN) return false;
  const first = bytes[from];
  const isPlain = isDigit(first) || (first > SMALL_A && first <= SMALL_F);
  return isPlain && !hasCapitals(words, from);
}

/** A quick test: one of the first five characters of an IPv6 address is a colon. */
export function mayBeIPv6(bytes: Uint8Array, from: number, length: number): boolean {
  if (length > 45) return false;
  for (let at = 0; at < 5 && at < length; at++) if (bytes[from + at] === COLON) return true;
  return false;
}

const COMMA = 44;
const SPACE = 32;
const T = 84;

/** Whether the text is a time as AWS writes them: `2024-03-05T12:10:00Z`, or `Mar 5, 2024 12:10:00 PM`. */
export function isTime(bytes: Uint8Array, from: number, length: number): boolean {
  if (length < 17 || length > 32) return false;
  if (isDigit(bytes[from])) {
    return (
      bytes[from + 4] === HYPHEN &&
      bytes[from + 7] === HYPHEN &&
      (bytes[from + 10] === T || bytes[from + 10] === SPACE) &&
      bytes[from + 13] === COLON &&
      isDigit(bytes[from + 1]) &&
      isDigit(bytes[from + 5])
    );
  }
  if (bytes[from + 3] !== SPACE) return false;
  const comma = bytes[from + 5] === COMMA ? from + 5 : from + 6;
  return bytes[comma] === COMMA && isDigit(bytes[comma - 1]) && isDigit(bytes[comma + 2]) && isDigit(bytes[comma + 5]);
}

/** Whether a searched text is a time, which is not a value. */
export function isTimeText(text: string): boolean {
  const bytes = Buffer.from(text);
  return isTime(bytes, 0, bytes.length);
}
