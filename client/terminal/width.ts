/** How many columns of a terminal a text takes. Pure. */
import stringWidth from 'string-width';

/** Columns of a terminal that the text takes: characters of East Asia and emoji take two, combining marks none. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** Printable ASCII: most texts, for which the library is slow. */
const ASCII = /^[\x20-\x7e]*$/;
