/** Entry point of the compaction thread: exports one function for each kind of task. */
export { checkFile as check } from './check-file.js';
export { mergeRuns as merge } from './merge-runs.js';
export { sortFiles as sort } from './sort-files.js';
