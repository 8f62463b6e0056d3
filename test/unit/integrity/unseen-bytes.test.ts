/** What a validator of digests does not see in an object is flagged in the ledger, and fails verification. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { parseKeys } from '../../../integrity/keys';
import { type Bucket, isDigestKey, sampleBucket } from '../../support/digest-files';
import { verifyBucket } from '../../support/verify-bucket';

const BUCKET = 'trailmill-sample';

let bucket: Bucket;
let keys: Parameters<typeof verifyBucket>[1]['keys'];
let [log, digest] = ['', ''];

beforeAll(async () => {
  const sample = await sampleBucket({ days: 1, accounts: 1, regions: 1, eventsPerHour: 20, bucket: BUCKET });
  bucket = sample.bucket;
  const pem = sample.keys.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' })).join('\n');
  keys = new Map(parseKeys(Buffer.from(pem), 'sample').map((key) => [key.fingerprint, key]));
  const all = [...bucket.keys()];
  log = all.filter((key) => key.includes('/CloudTrail/'))[30];
  digest = all.filter(isDigestKey)[12];
});

/** The same content, with a comment in the header. */
function withComment(body: Buffer): Buffer {
  const commented = Buffer.from(body);
  commented[3] |= 16;
  return Buffer.concat([commented.subarray(0, 10), Buffer.from('hidden\0'), commented.subarray(10)]);
}

/** The same content in two members. */
function inTwo(body: Buffer): Buffer {
  const text = gunzipSync(body);
  return Buffer.concat([gzipSync(text.subarray(0, 10)), gzipSync(text.subarray(10))]);
}

/** The content, and more in a second member. */
const withMore = (body: Buffer): Buffer => Buffer.concat([body, gzipSync('{"Records":[]}')]);

it.each([
  ['a comment in the gzip header', withComment, 'hidden_bytes', 'It has 6 bytes in the gzip header.'],
  ['the same content in two members', inTwo, 'trailing_members', 'It has 2 gzip members.'],
  ['a second member', withMore, 'trailing_members', 'It has 2 gzip members.'],
])('%s fails for the log file that has it, and for nothing else', async (_what, change, code, message) => {
  const changed = new Map(bucket).set(log, { body: change(bucket.get(log)?.body ?? Buffer.alloc(0)) });
  const verdicts = await verifyBucket(changed, { keys, bucketName: BUCKET });
  expect(verdicts.filter((verdict) => verdict.code !== undefined)).toMatchObject([{ key: log, code, message }]);
});

it('also fails for a digest, whose log files remain proven', async () => {
  const { body = Buffer.alloc(0), metadata } = bucket.get(digest) ?? {};
  const changed = new Map(bucket).set(digest, { body: withComment(body), metadata });
  const verdicts = await verifyBucket(changed, { keys, bucketName: BUCKET });
  expect(verdicts.filter(({ code }) => code !== undefined)).toMatchObject([{ key: digest, code: 'hidden_bytes' }]);
});
