/** docs/tables.md: the reference of all tables, generated from the column tables and from a run over the sample. */
import { ECS_VERSION } from '../../../cloudtrail/ecs-fields.js';
import { ICEBERG_NAMESPACE, tableNameOf } from '../../../cloudtrail/tables.js';
import { DEFAULT_SOURCE } from '../../../config/defaults.js';
import { code, columnsTable } from './columns.js';
import type { ExampleRow, Examples } from './examples.js';
import { rebuilding } from './rebuild.js';
import { categories, differencesSection, OUTCOME } from './rules.js';
import { DOCUMENTED_TABLES, type DocumentedTable } from './tables.js';
import { valueRules } from './value-rules.js';

/** The page that is generated. */
export const TABLES_PAGE = 'docs/tables.md';

const ROOT = `${DEFAULT_SOURCE.warehouse}/${ICEBERG_NAMESPACE}`;

/** The text of the page. */
export function tablesPage(examples: Examples): string {
  return [
    '<!-- Made by `npm run docs` from the column tables and a run over the sample bucket. Do not edit. -->',
    '# Tables',
    overview(),
    PARTITIONS,
    reading(),
    rebuilding(examples.default),
    valueRules(),
    OUTCOME,
    categories(),
    differencesSection(),
    CHANGES,
    ...DOCUMENTED_TABLES.map((table) => section(table, examples[table.role])),
    '',
  ].join('\n\n');
}

function overview(): string {
  const lines = DOCUMENTED_TABLES.map(({ name, row, day }) => `| [${code(name)}](#${name}) | ${row} | ${day} |`);
  return `Trailmill writes Apache Iceberg tables (format version 2; Parquet files, zstd). Their names start with the name of the log
source, here ${code(DEFAULT_SOURCE.name)}; their namespace is ${code(ICEBERG_NAMESPACE)}. Column names with dots are structs: \`event.action\` is the
member \`action\` of the struct \`event\`. Names that are SQL keywords are shown in quotes, as DuckDB, Trino and Athena
require them (\`"group".name\`); Spark uses backticks, and PyIceberg's \`selected_fields\` no quotes. Fields of the [Elastic Common Schema](https://www.elastic.co/docs/reference/ecs) have the
names and types of ECS ${ECS_VERSION}. All examples below are values that a run over the sample bucket wrote.

| Table | A row is | \`ts\` is |
| --- | --- | --- |
${lines.join('\n')}`;
}

const PARTITIONS = `## Partitions

Every table is partitioned by the day of \`ts\`, in UTC. A condition on \`ts\` makes a query fast: files of other days are not
opened. Within a day, files are skipped by the smallest and largest values of their columns.

\`ts\` of an event is the time of the event. Records arrive late and in no order, so one delivered file may have rows in several days,
and a day can get rows as long as AWS delivers. To find out what arrived when, join \`log.file.path\` with \`path\` of the ledger.`;

function reading(): string {
  const path = `${ROOT}/${DEFAULT_SOURCE.name}`;
  return `## Reading

A table is read by its directory, which always has the newest state, or by one of its metadata files, which is one fixed
state. The number of the newest metadata file is in \`metadata/version-hint.text\`. Paths here are relative to the project.

DuckDB 1.4 or newer: \`INSTALL iceberg;\` once, and \`LOAD iceberg;\` in every session. Then:

\`\`\`sql
SELECT event.action, count(*) AS events FROM iceberg_scan('${path}')
WHERE ts >= TIMESTAMPTZ '2024-02-28 00:00:00+00' AND event.outcome = 'failure'
GROUP BY ALL ORDER BY events DESC, 1 LIMIT 5;
\`\`\`

\`\`\`sql
SELECT count(*) AS events FROM iceberg_scan('${path}/metadata/v2.metadata.json');
\`\`\`

\`\`\`sql
SELECT sequence_number, snapshot_id, timestamp_ms FROM iceberg_snapshots('${path}');
\`\`\`

JSON text is read with DuckDB's JSON functions:

\`\`\`sql
SELECT aws.cloudtrail.request_parameters ->> '$.bucketName' AS bucket, count(*) AS events FROM iceberg_scan('${path}')
WHERE event.provider = 's3.amazonaws.com' GROUP BY ALL ORDER BY events DESC, 1 LIMIT 5;
\`\`\`

PyIceberg 0.12 (\`pip install 'pyiceberg[pyarrow]'\`):

\`\`\`python
from pyiceberg.table import StaticTable

table = StaticTable.from_metadata("${path}")
print(table.metadata_location)
print(table.scan(row_filter="event.action = 'ConsoleLogin'", selected_fields=("ts", "user.name")).to_arrow().num_rows)
\`\`\`

\`\`\`python
from pyiceberg.table import StaticTable

table = StaticTable.from_metadata("${path}/metadata/v2.metadata.json")
first = table.metadata.snapshots[0]
print(table.scan(snapshot_id=first.snapshot_id).count(), first.summary["added-records"])
\`\`\``;
}

const CHANGES = `## When columns change

Before it writes, a run adds missing columns to a table: those of a newer version and those of the configuration. Older files stay as
they are, and their rows have null in the new columns. An \`int\` may become \`long\`, and a \`float\` \`double\`; every other
change of a type is rejected, with advice. A column that is removed from the configuration stays, and is null in new rows. An older snapshot is
read with the columns that it had.`;

function queryOf({ sql }: DocumentedTable, path: string): string {
  const ledger = `${ROOT}/${tableNameOf(DEFAULT_SOURCE.name, 'ledger')}`;
  return sql.replaceAll('{table}', `iceberg_scan('${path}')`).replaceAll('{ledger}', `iceberg_scan('${ledger}')`);
}

function section(table: DocumentedTable, rows: readonly ExampleRow[]): string {
  const path = `${ROOT}/${table.name}`;
  return `## ${table.name}

A row is ${table.row}; \`ts\` is ${table.day}.

${table.about}

\`\`\`sql
${queryOf(table, path)}
\`\`\`

\`\`\`python
from pyiceberg.table import StaticTable

table = StaticTable.from_metadata("${path}")
${table.python}
\`\`\`

${columnsTable(table.columns, rows)}`;
}
