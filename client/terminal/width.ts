/** How many columns of a terminal a text takes. Pure. */
import stringWidth from 'string-width';

/** Columns of a terminal that the text takes: characters of East Asia and emoji take two, combining marks none. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** Printable ASCII: most texts, for which the library is slow. */
const ASCII = /^[\x20-\x7e]*$/;

const GRAPHEMES = new Intl.Segmenter();

/** Cuts each line of a text that takes more than `width` columns: it then ends with an ellipsis. Splits no character. */
export function cutToWidth(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => {
      if (widthOf(line) <= width) return line;
      let cut = '';
      let used = 1;
      for (const { segment } of GRAPHEMES.segment(line)) {
        used += widthOf(segment);
        if (used > width) break;
        cut += segment;
      }
      return `${cut}…`;
    })
    .join('\n');
}
