/** Each kind of tampering with a bucket or the ledger is found and named, and nothing else is reported. */
import type { PublicKey } from '../../../integrity/keys';
import type { Verdict } from '../../../integrity/verdict';
import { Random } from '../../../sample/random';
import { sampleBucket } from '../../support/digest-files';
import { editsOf, mistakesOf, TAMPERINGS, type Tampering, type Target } from '../../support/tampering';
import { verifyBucket } from '../../support/verify-bucket';

/** Each kind is tried this often, at different places: 50 take a few minutes. */
const SEEDS = Number(process.env.TRAILMILL_TAMPERING_SEEDS ?? 2);

let untampered: Target;
let before: Verdict[];

function verdictsOf({ bucket, bucketName, keys }: Target, tampering?: Tampering): Promise<Verdict[]> {
  const ring = keys.map(({ fingerprint, publicKey: key }): [string, PublicKey] => {
    return [fingerprint, { fingerprint, key, der: key.export({ type: 'spki', format: 'der' }) }];
  });
  const ledgerEdits = tampering && editsOf(tampering);
  return verifyBucket(bucket, { bucketName, keys: new Map(ring), ledgerEdits });
}

beforeAll(async () => {
  const sample = await sampleBucket({ days: 1, accounts: 2, eventsPerHour: 40, seed: 3, trailChanges: true });
  untampered = { bucket: sample.bucket, keys: sample.keys, bucketName: sample.manifest.bucket };
  before = await verdictsOf(untampered);
});

describe.each(Object.keys(TAMPERINGS))('%s', (kind) => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))('is found (seed %i)', async (seed) => {
    const target = { ...untampered, bucket: new Map(untampered.bucket) };
    const tampering = TAMPERINGS[kind](target, new Random(String(seed), kind));
    const after = await verdictsOf(target, tampering);
    expect(mistakesOf(tampering, before, after)).toEqual([]);
    // Verdicts that do not report it would fail.
    expect(mistakesOf(tampering, before, before)).toHaveLength(tampering.expected.length);
  });
});
