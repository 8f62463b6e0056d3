/** The saved queries answer what they say: records made by hand, ingested as they would be, and the rows that are known. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { questionOf, savedQueriesOf } from '../../../client/query/saved';
import { type OpenTables, openTables } from '../../../query/open-tables';
import type { SqlParameters } from '../../../query/parameters';
import { sqlValueText } from '../../../query/values';
import { type CloudTrailRecord, diskRun, ingestDelivered } from '../../support/query-warehouse';
import { SAVED_CASES, type SavedCase } from '../../support/saved-cases';

const NOW = Date.parse('2099-01-01T00:00:00Z');
/** No project: only Trailmill's own. */
const NOWHERE = '/nowhere';

let directory: string;
let tables: OpenTables;

/** Each case has a year of its own in the one warehouse, in place of 2024: looking back does not lead into another. */
const yearOf = (index: number): string => String(1971 + index);
const inYear = <T>(value: T, index: number): T =>
  JSON.parse(JSON.stringify(value).replaceAll('2024-', `${yearOf(index)}-`));

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-saved-'));
  const run = diskRun(directory);
  const records = SAVED_CASES.flatMap((one, index) =>
    inYear(one.records, index).map((record, at): CloudTrailRecord => ({ eventID: `${index}/e${at + 1}`, ...record })),
  );
  await ingestDelivered(run, '2024-03-05', records);
  tables = await openTables(run.catalog, run.config.catalog.namespace, { sql: 'events' });
}, 120_000);
afterAll(() => {
  tables?.close();
  rmSync(directory, { recursive: true, force: true });
});

type Row = Record<string, string | null>;

async function rowsOf(sql: string, parameters?: SqlParameters): Promise<Row[]> {
  const result = await tables.stream(sql, parameters);
  const names = result.columnNames();
  const rows: Row[] = [];
  for await (const chunk of result.yieldRows())
    for (const row of chunk) rows.push(Object.fromEntries(names.map((name, at) => [name, sqlValueText(row[at])])));
  return rows;
}

function questionFor({ query, parameters = {}, from = '2024-03', to = '2024-03' }: SavedCase, index: number) {
  const rest = Object.entries(parameters).map(([name, value]) => `--${name.replaceAll('_', '-')}=${value}`);
  return questionOf(query, NOWHERE, { from: inYear(from, index), to: inYear(to, index), rest, now: NOW });
}

test.each(SAVED_CASES.map((one, index) => [`${one.query} ${one.about ?? ''}`, one, index] as const))(
  '%s',
  async (_, one, index) => {
    const { sql, parameters, saved } = questionFor(one, index);
    expect(saved?.hasRange).toBe(true);
    const rows = await rowsOf(sql, parameters);
    // Only files of its days are read: one a day.
    const days = new Set(one.records.map(({ eventTime }) => eventTime.slice(0, 10)));
    expect(tables.files.length).toBeLessThanOrEqual(days.size);
    const named = rows.map((row, at) => {
      const keys = Object.keys(one.rows[at] ?? row);
      return Object.fromEntries(
        keys.map((key) => [key, key === 'event_id' ? row[key]?.replace(/^\d+\//, '') : row[key]]),
      );
    });
    expect(named).toEqual(inYear(one.rows, index));
  },
);

test('every saved query has a case', () => {
  const names = savedQueriesOf(NOWHERE).queries.map(({ name }) => name);
  expect(names.filter((name) => !SAVED_CASES.some(({ query }) => query === name))).toEqual([]);
  expect(names.length).toBeGreaterThanOrEqual(25);
});

test('without a range, a saved query is about all events', async () => {
  const { sql, parameters } = questionOf('root-activity', NOWHERE, { rest: [], now: NOW });
  expect((await rowsOf(sql, parameters)).length).toBeGreaterThan(3);
});
