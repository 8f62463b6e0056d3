/** Says where `trailmill find` has looked. */
import type { Looked } from '../../find/types.js';
import { count, counted } from '../../text/numbers.js';

/** One or more lines: tables, days, files and columns. */
export function lookedText({
  tables,
  missing,
  columns,
  firstDay,
  lastDay,
  files,
  opened,
  withoutIndex,
  problems,
}: Looked): string {
  const days = firstDay === null ? 'no days' : firstDay === lastDay ? firstDay : `${firstDay} to ${lastDay}`;
  const where = `Searched ${tables.join(' and ')}, ${days}: ${counted(columns, 'column')} in ${counted(files, 'data file')}; opened ${count(opened)}.`;
  const notes = [
    ...(withoutIndex > 0
      ? [`${counted(withoutIndex, 'file')} without an index ${withoutIndex === 1 ? 'was' : 'were'} read.`]
      : []),
    ...(missing.length > 0 ? [`${missing.join(' and ')}: not created yet.`] : []),
    ...problems.map((problem) => `Part of the index was not used: ${problem}.`),
  ];
  return [where, ...notes].join('\n');
}
