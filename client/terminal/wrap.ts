/** Breaks lines that are longer than the terminal is wide, between words if possible. Pure. */
import { widthOf } from './width.js';

/** The start of a line of `labeled`: a label of one or two words, or none. The text continues below the text. */
const LABEL = /^ {2}(?:[^ ]+(?: [^ ]+)?)? *$/;
const LABEL_WIDTH = 14;
/** Text that continues on the next line is indented by this many spaces, if it has no label. */
const HANGING = 2;
/** A command in backticks is not broken: it is copied as a whole. */
const WORDS = /( *)(`[^`]*`[^ ]*|[^ ]+)/g;

/**
 * Breaks every line of more than `width` characters between words; the rest of a line is indented. A longer word, such as a URL,
 * stays whole on a line of its own, so that it can be copied. Tables are fitted when they are made: see `renderTable`.
 */
export function wrapLines(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (widthOf(line) <= width ? line : wrapLine(line, width)))
    .join('\n');
}

function wrapLine(line: string, width: number): string {
  const label = line.slice(0, LABEL_WIDTH);
  const isLabeled = LABEL.test(label) && label.endsWith(' ') && line[LABEL_WIDTH] !== ' ';
  const [indent] = /^ */.exec(line) ?? [''];
  const rest = isLabeled ? ' '.repeat(LABEL_WIDTH) : `${indent}${' '.repeat(HANGING)}`;
  const lines: string[] = [];
  let current = isLabeled ? label : indent;
  let isEmpty = true;
  for (const [, gap, word] of line.slice(current.length).matchAll(WORDS)) {
    const fits = widthOf(current) + gap.length + widthOf(word) <= width;
    if (fits || (isEmpty && current.trim() === '')) {
      current += isEmpty ? word : `${gap}${word}`;
    } else {
      lines.push(current.trimEnd());
      // What does not fit below a label may fit without its indent.
      current = `${rest.length + widthOf(word) <= width ? rest : ' '.repeat(Math.min(rest.length, HANGING))}${word}`;
    }
    isEmpty = false;
  }
  return [...lines, current].join('\n');
}

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

/** A line with the page of a workflow: the URL ends with the id. */
const PAGE = /^( *UI +)https?:\/\/\S+\/workflows\/([^/\s]+)$/gm;

/** Replaces the URL of a workflow's page, where it is too long for the terminal, by the command that opens the page. */
export function shortenPages(text: string, width: number): string {
  return text.replace(PAGE, (line, label: string, id: string) =>
    line.length <= width ? line : `${label}trailmill open ${decodeURIComponent(id)}`,
  );
}
