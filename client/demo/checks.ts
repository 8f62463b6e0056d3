/** Compares the tables with the sample's manifest. */
import type { OpenTables } from '../../query/open-tables.js';
import type { CountedRow } from './questions.js';

/** One number, as expected by the sample and as found in a table. */
export interface Check {
  table: string;
  what: string;
  expected: number;
  found: number;
  ok: boolean;
}

/** The numbers in the sample's manifest. */
export interface ExpectedRows {
  /** Records for the default table, records for the insights table, and digests. */
  events: number;
  insights: number;
  digests: number;
  /** Records that cannot become rows. */
  rejects: number;
  /** Objects of kinds with a table, and of kinds without. */
  ingested: number;
  skipped: number;
  quarantined: number;
}

/** Counts the rows of the tables; a missing table has no rows. */
export async function checkTables(tables: OpenTables, source: string, expected: ExpectedRows): Promise<Check[]> {
  const files = `${source}_files`;
  const rejects = `${source}_rejects`;
  const integrity = `${source}_integrity`;
  const status = (word: string): Promise<number> => countOf(tables, files, `WHERE status = '${word}'`);
  return [
    check(source, 'events', expected.events, await countOf(tables, source)),
    check(`${source}_insights`, 'insights', expected.insights, await countOf(tables, `${source}_insights`)),
    check(`${source}_digest`, 'digests', expected.digests, await countOf(tables, `${source}_digest`)),
    check(files, 'ingested', expected.ingested, await status('ingested')),
    check(files, 'skipped', expected.skipped, await status('skipped')),
    check(files, 'quarantined', expected.quarantined, await status('quarantined')),
    check(rejects, 'records', expected.rejects, await countOf(tables, rejects)),
    check(integrity, 'valid', expected.ingested, await countOf(tables, integrity, "WHERE status = 'valid'")),
  ];
}

function check(table: string, what: string, expected: number, found: number): Check {
  return { table, what, expected, found, ok: expected === found };
}

async function countOf(tables: OpenTables, table: string, where = ''): Promise<number> {
  if (!tables.names.includes(table)) return 0;
  const [row] = await tables.query(`SELECT count(*) AS n FROM "${table}" ${where}`);
  return Number(row.n);
}

/** The differences between a result and the sample, one line each. The order of rows does not matter. */
export function differences(found: readonly CountedRow[], expected: readonly CountedRow[]): string[] {
  const left = new Map(expected.map(({ name, count }) => [name, count]));
  const lines: string[] = [];
  for (const { name, count } of found) {
    const wanted = left.get(name);
    if (wanted === undefined) lines.push(`${name}: ${count}, which is not in the sample`);
    else if (wanted !== count) lines.push(`${name}: ${count} instead of ${wanted}`);
    left.delete(name);
  }
  for (const [name, count] of left) lines.push(`${name}: missing, ${count} expected`);
  return lines;
}
