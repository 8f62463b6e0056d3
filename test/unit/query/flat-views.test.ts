/** The flat views: their columns, what a query of them reads, and names that are called something else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MANAGED_COLUMNS } from '../../../cloudtrail/table-columns';
import { allTables } from '../../../cloudtrail/tables';
import { schemaOf } from '../../../iceberg/schema';
import { createFlatView } from '../../../query/flat/create';
import { FLAT_VIEWS } from '../../../query/flat/views';
import { type OpenTables, openTables } from '../../../query/open-tables';
import { diskRun, ingestRecords } from '../../support/query-warehouse';
import { ingestWholeDay, records, trailFile, trailKey } from '../../support/runs';
import { verify } from '../../support/verified-run';

const DAYS = ['2024-03-05', '2024-03-06', '2024-03-07', '2024-03-08'];

let directory: string;
let run: ReturnType<typeof diskRun>;
const open = (sql?: string) => openTables(run.catalog, 'trailmill', { sql });

/** Rows, and how many data files the views have for the SQL. */
async function ask(sql: string): Promise<{ rows: unknown[]; files: number }> {
  const tables = await open(sql);
  try {
    const rows = await tables.query(sql);
    return { rows, files: tables.files.length };
  } finally {
    tables.close();
  }
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trailmill-flat-'));
  run = diskRun(directory);
  await ingestRecords(
    run,
    DAYS.map((day, index) => ({
      eventVersion: '1.08',
      eventTime: `${day}T12:00:00Z`,
      eventID: `event-${index}`,
      requestID: `request-${index}`,
      eventName: `Action${index}`,
      eventSource: 's3.amazonaws.com',
      eventType: 'AwsApiCall',
      eventCategory: 'Data',
      readOnly: true,
      awsRegion: 'eu-west-1',
      sourceIPAddress: '192.0.2.7',
      userAgent: 'aws-cli/2.15.0',
      errorCode: 'AccessDenied',
      errorMessage: 'no',
      recipientAccountId: '111122223333',
      sharedEventID: 'shared',
      vpcEndpointId: 'vpce-1',
      requestParameters: { bucketName: `bucket-${index}`, list: [1, 2] },
      responseElements: { x: null },
      additionalEventData: { bytesTransferredOut: 5 },
      resources: [{ ARN: 'arn:aws:s3:::b', type: 'AWS::S3::Bucket' }, { type: 'AWS::S3::Object' }],
      userIdentity: {
        type: 'AssumedRole',
        principalId: 'AROAEXAMPLE:alice',
        arn: 'arn:aws:sts::444455556666:assumed-role/Admin/alice',
        accountId: '444455556666',
        accessKeyId: 'ASIAEXAMPLE',
        sessionContext: {
          attributes: { mfaAuthenticated: 'true', creationDate: `${day}T11:00:00Z` },
          sessionIssuer: {
            type: 'Role',
            principalId: 'AROAEXAMPLE',
            arn: 'arn:aws:iam::444455556666:role/Admin',
            accountId: '444455556666',
            userName: 'Admin',
          },
          sourceIdentity: 'alice@example.com',
        },
      },
    })),
  );
  const insight = {
    eventCategory: 'Insight',
    eventName: undefined,
    insightDetails: { state: 'Start', eventName: 'RunInstances' },
  };
  await run.bucket.put(
    trailKey('i', { kind: 'CloudTrail-Insight' }),
    trailFile(records(1, `${DAYS[0]}T16:00:00Z`, insight)),
  );
  await run.bucket.put(trailKey('bad'), trailFile([7]));
  await ingestWholeDay(run);
  await verify(run, { day: DAYS[0] });
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the view events', () => {
  it('has the fields of an event under short names', async () => {
    const { rows } = await ask("SELECT * EXCLUDE (file) FROM events WHERE event_name = 'Action1'");
    expect(rows).toEqual([
      {
        event_time: '2024-03-06 12:00:00+00',
        event_name: 'Action1',
        event_source: 's3.amazonaws.com',
        principal: 'Admin',
        principal_type: 'AssumedRole',
        session: 'alice',
        source_ip: '192.0.2.7',
        error_code: 'AccessDenied',
        account: '111122223333',
        region: 'eu-west-1',
        outcome: 'failure',
        error_message: 'no',
        user_agent: 'aws-cli/2.15.0',
        access_key: 'ASIAEXAMPLE',
        mfa: true,
        principal_arn: 'arn:aws:iam::444455556666:role/Admin',
        arn: 'arn:aws:sts::444455556666:assumed-role/Admin/alice',
        principal_account: '444455556666',
        principal_id: 'AROAEXAMPLE:alice',
        invoked_by: null,
        source_identity: 'alice@example.com',
        read_only: true,
        event_type: 'AwsApiCall',
        event_category: 'Data',
        resources: ['arn:aws:s3:::b'],
        request_parameters: '{"bucketName":"bucket-1","list":[1,2]}',
        response_elements: '{"x":null}',
        additional_event_data: '{"bytesTransferredOut":5}',
        service_event_details: null,
        vpc_endpoint_id: 'vpce-1',
        event_id: 'event-1',
        request_id: 'request-1',
        shared_event_id: 'shared',
      },
    ]);
  });

  it('has JSON columns of the type JSON, whose members are reached with a dot', async () => {
    const { rows } = await ask(
      "SELECT typeof(request_parameters) AS type, request_parameters.bucketName AS name, request_parameters.list[0] AS first FROM events WHERE event_id = 'event-0'",
    );
    expect(rows).toEqual([{ type: 'JSON', name: '"bucket-0"', first: '1' }]);
  });

  it.each([
    ["event_time >= '2024-03-07' AND event_time < '2024-03-08'", 1, 1],
    ["event_time >= TIMESTAMPTZ '2024-03-07 00:00:00+00'", 2, 2],
    ["event_name = 'Action3'", 1, 1],
    ["event_name LIKE 'Action3%'", 1, 1],
    ["event_id IN ('event-0', 'event-3')", 2, 2],
    // Of two columns: the first that is not null.
    ["principal = 'nobody'", 0, 0],
    ["'nobody' = principal", 0, 0],
    ["principal IN ('nobody', 'none')", 0, 0],
    ["principal BETWEEN 'x' AND 'y'", 0, 0],
    ["starts_with(principal, 'nob')", 0, 0],
    ["principal = 'Admin' AND event_time < '2024-03-06'", 1, 1],
    ["principal_arn = 'arn:aws:iam::444455556666:role/Other'", 0, 0],
    ['principal IS NULL', 0, 4],
    ["account = '111122223333'", 4, 4],
    ["account = '999999999999'", 0, 0],
    ['TRUE', 4, 4],
  ])('reads only the files that can have rows: WHERE %s', async (where, count, files) => {
    const asked = await ask(`SELECT count(*)::INT AS n FROM events WHERE ${where}`);
    expect(asked).toEqual({ rows: [{ n: count }], files });
  });

  it('reads only files of the days that a join and a subquery are about', async () => {
    const day = (index: number) => `event_time >= '${DAYS[index]}' AND event_time < '${DAYS[index + 1]}'`;
    const { files } = await ask(
      `WITH a AS (SELECT * FROM events WHERE ${day(0)}) SELECT a.event_id FROM a JOIN events b USING (principal) WHERE b.${day(1).replaceAll('AND ', 'AND b.')}`,
    );
    expect(files).toBe(2);
  });

  it('reads nothing of a table that the SQL only seems to name', async () => {
    const { rows, files } = await ask('SELECT count(*)::INT AS events FROM aws_cloudtrail_digest');
    expect([rows, files]).toEqual([[{ events: 0 }], 0]);
  });
});

describe('the other views', () => {
  it.each([
    ['insights', 'state, event_name, event_time', { state: 'Start', event_name: 'RunInstances' }],
    ['files', "* EXCLUDE (size) FROM files WHERE status = 'ingested' LIMIT 1 --", { status: 'ingested', records: '1' }],
    ['rejects', 'reason, record_index', { record_index: 0 }],
    ['integrity', 'status, subject', { subject: 'log file', status: 'unproven' }],
  ])('%s', async (view, columns, expected) => {
    const { rows } = await ask(`SELECT ${columns} FROM ${view} LIMIT 1`);
    expect(rows).toEqual([expect.objectContaining(expected)]);
  });

  it('digests, without rows', async () => {
    expect((await ask('SELECT key, log_files FROM digests')).rows).toEqual([]);
  });

  it('call the time of delivery by its name', async () => {
    const { rows } = await ask('SELECT max(delivered_at) AS last FROM files');
    expect(rows).toEqual([{ last: '2024-03-08 12:10:00+00' }]);
  });
});

describe('a table of an earlier version', () => {
  it('has null in columns that it lacks', async () => {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const old = MANAGED_COLUMNS.default.filter(({ name }) => ['ts', 'event.action', 'user.name'].includes(name));
    await connection.run(
      `CREATE TABLE old AS SELECT now() AS ts, {'action': 'ListBuckets'} AS event, {'name': 'alice'} AS user`,
    );
    await connection.run(createFlatView('default', 'old', schemaOf(old)));
    const reader = await connection.runAndReadAll(
      'SELECT event_name, principal, mfa, resources, access_key FROM events',
    );
    expect(reader.getRowsJson()).toEqual([['ListBuckets', 'alice', null, null, null]]);
    connection.closeSync();
  });
});

describe('a log source whose tables have the name of a view', () => {
  it('keeps its table', async () => {
    const source = 'events';
    const named = diskRun(join(directory, 'named'));
    named.config = { ...named.config, source, tables: allTables(source) };
    await ingestRecords(named, [{ eventTime: `${DAYS[0]}T12:00:00Z`, eventID: 'one', eventName: 'ListBuckets' }]);
    const tables = await openTables(named.catalog, 'trailmill', { source });
    expect(await tables.query('SELECT event.action FROM events')).toEqual([{ action: 'ListBuckets' }]);
    expect(await tables.query('SELECT count(*)::INT AS n FROM files')).toEqual([{ n: 1 }]);
    tables.close();
  });
});

describe('names that mean something else', () => {
  let tables: OpenTables;
  beforeAll(async () => {
    tables = await open();
  });
  afterAll(() => tables.close());

  const cureOf = async (sql: string): Promise<string> => {
    const error = await tables.query(sql).then(
      () => ({ cure: 'no error' }),
      (thrown: { cure: string }) => thrown,
    );
    return error.cure;
  };

  it.each([
    ['SELECT eventName FROM aws_cloudtrail', 'eventName is event.action (in the view events: event_name)'],
    ['SELECT eventname FROM events', 'eventName is event.action (in the view events: event_name)'],
    ['SELECT e.eventName FROM events AS e', 'eventName is event.action (in the view events: event_name)'],
    [
      'SELECT userIdentity.arn FROM events',
      'userIdentity.arn is aws.cloudtrail.user_identity.arn (in the view events: arn)',
    ],
    [
      "SELECT 1 FROM events WHERE sourceIPAddress = '192.0.2.7'",
      'sourceIPAddress is source.address (in the view events: source_ip)',
    ],
    [
      'SELECT userIdentity.sessionContext.sessionIssuer.userName FROM aws_cloudtrail',
      'userIdentity.sessionContext.sessionIssuer.userName is aws.cloudtrail.user_identity.session_context.session_issuer.user_name',
    ],
    [
      'SELECT requestParameters.bucketName FROM events',
      "requestParameters.bucketName is aws.cloudtrail.request_parameters ->> '$.bucketName' (in the view events: request_parameters ->> '$.bucketName')",
    ],
    ['SELECT userIdentity FROM events', 'userIdentity is several columns: aws.cloudtrail.user_identity.type, '],
    ['SELECT event.eventName FROM aws_cloudtrail', 'eventName is event.action'],
    ['SELECT "eventName" FROM events', 'eventName is event.action'],
    ['SELECT ts FROM events', 'ts is event_time in the view events'],
    ["SELECT count(*) FROM events WHERE event.action = 'x'", 'event.action is event_name in the view events'],
    [
      'SELECT event_name FROM aws_cloudtrail',
      'event_name is a column of the view events; in its table it is event.action',
    ],
    [
      'SELECT digestStartTime FROM digests',
      'digestStartTime is aws.cloudtrail.digest.start_time (in the view digests: start_time)',
    ],
    ['SELECT ts FROM files', 'ts is delivered_at in the view files'],
  ])('%s', async (sql, told) => {
    expect(await cureOf(sql)).toContain(told);
  });

  it('tells all of them at once', async () => {
    const cure = await cureOf('SELECT eventName, awsRegion FROM events GROUP BY eventSource');
    for (const told of ['eventName is event.action', 'awsRegion is cloud.region', 'eventSource is event.provider'])
      expect(cure).toContain(told);
  });

  it('says nothing of names that are nobody’s, or that are in a text', async () => {
    expect(await cureOf("SELECT event_nam FROM events WHERE event_name = 'eventName'")).not.toMatch(/ is /);
    expect(await cureOf('SELEC eventName')).not.toContain('event.action');
  });

  it('knows every field of CloudTrail that has a column', async () => {
    const failed: string[] = [];
    for (const column of MANAGED_COLUMNS.default) {
      if (column.kind !== 'direct' || column.path === 'resources') continue;
      const cure = await cureOf(`SELECT ${column.path} FROM events`);
      if (!cure.includes(`${column.path} is ${column.name}`)) failed.push(`${column.path}: ${cure}`);
    }
    expect(failed).toEqual([]);
  });
});

test('each column of a view has another name, and says what it is', () => {
  for (const { columns } of FLAT_VIEWS) {
    expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length);
    expect(columns.filter(({ doc }) => doc === '')).toEqual([]);
  }
});
