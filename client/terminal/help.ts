/** The multi-line parts of `--help`. */
import { wrapLines } from './wrap.js';

/** The exit codes, as every help page lists them. */
export const EXIT_CODES = `
Exit codes:
  0    done, or in progress
  1    the work failed
  2    a mistake in the command line, a file or the environment; nothing was
       started
  130  forced to end by a second Ctrl-C
`;

/** The narrowest terminal in common use. Help pages are as wide in a pipe, and in all terminals. */
const HELP_WIDTH = 80;

/** The examples section, below the options of a command: beside each what it does, or above it where that is too wide. */
export function examples(...lines: readonly [command: string, what: string][]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  const fits = lines.every(([, what]) => 2 + width + 2 + what.length <= HELP_WIDTH);
  const shown = lines.map(([command, what]) =>
    fits ? `  ${command.padEnd(width)}  ${what}` : `  # ${what}\n  ${folded(command)}`,
  );
  return `\nExamples:\n${shown.join('\n')}\n`;
}

/** A long command on several lines, as a shell reads it. */
function folded(command: string): string {
  return wrapLines(`  ${command}`, HELP_WIDTH - 2)
    .split('\n')
    .join(' \\\n  ')
    .trimStart();
}

/** Notes at the end of the main help page. */
export const GLOBAL_NOTES = `
Configuration: flags, then TEMPORAL_* variables, then Temporal's TOML profile,
then temporal.yaml and the files of log_sources/ in the project.
\`trailmill init\` writes them with comments.
`;
