/** Says where `trailmill find` has looked. */
import type { Looked } from '../../find/search.js';
import { counted } from '../../text/numbers.js';

/** One or more lines: tables, days, files and columns. */
export function lookedText({ tables, missing, columns, firstDay, lastDay, files, opened }: Looked): string {
  const days = firstDay === null ? 'no days' : firstDay === lastDay ? firstDay : `${firstDay} to ${lastDay}`;
  const where = `Searched ${tables.join(' and ')}, ${days}: ${counted(columns, 'column')} of ${counted(files, 'data file')}, of which ${counted(opened, 'was', 'were')} opened.`;
  return missing.length === 0 ? where : `${where} ${missing.join(' and ')}: not created yet.`;
}
