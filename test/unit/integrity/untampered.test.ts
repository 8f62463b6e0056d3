/** Buckets that nobody has tampered with raise no alarm. */
import { type KeyRing, parseKeys } from '../../../integrity/keys';
import { statusOf, type Verdict } from '../../../integrity/verdict';
import { writeSample } from '../../../sample';
import { createMemoryStore } from '../../../storage/memory';
import { type Bucket, verifyBucket } from '../../support/verify-bucket';

async function sampleBucket(seed: number, options: object): Promise<{ bucket: Bucket; keys: KeyRing }> {
  const store = createMemoryStore('sample');
  await writeSample(store, { days: 2, accounts: 1, regions: 1, eventsPerHour: 30, seed, ...options });
  const bucket: Bucket = new Map();
  let keys: KeyRing = new Map();
  for await (const { objects } of store.list('')) {
    for (const { key } of objects) {
      const { body, metadata } = await store.get(key);
      if (key.endsWith('public-keys.json')) keys = new Map(parseKeys(body, key).map((one) => [one.fingerprint, one]));
      else if (key.startsWith('AWSLogs/')) bucket.set(key, { body, metadata });
    }
  }
  return { bucket, keys };
}

function summary(verdicts: readonly Verdict[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of verdicts) {
    const name = `${one.kind} ${one.code ?? statusOf(one)}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test.each([1, 2, 3, 4, 5])('an ordinary bucket is valid (seed %i)', async (seed) => {
  const { bucket, keys } = await sampleBucket(seed, {});
  const verdicts = await verifyBucket(bucket, { keys, bucketName: 'trailmill-sample' });
  expect(Object.keys(summary(verdicts)).sort()).toEqual(['digest valid', 'log file valid']);
  expect(verdicts).toHaveLength(bucket.size);
});

test.each([1, 2, 3])(
  'a bucket with overlapping, stopped and backfilled trails has no failures (seed %i)',
  async (seed) => {
    const { bucket, keys } = await sampleBucket(seed, { trailChanges: true, organization: seed === 2 });
    const verdicts = await verifyBucket(bucket, { keys, bucketName: 'trailmill-sample' });
    console.log(summary(verdicts));
    expect(verdicts.filter((one) => statusOf(one) === 'failed')).toEqual([]);
  },
);
