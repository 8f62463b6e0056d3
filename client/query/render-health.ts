/** Renders what makes tables slow, and the cure. */
import { findingsOf, type HealthFinding } from '../../iceberg/health.js';
import type { StoredBytes, WorkAreaKind } from '../../query/stored-bytes.js';
import type { TableFacts } from '../../query/table-facts.js';
import { bytes, count, counted } from '../../text/numbers.js';
import { printable } from '../../text/printable.js';
import { moment } from '../terminal/numbers.js';
import { renderTable, rightAligned, type TextColumn } from '../terminal/table.js';

const COLUMNS: readonly TextColumn[] = [
  { name: 'table' },
  rightAligned('small'),
  rightAligned('deletes'),
  rightAligned('snapshots'),
  rightAligned('manifests'),
  rightAligned('metadata'),
  rightAligned('its folder'),
];

const DATES: readonly TextColumn[] = [
  { name: 'table' },
  { name: 'first day' },
  { name: 'last day' },
  { name: 'last commit' },
];

const WORK_AREA: readonly TextColumn[] = [{ name: 'work area' }, rightAligned('objects'), rightAligned('bytes')];

/** The counts of each table, and the kinds of objects in the work area. */
export function renderHealth(tables: readonly TableFacts[], workArea: readonly WorkAreaKind[], width?: number): string {
  const lines = tables.map(({ name, health }) => [
    name,
    count(health.smallFiles),
    count(health.deleteFiles),
    count(health.snapshots),
    count(health.manifests),
    health.metadataFileBytes === undefined ? '–' : bytes(health.metadataFileBytes),
    atLeast(health.metadataFolder, bytes(health.metadataFolder.bytes)),
  ]);
  const dates = tables.map((table) => [
    table.name,
    table.firstDay ?? '–',
    table.lastDay ?? '–',
    table.committedAt === null ? '–' : moment(table.committedAt),
  ]);
  const parts = [
    renderTable(COLUMNS, lines, 0, undefined, width),
    'small: data files below 16 MiB; deletes: delete files; metadata: the newest\nmetadata file; its folder: with all older ones, manifests and manifest lists.',
    renderTable(DATES, dates, 0, undefined, width),
  ];
  if (workArea.length > 0)
    parts.push(
      renderTable(
        WORK_AREA,
        workArea.map((one) => [one.kind, atLeast(one, count(one.objects)), bytes(one.bytes)]),
        0,
        undefined,
        width,
      ),
    );
  return parts.join('\n\n');
}

/** Listing stops somewhere. */
const atLeast = ({ complete }: StoredBytes, text: string): string => (complete ? text : `> ${text}`);

const WORDS: Readonly<Record<HealthFinding['what'], (value: number) => string>> = {
  smallFiles: (value) => counted(value, 'small data file'),
  deleteFiles: (value) => counted(value, 'delete file'),
  snapshots: (value) => counted(value, 'snapshot'),
  metadataFileBytes: (value) => `${bytes(value)} of metadata in every commit`,
  manifests: (value) => counted(value, 'manifest'),
};

/** A line for each table that needs maintenance, and one with the cure; none if all are healthy. */
export function adviceOf(tables: readonly Pick<TableFacts, 'name' | 'health'>[]): string[] {
  const lines = tables.flatMap(({ name, health }) => {
    const found = findingsOf(health).map(({ what, value }) => WORDS[what](value));
    return found.length === 0 ? [] : [`${printable(name)} is slow to read and write: ${found.join(', ')}.`];
  });
  return lines.length === 0 ? [] : [...lines, 'Run `trailmill upkeep`, which merges files and removes old snapshots.'];
}
