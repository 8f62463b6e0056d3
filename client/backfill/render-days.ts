/** One line per day: its progress or result, and its URL in the UI. */
import type { DayCounts } from '../../protocol/messages.js';
import { count, duration } from '../../text/numbers.js';
import { allPrintable } from '../../text/printable.js';
import { renderTable, rightAligned, type TextColumn } from '../terminal/table.js';
import type { DayView, ShownDays } from './day-view.js';

const COLUMNS: readonly TextColumn[] = [
  { name: 'day', narrow: 'keep' },
  { name: 'state', narrow: 'keep' },
  ...['files', 'events', 'rejects', 'quarantined'].map(rightAligned),
  { ...rightAligned('took'), narrow: 'drop' },
];
/** Files that earlier runs had ingested. */
const BEFORE: TextColumn = rightAligned('before');
/** A URL is of no use if it is shortened. */
const PAGE: TextColumn = { name: 'page', narrow: 'drop' };

/** The table of days, and how many days are not in it. */
export function renderDays(shown: ShownDays, now: number, width?: number): string {
  const { days, leftOut } = allPrintable(shown);
  const pages = days.some(({ ui }) => ui !== null);
  const reruns = days.some(({ counts }) => counts?.knownFiles !== undefined);
  const rows = days.map((day) => [
    day.day,
    day.state,
    ...countCells(day.counts),
    took(day, now),
    ...(reruns ? [day.counts === null ? '' : count(day.counts.knownFiles ?? 0)] : []),
    ...(pages ? [day.ui ?? ''] : []),
  ]);
  const columns = [...COLUMNS, ...(reruns ? [BEFORE] : []), ...(pages ? [PAGE] : [])];
  const table = rows.length === 0 ? [] : [renderTable(columns, rows, 2, undefined, width)];
  const rest = Object.entries(leftOut).map(([state, days]) => `${count(days)} ${state}`);
  const more = rest.length === 0 ? [] : [`  not shown   ${rest.join(', ')}: --days all shows them`];
  return ['', ...table, ...more].join('\n');
}

/** Empty cells if the counts are unknown, because 0 would be a count. */
function countCells(counts: DayCounts | null): string[] {
  if (counts === null) return ['', '', '', ''];
  const { plannedFiles, files, events, rejects, quarantined } = counts;
  return [
    files === plannedFiles ? count(files) : `${count(files)} of ${count(plannedFiles)}`,
    ...[events, rejects, quarantined].map(count),
  ];
}

function took({ startedAt, closedAt, state }: DayView, now: number): string {
  if (startedAt === null || (closedAt === null && state !== 'running')) return '';
  return duration(((closedAt === null ? now : Date.parse(closedAt)) - Date.parse(startedAt)) / 1000);
}
