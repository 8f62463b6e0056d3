/** Colors of the terminal output. Only marks and states have one, and no color carries a meaning that the words do not. */
import type { Io } from './io.js';

const STYLES = { bold: [1, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], dim: [2, 22] } as const;
type Style = keyof typeof STYLES;

/** What is colored, in lines of text that have no color yet. The first group is colored. */
const RULES: readonly { pattern: RegExp; style: Style }[] = [
  { pattern: /(✓)/g, style: 'green' },
  { pattern: /(✗)/g, style: 'red' },
  { pattern: /^(trailmill: )/gm, style: 'red' },
  { pattern: /^(?:backfill|scheduled|audit|verify|upkeep|ingest)\/\S+: (completed)\b/gm, style: 'green' },
  {
    pattern: /^(?:backfill|scheduled|audit|verify|upkeep|ingest)\/\S+: (failed|terminated|timed out)\b/gm,
    style: 'red',
  },
  {
    pattern: /^(?:backfill|scheduled|audit|verify|upkeep|ingest)\/\S+: (running|paused|cancelled)\b/gm,
    style: 'yellow',
  },
  { pattern: /^ {2}(rejects|quarantined) {2,}(?=[1-9])/gm, style: 'yellow' },
];

/**
 * Whether a stream gets colors: a terminal does, unless NO_COLOR is set (https://no-color.org), or TERM is `dumb`. FORCE_COLOR
 * turns them on for other streams, too.
 */
export function hasColors(stream: Pick<Io['stdout'], 'isTTY'>, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Colors the marks and states in printed text. Control characters in the text must be escaped already. */
export function colored(text: string): string {
  return RULES.reduce(
    (lines, { pattern, style }) =>
      lines.replace(pattern, (match: string, what: string) => match.replace(what, paint(style, what))),
    text,
  );
}

function paint(style: Style, text: string): string {
  const [on, off] = STYLES[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
