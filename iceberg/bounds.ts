/** Column bounds in Iceberg's format (spec, Appendix D "Binary single-value serialization"). */
import type { PrimitiveType } from './types.js';

/** Iceberg's default metrics mode for strings is truncate(16): code points, not bytes or UTF-16 units. */
const MAX_CODE_POINTS = 16;
/**
 * Maximum code points of a bound of a lookup column: enough for any ARN (at most 2,048) and any address of an object (a
 * key has 1,024 bytes), but a limit for all other text.
 */
export const MAX_LOOKUP_CODE_POINTS = 2048;
const SURROGATES = { first: 0xd800, last: 0xdfff };
const LAST_CODE_POINT = 0x10ffff;

/** A bound from a Parquet footer: strings as UTF-8 bytes, 64-bit values as bigint. */
export type RawBound = boolean | number | bigint | Uint8Array;

/** Compares bounds in Iceberg's order; strings are compared by their UTF-8 bytes. */
export function compareRaw(one: RawBound, two: RawBound): number {
  if (one instanceof Uint8Array && two instanceof Uint8Array) return Buffer.compare(one, two);
  return one < two ? -1 : one > two ? 1 : 0;
}

/**
 * The serialized bound; `undefined` for other types, or for an upper bound that cannot be incremented.
 * @param most code points of a string, 16 by default
 */
export function encodeBound(
  type: PrimitiveType,
  raw: RawBound,
  side: 'lower' | 'upper',
  most?: number,
): Buffer | undefined {
  switch (type) {
    case 'boolean':
      return typeof raw === 'boolean' ? Buffer.of(raw ? 1 : 0) : undefined;
    case 'int':
    case 'date':
      return typeof raw === 'number' ? int32(raw) : undefined;
    case 'long':
    case 'timestamp':
    case 'timestamptz':
      // A bigint is a long or microseconds: the footer reader returns other time units as other types.
      return typeof raw === 'bigint' ? int64(raw) : undefined;
    case 'string':
      return raw instanceof Uint8Array ? truncatedUtf8(raw, side, most) : undefined;
    default:
      // Bounds of float and double are only useful with NaN counts, and bounds of binary columns are not useful.
      return undefined;
  }
}

/**
 * The value of a serialized bound, as base64: integers and times as bigint, strings as UTF-8 bytes. Bounds that were
 * written before the column became wider (int → long, float → double) have the narrower form. `undefined` for other
 * types, and for bytes that are not a value of the type.
 */
export function decodeBound(type: PrimitiveType, base64: string): Exclude<RawBound, Uint8Array> | Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64');
  switch (type) {
    case 'string':
      return bytes;
    case 'boolean':
      return bytes.length === 1 ? bytes[0] !== 0 : undefined;
    case 'int':
    case 'date':
    case 'long':
    case 'timestamp':
    case 'timestamptz':
      if (bytes.length === 4) return BigInt(bytes.readInt32LE());
      return bytes.length === 8 ? bytes.readBigInt64LE() : undefined;
    case 'float':
    case 'double': {
      const value = bytes.length === 4 ? bytes.readFloatLE() : bytes.length === 8 ? bytes.readDoubleLE() : Number.NaN;
      // Some writers have written NaN as a bound, which is no information about the other values.
      return Number.isNaN(value) ? undefined : value;
    }
    default:
      return undefined;
  }
}

/**
 * Truncates a string to a number of code points. A truncated upper bound is incremented, so that it remains an upper bound;
 * `undefined` if it cannot be.
 */
export function truncateString(text: string, side: 'lower' | 'upper', most = MAX_CODE_POINTS): string | undefined {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  if (points.length <= most) return text;
  const head = points.slice(0, most);
  if (side === 'lower') return String.fromCodePoint(...head);
  for (let last = head.length - 1; last >= 0; last--) {
    const incremented = head[last] + 1;
    // The last code point cannot be incremented, so the one before it must be.
    if (incremented > LAST_CODE_POINT) continue;
    // Skip surrogates: they are not characters.
    head[last] = incremented === SURROGATES.first ? SURROGATES.last + 1 : incremented;
    return String.fromCodePoint(...head.slice(0, last + 1));
  }
  return undefined;
}

/** Truncates as {@link truncateString} does; `undefined` also for bytes that are not UTF-8. */
export function truncatedUtf8(utf8: Uint8Array, side: 'lower' | 'upper', most?: number): Buffer | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(utf8);
  } catch {
    // A writer that truncates statistics within a character leaves invalid UTF-8. Omitting the bound is always correct.
    return undefined;
  }
  const cut = truncateString(text, side, most);
  return cut === undefined ? undefined : Buffer.from(cut);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}
