/** docs/fields.md: CloudTrail's names and the columns that hold their values, generated from the column tables. */
import {
  type CloudTrailColumn,
  consumingColumns,
  type DecoderRole,
  type DirectColumn,
  type Shape,
} from '../../../cloudtrail/columns/column.js';
import { HIDDEN_INPUTS } from '../../../cloudtrail/columns/hidden-inputs.js';
import { MANAGED_COLUMNS } from '../../../cloudtrail/table-columns.js';
import type { TableKey } from '../../../cloudtrail/table-config.js';
import { tableNameOf } from '../../../cloudtrail/tables.js';
import { DEFAULT_SOURCE } from '../../../config/defaults.js';
import { sqlName } from '../../../query/keywords.js';
import { cell, code } from './columns.js';

/** The page that is generated. */
export const FIELDS_PAGE = 'docs/fields.md';

/** A field of a record: its path (`[]` after a key means each element), its SQL, and the columns that are computed from it. */
export interface Field {
  path: string;
  sql: string;
  computed: readonly string[];
}

/** The fields of the object's user metadata that digests have, by the decoder column that holds them. */
const METADATA: Partial<Record<DecoderRole, string>> = {
  signature: 'x-amz-meta-signature',
  signature_algorithm: 'x-amz-meta-signature-algorithm',
  backfill_time: 'x-amz-meta-backfill-generation-timestamp',
};

/** Returns the fields of one table in alphabetical order. */
export function fieldsOf(key: TableKey): Field[] {
  const columns = MANAGED_COLUMNS[key];
  const stored = [...consumingColumns(columns).values()];
  const computed = computedFrom(columns);
  const fields = stored.flatMap((column) => fieldsOfColumn(column, computed.get(column.name) ?? []));
  for (const column of columns) {
    const name = column.kind === 'decoder' ? METADATA[column.role] : undefined;
    if (name !== undefined) fields.push({ path: name, sql: sqlName(column.name), computed: [] });
    if (column.kind === 'direct' && !stored.includes(column))
      fields.push(...fieldsOfColumn(column, computed.get(column.name) ?? []));
  }
  for (const { name, paths } of HIDDEN_INPUTS) {
    const readers = computed.get(name);
    // The hidden input of EC2's addresses is a list of paths: it has a sentence of its own.
    if (readers === undefined || paths.length > 1) continue;
    const path = name.replaceAll('[]', '');
    fields.push({ path, sql: jsonMember(stored, path), computed: readers });
  }
  const order = new Intl.Collator('en').compare;
  return merged(fields).sort((a, b) => order(a.path, b.path));
}

/** The columns that are computed from each column or hidden input, directly or through another column; `ts` included. */
function computedFrom(columns: readonly CloudTrailColumn[]): Map<string, string[]> {
  const readers = new Map<string, string[]>();
  for (const column of columns) {
    const inputs =
      column.kind === 'derived' ? column.derivation.inputs : column.kind === 'time' ? column.firstOf : ([] as string[]);
    for (const input of new Set(inputs)) readers.set(input, [...(readers.get(input) ?? []), column.name]);
  }
  const all = (name: string): string[] => (readers.get(name) ?? []).flatMap((reader) => [reader, ...all(reader)]);
  return new Map([...readers.keys()].map((name) => [name, [...new Set(all(name))]]));
}

/** One field for a column, or one for each member of its elements. */
function fieldsOfColumn(column: DirectColumn, computed: readonly string[]): Field[] {
  const { as, name, path } = column;
  const members = typeof as === 'object' ? membersOf(as.shape, path, sqlName(name)) : [];
  return [{ path, sql: sqlName(name), computed }, ...members];
}

function membersOf(shape: Shape, path: string, sql: string): Field[] {
  if (typeof shape === 'string') return [];
  if ('list' in shape) return membersOf(shape.list, `${path}[]`, `${sql}[]`);
  return shape.members.flatMap(({ key, name, shape: inner }) => [
    { path: `${path}.${key}`, sql: `${sql}.${name}`, computed: [] },
    ...membersOf(inner, `${path}.${key}`, `${sql}.${name}`),
  ]);
}

/** DuckDB's SQL for a member of a column of JSON text, or of `unmapped` if no column has its parent. */
function jsonMember(stored: readonly DirectColumn[], path: string): string {
  const parent = stored.find(({ as, path: start }) => as === 'json' && path.startsWith(`${start}.`));
  const column = sqlName(parent?.name ?? 'aws.cloudtrail.unmapped');
  const inside = parent === undefined ? path : path.slice(parent.path.length + 1);
  return `${column} ->> '$.${inside}'`;
}

/** Joins fields of equal paths, which differ in the columns computed from them. */
function merged(fields: readonly Field[]): Field[] {
  const byPath = new Map<string, Field>();
  for (const field of fields) {
    const before = byPath.get(field.path);
    const computed = [...new Set([...(before?.computed ?? []), ...field.computed])];
    byPath.set(field.path, { ...(before ?? field), computed });
  }
  return [...byPath.values()];
}

function fieldsTable(fields: readonly Field[]): string {
  const lines = fields.map(({ path, sql, computed }) =>
    [code(path), code(sql), computed.map((name) => code(sqlName(name))).join(', ')].map(cell),
  );
  return [['CloudTrail', 'Column', 'Computed from it'], ['---', '---', '---'], ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** The text of the page. */
export function fieldsPage(): string {
  const name = (key: TableKey): string => tableNameOf(DEFAULT_SOURCE.name, key);
  const ofEvents = new Map(fieldsOf('default').map(({ path, sql }) => [path, sql]));
  const ofInsights = fieldsOf('insights').filter(({ path, sql }) => ofEvents.get(path) !== sql);
  return `<!-- Made by \`npm run docs\` from the column tables. Do not edit. -->

# CloudTrail fields and their columns

Look up a CloudTrail field by its name and find its column. [tables.md](tables.md) lists the same columns by table, with
types, descriptions and examples.

\`\`\`sql
-- eventName, userIdentity.arn and requestParameters.bucketName
SELECT event.action, aws.cloudtrail.user_identity.arn, aws.cloudtrail.request_parameters ->> '$.bucketName' AS bucket
FROM aws_cloudtrail WHERE ts >= TIMESTAMPTZ '2024-02-28 00:00:00+00' AND event.provider = 's3.amazonaws.com' LIMIT 10;
\`\`\`

- **Column** holds the value as it was delivered. Dots are structs.
- **Computed from it** lists columns whose values are derived from the field: \`source.ip\` is the address in
  \`sourceIPAddress\`, without a port.
- **JSON**: \`requestParameters\`, \`responseElements\` and some others are columns of JSON text. Read a member with
  \`->> '$.name'\` in DuckDB.
- **A field that is not listed** is in \`aws.cloudtrail.unmapped\`, JSON text nested as in the record. To give it a column,
  [add one](configuration.md#columns-of-your-own).
- **\`[]\`** means each element of a list. In DuckDB, \`unnest(aws.cloudtrail.resources)\` makes a row of each.

## Events

Management, data and network activity events, table \`${name('default')}\`. \`related.ip\` also has the IP addresses in the
\`requestParameters\` and \`responseElements\` of EC2 calls.

${fieldsTable(fieldsOf('default'))}

## Insights

Table \`${name('insights')}\`: the fields of [events](#events), and those below. The text of all details is in
\`aws.cloudtrail.insight_details_raw\`. \`event.action\` and \`event.provider\` are \`eventName\` and \`eventSource\` of the
record; if it has none, those of its details.

${fieldsTable(ofInsights)}

## Digests

Table \`${name('digest')}\`. Names that begin with \`x-amz-meta-\` are user metadata of the object, not part of the file.

${fieldsTable(fieldsOf('digest'))}
`;
}
