/** How a record is rebuilt from its row: the section of docs/tables.md, in words and as a program that tests run. */
import { ICEBERG_NAMESPACE } from '../../../cloudtrail/tables.js';
import { DEFAULT_SOURCE } from '../../../config/defaults.js';
import type { ExampleRow } from './examples.js';
import { TELLING_ID } from './rare-records.js';
import { COLUMNS_FILE } from './record-columns.js';

/** The functions; `COLUMNS` has to be there. */
export const REBUILD = `def rebuild(row, table, loads=json.loads):
    """The record that a row of \`table\` was made of; \`loads\` reads JSON text."""
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
        join(record, loads(row["aws"]["cloudtrail"][name] or "{}"))
    return record

def delivered(value, form, loads):
    """What the record had, where a column of this form has \`value\`."""
    if form == "json":
        return loads(value)
    if form == "time":
        return value.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    if form == "true_text":
        return "true"
    if "list" in form:
        return [delivered(element, form["list"], loads) for element in value]
    if "members" in form:
        there = [member for member in form["members"] if value and value[member["name"]] is not None]
        return {member["key"]: delivered(value[member["name"]], member["as"], loads) for member in there}
    return value

def join(record, other):
    """Puts the members of \`other\` into \`record\`: objects into objects, all else in place of what is there."""
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(record.get(key), dict):
            join(record[key], value)
        else:
            record[key] = value`;

export function rebuilding(rows: readonly ExampleRow[]): string {
  const telling = rows.find((row) => (row.event as { id: string }).id === TELLING_ID);
  if (telling === undefined) throw new Error('The record that shows what has no column is not in the table.');
  const { cloudtrail } = telling.aws as { cloudtrail: { unmapped: string; empty_members: string } };
  return `## Nothing is lost: rebuilding a record

A record can be rebuilt from its row. Three columns of text make that so:

- \`aws.cloudtrail.unmapped\` has every field without a column, nested as it was in the record, and every value that its column
  cannot say exactly, as it was delivered: a number where a text belongs, a time with another offset. A new field of AWS is there
  from the first day, before a version of Trailmill knows it.
- \`aws.cloudtrail.empty_members\` has the members that were delivered as \`null\`, \`{}\` or \`[]\`, where the column alone cannot
  tell them from members that were not delivered.
- \`event.original\` is null in almost every row. It has the delivered text of the whole record where [JSON text](#json-text) of the
  row had to be changed.

A record with a number as its \`apiVersion\`, a field without a column, and no answer has this in \`unmapped\` and in \`empty_members\`:

\`\`\`json
${cloudtrail.unmapped}
\`\`\`

\`\`\`json
${cloudtrail.empty_members}
\`\`\`

The rule, for all kinds of records (management and data events, network activity, aggregated events, Insights, digests):

1. Where \`event.original\` is not null, it is the record, and nothing else is needed.
2. Else take the columns that have a record path in the column "From" below, and no "copy" there: put the value at that path. The dots
   of a path stand between the keys. Null and an empty list say nothing.
3. A value is put there as it is, a text or a boolean, but: JSON is parsed; a time is \`YYYY-MM-DDTHH:MM:SSZ\` in UTC;
   \`session_credential_from_console\` is the text \`"true"\`. The elements of a list are objects, whose members have the keys that
   "From" shows; a member that is null was not delivered.
4. Then put in the members of \`empty_members\`, then those of \`unmapped\`: an object into the object that is there, anything else
   in place of what is there. So \`unmapped\` wins.

Names of members in these two are keys as they are: a dot in them has no meaning. Of equal names in one object the last one counts, as
in most readers of JSON. Columns that you added, and those that are computed, are copies. The rule is about rows that no transform has changed
and that this version wrote: earlier ones filled \`event.created\` and \`event.id\` of aggregated events, and \`event.action\` and
\`event.provider\` of Insights, with values from elsewhere in the record.

The same as a program. [\`${COLUMNS_FILE}\`](columns.json) has the paths for programs:

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

Columns with JSON text hold it as it was delivered, byte for byte, unless JSON functions of query engines would refuse it: one such value
makes a query over the whole table fail. Then the column has the nearest text that they accept, and \`event.original\` has the
delivered record:

| Delivered | In JSON columns, \`unmapped\` and \`empty_members\` | Refused by |
| --- | --- | --- |
| half of a surrogate pair (\`\\ud83d\` alone), in a value or a name | \`\\ufffd\` | DuckDB, PyArrow |
| a number beyond the range of a double (\`1e999\`), or of more than 1,000 characters | a string of its text | PyArrow, Spark and Trino (Jackson), Python |
| objects and lists in more than 500 levels | from level 501 on a string of their text | Spark and Trino (Jackson), Python |
| equal names in one object | the last one | PyArrow, DuckDB's \`MAP\` |
| a name of more than 50,000 bytes | its first 50,000 bytes | Spark and Trino (Jackson) |

Strings are never cut: Jackson takes up to 20,000,000 characters, and CloudTrail delivers at most 256 KB an event. \`event.original\` is for
rebuilding, and not for JSON functions. It is an ECS field that earlier versions left to transforms: a transform may still set it, and rule 1
then returns what the transform wrote. Columns of text have U+FFFD for half of a surrogate pair, as UTF-8 has no other form of it.`;
}
