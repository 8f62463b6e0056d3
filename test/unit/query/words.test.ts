/** What DuckDB is told of tables and days, and what is told of its errors. */
import { sqlError } from '../../../query/failure';
import { selectOf } from '../../../query/views';

describe('an error of DuckDB', () => {
  const relay = { withS3Uris: (text: string) => text.replaceAll('hush', '***'), failure: undefined };
  const context = { missing: [{ name: 'aws_cloudtrail', view: 'events' }], catalog: 'storage catalog at x', relay };
  const told = (text: string) => sqlError(new Error(text), context);

  it('shows only what is to be shown', () => {
    expect(told('HTTP Error: 403 for hush and hush').message).toBe(
      'DuckDB could not complete the query.\nHTTP Error: 403 for *** and ***',
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
