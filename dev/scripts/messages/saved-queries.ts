/** The texts of saved queries: title, description and parameters, which `trailmill query --list` shows. */
import type { Message } from './collect.js';

/** A line of a header that people read; continuation lines begin with more spaces. */
const SHOWN = /^-- (?:title|description|parameter): (.+)$/;
const CONTINUED = /^-- {3,}(.+)$/;

/**
 * The messages of a saved query.
 * @param file its path, relative to the root
 */
export function savedQueryMessages(file: string, text: string): Message[] {
  const found: Message[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const shown = SHOWN.exec(line)?.[1];
    const continued = CONTINUED.exec(line)?.[1];
    const last = found[found.length - 1];
    if (shown !== undefined) found.push({ kind: 'output', file, line: index + 1, text: shown });
    else if (continued !== undefined && last !== undefined) last.text += ` ${continued}`;
    else break;
  }
  return found;
}
