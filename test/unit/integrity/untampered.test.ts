/** Buckets without tampering raise no alarm. */
import type { PublicKey } from '../../../integrity/keys';
import type { Verdict } from '../../../integrity/verdict';
import type { SampleOptions } from '../../../sample/index';
import { sampleBucket } from '../../support/digest-files';
import { verifyBucket } from '../../support/verify-bucket';

/** Returns the verdicts of a sample, and the number of its objects. */
async function verify(options: Partial<SampleOptions>): Promise<{ verdicts: Verdict[]; objects: number }> {
  const size = { days: 1, accounts: 1, regions: 1, eventsPerHour: 20 };
  const { bucket, keys, manifest } = await sampleBucket({ ...size, ...options });
  const ring = keys.map(({ fingerprint, publicKey: key }): [string, PublicKey] => {
    return [fingerprint, { fingerprint, key, der: key.export({ type: 'spki', format: 'der' }) }];
  });
  return {
    verdicts: await verifyBucket(bucket, { keys: new Map(ring), bucketName: manifest.bucket }),
    objects: bucket.size,
  };
}

const codes = (verdicts: readonly Verdict[]): Set<string | undefined> => new Set(verdicts.map(({ code }) => code));
const seeds = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index);

test.each(seeds(1, 10))('every object of an ordinary bucket is valid (seed %i)', async (seed) => {
  const { verdicts, objects } = await verify({ seed, organization: seed % 3 === 0, accounts: 1 + (seed % 2) });
  expect(codes(verdicts)).toEqual(new Set([undefined]));
  expect(verdicts).toHaveLength(objects);
});

test.each(seeds(11, 10))('and with overlapping, stopped and backfilled trails (seed %i)', async (seed) => {
  const { verdicts, objects } = await verify({ seed, trailChanges: true, organization: seed % 3 === 0 });
  const restarts = verdicts.filter(({ kind }) => kind === 'chain');
  expect(codes(restarts)).toEqual(new Set(['trail_restarted']));
  const others = verdicts.filter(({ kind }) => kind !== 'chain');
  expect(codes(others)).toEqual(new Set([undefined]));
  expect(others).toHaveLength(objects);
});
