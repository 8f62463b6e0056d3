/**
 * Spark writes to a table of Trailmill in the REST catalog. Trailmill commits after it, and its audit detects the change: it reports
 * the deleted row, and is clean again after Spark has restored it.
 */
import type { AuditReport } from '../../../audit/report.js';
import type { Findings } from './findings.js';
import { LAKE_NAMESPACE, LAKE_SOURCE, type Lake, type LakeRange } from './lake.js';
import type { ReaderCounts, Readers } from './readers.js';

/** Iceberg's delete modes, and the count in the snapshot summary that shows them: position deletes, or rewritten data files. */
const MODES = { 'merge-on-read': 'added-position-deletes', 'copy-on-write': 'added-data-files' } as const;
const TABLE = `rest.${LAKE_NAMESPACE}.${LAKE_SOURCE}`;
const COUNT = { type: 'rest', table: LAKE_SOURCE } as const;

/** The input of {@link sparkWrites}. */
export interface Writes {
  lake: Lake;
  readers: Readers;
  findings: Findings;
  /** Delivery days. */
  range: LakeRange;
  /** Delivers and ingests a file; returns the number of its events. */
  addFile(name: string): Promise<number>;
  /** Initial number of rows of the default table. */
  rows: number;
}

/**
 * Deletes a row with Spark in each mode, ingests another file, and restores the row. Adds the results to `findings`, and returns
 * the number of rows.
 */
export async function sparkWrites({ lake, readers, findings, range, addFile, rows: before }: Writes): Promise<number> {
  const { spark } = readers;
  let rows = before;
  // A different row for each mode: a restored row is alone in its file, which would be dropped as a whole.
  const deletedRows = await spark.sql(
    `SELECT event.id AS id, log.file.path AS path FROM ${TABLE} WHERE team.bucket IS NOT NULL ORDER BY event.id LIMIT 2`,
  );
  for (const [index, [mode, counted]] of Object.entries(MODES).entries()) {
    const { id, path } = deletedRows[index];
    const where = `WHERE event.id = '${id}'`;
    const old = (await readers.snapshots('rest', LAKE_SOURCE)).at(-1);
    await spark.sql(`ALTER TABLE ${TABLE} SET TBLPROPERTIES ('write.delete.mode' = '${mode}')`);
    await spark.sql(`DELETE FROM ${TABLE} ${where}`);
    rows--;
    const [{ n }] = await spark.sql(
      `SELECT summary['${counted}'] AS n FROM ${TABLE}.snapshots ORDER BY committed_at DESC LIMIT 1`,
    );
    findings.add({ question: `Spark deletes a row, ${mode}`, expected: rows, results: await readers.count(COUNT) });
    findings.add({ question: `  ${counted}`, expected: '1', results: { Spark: n } });
    rows += await addFile(`after-${mode}`);
    const results: Partial<ReaderCounts> = await readers.count(COUNT);
    findings.add({ question: '  Trailmill commits another file', expected: rows, results });
    findings.add({
      question: '  audit',
      expected: `rows_differ of ${nameOf(String(path))}`,
      results: { Trailmill: verdictOf(await lake.audit('rest', range)) },
    });
    await spark.sql(`INSERT INTO ${TABLE} SELECT * FROM ${TABLE} VERSION AS OF ${old} ${where}`);
    rows++;
    findings.add({ question: '  Spark restores it', expected: rows, results: await readers.count(COUNT) });
    findings.add({
      question: '  audit',
      expected: 'clean',
      results: { Trailmill: verdictOf(await lake.audit('rest', range)) },
    });
  }
  return rows;
}

/** `clean`, or the differences with their files. */
export function verdictOf({ clean, differences }: AuditReport): string {
  if (clean) return 'clean';
  return differences.first.map(({ what, subject }) => `${what} of ${nameOf(subject)}`).join(', ');
}

const nameOf = (path: string): string => path.replace(/^.*_|\.json\.gz$/g, '');
