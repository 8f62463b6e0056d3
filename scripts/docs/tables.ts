/** The tables of the reference page: what to say of each beside its columns. A table appears by being added here. */
import { type TableRole, tablesOf } from '../../cloudtrail/tables.js';
import { SOURCE } from '../../config/defaults.js';
import type { ColumnSpec } from '../../iceberg/types.js';

export interface DocumentedTable {
  role: TableRole;
  /** In the catalog. */
  name: string;
  columns: readonly ColumnSpec[];
  /** A row is … */
  row: string;
  /** The day that `ts` puts it to. */
  day: string;
  about: string;
  /** Questions to it, for DuckDB; `{table}` stands for the table. */
  sql: string;
  /** The same sort of question for PyIceberg, whose `table` is open. */
  python: string;
}

const { default: events, rejects, ledger } = tablesOf(SOURCE.name);

export const DOCUMENTED_TABLES: readonly DocumentedTable[] = [
  {
    role: 'default',
    ...events,
    row: 'one record of a trail: management, data and network activity events',
    day: 'when the request was made',
    about: `Columns outside of \`aws.cloudtrail\` are fields of the Elastic Common Schema. Those inside are CloudTrail's own,
with its names in snake case. A value that its column cannot say exactly is also in \`aws.cloudtrail.unmapped\`.`,
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
    role: 'rejects',
    ...rejects,
    row: 'a record that could not become a row',
    day: 'when its file was delivered',
    about:
      'Nothing is dropped in silence: the text of the record is here, with the reason and the place that it stood at.',
    sql: `SELECT reason, count(*) AS records, any_value(message) AS message, any_value(raw) AS raw
FROM {table} GROUP BY reason ORDER BY records DESC;`,
    python: `for row in table.scan(selected_fields=("reason", "path", "record_index", "message")).to_arrow().to_pylist():
    print(row)`,
  },
  {
    role: 'ledger',
    ...ledger,
    row: 'an object of the bucket (a key and an ETag), done once',
    day: 'when the object was delivered, by its name',
    about: `The ledger: every object that a run met is in it once, as \`ingested\`, \`quarantined\` (it cannot be read: \`error\` says why)
or \`skipped\` (its table is not wanted). \`records\` and \`rejects\` add up to the rows of the other tables.`,
    sql: `SELECT status, kind, count(*) AS files, sum(records) AS records, sum(rejects) AS rejects
FROM {table} GROUP BY ALL ORDER BY files DESC, status, kind;`,
    python: `files = table.scan(row_filter="status != 'ingested'", selected_fields=("key", "status", "error")).to_arrow()
print(files.num_rows, files.slice(0, 5).to_pylist())`,
  },
];
