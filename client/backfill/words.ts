/** Words of the command line that its definition needs before the modules of the commands are loaded. */

/** Stands for the backfill of the log source that was started last, runs of schedules included. */
export const LATEST = 'latest';

/** How the help describes an id. */
export const ID_HELP = `the id that \`backfill start\` and \`backfill list\` print, or ${LATEST}`;

/** What `--fail-on` counts as a failure. */
export const FAIL_ON = ['rejects', 'quarantined'] as const;
/** One of {@link FAIL_ON}. */
export type FailOn = (typeof FAIL_ON)[number];
