/**
 * Inputs that once gave a wrong or a missing value, each through the whole pipeline: plan, batch, commit, Parquet. The
 * inputs are in test/cases/; every name and number in them is made up.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { allTables, type TableRole } from '../../../cloudtrail/tables';
import { DAY, ingestWholeDay, memoryRun, rowsOf, trailKey } from '../../support/runs';

type Row = Record<string, unknown>;

interface Case {
  /** File in test/cases/, without `.json`. */
  input: string;
  /** Folder that it is delivered to; `CloudTrail` where there is none. */
  kind?: string;
  region?: string;
  table?: TableRole;
  /** Of each row, in the order of the file: column → value. Columns that are not named may hold anything. */
  rows: Record<string, unknown>[];
}

/** For lists whose order says nothing. */
const inAnyOrder = (...values: string[]): unknown => ({
  asymmetricMatch: (found: unknown) =>
    Array.isArray(found) && JSON.stringify([...found].sort()) === JSON.stringify([...values].sort()),
  toString: () => `in any order: ${values.join(', ')}`,
});
const without = (value: string): unknown => ({
  asymmetricMatch: (found: unknown) => found == null || (Array.isArray(found) && !found.includes(value)),
  toString: () => `a list without ${value}`,
});

const CASES: Case[] = [
  {
    input: 'tls-version-without-prefix',
    rows: [{ 'tls.version': '1.3', 'tls.version_protocol': 'tls', 'tls.cipher': 'TLS_AES_128_GCM_SHA256' }],
  },
  {
    input: 'tls-placeholders',
    rows: [
      {
        'tls.version': null,
        'tls.cipher': null,
        'tls.client.server_name': null,
        'destination.domain': null,
        'related.hosts': null,
      },
    ],
  },
  {
    input: 'assumed-role-names',
    rows: [
      {
        'user.name': 'Admin',
        'aws.cloudtrail.user_identity.session_name': 'session-1',
        'related.user': inAnyOrder('Admin', 'session-1'),
      },
    ],
  },
  { input: 'failed-credential-verification', rows: [{ 'event.outcome': 'failure' }] },
  {
    input: 'failed-sign-ins',
    region: 'eu-west-1',
    rows: [{ 'event.outcome': 'failure', 'user.name': 'dora' }, { 'event.outcome': 'failure' }],
  },
  { input: 'empty-error-code', rows: [{ 'event.outcome': 'success' }] },
  { input: 'empty-account-id', rows: [{ 'cloud.account.id': '111122223333', 'user.id': null }] },
  {
    input: 'pseudo-accounts',
    region: 'eu-west-1',
    rows: [
      { 'cloud.account.id': '111122223333', 'user.id': null, 'user.name': null, 'related.user': null },
      { 'cloud.account.id': '111122223333', 'user.id': null, 'user.name': null, 'related.user': null },
      { 'event.outcome': 'success', 'error.message': null, 'user.name': 'dora' },
    ],
  },
  { input: 'empty-issuer-name', rows: [{ 'user.name': 'Alice', 'related.user': inAnyOrder('Alice') }] },
  { input: 'run-instances-addresses', rows: [{ 'related.ip': inAnyOrder('192.0.2.1', '10.0.1.10') }] },
  { input: 'host-parameter-list', rows: [{ 'related.hosts': ['s3.us-west-2.amazonaws.com'] }] },
  {
    input: 'identity-center-user',
    rows: [
      {
        'user.id': '544894e8-80c1-707f-60e3-3ba6510dfac1',
        'user.name': 'user@example.com',
        'user.email': 'user@example.com',
        'event.outcome': 'success',
      },
    ],
  },
  { input: 'xray-group', rows: [{ 'event.category': without('iam'), 'group.name': null }] },
  {
    input: 'eventbridge-events-by-line',
    region: 'eu-west-1',
    rows: [{ 'event.action': 'GetBucketAcl' }, { 'event.action': 'GetBucketAcl' }],
  },
  { input: 'eventbridge-event', region: 'eu-west-1', rows: [{ 'event.action': 'GetBucketAcl', 'user.name': 'dora' }] },
  {
    input: 'several-documents',
    region: 'eu-west-1',
    rows: [{ 'aws.cloudtrail.request_id': 'REQ0003' }, { 'aws.cloudtrail.request_id': 'REQ0004' }],
  },
  { input: 'sovereign-region', region: 'eusc-de-east-1', rows: [{ 'cloud.region': 'eusc-de-east-1' }] },
  {
    input: 'insight',
    kind: 'CloudTrail-Insight',
    table: 'insights',
    rows: [{ 'event.action': 'UpdateInstanceInformation', 'event.provider': 'ssm.amazonaws.com' }],
  },
];

/** `a.b` of nested objects; null where something on the way is null. */
function valueAt(row: Row, column: string): unknown {
  return column.split('.').reduce<unknown>((value, key) => (value as Row | null)?.[key] ?? null, row);
}

test.each(CASES)('$input', async ({ input, kind = 'CloudTrail', region, table = 'default', rows }) => {
  const run = memoryRun({}, allTables('aws_cloudtrail'));
  const text = readFileSync(join(__dirname, '../../cases', `${input}.json`));
  await run.bucket.put(trailKey('case', { kind, region, day: DAY }), gzipSync(text));
  const totals = await ingestWholeDay(run);
  expect(totals).toMatchObject({ files: 1, quarantined: 0, rejects: 0 });
  const index = (row: Row): number => Number(valueAt(row, 'aws.cloudtrail.record_index'));
  const found = (await rowsOf(run, table)).sort((a, b) => index(a) - index(b));
  expect(
    found.map((row, at) => Object.fromEntries(Object.keys(rows[at] ?? {}).map((c) => [c, valueAt(row, c)]))),
  ).toEqual(rows);
});
