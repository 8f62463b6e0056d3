/** What was done to the bucket after it was ingested is found by reading it again, and only then. */
import { Random } from '../../../sample/random';
import { copyOf } from '../../support/crashes';
import type { Bucket } from '../../support/digest-files';
import { LATER_TAMPERINGS } from '../../support/tampering';
import { BUCKET, ingestedRun, type Run, SAMPLE_DAY, verify } from '../../support/verified-run';

let ingested: Run;

beforeAll(async () => {
  ingested = await ingestedRun({ eventsPerHour: 10 });
});

async function bucketOf(run: Run): Promise<Bucket> {
  const bucket: Bucket = new Map();
  for await (const { objects } of run.bucket.list(`AWSLogs/`))
    for (const { key } of objects) {
      if (!key.includes(`/${SAMPLE_DAY.replaceAll('-', '/')}/`)) continue;
      const { body, metadata } = await run.bucket.get(key);
      bucket.set(key, { body, metadata });
    }
  return bucket;
}

describe.each(Object.keys(LATER_TAMPERINGS))('%s', (kind) => {
  it.each([0, 1, 2, 3])('is found (seed %i)', async (seed) => {
    const run = await copyOf(ingested);
    const before = await bucketOf(run);
    const bucket = new Map(before);
    const { expected } = LATER_TAMPERINGS[kind](
      { bucket, bucketName: BUCKET, keys: [] },
      new Random(String(seed), kind),
    );
    for (const [key, object] of before) {
      const now = bucket.get(key);
      if (now === undefined) await run.bucket.delete(key);
      else if (now !== object) await run.bucket.put(key, now.body, { metadata: now.metadata });
    }
    expect((await verify(run, { name: 'ledger' })).failures.count).toBe(0);
    const { failures } = await verify(run, { name: 'bucket', recheck: 100 });
    expect(failures.first.map(({ key, code }) => ({ key, code }))).toEqual(
      expected.map(({ key, code }) => ({ key, code })),
    );
  });
});
