/** What `trailmill check` says about projects with mistakes: each row has the files of a project and every mistake in them. */

export type Files = Record<string, string | Buffer>;
/** `2:3` in log_source.yml, or another file and the position in it; if there is no position, the message and its cure. */
export type ExpectedMistake = [at: string, message: string, cure?: string];
export type MistakeRow = [what: string, files: Files, ...mistakes: ExpectedMistake[]];

export const SOURCE = 'log_sources/aws_cloudtrail/log_source.yml';
const INGEST = 'ingest: {location: ./bucket}\n';
/** The end of a database: the marker, and a map with its type. */
const MMDB_OF_ASN = Buffer.from('\xab\xcd\xefMaxMind.com\xe1\x4ddatabase_type\x4cGeoLite2-ASN', 'latin1');

const source = (text: string): Files => ({ [SOURCE]: text });

const withDigests = (text: string): Files => ({ ...source(text), 'log_sources/aws_cloudtrail/tables/digest.yml': '' });

/** A log source with these lines of `schema.fields`. */
const fields = (...lines: string[]): Files =>
  source(`${INGEST}schema:\n  fields:\n${lines.map((line) => `    ${line}\n`).join('')}`);

// biome-ignore format: one row a line is easier to compare
export const MISTAKES: Record<string, MistakeRow[]> = {
  'keys': [
    ['one that is misspelled', source('ingest:\n  loaction: ./bucket\n  location: ./bucket\n'), ['2:3', 'ingest.loaction is an unknown key. Did you mean location? Allowed: location, key_prefix, s3_source.']],
    ['one that belongs elsewhere', source(`${INGEST}s3_source: {bucket_name: logs}\n`), ['2:1', 's3_source belongs in ingest: write ingest.s3_source.']],
    ['one that Matano needs but Trailmill does not', source('ingest:\n  location: ./bucket\n  select_table_from_payload_metadata: |\n    if match(.__metadata.s3.key, r\'Digest\') { "digest" } else { "default" }\n'), ['3:3', 'ingest.select_table_from_payload_metadata is not needed: CloudTrail files are routed to their tables automatically. Remove it.']],
    ['one of log_source.yml in the file of a table', { ...source(INGEST), 'log_sources/aws_cloudtrail/tables/default.yml': 'name: default\nwarehouse: ./w\n' }, ['tables/default.yml:2:1', 'warehouse belongs in log_source.yml: it is the same for all tables.']],
    ['a duplicate', source(`${INGEST}warehouse: ./a\nwarehouse: ./b\n`), ['3:1', 'This key occurs twice in its section. Keep one of them.']],
    ['one of temporal.yaml', { ...source(INGEST), 'temporal.yaml': 'worker:\n  treads: 4\n' }, ['temporal.yaml:2:3', 'worker.treads is an unknown key. Did you mean threads? Allowed: max_concurrent_activities, activity_task_pollers, max_concurrent_workflow_tasks, workflow_task_pollers, max_cached_workflows, threads, shutdown_grace_seconds, storage_timeout_seconds, deployment, allow.']],
  ],
  'deduplicate': [
    ['a word', source(`${INGEST}deduplicate: yes\n`), ['2:14', 'deduplicate is "yes". Allowed: true, false, or a section with window_days.']],
    ['a number of days', source(`${INGEST}deduplicate: 30\n`), ['2:14', 'deduplicate is 30. Allowed: true, false, or a section with window_days.']],
    ['a window with its unit', source(`${INGEST}deduplicate:\n  window_days: 30 days\n`), ['3:16', 'deduplicate.window_days is "30 days". Allowed: a whole number from 1 to 3650.']],
    ['a window that is too short, and one that is too long', source(`${INGEST}deduplicate: {window_days: 0}\n`), ['2:28', 'deduplicate.window_days is 0. Allowed: a whole number from 1 to 3650.']],
    ['a window that is too short, and one that is too long (2)', source(`${INGEST}deduplicate: {window_days: 3651}\n`), ['2:28', 'deduplicate.window_days is 3651. Allowed: a whole number from 1 to 3650.']],
    ['a key that is misspelled', source(`${INGEST}deduplicate: {windowdays: 7}\n`), ['2:15', 'deduplicate.windowdays is an unknown key. Did you mean window_days? Allowed: window_days.']],
    ['a list', source(`${INGEST}deduplicate: [eventID]\n`), ['2:14', 'deduplicate is a list. Allowed: true, false, or a section with window_days.']],
    ['in the file of a table', { ...source(INGEST), 'log_sources/aws_cloudtrail/tables/default.yml': 'deduplicate: false\n' }, ['tables/default.yml:1:1', 'deduplicate belongs in log_source.yml: it is the same for all tables.']],
  ],
  'integrity': [
    ['a word that is misspelled', source(`${INGEST}integrity: require\n`), ['2:12', 'integrity is "require". Allowed: record, verify, required, or a section with mode, bucket, keys, hold_hours.']],
    ['true', source(`${INGEST}integrity: true\n`), ['2:12', 'integrity is true. Allowed: record, verify, required, or a section with mode, bucket, keys, hold_hours.']],
    ['a list', source(`${INGEST}integrity: [verify]\n`), ['2:12', 'integrity is a list. Allowed: record, verify, required, or a section with mode, bucket, keys, hold_hours.']],
    ['another mode', source(`${INGEST}integrity:\n  mode: "on"\n`), ['3:9', 'integrity.mode is "on". Allowed: record, verify or required.']],
    ['a key that is misspelled', source(`${INGEST}integrity: {key: ./keys}\n`), ['2:13', 'integrity.key is an unknown key. Did you mean keys? Allowed: mode, bucket, keys, hold_hours.']],
    ['a bucket that is a URI', source(`${INGEST}integrity:\n  bucket: s3://my-logs\n`), ['3:11', 'integrity.bucket is "s3://my-logs". Allowed: bucket or bucket/prefix, without s3://.']],
    ['keys that are a number', source(`${INGEST}integrity:\n  keys: 3\n`), ['3:9', 'integrity.keys is 3. Allowed: the path of a directory.']],
    ['too many hours', withDigests(`${INGEST}integrity:\n  mode: required\n  hold_hours: 721\n`), ['4:15', 'integrity.hold_hours is 721. Allowed: a whole number from 1 to 720.']],
    ['hours that no file is held back for', source(`${INGEST}integrity:\n  hold_hours: 26\n`), ['3:3', 'integrity.hold_hours is only used with mode: required, but the mode is record. Change the mode, or remove it.']],
    ['proof required for a copy of an unknown bucket', withDigests(`${INGEST}integrity: required\n`), ['2:1', 'integrity is required, but the location is a directory. Set integrity.bucket to the bucket that it is a copy of.']],
    ['no table of digests', source('ingest: {location: "s3://my-logs"}\nintegrity: verify\n'), ['2:1', 'integrity is verify, but digests are not ingested, so nothing can be verified. Add log_sources/aws_cloudtrail/tables/digest.yml (name: digest).']],
    ['a directory of keys that does not exist', source(`${INGEST}integrity:\n  keys: ./keys\n`), ['', 'log_sources/aws_cloudtrail/log_source.yml:3  integrity.keys: <project>/keys does not exist.', 'Create it, or correct the path.']],
    ['a private key', { ...source(`${INGEST}integrity: {keys: keys}\n`), 'keys/eu-west-1.pem': '-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----\n' }, ['', 'log_sources/aws_cloudtrail/log_source.yml:2  integrity.keys: <project>/keys/eu-west-1.pem: it contains a private key. Only the public key is needed; keep the private key secret.', 'Allowed: an RSA public key as PEM, DER or base64, or the output of aws cloudtrail list-public-keys. Replace the file, or remove it.']],
    ['in the file of a table', { ...source(INGEST), 'log_sources/aws_cloudtrail/tables/default.yml': 'integrity: verify\n' }, ['tables/default.yml:1:1', 'integrity belongs in log_source.yml: it is the same for all tables.']],
  ],
  'upkeep': [
    ['a word', source(`${INGEST}upkeep: daily\n`), ['2:9', 'upkeep is "daily". Allowed: true, false, or a section of settings.']],
    ['a key that is misspelled', source(`${INGEST}upkeep: {keep_snapshot: 3}\n`), ['2:10', 'upkeep.keep_snapshot is an unknown key. Did you mean keep_snapshots? Allowed: compact_after_days, target_file_size, keep_snapshots_days, keep_snapshots, keep_unused_days.']],
    ['a size that is too small', source(`${INGEST}upkeep: {target_file_size: 1 KiB}\n`), ['2:28', 'upkeep.target_file_size is "1 KiB". Allowed: bytes, or a number with KiB, MiB or GiB; 1 MiB to 2 GiB.']],
    ['no days to keep', source(`${INGEST}retention: 0\n`), ['2:12', 'retention is 0. Allowed: a number of days from 1 to 36500, or a section with days.']],
    ['an order by a misspelled column', { ...source(INGEST), 'log_sources/aws_cloudtrail/tables/default.yml': 'sort_by: [source.ipp, ts]\n' }, ['tables/default.yml:1:11', 'The table default has no column "source.ipp". Did you mean source.ip?']],
    ['an order by a list', { ...source(INGEST), 'log_sources/aws_cloudtrail/tables/default.yml': 'sort_by: event.category\n' }, ['tables/default.yml:1:10', 'event.category is a list or a struct, which has no order. Allowed: columns with single values.']],
    ['in the file of a table', { ...source(INGEST), 'log_sources/aws_cloudtrail/tables/default.yml': 'upkeep: false\n' }, ['tables/default.yml:1:1', 'upkeep belongs in log_source.yml: it is the same for all tables.']],
  ],
  'YAML': [
    ['a tab', source('ingest:\n	location: ./bucket\n'), ['2:1', 'This is not valid YAML: Tabs are not allowed as indentation. Replace the tab with spaces.']],
    ['keys that are not aligned', source('ingest:\n  location: ./bucket\n key_prefix: x\n'), ['3:1', 'This is not valid YAML: All mapping items must start at the same column. All keys of a section must begin in the same column, and every bracket must be closed.']],
    ['a colon in a value', source(`${INGEST}warehouse: my: warehouse\n`), ['2:12', 'This is not valid YAML: Nested mappings are not allowed in compact mappings. A value that contains ": " must be in quotes, and all keys of a section must begin in the same column.']],
    ['a quote that is not closed', source('name: "aws_cloudtrail\ningest: {location: ./bucket}\n'), ['3:1', 'This is not valid YAML: Missing closing "quote. In this line or an earlier one, a quote is not closed, or a colon is missing after a key.']],
    ['an asterisk', source('ingest:\n  location: ./bucket\n  s3_source:\n    key_pattern: *.json.gz\n'), ['4:18', 'Without quotes, *.json.gz refers to a part of the file that is marked &.json.gz. Put the value in quotes.']],
    ['a section that is text', source('ingest: ./bucket\n'), ['1:9', 'ingest is "./bucket". Allowed: a section with location, key_prefix, s3_source.']],
    ['nothing but a list', source('- ingest\n'), ['1:1', 'The file is a list. Allowed: a section with name, managed, ingest, schema, transform, enrich, deduplicate, integrity, upkeep, retention, warehouse, catalog.']],
  ],
  'places': [
    ['a location in S3 with an unknown parameter', source('ingest:\n  location: s3://my-logs/trail?role=reader\n'), ['2:13', 'ingest.location: The location s3://my-logs/trail?role=reader has an unknown parameter, role. Did you mean access_role_arn? Allowed: region, endpoint, path_style, profile, access_role_arn, external_id, role_session_name, requester_pays, expected_bucket_owner.']],
    ['parameters of S3 that are not valid', source('ingest:\n  s3_source:\n    bucket_name: my-logs\n    endpoint: minio:9000\n    path_style: yes please\n    expected_bucket_owner: 12\n'), ['4:15', 'ingest.s3_source.endpoint is "minio:9000". Allowed: http(s)://host:port.'], ['5:17', 'ingest.s3_source.path_style is "yes please". Allowed: true or false.'], ['6:28', 'ingest.s3_source.expected_bucket_owner is 12. Allowed: 12 digits, in quotes.']],
    ['a bucket name that is a URI', source('ingest:\n  s3_source:\n    bucket_name: s3://my-logs\n'), ['3:18', 'ingest.s3_source.bucket_name is "s3://my-logs". Allowed: the name of an S3 bucket, without s3://.']],
    ['a catalog with a secret, two ways of authentication, and no address', source(`${INGEST}catalog:\n  type: rest\n  token: abc\n  sigv4: {service: glue}\n  oauth2: {scope: all}\n`), ['4:3', 'catalog.token is a secret: set TRAILMILL_CATALOG_TOKEN in the environment of workers and commands instead.']],
    ['a catalog with a secret, two ways of authentication, and no address (2)', source(`${INGEST}catalog:\n  type: rest\n  sigv4: {service: glue}\n  oauth2: {scope: all}\n`), ['2:1', 'catalog.uri is missing. Allowed: the address of the REST catalog, without /v1.'], ['4:3', 'catalog.sigv4 and catalog.oauth2 cannot be used together. Remove one of them.']],
    ['a catalog with a secret, two ways of authentication, and no address (3)', source(`${INGEST}catalog:\n  uri: https://catalog.example.com\n`), ['3:3', 'catalog.uri is only used by a REST catalog. Add type: rest, or remove it.']],
    ['no location at all', source('name: aws_cloudtrail\n'), ['1:1', 'ingest.location is missing. Allowed: a directory, a file:// URI, or s3://bucket/prefix; or ingest.s3_source with a bucket_name.']],
    ['no log source at all', {}, ['', 'No location of CloudTrail files is configured.', 'Use --location URI (s3://bucket/prefix or a directory: the parent of AWSLogs/), or run `trailmill init` and set ingest.location in log_source.yml.']],
    ['a pattern that is not valid', source('ingest:\n  location: ./bucket\n  s3_source:\n    key_pattern: "AWSLogs/(.*/CloudTrail"\n'), ['4:18', 'ingest.s3_source.key_pattern is "AWSLogs/(.*/CloudTrail". Allowed: a JavaScript regular expression (this one is not valid: Unterminated group).']],
    ['a role that is not an ARN', source('ingest:\n  location: ./bucket\n  s3_source: {bucket_name: my-logs, access_role_arn: reader}\n'), ['3:54', 'ingest.s3_source.access_role_arn is "reader". Allowed: the ARN of a role, arn:aws:iam::123456789012:role/name.']],
    ['a catalog of another type', source(`${INGEST}catalog:\n  type: glue\n`), ['3:9', 'catalog.type is "glue". Allowed: storage or rest.']],
    ['another managed source', source(`${INGEST}managed: {type: AWS_VPCFLOW}\n`), ['2:17', 'managed.type is "AWS_VPCFLOW". Allowed: AWS_CLOUDTRAIL.']],
    ['a database that does not exist', source(`${INGEST}enrich:\n  geoip:\n    city: ./GeoLite2-City.mmdb\n`), ['4:11', 'enrich.geoip.city: There is no file <project>/GeoLite2-City.mmdb. Paths are relative to the project.']],
    ['a database under the key of the other database', { ...source(`${INGEST}enrich:\n  geoip:\n    city: ./asn.mmdb\n`), 'asn.mmdb': MMDB_OF_ASN }, ['4:11', 'enrich.geoip.city: <project>/asn.mmdb is a GeoLite2-ASN database. Set it under the other key of enrich.geoip.']],
    ['a database that is still compressed', { ...source(`${INGEST}enrich:\n  geoip:\n    city: ./GeoLite2-City.tar.gz\n`), 'GeoLite2-City.tar.gz': 'x' }, ['4:11', 'enrich.geoip.city: <project>/GeoLite2-City.tar.gz is not an MMDB file. If it is an archive, unpack it and specify the .mmdb file in it.']],
  ],
  'files': [
    ['a table that CloudTrail does not have', { ...source(INGEST), 'log_sources/aws_cloudtrail/tables/insight.yml': '' }, ['tables/insight.yml', 'is not a CloudTrail table. Did you mean insights.yml? Allowed: default.yml, insights.yml, digest.yml.']],
    ['a name that differs from the file name', { ...source(INGEST), 'log_sources/aws_cloudtrail/tables/digest.yml': 'name: insights\n' }, ['tables/digest.yml:1:7', 'name is "insights". Allowed: digest, the name of the file. The table insights has its own file, tables/insights.yml.']],
    ['log_source.yml under another name', { 'log_sources/aws_cloudtrail/log_source.yaml': INGEST }, ['log_source.yaml', 'must be named log_source.yml. Rename it.']],
    ['log_source.yml one directory too high', { 'log_sources/log_source.yml': INGEST }, ['', 'log_sources/log_source.yml is one directory too high.', 'Move it to log_sources/aws_cloudtrail/log_source.yml.']],
    ['no log_source.yml beside the tables', { 'log_sources/aws_cloudtrail/tables/default.yml': '' }, ['log_source.yml', 'is missing. Run `trailmill init` in an empty directory to create one to copy.']],
    ['two log sources', { 'log_sources/prod/log_source.yml': INGEST, 'log_sources/test/log_source.yml': INGEST }, ['', 'The project <project> has 2 log sources, log_sources/prod and log_sources/test; this version supports one per project.', 'Create a separate project for each: a directory with log_sources/NAME/ in it, selected with --project. They may share a warehouse.']],
  ],
  'types of columns': [
    ['one that is misspelled', fields('- {name: team, type: strng}'), ['4:26', 'The type of the column team is "strng". Did you mean string? Allowed: string, boolean, int, long, float, double, timestamp, date, {type: list, element: string}, {type: struct, fields: [{name: id, type: string}]}.']],
    ['one of another system', fields('- {name: team, type: "array<string>"}'), ['4:26', 'The type of the column team is "array<string>". Did you mean {type: list, element: string}? Allowed: string, boolean, int, long, float, double, timestamp, date, {type: list, element: string}, {type: struct, fields: [{name: id, type: string}]}.']],
    ['a list without an element type', fields('- name: team', '  type: list', '  element: string'), ['5:13', 'The type of the column team is "list". Did you mean {type: list, element: string}? Allowed: string, boolean, int, long, float, double, timestamp, date, {type: list, element: string}, {type: struct, fields: [{name: id, type: string}]}.'], ['6:7', 'element belongs to the type: write type: {type: list, element: …}.']],
    ['a map', fields('- {name: team, type: {type: map, key: string, value: string}}'), ['4:33', 'The type of the column team is "map". Did you mean string, with `convert: json`? Allowed: string, boolean, int, long, float, double, timestamp, date, {type: list, element: string}, {type: struct, fields: [{name: id, type: string}]}.']],
    ['none', fields('- name: team'), ['4:7', 'The column team has no type. Allowed: string, boolean, int, long, float, double, timestamp, date, {type: list, element: string}, {type: struct, fields: [{name: id, type: string}]}.']],
    ['a field that is only a name', fields('- team'), ['4:7', 'schema.fields[0] is not a section. Allowed: {name: bucket, type: string, from: requestParameters.bucketName}.']],
    ['a struct in a list, without its fields', fields('- {name: team, type: {type: list, element: {type: struct}}}'), ['4:39', 'The struct team (its elements) has no fields. Write {type: struct, fields: [{name: id, type: string}]}.']],
    ['a name with a space', fields('- {name: my team, type: string}'), ['4:14', 'schema.fields[0].name is "my team". Allowed: words of letters, digits and _, not beginning with a digit, separated by dots.']],
    ["Iceberg's own keys", fields('- {name: team, type: string, required: true}'), ['4:34', 'required is not supported: added columns are always optional. Remove it.']],
  ],
  'values of columns': [
    ['a default of another type', fields('- {name: team.count, type: long, default: many}'), ['4:47', 'default of the column team.count is "many". Allowed: a whole number below 2^53.']],
    ['a default that does not fit', fields('- {name: team.count, type: int, default: 3000000000}'), ['4:46', 'default of the column team.count is 3000000000. Allowed: a whole number from -2147483648 to 2147483647.']],
    ['a default that is not a time', fields('- {name: team.since, type: timestamp, default: yesterday}'), ['4:52', 'default of the column team.since is "yesterday". Allowed: a time such as 2023-07-10T12:00:00Z.']],
    ['a conversion that the type does not support', fields('- {name: team.count, type: long, from: requestParameters.count, convert: integr}'), ['4:78', 'convert of the column team.count is "integr". Did you mean integer? Allowed: integer for this type.']],
    ['a conversion without a value', fields('- {name: team, type: string, convert: json}'), ['4:34', 'convert of the column team requires from: the path of the value to convert.']],
    ['a path in the syntax of VRL', fields('- {name: team, type: string, from: .json.requestParameters.bucketName}'), ['4:40', 'from of the column team is ".json.requestParameters.bucketName". A path must begin with a key of the record: write requestParameters.bucketName.']],
    ['a path with an index in a list', fields('- {name: team, type: string, from: "resources[0].ARN"}'), ['4:40', 'from of the column team is "resources[0].ARN". A path cannot go into a list: use the list itself (as json, or with a list type) or a transform.']],
    ['a path into a list', fields('- {name: team, type: string, from: resources.ARN}'), ['4:40', 'from of the column team is resources.ARN, but resources is a list, and a path cannot go into a list. Use the column aws.cloudtrail.resources, the list itself (from: resources), or a transform.']],
    ['a path for part of a value', fields('- name: team', '  from: tlsDetails', '  type: {type: struct, fields: [{name: version, type: string, from: tlsVersion}]}'), ['6:67', 'from is not allowed here: team is read as one value, and its field version is the member version of it. Remove it, or make the field a separate column.']],
  ],
  'names of columns that are taken': [
    ['by a managed column', fields('- {name: cloud.region, type: string}'), ['4:14', 'cloud.region cannot be added: the table already has the managed column cloud.region. Choose another name.']],
    ['by a group of managed columns', fields('- {name: aws.cloudtrail, type: string}'), ['4:14', 'aws.cloudtrail cannot be added: it is a group of managed columns such as aws.cloudtrail.event_version. Choose another name, or one below it, such as aws.cloudtrail.mine.']],
    ['below a managed column', fields('- {name: event.action.verb, type: string}'), ['4:14', 'event.action.verb cannot be added: the managed column event.action is a value, so it cannot have columns below it. Choose another name.']],
    ['by an ECS field', fields('- {name: host.name, type: string, from: requestParameters.host}'), ['4:14', 'host.name is an ECS field: add it to schema.ecs_field_names (for a transform to fill), or choose another name for your own column.']],
    ['by a group of ECS fields', fields('- {name: host, type: string}'), ['4:14', 'host cannot be added: it is a group of ECS fields such as host.architecture. Choose another name, or one below it, such as host.mine.']],
    ['by a column of the same name', fields('- {name: team, type: string}', '- {name: team, type: string}'), ['5:14', 'team is defined twice, also at log_sources/aws_cloudtrail/log_source.yml:4. Keep one of them.']],
    ['by a column that differs in case', fields('- {name: team, type: string}', '- {name: Team, type: string}'), ['5:14', 'Team cannot be added: names that differ only in case are the same in SQL, and team is defined at log_sources/aws_cloudtrail/log_source.yml:4. Choose another name.']],
    ['by a column above it', fields('- {name: team, type: string}', '- {name: team.name, type: string}'), ['5:14', 'team.name cannot be added: team (log_sources/aws_cloudtrail/log_source.yml:4) is a value, so it cannot have columns below it. Choose another name.']],
    ['by a column of another type, in the other file', { ...fields('- {name: team, type: string}'), 'log_sources/aws_cloudtrail/tables/default.yml': 'schema:\n  fields:\n    - {name: team, type: int}\n' }, ['tables/default.yml:3:14', 'team is int here and string at log_sources/aws_cloudtrail/log_source.yml:4. Give both the same type, or rename one.']],
    ['as an ECS field that does not exist', source(`${INGEST}schema: {ecs_field_names: [host.nmae]}\n`), ['2:28', 'host.nmae is not an ECS field. Did you mean host.name? Add your own columns to schema.fields.']],
  ],
  'transforms': [
    ['VRL', source(`${INGEST}transform: |\n  .team.bucket = del(.json.requestParameters.bucketName)\n  if .team.bucket == "x" { abort }\n`), ['2:1', 'transform is a VRL program, which Trailmill cannot run. To copy a value of the record, add a column to schema.fields: for the line .team.bucket = del(.json.requestParameters.bucketName), write {name: team.bucket, type: string, from: requestParameters.bucketName}. For other logic, write a TypeScript function over rows and specify its file: transform: ./transform.ts (docs/configuration.md, Transforms).']],
    ['VRL in the form of earlier Matano versions', source(`${INGEST}transform:\n  vrl: |\n    .ts = now()\n`), ['2:1', 'transform is a VRL program, which Trailmill cannot run. To copy a value of the record, add a column to schema.fields: for example {name: bucket, type: string, from: requestParameters.bucketName}. For other logic, write a TypeScript function over rows and specify its file: transform: ./transform.ts (docs/configuration.md, Transforms).']],
    ['a file that does not exist', source(`${INGEST}transform: ./rows.ts\n`), ['2:12', 'There is no file <project>/rows.ts. Paths are relative to the project.']],
    ['a file that is next to log_source.yml', { ...source(`${INGEST}transform: ./rows.ts\n`), 'log_sources/aws_cloudtrail/rows.ts': '' }, ['2:12', 'There is no file <project>/rows.ts. Paths are relative to the project. It is next to this file: write ./log_sources/aws_cloudtrail/rows.ts.']],
    ['a file in another language', source(`${INGEST}transform: ./rows.py\n`), ['2:12', 'transform is "./rows.py". Allowed: the path of a .ts, .js or .mjs file, such as transform: ./transform.ts.']],
  ],
};
