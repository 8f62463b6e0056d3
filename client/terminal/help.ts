/** The multi-line parts of `--help`. */

/** The exit codes, as every help page lists them. */
export const EXIT_CODES = `
Exit codes:
  0    done, or in progress
  1    the work failed
  2    a mistake in the command line, a file or the environment; nothing was started
  130  forced to end by a second Ctrl-C
`;

/** The examples section, below the options of a command. */
export function examples(...lines: readonly [command: string, what: string][]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, what]) => `  ${command.padEnd(width)}  ${what}`).join('\n')}\n`;
}

/** Notes at the end of the main help page. */
export const GLOBAL_NOTES = `
Configuration: flags, then TEMPORAL_* variables, then Temporal's TOML profile, then temporal.yaml and
the files of log_sources/ in the project. \`trailmill init\` writes them with comments.
`;
