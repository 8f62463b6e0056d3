/** The tables of the reference page, and the text about each of them. To document a table, add it here. */
import { allTables, type TableRole, tableNameOf, tablesOf } from '../../../cloudtrail/tables.js';
import { DEFAULT_SOURCE } from '../../../config/defaults.js';
import type { ColumnSpec } from '../../../iceberg/types.js';

/** A table of the reference page. */
export interface DocumentedTable {
  role: TableRole;
  /** The name in the catalog. */
  name: string;
  columns: readonly ColumnSpec[];
  /** Completes "A row is …". */
  row: string;
  /** The time in `ts`; completes "`ts` is …". */
  day: string;
  about: string;
  /** An example query for DuckDB; `{table}` is replaced with the table, `{ledger}` with the ledger. */
  sql: string;
  /** An example for PyIceberg, with the table in `table`. */
  python: string;
}

const tables = tablesOf(DEFAULT_SOURCE.name, allTables(DEFAULT_SOURCE.name));

const DESCRIPTIONS: readonly Omit<DocumentedTable, 'name' | 'columns'>[] = [
  {
    role: 'default',
    row: 'one record of a trail: management, data and network activity events',
    day: 'when the request was made',
    about: `Columns outside of \`aws.cloudtrail\` are fields of the Elastic Common Schema. Those inside are CloudTrail's own,
with its names in snake case. A value that its column cannot represent exactly is also in \`aws.cloudtrail.unmapped\`. An aggregated event is a count of
many events: it has no \`event.created\` and no \`event.id\` but \`aws.cloudtrail.aggregated.window_start\` and \`aws.cloudtrail.aggregated.event_id\`.`,
    sql: `SELECT resource.arn, event.action, count(*) AS events
FROM (SELECT event, unnest(aws.cloudtrail.resources) AS resource FROM {table}
      WHERE ts >= TIMESTAMPTZ '2024-02-28 00:00:00+00' AND list_contains(event.category, 'iam') IS NOT TRUE)
GROUP BY ALL ORDER BY events DESC, 1, 2 LIMIT 5;`,
    python: `rows = table.scan(
    row_filter="ts >= '2024-02-28T00:00:00+00:00' and event.outcome = 'failure'",
    selected_fields=("ts", "event.action", "aws.cloudtrail.user_identity.arn"),
).to_arrow()
print(rows.num_rows, rows.slice(0, 5).to_pylist())`,
  },
  {
    role: 'insights',
    row: 'the start or the end of an Insight: unusual activity that CloudTrail noticed',
    day: 'when the activity began or ended',
    about: `The columns of the events, with the details of the Insight in \`aws.cloudtrail.insight_details\`. The two rows of one Insight have the same
\`aws.cloudtrail.shared_event_id\`. \`event.action\` and \`event.provider\` are the record's \`eventName\` and \`eventSource\`, otherwise those of the
details; most Insights have them only there. The delivered text of the details is in \`aws.cloudtrail.insight_details_raw\`.`,
    sql: `SELECT s.ts AT TIME ZONE 'UTC' AS began, e.ts AT TIME ZONE 'UTC' AS ended, s.aws.cloudtrail.insight_details.event_name AS action,
       e.aws.cloudtrail.insight_details.statistics.insight_average AS calls, e.aws.cloudtrail.insight_details.statistics.baseline_average AS usual
FROM {table} AS s JOIN {table} AS e ON s.aws.cloudtrail.shared_event_id = e.aws.cloudtrail.shared_event_id
WHERE s.aws.cloudtrail.insight_details.state = 'Start' AND e.aws.cloudtrail.insight_details.state = 'End'
ORDER BY began;`,
    python: `starts = table.scan(row_filter="aws.cloudtrail.insight_details.state = 'Start'").to_arrow().to_pylist()
for row in starts:
    print(row["ts"], row["aws"]["cloudtrail"]["insight_details"]["attributions"])`,
  },
  {
    role: 'digest',
    row: 'a digest file: the signed list of the log files of an hour, an account and a region',
    day: 'when the hour of the digest ended',
    about: `Everything that is needed to prove that log files are complete and unchanged. \`hash_value\` of a log file is \`sha256\` of its row in the ledger.`,
    sql: `SELECT count(*) AS log_files, count(f.key) AS ingested, count(*) FILTER (f.sha256 = log_file.hash_value) AS unchanged
FROM (SELECT unnest(aws.cloudtrail.digest.log_files) AS log_file FROM {table}) LEFT JOIN {ledger} AS f ON f.key = log_file.s3_object;`,
    python: `for row in table.scan(selected_fields=("ts", "cloud", "aws.cloudtrail.digest.log_files")).to_arrow().to_pylist()[:5]:
    print(row["ts"], row["cloud"]["region"], len(row["aws"]["cloudtrail"]["digest"]["log_files"]))`,
  },
  {
    role: 'rejects',
    row: 'a record that could not become a row',
    day: 'when its file was delivered',
    about:
      'No record is dropped silently: the text of the record is here, with the reason and its position in the file.',
    sql: `SELECT reason, count(*) AS records, any_value(message) AS message, any_value(raw) AS raw
FROM {table} GROUP BY reason ORDER BY records DESC;`,
    python: `for row in table.scan(selected_fields=("reason", "path", "record_index", "message")).to_arrow().to_pylist():
    print(row)`,
  },
  {
    role: 'ledger',
    row: 'an object of the bucket (a key and an ETag), processed once',
    day: 'when the object was delivered, by its name',
    about: `The ledger: every object that a run has found is in it once, as \`ingested\`, \`quarantined\` (it cannot be read: \`error\` has the reason)
or \`skipped\` (its table is not configured). \`records\` and \`rejects\` add up to the rows of the other tables; \`dropped\` counts what a transform dropped.`,
    sql: `SELECT status, kind, count(*) AS files, sum(records) AS records, sum(rejects) AS rejects
FROM {table} GROUP BY ALL ORDER BY files DESC, status, kind;`,
    python: `files = table.scan(row_filter="status != 'ingested'", selected_fields=("key", "status", "error")).to_arrow()
print(files.num_rows, files.slice(0, 5).to_pylist())`,
  },
  {
    role: 'integrity',
    row: 'the result of one [verification](verify.md) for one log file, digest or place in a chain of digests',
    day: 'when the object was delivered, by its name',
    about: `Verifications add rows and never change any: the newest result of an object counts. \`path\` is \`log.file.path\` of the events, so the table joins
to them ([examples](verify.md#queries)). The codes are in [errors.md](errors.md#results-of-verification).`,
    sql: `SELECT subject, status, coalesce(code, '') AS code, count(*) AS results, min(key) AS example
FROM (SELECT * FROM {table} QUALIFY verified_at = max(verified_at) OVER (PARTITION BY subject, path))
GROUP BY ALL ORDER BY ALL;`,
    python: `open_results = table.scan(
    row_filter="status != 'valid' and ts >= '2024-02-28T00:00:00+00:00'",
    selected_fields=("status", "subject", "key", "code", "message"),
).to_arrow()
for row in open_results.to_pylist():
    print(row)`,
  },
];

/** The tables of the reference page, in its order. */
export const DOCUMENTED_TABLES: readonly DocumentedTable[] = DESCRIPTIONS.map((description) => ({
  ...description,
  name: tableNameOf(DEFAULT_SOURCE.name, description.role),
  columns: tables[description.role]?.columns ?? [],
}));
