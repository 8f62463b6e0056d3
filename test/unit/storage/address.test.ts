/** Addresses of stores: the accepted spellings, and their canonical form. */
import * as fc from 'fast-check';
import {
  formatAddress,
  keyAddress,
  normalizeAddress,
  PARAMETERS,
  parseAddress,
  withoutOptions,
} from '../../../storage/address.js';

test.each([
  ['bucket', 'file:///project/bucket'],
  ['./my logs', 'file:///project/my%20logs'],
  ['file:///srv/logs/', 'file:///srv/logs'],
  ['s3://logs', 's3://logs'],
  ['s3://logs/', 's3://logs'],
  ['s3a://logs/a/b/', 's3://logs/a/b'],
  ['s3n://logs//a', 's3://logs/a'],
  ['S3://logs', 's3://logs'],
  ['s3://logs?path_style=true&region=eu-west-1', 's3://logs?region=eu-west-1&path_style=true'],
  ['s3://logs/a?endpoint=http://127.0.0.1:7070/', 's3://logs/a?endpoint=http://127.0.0.1:7070'],
])('%s is %s', (written, normal) => {
  expect(normalizeAddress(written, '/project')).toBe(normal);
  expect(normalizeAddress(normal, '/elsewhere')).toBe(normal);
});

test('all parameters survive', () => {
  const options = {
    region: 'us-gov-west-1',
    endpoint: 'https://s3.example.com',
    pathStyle: false,
    profile: 'audit',
    roleArn: 'arn:aws-cn:iam::123456789012:role/path/reader',
    externalId: 'a+b=c/d',
    roleSessionName: 'trailmill@night',
    requesterPays: true,
    expectedBucketOwner: '000123456789',
  };
  expect(Object.keys(options).sort()).toEqual(PARAMETERS.map(({ option }) => option).sort());
  const address = { scheme: 's3' as const, bucket: 'my-logs', prefix: 'a/b', options };
  expect(parseAddress(formatAddress(address))).toEqual(address);
});

test.each([
  ['s3://', 'has no valid bucket name'],
  ['s3://UPPER', 'has no valid bucket name'],
  ['s3://a', 'has no valid bucket name'],
  ['s3://logs/a//b', 'empty segment'],
  ['s3://logs?regoin=eu-west-1', 'unknown parameter, regoin'],
  ['s3://logs?path_style=yes', 'path_style=yes'],
  ['s3://logs?expected_bucket_owner=12', 'expected_bucket_owner=12'],
  ['s3://logs?endpoint=minio:9000', 'endpoint=minio:9000'],
  ['gs://logs', 'unknown scheme'],
  ['', 'empty'],
])('%j is refused', (written, message) => {
  expect(() => parseAddress(written)).toThrow(message);
});

test('the cure for a mistyped parameter names the intended one', () => {
  expect(() => parseAddress('s3://logs?regoin=x')).toThrow(
    expect.objectContaining({ cure: expect.stringContaining('Did you mean region?') }),
  );
});

test('a key of a store keeps the connection options', () => {
  expect(keyAddress('s3://lake/t?region=eu-west-1', '_trailmill/x.json')).toBe(
    's3://lake/t/_trailmill/x.json?region=eu-west-1',
  );
  expect(keyAddress('file:///srv/lake', 'x')).toBe('file:///srv/lake/x');
  // A question mark in a directory's name is encoded, so it does not begin a query.
  expect(withoutOptions(normalizeAddress('what?', '/srv'))).toBe('file:///srv/what%3F');
  expect(withoutOptions('memory://what?x')).toBe('memory://what?x');
});

test('an address is its own normal form, whatever the prefix', () => {
  const segment = fc.stringMatching(/^[A-Za-z0-9 _+=%#&.-]{1,12}$/);
  void fc.assert(
    fc.property(fc.array(segment, { maxLength: 4 }), (segments) => {
      const address = { scheme: 's3' as const, bucket: 'logs', prefix: segments.join('/'), options: { region: 'x' } };
      expect(parseAddress(formatAddress(address))).toEqual(address);
    }),
  );
});
