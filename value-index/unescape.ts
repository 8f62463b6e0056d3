/** Strings of JSON with escapes. Pure. */

const BACKSLASH = 92;
const SMALL_U = 117;
const SPACE = 32;
const FIRST_BEYOND_ASCII = 128;

/** The bytes that follow a backslash, with those that they stand for. */
const ESCAPES = new Int16Array(256).fill(-1);
for (const [code, character] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t'])
  ESCAPES[code.charCodeAt(0)] = character.charCodeAt(0);

/**
 * Writes the string `bytes[from..to)`, which is between quotes in JSON, to `out`, as `JSON.parse` reads it. Returns its length;
 * or -1 if it is not valid, or has an escape of a character that is not ASCII.
 */
export function withoutEscapes(bytes: Uint8Array, from: number, to: number, out: Uint8Array): number {
  let end = 0;
  for (let at = from; at < to; at++) {
    let byte = bytes[at];
    if (byte < SPACE) return -1;
    if (byte === BACKSLASH) {
      const code = ++at < to ? bytes[at] : 0;
      if (code === SMALL_U) {
        byte = at + 4 < to ? hexadecimal(bytes, at + 1) : -1;
        at += 4;
      } else byte = ESCAPES[code];
      if (byte < 0 || byte >= FIRST_BEYOND_ASCII) return -1;
    }
    out[end++] = byte;
  }
  return end;
}

/** The number of four hexadecimal digits; -1 if they are not. */
function hexadecimal(bytes: Uint8Array, from: number): number {
  let number = 0;
  for (let at = from; at < from + 4; at++) {
    const byte = bytes[at];
    const letter = byte | 32;
    if (byte >= 48 && byte <= 57) number = number * 16 + byte - 48;
    else if (letter >= 97 && letter <= 102) number = number * 16 + letter - 87;
    else return -1;
  }
  return number;
}
