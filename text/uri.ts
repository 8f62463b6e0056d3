/** Percent-encoded text. */

/** Decodes percent-encoded text; returns it unchanged if it contains an invalid escape, for example because it was truncated. */
export function tryDecodeUri(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
