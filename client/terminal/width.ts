/** Text for a terminal of a certain width: broken by us, at spaces, and not by the terminal, anywhere. */
import stringWidth from 'string-width';

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

/** Columns of a terminal that the text takes: characters of East Asia and emoji take two, combining marks none. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** Printable ASCII: most texts, for which the library is slow. */
const ASCII = /^[\x20-\x7e]*$/;
