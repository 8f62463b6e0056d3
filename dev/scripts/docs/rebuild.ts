/** How to rebuild a record from its row: a section of docs/tables.md, with a program that tests run. */
import { ICEBERG_NAMESPACE } from '../../../cloudtrail/tables.js';
import { DEFAULT_SOURCE } from '../../../config/defaults.js';
import type { ExampleRow } from './examples.js';
import { UNMAPPED_EXAMPLE_ID } from './rare-records.js';
import { COLUMNS_FILE } from './record-columns.js';

/** The Python functions; they need `COLUMNS` to be defined. */
export const REBUILD = `def rebuild(row, table, loads=json.loads):
    """Returns the record of a row of \`table\`; \`loads\` parses JSON."""
    if row["event"]["original"] is not None:
        return loads(row["event"]["original"])
    record = {}
    for column in COLUMNS[table]:
        value = row
        for name in column["column"].split("."):
            value = value and value[name]
        if value is None or value == []:
            continue
        *parents, key = column["path"]
        at = record
        for parent in parents:
            at = at.setdefault(parent, {})
        at[key] = delivered(value, column["as"], loads)
    for name in ("empty_members", "unmapped"):
        merge(record, loads(row["aws"]["cloudtrail"][name] or "{}"))
    return record

def delivered(value, form, loads):
    """Returns the delivered value for the \`value\` of a column of this form."""
    if form == "json":
        return loads(value)
    if form == "time":
        return value.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    if form == "true_text":
        return "true"
    if "list" in form:
        return [delivered(element, form["list"], loads) for element in value]
    if "members" in form:
        present = [member for member in form["members"] if value and value[member["name"]] is not None]
        return {member["key"]: delivered(value[member["name"]], member["as"], loads) for member in present}
    return value

def merge(record, other):
    """Merges \`other\` into \`record\`: objects recursively, all other values replace existing ones."""
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(record.get(key), dict):
            merge(record[key], value)
        else:
            record[key] = value`;

/** The section as Markdown. `rows`: example rows of the default table. Throws if the example with unmapped values is missing. */
export function rebuilding(rows: readonly ExampleRow[]): string {
  const example = rows.find((row) => (row.event as { id: string }).id === UNMAPPED_EXAMPLE_ID);
  if (example === undefined) throw new Error('The example of unmapped values is not in the table.');
  const { cloudtrail } = example.aws as { cloudtrail: { unmapped: string; empty_members: string } };
  return `## Nothing is lost: rebuilding a record

A record can be rebuilt from its row. Three text columns make this possible:

- \`aws.cloudtrail.unmapped\` has every field without a column, nested as in the record, and every value that its column cannot
  represent exactly, as it was delivered: a number instead of a string, a time with another offset. A new field of AWS is there
  from the first day, before a version of Trailmill knows it.
- \`aws.cloudtrail.empty_members\` has the members that were delivered as \`null\`, \`{}\` or \`[]\`, if the column alone cannot
  distinguish them from missing members.
- \`event.original\` is null in almost every row. It has the delivered text of the whole record if [JSON text](#json-text) of the
  row had to be changed.

A record with a number as its \`apiVersion\`, a field without a column, and no response has this in \`unmapped\` and in \`empty_members\`:

\`\`\`json
${cloudtrail.unmapped}
\`\`\`

\`\`\`json
${cloudtrail.empty_members}
\`\`\`

The rule, for all kinds of records (management and data events, network activity, aggregated events, Insights, digests):

1. If \`event.original\` is not null, it is the record, and nothing else is needed.
2. Otherwise, for each column that has a record path without "copy" in the column "From" below, put its value at that path. The dots
   of a path separate keys. Skip null and empty lists.
3. Strings and booleans are used as they are; JSON is parsed; a time is \`YYYY-MM-DDTHH:MM:SSZ\` in UTC;
   \`session_credential_from_console\` is the string \`"true"\`. The elements of a list are objects, whose members have the keys shown
   in "From"; a member that is null was not delivered.
4. Then merge in the members of \`empty_members\`, then those of \`unmapped\`: objects are merged, other values replace existing
   ones. So \`unmapped\` wins.

In these two columns, a dot in the name of a member has no special meaning. If an object has equal names, the last one counts, as in most
JSON parsers. Columns that you add, and computed columns, are copies. The rule applies to rows that no transform has changed and that this
version wrote: earlier versions filled \`event.created\` and \`event.id\` of aggregated events, and \`event.action\` and
\`event.provider\` of Insights, with values from elsewhere in the record.

The same as a program. [\`${COLUMNS_FILE}\`](columns.json) has the paths in machine-readable form:

\`\`\`python
import json
from datetime import timezone

from pyiceberg.table import StaticTable

COLUMNS = json.load(open("${COLUMNS_FILE}"))

${REBUILD}

table = StaticTable.from_metadata("${DEFAULT_SOURCE.warehouse}/${ICEBERG_NAMESPACE}/${DEFAULT_SOURCE.name}")
for row in table.scan(limit=3).to_arrow().to_pylist():
    print(json.dumps(rebuild(row, "${DEFAULT_SOURCE.name}")))
\`\`\`

## JSON text

Columns with JSON text have it as it was delivered, byte for byte, unless the JSON functions of query engines would reject it: one such
value makes a query over the whole table fail. In that case the column has the closest text that they accept, and \`event.original\` has
the delivered record:

| Delivered | In JSON columns, \`unmapped\` and \`empty_members\` | Rejected by |
| --- | --- | --- |
| an unpaired surrogate (\`\\ud83d\` alone), in a value or a name | \`\\ufffd\` | DuckDB, PyArrow |
| a number beyond the range of a double (\`1e999\`), or of more than 1,000 characters | a string with its text | PyArrow, Spark and Trino (Jackson), Python |
| objects and lists nested more than 500 levels deep | from level 501 on, a string with their text | Spark and Trino (Jackson), Python |
| equal names in one object | the last one | PyArrow, DuckDB's \`MAP\` |
| a name of more than 50,000 bytes | its first 50,000 bytes | Spark and Trino (Jackson) |

Strings are never truncated: Jackson accepts up to 20,000,000 characters, and CloudTrail delivers at most 256 KB per event. \`event.original\`
is for rebuilding records, not for JSON functions. It is an ECS field that earlier versions left to transforms: a transform may still set it, and
rule 1 then returns what the transform wrote. Text columns have U+FFFD for an unpaired surrogate, which UTF-8 cannot represent.`;
}
