/** docs/fields.md says which column holds each CloudTrail field. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { MANAGED_COLUMNS } from '../../../cloudtrail/table-columns';
import { TABLE_KEYS, type TableKey } from '../../../cloudtrail/table-config';
import { FIELDS_PAGE, type Field, fieldsOf, fieldsPage } from '../../../dev/scripts/docs/fields';
import { schemaOf } from '../../../iceberg/schema';
import { identifier, typeOf } from '../../../query/sql-text';

const fieldOf = (key: TableKey, path: string): Field | undefined => fieldsOf(key).find((field) => field.path === path);

test('is up to date; `npm run docs` writes it again', () => {
  expect(readFileSync(join(__dirname, '..', '..', '..', FIELDS_PAGE), 'utf8')).toBe(fieldsPage());
});

// Written by hand, from CloudTrail's reference and docs/tables.md.
test.each<[TableKey, string, string, readonly string[]]>([
  ['default', 'eventTime', 'event.created', ['ts']],
  ['default', 'sourceIPAddress', 'source.address', ['source.ip', 'related.ip', 'source.geo.city_name']],
  ['default', 'userIdentity.arn', 'aws.cloudtrail.user_identity.arn', ['user.name', 'related.user']],
  ['default', 'errorCode', 'aws.cloudtrail.error_code', ['event.outcome', 'error.message']],
  ['default', 'resources[].ARN', 'aws.cloudtrail.resources[].arn', []],
  ['default', 'requestParameters.host', "aws.cloudtrail.request_parameters ->> '$.host'", ['related.hosts']],
  ['default', 'requestParameters.userName', "aws.cloudtrail.request_parameters ->> '$.userName'", ['user.target.name']],
  ['insights', 'insightDetails.state', 'aws.cloudtrail.insight_details.state', []],
  ['insights', 'insightDetails.eventName', 'aws.cloudtrail.insight_details.event_name', ['event.action']],
  ['digest', 'logFiles[].hashValue', 'aws.cloudtrail.digest.log_files[].hash_value', []],
  ['digest', 'digestEndTime', 'aws.cloudtrail.digest.end_time', ['ts', 'event.created']],
  ['digest', 'x-amz-meta-signature', 'aws.cloudtrail.digest.signature', []],
])('%s: %s is %s', (key, path, sql, computed) => {
  expect(fieldOf(key, path)).toMatchObject({ path, sql, computed: expect.arrayContaining([...computed]) });
});

describe.each(TABLE_KEYS.map((key) => [key]))('table %s', (key) => {
  test('every column that is read from the record has its field, once', () => {
    const paths = fieldsOf(key).map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    const direct = MANAGED_COLUMNS[key].flatMap((column) => (column.kind === 'direct' ? [column.path] : []));
    expect(direct.length).toBeGreaterThan(10);
    expect(direct.filter((path) => !paths.includes(path))).toEqual([]);
  });

  test('every column computed from a field is there', () => {
    const named = new Set(fieldsOf(key).flatMap(({ computed }) => computed));
    const computed = MANAGED_COLUMNS[key].filter(({ kind }) => kind === 'derived' || kind === 'time');
    const fromRecord = computed.filter((column) => column.kind === 'time' || hasInputs(column));
    expect(fromRecord.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
  });

  test('DuckDB takes the SQL of each', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const fields = schemaOf(MANAGED_COLUMNS[key]).fields;
    await connection.run(`CREATE TABLE t (${fields.map((f) => `${identifier(f.name)} ${typeOf(f.type)}`).join(', ')})`);
    // An element of a list: the first one.
    const list = fieldsOf(key).map(({ sql }) => sql.replaceAll('[]', '[1]'));
    await connection.run(`SELECT ${list.join(', ')} FROM t`);
    connection.closeSync();
    instance.closeSync();
  });
});

/** Whether a derived column is computed from anything at all: some are constants. */
function hasInputs(column: (typeof MANAGED_COLUMNS)[TableKey][number]): boolean {
  return column.kind === 'derived' && column.derivation.inputs.length > 0;
}
