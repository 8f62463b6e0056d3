/** Fits messages to a terminal: DuckDB's line with its caret is cut around the caret, all other lines are broken at spaces. Pure. */
import { widthOf } from '../../terminal/width.js';
import { wrapped } from '../../terminal/wrap.js';

const PLACE = /^(LINE \d+: )(.*)$/;
const CARET = /^ *\^$/;
const CUT = '…';

/** The message in lines of at most `width` columns. */
export function fitted(message: string, width: number): string {
  const lines = message.replace(/\n{3,}/g, '\n\n').split('\n');
  const shown: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, prefix, sql] = PLACE.exec(lines[at]) ?? [];
    if (prefix !== undefined && CARET.test(lines[at + 1] ?? '')) {
      shown.push(...around(prefix, sql, lines[at + 1].length - 1 - prefix.length, width));
      at++;
    } else shown.push(...brokenAt(lines[at], width));
  }
  return shown.join('\n');
}

/** The part of the SQL around the caret, and the caret below it. `caret`: its column in the SQL, from 0. */
function around(prefix: string, sql: string, caret: number, width: number): string[] {
  const characters = [...sql];
  const room = Math.max(10, width - prefix.length);
  let from = 0;
  let to = characters.length;
  const columns = (): number =>
    widthOf(characters.slice(from, to).join('')) + (from > 0 ? 1 : 0) + (to < characters.length ? 1 : 0);
  // From the end that is farther from the caret.
  while (columns() > room && to - from > 1) {
    if (to - caret > caret - from) to--;
    else from++;
  }
  const text = characters.slice(from, to).join('');
  const left = from > 0 ? CUT : '';
  const before = widthOf(prefix + left + characters.slice(from, caret).join(''));
  return [`${prefix}${left}${text}${to < characters.length ? CUT : ''}`, `${' '.repeat(before)}^`];
}

/** Keeps what the line is indented by. */
function brokenAt(line: string, width: number): string[] {
  const text = line.replaceAll('\t', '  ');
  if (widthOf(text) <= width) return [text];
  const [indent] = /^ */.exec(text) as RegExpExecArray;
  const room = Math.max(10, width - indent.length);
  return wrapped(text.slice(indent.length), room).map((one) => indent + one);
}
