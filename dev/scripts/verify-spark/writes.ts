/**
 * Spark writes into a table of Trailmill's, in the REST catalog; Trailmill commits after it, and its audit tells what happened
 * behind its back: a deleted row is missing, and when Spark has put it back, all is as it was.
 */
import type { AuditReport } from '../../../audit/report.js';
import type { Findings } from './findings.js';
import { LAKE_NAMESPACE, LAKE_SOURCE, type Lake, type LakeRange } from './lake.js';
import type { ReaderCounts, Readers } from './readers.js';

/** How Iceberg deletes, and what the snapshot's summary counts then: position deletes, or the file written again. */
const MODES = { 'merge-on-read': 'added-position-deletes', 'copy-on-write': 'added-data-files' } as const;
const TABLE = `rest.${LAKE_NAMESPACE}.${LAKE_SOURCE}`;
const COUNT = { type: 'rest', table: LAKE_SOURCE } as const;

export interface Writes {
  lake: Lake;
  readers: Readers;
  findings: Findings;
  /** Delivery days. */
  range: LakeRange;
  /** Delivers and ingests a file; answers its events. */
  another(name: string): Promise<number>;
  /** Rows of the default table before. */
  rows: number;
}

export async function sparkWrites({ lake, readers, findings, range, another, rows: before }: Writes): Promise<void> {
  const { spark } = readers;
  let rows = before;
  // One for each mode: a row that was put back is alone in its file, which is dropped whole.
  const victims = await spark.sql(
    `SELECT event.id AS id, log.file.path AS path FROM ${TABLE} WHERE team.bucket IS NOT NULL ORDER BY event.id LIMIT 2`,
  );
  for (const [index, [mode, counted]] of Object.entries(MODES).entries()) {
    const { id, path } = victims[index];
    const where = `WHERE event.id = '${id}'`;
    const old = (await readers.snapshots('rest', LAKE_SOURCE)).at(-1);
    await spark.sql(`ALTER TABLE ${TABLE} SET TBLPROPERTIES ('write.delete.mode' = '${mode}')`);
    await spark.sql(`DELETE FROM ${TABLE} ${where}`);
    rows--;
    const [{ n }] = await spark.sql(
      `SELECT summary['${counted}'] AS n FROM ${TABLE}.snapshots ORDER BY committed_at DESC LIMIT 1`,
    );
    findings.add({ question: `Spark deletes a row, ${mode}`, expected: rows, said: await readers.count(COUNT) });
    findings.add({ question: `  ${counted}`, expected: '1', said: { Spark: n } });
    rows += await another(`after-${mode}`);
    const said: Partial<ReaderCounts> = await readers.count(COUNT);
    findings.add({ question: '  Trailmill commits another file', expected: rows, said });
    findings.add({
      question: '  audit',
      expected: `rows_differ of ${nameOf(String(path))}`,
      said: { Trailmill: verdictOf(await lake.audit('rest', range)) },
    });
    await spark.sql(`INSERT INTO ${TABLE} SELECT * FROM ${TABLE} VERSION AS OF ${old} ${where}`);
    rows++;
    findings.add({ question: '  Spark puts it back', expected: rows, said: await readers.count(COUNT) });
    findings.add({
      question: '  audit',
      expected: 'clean',
      said: { Trailmill: verdictOf(await lake.audit('rest', range)) },
    });
  }
}

/** `clean`, or what differs and of which file. */
export function verdictOf({ clean, differences }: AuditReport): string {
  if (clean) return 'clean';
  return differences.first.map(({ what, subject }) => `${what} of ${nameOf(subject)}`).join(', ');
}

const nameOf = (path: string): string => path.replace(/^.*_|\.json\.gz$/g, '');
