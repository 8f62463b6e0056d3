/**
 * Spark's four maintenance procedures on tables of Trailmill in the REST catalog: the rows stay the same, audits stay clean, and
 * ingestion goes on without the snapshots of its earlier commits.
 */
import { LAKE_NAMESPACE, LAKE_SOURCE, type LakeRange } from './lake.js';
import { verdictOf, type Writes } from './writes.js';

const COUNT = { type: 'rest', table: LAKE_SOURCE } as const;
/** The events, the ledger, and a table without repeated events. */
const TABLES = ['', '_files', '_digest'].map((suffix) => `${LAKE_SOURCE}${suffix}`);

/** `whole`: all delivery days. `rows`: those of the default table before. */
export async function sparkMaintains(
  { lake, readers, findings, range, addFile, rows }: Writes,
  whole: LakeRange,
): Promise<void> {
  const { spark } = readers;
  for (const table of TABLES) {
    const name = `${LAKE_NAMESPACE}.${table}`;
    const call = (procedure: string, more = ''): Promise<unknown> =>
      spark.sql(`CALL rest.system.${procedure}(table => '${name}'${more})`);
    await call('rewrite_data_files', ", options => map('rewrite-all', 'true')");
    await call('rewrite_manifests');
    await call('expire_snapshots', ", older_than => TIMESTAMP '2100-01-01 00:00:00', retain_last => 1");
    await call('remove_orphan_files');
    const [{ n }] = await spark.sql(`SELECT count(*) AS n FROM rest.${name}.snapshots`);
    findings.add({ question: `Spark maintains ${table}: its snapshots`, expected: '1', results: { Spark: String(n) } });
  }
  findings.add({ question: '  rows', expected: rows, results: await readers.count(COUNT) });
  const audit = async (of: LakeRange): Promise<void> =>
    findings.add({
      question: '  audit',
      expected: 'clean',
      results: { Trailmill: verdictOf(await lake.audit('rest', of)) },
    });
  await audit(whole);
  await lake.ingest('rest', whole, true);
  findings.add({ question: '  all days are ingested again', expected: rows, results: await readers.count(COUNT) });
  const added = await addFile('after-maintenance');
  findings.add({ question: '  a late file', expected: rows + added, results: await readers.count(COUNT) });
  await audit(range);
}
