/** What DuckDB is told of tables, days and credentials, and what is told of its errors. */
import { sqlError } from '../../query/failure';
import { createSecret, scopesOf } from '../../query/s3-secret';
import { selectOf } from '../../query/views';
import type { S3Access } from '../../storage/s3/access';

const credentials = { accessKeyId: 'AKIA', secretAccessKey: "it's secret" };
const AWS: S3Access = { region: 'eu-west-1', pathStyle: false, requesterPays: false, credentials };

describe('the secret of a table', () => {
  it('is that of its store', () => {
    expect(createSecret('t', 'logs', ['s3://logs/wh/t/'], AWS)).toBe(
      `CREATE OR REPLACE TEMPORARY SECRET "t" (TYPE s3, KEY_ID 'AKIA', SECRET 'it''s secret', REGION 'eu-west-1', URL_STYLE 'vhost', USE_SSL true, SCOPE ['s3://logs/wh/t/'])`,
    );
  });

  it('knows servers that are not AWS, session tokens and who pays', () => {
    const access = {
      ...AWS,
      endpoint: 'http://127.0.0.1:7070',
      pathStyle: true,
      requesterPays: true,
      credentials: { ...credentials, sessionToken: 'tok' },
    };
    expect(createSecret('t', 'logs', ['s3://logs/'], access)).toMatch(
      /SESSION_TOKEN 'tok'.*ENDPOINT '127\.0\.0\.1:7070', URL_STYLE 'path', USE_SSL false, REQUESTER_PAYS true/,
    );
  });

  it('knows that China has a domain of its own, and that no certificate fits a bucket with dots', () => {
    const secret = createSecret('t', 'my.logs', ['s3://my.logs/'], { ...AWS, region: 'cn-north-1' });
    expect(secret).toMatch(/ENDPOINT 's3\.cn-north-1\.amazonaws\.com\.cn', URL_STYLE 'path', USE_SSL true/);
  });

  it('is for the files of the table, and not for a table whose name begins like it', () => {
    expect(scopesOf('s3a://b/wh/events', ['s3://b/wh/events/data/1'])).toEqual(['s3://b/wh/events/']);
    expect(scopesOf('s3://b/wh/events/', ['s3://c/1', 's3://c/2', 's3://b/wh/events_files/1'])).toEqual([
      's3://b/wh/events/',
      's3://c/',
      's3://b/',
    ]);
  });
});

describe('an error of DuckDB', () => {
  const context = { missing: ['aws_cloudtrail'], catalog: 'storage catalog at x', secrets: ['hush'] };
  const told = (text: string) => sqlError(new Error(text), context);

  it('never shows a secret', () => {
    expect(told('HTTP Error: 403 for hush and hush').message).toBe(
      'DuckDB cannot finish the query.\nHTTP Error: 403 for *** and ***',
    );
  });

  it.each([
    ['Parser Error: syntax error', 'UserMistake'],
    ['Conversion Error: no number', 'UserMistake'],
    ['IO Error: no such file', 'StorageUnavailable'],
    ['Error: HTTP Error: HTTP 403 Forbidden', 'StorageUnavailable'],
    ['Out of Memory Error: failed to allocate', 'StorageUnavailable'],
    ['INTERRUPT Error: Interrupted!', 'Interrupted'],
  ])('%s is a %s', (text, name) => {
    expect(told(text).name).toBe(name);
  });
});

describe('a view', () => {
  const schema = {
    type: 'struct' as const,
    'schema-id': 0,
    fields: [{ id: 1, name: 'ts', required: true, type: 'timestamptz' as const }],
  };
  const fileOf = (day: number) => ({ file: { path: `s3://b/${day}`, day }, sequenceNumber: 1n, deletes: [] });
  const days = (count: number) => Array.from({ length: count }, (_, day) => fileOf(day));

  it('has a branch for each day, but not more than 400', () => {
    const branches = (count: number) =>
      selectOf({ schema, dayColumn: 'ts', files: days(count) }).split('UNION ALL').length;
    expect([1, 366, 400, 401, 3000].map(branches)).toEqual([1, 366, 400, 201, 375]);
  });

  it('does not say when the rows of a file without a day are of, nor of days of another column', () => {
    expect(selectOf({ schema, dayColumn: 'ts', files: [fileOf(Number.NaN)] })).not.toMatch(/WHERE/);
    expect(selectOf({ schema, files: days(2) })).not.toMatch(/WHERE/);
    expect(selectOf({ schema, dayColumn: 'ts', files: days(1) })).toMatch(
      /WHERE "ts" >= to_timestamp\(0\) AND "ts" < to_timestamp\(86400\)/,
    );
  });
});
