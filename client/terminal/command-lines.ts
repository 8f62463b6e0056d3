/** Command lines in hints. Pure. */
import { shellQuote } from '../../text/shell-quote.js';

/** All commands of the program: a hint names one of them behind `trailmill`. */
export const COMMANDS = [
  'audit',
  'backfill',
  'check',
  'completion',
  'demo',
  'deployment',
  'dev',
  'find',
  'iam-policy',
  'init',
  'open',
  'plan',
  'query',
  'sample',
  'schedule',
  'setup',
  'tables',
  'upkeep',
  'verify',
  'worker',
] as const;

/** A command in a hint; not one in a longer word or a path, such as `docs/trailmill query`. */
const HINTED = new RegExp(`(?<![\\w/.-])trailmill (?=(?:${COMMANDS.join('|')})(?![\\w-]))`, 'g');

/** The options of project and server, as commander parses them. */
interface ServerOptions {
  project?: string;
  address?: string;
  namespace?: string;
  taskQueue?: string;
  tls?: boolean;
}

/** Options that say which project and which server a command is about, in the order in which hints repeat them. */
const FLAGS = {
  project: '--project',
  address: '--address',
  namespace: '--namespace',
  taskQueue: '--task-queue',
  tls: '--tls',
} as const satisfies Record<keyof ServerOptions, string>;

/** The given options of project and server as they were typed: `--project ./a --tls`; empty if there are none. */
export function givenFlags(options: ServerOptions): string {
  return Object.entries(FLAGS)
    .flatMap(([name, flag]) => {
      const value = options[name as keyof typeof FLAGS];
      if (value === undefined || value === false) return [];
      return value === true ? [flag] : [`${flag} ${shellQuote(value)}`];
    })
    .join(' ');
}

/** Adds flags to each command in a hint, so that it works when it is copied. */
export function withFlags(text: string, flags: string): string {
  return flags === '' ? text : text.replace(HINTED, () => `trailmill ${flags} `);
}
