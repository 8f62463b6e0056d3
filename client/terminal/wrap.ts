/** Breaks lines that are longer than the terminal is wide between words, so that they stay readable. Pure. */

/** Room that a label takes, see `labeled`: its text continues below the text, not below the label. */
const LABELED = /^ {2}[^ ].{10} [^ ]|^ {2}[^ ]{12}[^ ]| {14}[^ ]/;
const LABEL_WIDTH = 14;
/** Text that continues on the next line is indented by this many spaces, if it has no label. */
const HANGING = 2;
/** A command in backticks is not broken: it has to be copied as a whole. */
const WORDS = /`[^`]*`\S*|\S+/g;

/**
 * Breaks every line of more than `width` characters between words; the rest of a line is indented. A longer word, such as a URL,
 * stays whole on a line of its own, so that it can be copied. Tables are fitted when they are made: see `renderTable`.
 */
export function wrapLines(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (line.length <= width ? line : wrapLine(line, width)))
    .join('\n');
}

function wrapLine(line: string, width: number): string {
  const isLabeled = LABELED.test(line);
  const [indent] = /^ */.exec(line) ?? [''];
  const first = isLabeled ? line.slice(0, LABEL_WIDTH) : indent;
  const rest = isLabeled ? ' '.repeat(LABEL_WIDTH) : `${indent}${' '.repeat(HANGING)}`;
  const lines: string[] = [];
  let start = first;
  let words = '';
  for (const [word] of line.slice(first.length).matchAll(WORDS)) {
    const longer = words === '' ? word : `${words} ${word}`;
    if (words !== '' && start.length + longer.length > width) {
      lines.push(`${start}${words}`);
      start = rest;
      words = word;
    } else {
      words = longer;
    }
  }
  return [...lines, `${start}${words}`].join('\n');
}
