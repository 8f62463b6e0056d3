/** JSON string escapes → UTF-8 (RFC 8259, section 7). */

const SIMPLE: Record<number, number> = { 34: 34, 92: 92, 47: 47, 98: 8, 102: 12, 110: 10, 114: 13, 116: 9 };

interface Unescaped {
  /** Valid until the next call. */
  bytes: Uint8Array;
  length: number;
  /** Whether there was a lone surrogate: it has no UTF-8 encoding and became U+FFFD. */
  lossy: boolean;
}

/** Reused for texts that fit; longer ones get a temporary buffer. */
const scratch = new Uint8Array(64 << 10);
const result: Unescaped = { bytes: scratch, length: 0, lossy: false };

function hex4(source: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i++) {
    const c = source[i];
    value = (value << 4) | (c <= 57 ? c - 48 : (c | 32) - 87);
  }
  return value;
}

/** Unescapes `source[from..to)`, the content of a string that the scanner accepted. The result is reused by the next call. */
export function unescapeJson(source: Uint8Array, from: number, to: number): Unescaped {
  // An escape is never shorter than its UTF-8 form (`\u00e9`: 6 bytes to at most 3).
  result.bytes = to - from > scratch.length ? new Uint8Array(to - from) : scratch;
  const out = result.bytes;
  let end = 0;
  result.lossy = false;
  for (let i = from; i < to; ) {
    const c = source[i++];
    if (c !== 92) {
      out[end++] = c;
      continue;
    }
    const letter = source[i++];
    if (letter !== 117) {
      out[end++] = SIMPLE[letter];
      continue;
    }
    let code = hex4(source, i);
    i += 4;
    if (code >= 0xd800 && code < 0xe000) {
      const low = code < 0xdc00 && source[i] === 92 && source[i + 1] === 117 && i < to ? hex4(source, i + 2) : 0;
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i += 6;
      } else {
        code = 0xfffd;
        result.lossy = true;
      }
    }
    if (code < 0x80) out[end++] = code;
    else if (code < 0x800) {
      out[end++] = 0xc0 | (code >> 6);
      out[end++] = 0x80 | (code & 63);
    } else if (code < 0x10000) {
      out[end++] = 0xe0 | (code >> 12);
      out[end++] = 0x80 | ((code >> 6) & 63);
      out[end++] = 0x80 | (code & 63);
    } else {
      out[end++] = 0xf0 | (code >> 18);
      out[end++] = 0x80 | ((code >> 12) & 63);
      out[end++] = 0x80 | ((code >> 6) & 63);
      out[end++] = 0x80 | (code & 63);
    }
  }
  result.length = end;
  return result;
}
