/** Says where `trailmill find` has looked. */
import type { Looked } from '../../find/types.js';
import { count, counted } from '../../text/numbers.js';

/** Says that a part of the index, or all of it, is not used. */
export function unusedIndex(problem: string): string {
  return `Part of the index is not used: ${problem.replace(/\.$/, '')}.`;
}

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
    ...problems.map(unusedIndex),
  ];
  return [where, ...notes].join('\n');
}
