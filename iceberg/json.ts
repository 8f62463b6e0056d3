/**
 * JSON with full numeric precision. Other writers use 63-bit snapshot ids, which `JSON.parse` rounds: here integers beyond 2^53
 * become bigint, and fractions keep their text.
 */
import { LosslessNumber, parse, stringify } from 'lossless-json';

/** Parses JSON. Numbers become number (safe integers), bigint (other integers) or `LosslessNumber`. */
export function parseJson(text: string): unknown {
  return parse(text, null, (digits) => {
    if (!/^-?\d+$/.test(digits)) return new LosslessNumber(digits);
    const number = Number(digits);
    return Number.isSafeInteger(number) ? number : BigInt(digits);
  });
}

/** The inverse of {@link parseJson}; a bigint is written as its digits. */
export function formatJson(value: unknown, indent?: number): string {
  const text = stringify(value, null, indent);
  if (text === undefined) throw new Error('Not a JSON value');
  return text;
}
