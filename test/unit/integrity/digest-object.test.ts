/** A digest is read from its object as from the digest table, and what is not one is refused. */
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { digestOfObject } from '../../../integrity/digest-object';
import { isSignedBy } from '../../../integrity/signature';
import { type Bucket, digestOf, isDigestKey, type SigningKey, sampleBucket } from '../../support/digest-files';
import { ingestBucket } from '../../support/verify-bucket';

let digests: Bucket;
let keys: SigningKey[];

beforeAll(async () => {
  const sample = await sampleBucket({ days: 1, accounts: 1, regions: 1, eventsPerHour: 30, trailChanges: true });
  digests = new Map([...sample.bucket].filter(([key]) => isDigestKey(key)));
  keys = sample.keys;
});

const read = (key: string, text: Buffer, metadata: Record<string, string> = {}) =>
  digestOfObject({ key, uri: `s3://trailmill-sample/${key}`, bytes: text, metadata });

it('equals its row in the digest table, and the result of an independent reader', async () => {
  const { digests: ofTable } = await ingestBucket(digests, 's3://trailmill-sample');
  expect(ofTable.length).toBe(digests.size);
  for (const expected of ofTable) {
    const object = digests.get(expected.key) ?? { body: Buffer.alloc(0) };
    const found = read(expected.key, gunzipSync(object.body), object.metadata);
    expect(found).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(found).toMatchObject(digestOf(expected.key, object));
  }
});

it('with any other byte is refused, or has another hash, so that its signature is not valid', () => {
  const [[key, { body, metadata = {} }]] = digests;
  const text = gunzipSync(body);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Buffer.from(text);
      changed[at] ^= by;
      let digest: ReturnType<typeof read>;
      try {
        digest = read(key, changed, metadata);
      } catch (error) {
        expect((error as Error).message).toMatch(/^it is not (?:valid JSON|a digest): ./);
        return;
      }
      for (const { publicKey } of keys) expect(isSignedBy(digest, String(digest.signature), publicKey)).toBe(false);
    }),
  );
});

it.each([
  ['text', 'hello', 'it is not valid JSON: '],
  ['a log file', '{"Records":[]}', 'it is not a digest: digestStartTime: '],
  ['a list', '[]', 'it is not a digest: '],
  ['a number', '7', 'it is not a digest: '],
])('that is %s is refused', (_what, text, message) => {
  expect(() => read('AWSLogs/x', Buffer.from(text))).toThrow(message);
  expect(() => read('AWSLogs/x', gzipSync(text))).toThrow('it is not valid JSON: ');
});

it.each([
  ['a time that does not exist', { digestEndTime: '2024-02-28T99:00:00Z' }, 'digestEndTime: not a time'],
  [
    'a hash of another length',
    { logFiles: [{ s3Bucket: 'b', s3Object: 'k', hashValue: 'ab', hashAlgorithm: 'SHA-256' }] },
    'logFiles.0.hashValue: not a SHA-256',
  ],
  [
    'another hash algorithm',
    { logFiles: [{ s3Bucket: 'b', s3Object: 'k', hashValue: 'a'.repeat(64), hashAlgorithm: 'MD5' }] },
    'logFiles.0.hashAlgorithm: ',
  ],
])('with %s is refused', (_what, change, message) => {
  const [[key, { body }]] = digests;
  const content = { ...JSON.parse(gunzipSync(body).toString()), ...change };
  expect(() => read(key, Buffer.from(JSON.stringify(content)))).toThrow(`it is not a digest: ${message}`);
});
