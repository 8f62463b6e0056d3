/** Whatever is done to a bucket: with `integrity: required`, exactly those log files are ingested that verification calls valid. */
import { Random } from '../../../sample/random';
import { isDigestKey, sampleBucket } from '../../support/digest-files';
import { daysOf, deliver, ingestAll, ledgerOf, requiredRun, ringOf } from '../../support/required';
import { rowsOf } from '../../support/runs';
import { TAMPERINGS, type Target } from '../../support/tampering';
import { LEDGER_TAMPERINGS } from '../../support/tampering-log-files';
import { verifyBucket } from '../../support/verify-bucket';

/** Each kind is tried this often, at different places. */
const SEEDS = Number(process.env.TRAILMILL_TAMPERING_SEEDS ?? 1);
const LATER = Date.parse('2024-06-01T00:00:00Z');

let untampered: Target;

beforeAll(async () => {
  const sample = await sampleBucket({ days: 1, accounts: 2, eventsPerHour: 14, seed: 3, trailChanges: true });
  untampered = { bucket: sample.bucket, keys: sample.keys, bucketName: sample.manifest.bucket };
});

/**
 * Those with the ledger come after the ingestion: there is nothing to find before it. Kinds that are tried at several places
 * of a chain are only tried at the first one, unless more seeds are requested: each takes as long as several ingestions.
 */
const KINDS = Object.keys(TAMPERINGS)
  .filter((kind) => !Object.hasOwn(LEDGER_TAMPERINGS, kind))
  .filter((kind) => SEEDS > 1 || !/\((?:middle|last)\)$/.test(kind));

describe.each(KINDS)('%s', (kind) => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))('(seed %i)', async (seed) => {
    const target = { ...untampered, bucket: new Map(untampered.bucket) };
    TAMPERINGS[kind](target, new Random(String(seed), kind));
    const keys = ringOf(target.keys);
    const verdicts = await verifyBucket(target.bucket, { bucketName: target.bucketName, keys });
    const valid = verdicts.filter(({ kind: what, code }) => what === 'log file' && code === undefined);
    const run = await requiredRun(keys, { bucket: target.bucketName });
    await deliver(run, target.bucket);
    await ingestAll(run, daysOf(target.bucket), LATER);
    const ledger = [...(await ledgerOf(run))].filter(([key]) => !isDigestKey(key));
    const ingested = ledger.filter(([, state]) => state === 'ingested').map(([key]) => key);
    expect(ingested.sort()).toEqual(valid.map(({ key }) => key).sort());
    const paths = new Set<string>();
    for (const role of ['default', 'insights'] as const)
      for (const { log } of await rowsOf(run, role)) paths.add((log as { file: { path: string } }).file.path);
    expect([...paths].filter((path) => !ingested.some((key) => path.endsWith(`/${key}`)))).toEqual([]);
  });
});
