/** `trailmill check` on a project with one mistake: what a newcomer reads, who has to find the line and what to write there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from '../support/run-command';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'trailmill-mistakes-'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const SOURCE = 'log_sources/aws_cloudtrail/log_source.yml';
const TABLES = 'log_sources/aws_cloudtrail/tables';
const INGEST = 'ingest: {location: ./bucket}\n';

/** What is printed: without the head that all have, and the directory of the test. */
async function check(files: Record<string, string | Buffer>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(project, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const { code, stdout, stderr } = await runCommand(['check'], project);
  expect([code, stdout]).toEqual([2, '']);
  const text = stderr.replaceAll(project, '<project>');
  return text
    .replace(/^trailmill: The configuration in <project> has a mistake:\n/, '')
    .replace('\n  Correct the lines above; nothing was started.\n', '\n');
}

/** A log source with these lines of `schema.fields`. */
const withFields = (...lines: string[]) => ({
  [SOURCE]: `${INGEST}schema:\n  fields:\n${lines.map((line) => `    ${line}\n`).join('')}`,
});

describe('keys', () => {
  test('one that is nearly known', async () => {
    expect(await check({ [SOURCE]: 'ingest:\n  loaction: ./bucket\n  location: ./bucket\n' })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:3  ingest.loaction is an unknown key. Did you mean location? Allowed: location, key_prefix, s3_source.
"
`);
  });

  test('one that belongs elsewhere', async () => {
    expect(await check({ [SOURCE]: `${INGEST}s3_source: {bucket_name: logs}\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:1  s3_source belongs into ingest: write ingest.s3_source.
"
`);
  });

  test('one that Matano needs and Trailmill does not', async () => {
    expect(
      await check({
        [SOURCE]:
          'ingest:\n  location: ./bucket\n  select_table_from_payload_metadata: |\n    if match(.__metadata.s3.key, r\'Digest\') { "digest" } else { "default" }\n',
      }),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:3:3  ingest.select_table_from_payload_metadata is not needed: what CloudTrail delivers is known, and goes to its table by itself. Take it out.
"
`);
  });

  test('one of log_source.yml in the file of a table', async () => {
    expect(
      await check({ [SOURCE]: INGEST, [`${TABLES}/default.yml`]: 'name: default\nwarehouse: ./w\n' }),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/tables/default.yml:2:1  warehouse belongs into log_source.yml: it is the same for all tables.
"
`);
  });

  test('the same one twice', async () => {
    expect(await check({ [SOURCE]: `${INGEST}warehouse: ./a\nwarehouse: ./b\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:3:1  This key stands twice in its section. Keep one of the two.
"
`);
  });

  test('one of temporal.yaml', async () => {
    expect(await check({ [SOURCE]: INGEST, 'temporal.yaml': 'worker:\n  treads: 4\n' })).toMatchInlineSnapshot(`
"  temporal.yaml:2:3  worker.treads is an unknown key. Did you mean threads? Allowed: max_concurrent_activities, activity_task_pollers, max_concurrent_workflow_tasks, workflow_task_pollers, max_cached_workflows, threads, shutdown_grace_seconds, storage_timeout_seconds, deployment, allow.
"
`);
  });
});

describe('deduplicate', () => {
  test('a word', async () => {
    expect(await check({ [SOURCE]: `${INGEST}deduplicate: yes\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:14  deduplicate is "yes". Allowed: true, false, or a section with window_days.
"
`);
  });

  test('a number of days', async () => {
    expect(await check({ [SOURCE]: `${INGEST}deduplicate: 30\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:14  deduplicate is 30. Allowed: true, false, or a section with window_days.
"
`);
  });

  test('a window with its unit', async () => {
    expect(await check({ [SOURCE]: `${INGEST}deduplicate:\n  window_days: 30 days\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:3:16  deduplicate.window_days is "30 days". Allowed: a whole number from 1 to 3650.
"
`);
  });

  test('a window that is no window, and one that is too long', async () => {
    expect(await check({ [SOURCE]: `${INGEST}deduplicate: {window_days: 0}\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:28  deduplicate.window_days is 0. Allowed: a whole number from 1 to 3650.
"
`);
    expect(await check({ [SOURCE]: `${INGEST}deduplicate: {window_days: 3651}\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:28  deduplicate.window_days is 3651. Allowed: a whole number from 1 to 3650.
"
`);
  });

  test('a key that is nearly known', async () => {
    expect(await check({ [SOURCE]: `${INGEST}deduplicate: {windowdays: 7}\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:15  deduplicate.windowdays is an unknown key. Did you mean window_days? Allowed: window_days.
"
`);
  });

  test('a list', async () => {
    expect(await check({ [SOURCE]: `${INGEST}deduplicate: [eventID]\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:14  deduplicate is a list. Allowed: true, false, or a section with window_days.
"
`);
  });

  test('in the file of a table', async () => {
    expect(await check({ [SOURCE]: INGEST, [`${TABLES}/default.yml`]: 'deduplicate: false\n' })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/tables/default.yml:1:1  deduplicate belongs into log_source.yml: it is the same for all tables.
"
`);
  });
});

describe('YAML', () => {
  test('a tab', async () => {
    expect(await check({ [SOURCE]: 'ingest:\n\tlocation: ./bucket\n' })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:1  This is not YAML: Tabs are not allowed as indentation. Replace the tab by spaces.
"
`);
  });

  test('keys that are not below each other', async () => {
    expect(await check({ [SOURCE]: 'ingest:\n  location: ./bucket\n key_prefix: x\n' })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:3:1  This is not YAML: All mapping items must start at the same column. The keys of one section begin in the same column, and every bracket has an end.
"
`);
  });

  test('a colon in a value', async () => {
    expect(await check({ [SOURCE]: `${INGEST}warehouse: my: warehouse\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:12  This is not YAML: Nested mappings are not allowed in compact mappings. A value with ": " in it needs quotes, and the keys of one section begin in the same column.
"
`);
  });

  test('a quote without its end', async () => {
    expect(await check({ [SOURCE]: 'name: "aws_cloudtrail\ningest: {location: ./bucket}\n' })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:3:1  This is not YAML: Missing closing "quote. In this line or one before it, a quote has no end, or a key no colon.
"
`);
  });

  test('a star', async () => {
    expect(
      await check({ [SOURCE]: 'ingest:\n  location: ./bucket\n  s3_source:\n    key_pattern: *.json.gz\n' }),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:18  *.json.gz without quotes means the part of the file that is marked &.json.gz. Put the value in quotes.
"
`);
  });

  test('a section that is text', async () => {
    expect(await check({ [SOURCE]: 'ingest: ./bucket\n' })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:1:9  ingest is "./bucket". Allowed: a section with location, key_prefix, s3_source.
"
`);
  });

  test('nothing but a list', async () => {
    expect(await check({ [SOURCE]: '- ingest\n' })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:1:1  The file is a list. Allowed: a section with name, managed, ingest, schema, transform, enrich, deduplicate, warehouse, catalog.
"
`);
  });
});

describe('places', () => {
  test('a location in S3 with a parameter that is none', async () => {
    expect(await check({ [SOURCE]: 'ingest:\n  location: s3://my-logs/trail?role=reader\n' })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:13  ingest.location: The location s3://my-logs/trail?role=reader has an unknown parameter, role. Did you mean access_role_arn? Allowed: region, endpoint, path_style, profile, access_role_arn, external_id, role_session_name, requester_pays, expected_bucket_owner.
"
`);
  });

  test('parameters of S3 that say nothing', async () => {
    expect(
      await check({
        [SOURCE]:
          'ingest:\n  s3_source:\n    bucket_name: my-logs\n    endpoint: minio:9000\n    path_style: yes please\n    expected_bucket_owner: 12\n',
      }),
    ).toMatchInlineSnapshot(`
"trailmill: The configuration in <project> has 3 mistakes:
  log_sources/aws_cloudtrail/log_source.yml:4:15  ingest.s3_source.endpoint is "minio:9000". Allowed: http(s)://host:port.
  log_sources/aws_cloudtrail/log_source.yml:5:17  ingest.s3_source.path_style is "yes please". Allowed: true or false.
  log_sources/aws_cloudtrail/log_source.yml:6:28  ingest.s3_source.expected_bucket_owner is 12. Allowed: 12 digits, in quotes.
"
`);
  });

  test('a bucket name that is a URI', async () => {
    expect(await check({ [SOURCE]: 'ingest:\n  s3_source:\n    bucket_name: s3://my-logs\n' })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:3:18  ingest.s3_source.bucket_name is "s3://my-logs". Allowed: the name of an S3 bucket, without s3://.
"
`);
  });

  test('a catalog with a secret, two ways to say who one is, and no address', async () => {
    expect(
      await check({
        [SOURCE]:
          'ingest: {location: ./bucket}\ncatalog:\n  type: rest\n  token: abc\n  sigv4: {service: glue}\n  oauth2: {scope: all}\n',
      }),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:3  catalog.token is a secret: set TRAILMILL_CATALOG_TOKEN in the environment of workers and commands instead.
"
`);
    expect(
      await check({
        [SOURCE]:
          'ingest: {location: ./bucket}\ncatalog:\n  type: rest\n  sigv4: {service: glue}\n  oauth2: {scope: all}\n',
      }),
    ).toMatchInlineSnapshot(`
"trailmill: The configuration in <project> has 2 mistakes:
  log_sources/aws_cloudtrail/log_source.yml:2:1  catalog.uri is missing. Allowed: the address of the REST catalog, up to before /v1.
  log_sources/aws_cloudtrail/log_source.yml:4:3  catalog.sigv4 and catalog.oauth2 are two ways to say who you are: leave one out.
"
`);
    expect(
      await check({ [SOURCE]: 'ingest: {location: ./bucket}\ncatalog:\n  uri: https://catalog.example.com\n' }),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:3:3  catalog.uri is of no use without a server. Add type: rest, or take it out.
"
`);
  });

  test('no location at all', async () => {
    expect(await check({ [SOURCE]: 'name: aws_cloudtrail\n' })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:1:1  ingest.location is missing. Allowed: a directory, a file:// URI, or s3://bucket/prefix; or ingest.s3_source with a bucket_name.
"
`);
  });

  test('no log source at all', async () => {
    expect(await check({})).toMatchInlineSnapshot(`
"trailmill: No location is configured: nobody said where the CloudTrail files are.
  Give --location URI (s3://bucket/prefix or a directory: what holds AWSLogs/), or run \`trailmill init\` and set ingest.location in log_source.yml.
"
`);
  });

  test('a pattern that is none', async () => {
    expect(
      await check({
        [SOURCE]: 'ingest:\n  location: ./bucket\n  s3_source:\n    key_pattern: "AWSLogs/(.*/CloudTrail"\n',
      }),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:18  ingest.s3_source.key_pattern is "AWSLogs/(.*/CloudTrail". Allowed: a regular expression, as JavaScript has them (this is none: Unterminated group).
"
`);
  });

  test('a role that is none', async () => {
    expect(
      await check({
        [SOURCE]: 'ingest:\n  location: ./bucket\n  s3_source: {bucket_name: my-logs, access_role_arn: reader}\n',
      }),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:3:54  ingest.s3_source.access_role_arn is "reader". Allowed: the ARN of a role, arn:aws:iam::123456789012:role/name.
"
`);
  });

  test('a catalog of another type', async () => {
    expect(await check({ [SOURCE]: `${INGEST}catalog:\n  type: glue\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:3:9  catalog.type is "glue". Allowed: storage or rest.
"
`);
  });

  test('another managed source', async () => {
    expect(await check({ [SOURCE]: `${INGEST}managed: {type: AWS_VPCFLOW}\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:17  managed.type is "AWS_VPCFLOW". Allowed: AWS_CLOUDTRAIL.
"
`);
  });

  test('a database that is not there', async () => {
    expect(
      await check({ [SOURCE]: `${INGEST}enrich:\n  geoip:\n    city: ./GeoLite2-City.mmdb\n` }),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:11  enrich.geoip.city: There is no file <project>/GeoLite2-City.mmdb. Paths begin at the project.
"
`);
  });

  test('a database under the key of the other', async () => {
    // What a database ends with: the marker, and a map with its type.
    const metadata = '\xab\xcd\xefMaxMind.com\xe1\x4ddatabase_type\x4cGeoLite2-ASN';
    expect(
      await check({
        [SOURCE]: `${INGEST}enrich:\n  geoip:\n    city: ./asn.mmdb\n`,
        'asn.mmdb': Buffer.from(metadata, 'latin1'),
      }),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:11  enrich.geoip.city: <project>/asn.mmdb is a GeoLite2-ASN database. Name it under the other key of enrich.geoip.
"
`);
  });

  test('a database that is still packed', async () => {
    expect(
      await check({
        [SOURCE]: `${INGEST}enrich:\n  geoip:\n    city: ./GeoLite2-City.tar.gz\n`,
        'GeoLite2-City.tar.gz': 'x',
      }),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:11  enrich.geoip.city: <project>/GeoLite2-City.tar.gz is no MMDB file. Unpack the archive, and give the file in it that ends with .mmdb.
"
`);
  });
});

describe('files', () => {
  test('a table that CloudTrail does not have', async () => {
    expect(await check({ [SOURCE]: INGEST, [`${TABLES}/insight.yml`]: '' })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/tables/insight.yml  is no table of CloudTrail. Did you mean insights.yml? Allowed: default.yml, insights.yml, digest.yml.
"
`);
  });

  test('a name that is not the name of the file', async () => {
    expect(await check({ [SOURCE]: INGEST, [`${TABLES}/digest.yml`]: 'name: insights\n' })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/tables/digest.yml:1:7  name is "insights". Allowed: digest, as the file is called. The table insights has a file of its own, tables/insights.yml.
"
`);
  });

  test('log_source.yml under another name', async () => {
    expect(await check({ 'log_sources/aws_cloudtrail/log_source.yaml': INGEST })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yaml  has to be called log_source.yml. Rename it.
"
`);
  });

  test('log_source.yml one directory too high', async () => {
    expect(await check({ 'log_sources/log_source.yml': INGEST })).toMatchInlineSnapshot(`
"trailmill: log_sources/log_source.yml lies one directory too high.
  Move it to log_sources/aws_cloudtrail/log_source.yml.
"
`);
  });

  test('no log_source.yml beside the tables', async () => {
    expect(await check({ [`${TABLES}/default.yml`]: '' })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml  is missing. \`trailmill init\` in an empty directory writes one to copy.
"
`);
  });

  test('two log sources', async () => {
    expect(
      await check({ 'log_sources/prod/log_source.yml': INGEST, 'log_sources/test/log_source.yml': INGEST }),
    ).toMatchInlineSnapshot(`
"trailmill: The project <project> has 2 log sources, log_sources/prod and log_sources/test; this version takes one a project.
  Give each a project of its own: a directory with log_sources/NAME/ in it, and --project to name it. They may share a warehouse.
"
`);
  });
});

describe('types of columns', () => {
  test('one that is nearly known', async () => {
    expect(await check(withFields('- {name: team, type: strng}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:26  The type of the column team is "strng". Did you mean string? Allowed: string, boolean, int, long, float, double, timestamp, date, {type: list, element: string}, {type: struct, fields: [{name: id, type: string}]}.
"
`);
  });

  test('one of another system', async () => {
    expect(await check(withFields('- {name: team, type: "array<string>"}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:26  The type of the column team is "array<string>". Did you mean {type: list, element: string}? Allowed: string, boolean, int, long, float, double, timestamp, date, {type: list, element: string}, {type: struct, fields: [{name: id, type: string}]}.
"
`);
  });

  test('a list that does not say of what', async () => {
    expect(await check(withFields('- name: team', '  type: list', '  element: string'))).toMatchInlineSnapshot(`
"trailmill: The configuration in <project> has 2 mistakes:
  log_sources/aws_cloudtrail/log_source.yml:5:13  The type of the column team is "list". Did you mean {type: list, element: string}? Allowed: string, boolean, int, long, float, double, timestamp, date, {type: list, element: string}, {type: struct, fields: [{name: id, type: string}]}.
  log_sources/aws_cloudtrail/log_source.yml:6:7  element belongs to the type: write type: {type: list, element: …}.
"
`);
  });

  test('a map', async () => {
    expect(
      await check(withFields('- {name: team, type: {type: map, key: string, value: string}}')),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:33  The type of the column team is "map". Did you mean string, with \`convert: json\`? Allowed: string, boolean, int, long, float, double, timestamp, date, {type: list, element: string}, {type: struct, fields: [{name: id, type: string}]}.
"
`);
  });

  test('none', async () => {
    expect(await check(withFields('- name: team'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:7  The column team has no type. Allowed: string, boolean, int, long, float, double, timestamp, date, {type: list, element: string}, {type: struct, fields: [{name: id, type: string}]}.
"
`);
  });

  test('a field that is only a name', async () => {
    expect(await check(withFields('- team'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:7  schema.fields[0] is no section. Allowed: {name: bucket, type: string, from: requestParameters.bucketName}.
"
`);
  });

  test('a struct in a list, without its fields', async () => {
    expect(
      await check(withFields('- {name: team, type: {type: list, element: {type: struct}}}')),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:39  The struct team (its elements) has no fields. Write {type: struct, fields: [{name: id, type: string}]}.
"
`);
  });

  test('a name with a blank', async () => {
    expect(await check(withFields('- {name: my team, type: string}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:14  schema.fields[0].name is "my team". Allowed: words of letters, digits and _, not beginning with a digit, with dots between them.
"
`);
  });

  test("Iceberg's own keys", async () => {
    expect(await check(withFields('- {name: team, type: string, required: true}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:34  required cannot be said: columns that are added are always optional. Take it out.
"
`);
  });
});

describe('values of columns', () => {
  test('a default of another type', async () => {
    expect(await check(withFields('- {name: team.count, type: long, default: many}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:47  default of the column team.count is "many". Allowed: a whole number below 2^53.
"
`);
  });

  test('a default that does not fit', async () => {
    expect(await check(withFields('- {name: team.count, type: int, default: 3000000000}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:46  default of the column team.count is 3000000000. Allowed: a whole number from -2147483648 to 2147483647.
"
`);
  });

  test('a default that is no time', async () => {
    expect(await check(withFields('- {name: team.since, type: timestamp, default: yesterday}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:52  default of the column team.since is "yesterday". Allowed: a time such as 2023-07-10T12:00:00Z.
"
`);
  });

  test('a conversion that the type does not have', async () => {
    expect(
      await check(withFields('- {name: team.count, type: long, from: requestParameters.count, convert: integr}')),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:78  convert of the column team.count is "integr". Did you mean integer? Allowed: integer for this type.
"
`);
  });

  test('a conversion of nothing', async () => {
    expect(await check(withFields('- {name: team, type: string, convert: json}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:34  convert of the column team needs from: the value that is to be converted.
"
`);
  });

  test('a path as VRL has it', async () => {
    expect(
      await check(withFields('- {name: team, type: string, from: .json.requestParameters.bucketName}')),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:40  from of the column team is ".json.requestParameters.bucketName". A path begins with a key of the record: write requestParameters.bucketName.
"
`);
  });

  test('a path with a place in a list', async () => {
    expect(await check(withFields('- {name: team, type: string, from: "resources[0].ARN"}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:40  from of the column team is "resources[0].ARN". A path cannot go into a list: take the list itself (as json, or with a type of list), or use a transform.
"
`);
  });

  test('a path into a list', async () => {
    expect(await check(withFields('- {name: team, type: string, from: resources.ARN}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:40  from of the column team is resources.ARN, but resources is a list: no path goes into it. Use the column aws.cloudtrail.resources, take the list itself (from: resources), or use a transform.
"
`);
  });

  test('a path for a part of a value', async () => {
    expect(
      await check(
        withFields(
          '- name: team',
          '  from: tlsDetails',
          '  type: {type: struct, fields: [{name: version, type: string, from: tlsVersion}]}',
        ),
      ),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:6:67  from cannot stand here: team is one value, and its field version is the member version of it. Take it out, or make the field a column of its own.
"
`);
  });
});

describe('names of columns that are taken', () => {
  test('by a managed column', async () => {
    expect(await check(withFields('- {name: cloud.region, type: string}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:14  cloud.region cannot be added: the managed column cloud.region is in the table already. Choose another name.
"
`);
  });

  test('by a group of managed columns', async () => {
    expect(await check(withFields('- {name: aws.cloudtrail, type: string}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:14  aws.cloudtrail cannot be added: it is the group of managed columns such as aws.cloudtrail.event_version. Choose another name, or one below it, such as aws.cloudtrail.mine.
"
`);
  });

  test('below a managed column', async () => {
    expect(await check(withFields('- {name: event.action.verb, type: string}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:14  event.action.verb cannot be added: the managed column event.action is a value, so nothing can lie below it. Choose another name.
"
`);
  });

  test('by an ECS field', async () => {
    expect(
      await check(withFields('- {name: host.name, type: string, from: requestParameters.host}')),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:14  host.name is an ECS field: name it in schema.ecs_field_names (a transform fills it), or choose another name for a column of your own.
"
`);
  });

  test('by a group of ECS fields', async () => {
    expect(await check(withFields('- {name: host, type: string}'))).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:4:14  host cannot be added: it is the group of ECS fields such as host.architecture. Choose another name, or one below it, such as host.mine.
"
`);
  });

  test('by the same one', async () => {
    expect(
      await check(withFields('- {name: team, type: string}', '- {name: team, type: string}')),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:5:14  team is there twice, also at log_sources/aws_cloudtrail/log_source.yml:4. Keep one of the two.
"
`);
  });

  test('by one that differs in case', async () => {
    expect(
      await check(withFields('- {name: team, type: string}', '- {name: Team, type: string}')),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:5:14  Team cannot be added: names that differ only in case are one name in SQL, and team is at log_sources/aws_cloudtrail/log_source.yml:4. Choose another name.
"
`);
  });

  test('by one above it', async () => {
    expect(
      await check(withFields('- {name: team, type: string}', '- {name: team.name, type: string}')),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:5:14  team.name cannot be added: team (log_sources/aws_cloudtrail/log_source.yml:4) is a value, so nothing can lie below it. Choose another name.
"
`);
  });

  test('by one of another type, in the other file', async () => {
    expect(
      await check({
        ...withFields('- {name: team, type: string}'),
        [`${TABLES}/default.yml`]: 'schema:\n  fields:\n    - {name: team, type: int}\n',
      }),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/tables/default.yml:3:14  team is int here and string at log_sources/aws_cloudtrail/log_source.yml:4. Give both the same type, or rename one.
"
`);
  });

  test('as an ECS field that is none', async () => {
    expect(await check({ [SOURCE]: `${INGEST}schema: {ecs_field_names: [host.nmae]}\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:28  host.nmae is no ECS field. Did you mean host.name? A column of your own goes into schema.fields.
"
`);
  });
});

describe('transforms', () => {
  test('VRL', async () => {
    expect(
      await check({
        [SOURCE]: `${INGEST}transform: |\n  .team.bucket = del(.json.requestParameters.bucketName)\n  if .team.bucket == "x" { abort }\n`,
      }),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:1  transform is a program in VRL, which Trailmill does not run. To copy a value of the record, add a column to schema.fields: for the line .team.bucket = del(.json.requestParameters.bucketName) write {name: team.bucket, type: string, from: requestParameters.bucketName}. For logic, write a function over rows in TypeScript and name its file: transform: ./transform.ts (docs/configuration.md, Transforms).
"
`);
  });

  test('VRL, as Matano had it once', async () => {
    expect(await check({ [SOURCE]: `${INGEST}transform:\n  vrl: |\n    .ts = now()\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:1  transform is a program in VRL, which Trailmill does not run. To copy a value of the record, add a column to schema.fields: for example, write {name: bucket, type: string, from: requestParameters.bucketName}. For logic, write a function over rows in TypeScript and name its file: transform: ./transform.ts (docs/configuration.md, Transforms).
"
`);
  });

  test('a file that is not there', async () => {
    expect(await check({ [SOURCE]: `${INGEST}transform: ./rows.ts\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:12  There is no file <project>/rows.ts. Paths begin at the project.
"
`);
  });

  test('a file that is beside log_source.yml', async () => {
    expect(
      await check({ [SOURCE]: `${INGEST}transform: ./rows.ts\n`, 'log_sources/aws_cloudtrail/rows.ts': '' }),
    ).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:12  There is no file <project>/rows.ts. Paths begin at the project. It is beside this file: write ./log_sources/aws_cloudtrail/rows.ts.
"
`);
  });

  test('a file of another language', async () => {
    expect(await check({ [SOURCE]: `${INGEST}transform: ./rows.py\n` })).toMatchInlineSnapshot(`
"  log_sources/aws_cloudtrail/log_source.yml:2:12  transform is "./rows.py". Allowed: the path of a .ts, .js or .mjs file, such as transform: ./transform.ts.
"
`);
  });
});
