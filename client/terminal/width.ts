/** Text for a terminal of a certain width: broken by us, at spaces, and not by the terminal, anywhere. */

/** The lines of a text, broken at spaces; a word that is longer than a line is broken too. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').flatMap((one) => pieces(one, width))) {
    const last = lines[lines.length - 1];
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Pieces of at most `width` columns. */
export function pieces(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text];
  const found: string[] = [];
  let piece = '';
  let taken = 0;
  for (const character of text) {
    const columns = widthOf(character);
    if (taken + columns > width && piece !== '') {
      found.push(piece);
      piece = '';
      taken = 0;
    }
    piece += character;
    taken += columns;
  }
  return [...found, piece];
}

/** Columns of a terminal that the text takes: some characters of East Asia, and pictures, take two. */
export function widthOf(text: string): number {
  if (!NOT_ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const NOT_ASCII = /[^\x00-\x7f]/;
/** Not of the locale: what may be two columns wide counts as two. https://www.unicode.org/reports/tr11/ */
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
