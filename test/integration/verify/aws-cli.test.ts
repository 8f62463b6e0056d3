/** Compared with aws-cli's validator, over the same keys and objects: the same verdict wherever aws-cli has one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IntegrityCode } from '../../../errors/index.js';
import type { PublicKey } from '../../../integrity/keys.js';
import { statusOf, type Verdict } from '../../../integrity/verdict.js';
import { Random } from '../../../sample/random.js';
import { type AwsBucket, awsBucket, reasonsByKey } from '../../support/aws-bucket.js';
import {
  type AwsValidator,
  type AwsVerdicts,
  describeWithAwsCli,
  startAwsValidator,
} from '../../support/aws-validator.js';
import { type Bucket, sampleBucket } from '../../support/digest-files.js';
import { editsOf, LATER_TAMPERINGS, TAMPERINGS, type Tampering, type Target } from '../../support/tampering.js';
import { verifyBucket } from '../../support/verify-bucket.js';

/** An object for which the verdicts of aws-cli and Trailmill differ. */
interface Difference {
  of: Verdict['kind'];
  /** `valid`, or the text after `INVALID: `. */
  aws: string;
  /** `none`: no verdict. */
  trailmill: IntegrityCode | 'valid' | 'none';
}

type Found = Difference & { key: string };

/** All differences, with reasons. docs/verify.md also has them. Objects without a verdict by aws-cli are not differences. */
const DIFFERENCES: readonly {
  of: Difference['of'];
  aws: 'valid' | RegExp;
  trailmill: readonly Difference['trailmill'][];
  /** The kinds of tampering that it applies to; all if absent. */
  only?: RegExp;
  why: string;
}[] = [
  {
    of: 'digest',
    aws: /^public key not found/,
    trailmill: ['unknown_key'],
    why: 'A key that is not known proves neither that the digest is valid nor that it was changed.',
  },
  {
    of: 'digest',
    aws: /^signature verification failed/,
    trailmill: ['no_signature'],
    why: 'Copies on disk have no metadata. That is no sign of a change; nothing proves such a digest until the next one is there.',
  },
  {
    of: 'digest',
    aws: /^signature verification failed/,
    trailmill: ['valid'],
    why: 'The next digest repeats the signature. So a digest whose object has no metadata is proven all the same, and so are its log files.',
  },
  {
    of: 'digest',
    aws: 'valid',
    trailmill: ['metadata_changed'],
    why: 'aws-cli wants the metadata signature-algorithm, but does not read it.',
  },
  {
    of: 'digest',
    aws: 'valid',
    trailmill: ['replaced', 'unreadable'],
    only: /^appended gzip member with another digest/,
    why: 'aws-cli reads the first gzip member of a digest and nothing behind it. Behind that of a log file it does look.',
  },
  {
    of: 'log file',
    aws: 'valid',
    trailmill: ['no_digest', 'digest_not_valid', 'not_in_digest'],
    only: /^appended gzip member with another digest/,
    why: 'Such a digest is not ingested, so it names no log file.',
  },
  {
    of: 'digest',
    aws: 'valid',
    trailmill: ['ledger_differs'],
    why: 'aws-cli knows no tables: it judges the bucket only.',
  },
  {
    of: 'log file',
    aws: 'valid',
    trailmill: ['ledger_row_missing'],
    why: 'aws-cli knows no tables: it judges the bucket only.',
  },
  {
    of: 'log file',
    aws: 'valid',
    trailmill: ['modified'],
    only: /^ledger hash/,
    why: 'aws-cli knows no tables: the object is as it was delivered, but the ledger was changed.',
  },
  {
    of: 'log file',
    aws: /^(?:hash value doesn't match|unexpected data after end of compressed stream|not found)$/,
    trailmill: ['valid'],
    only: /after ingestion$/,
    why: 'What was ingested is valid; the object was changed or removed afterwards. aws-cli reads the bucket as it is now, Trailmill only with --recheck.',
  },
];

describeWithAwsCli('verification and aws-cli', () => {
  let root: string;
  let validator: AwsValidator;
  let untampered: Target;
  let aws: AwsBucket;
  const seen = new Set<string>();

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'trailmill-aws-cli-'));
    validator = await startAwsValidator();
    const sample = await sampleBucket({ days: 1, accounts: 2, eventsPerHour: 8, seed: 5, trailChanges: true });
    untampered = { bucket: sample.bucket, keys: sample.keys, bucketName: sample.manifest.bucket };
    aws = await onDisk(untampered);
  });
  afterAll(async () => {
    await validator?.close();
    await rm(root, { recursive: true, force: true });
  });

  const onDisk = async (target: Target): Promise<AwsBucket> =>
    awsBucket({
      ...target,
      validator,
      root: await mkdtemp(join(root, 'bucket-')),
      start: '2024-02-27T00:00:00Z',
      end: '2024-03-02T00:00:00Z',
    });

  function verify({ bucket, bucketName, keys }: Target, tampering?: Tampering, ingested?: Bucket): Promise<Verdict[]> {
    const ring = keys.map(({ fingerprint, publicKey: key }): [string, PublicKey] => {
      return [fingerprint, { fingerprint, key, der: key.export({ type: 'spki', format: 'der' }) }];
    });
    const ledgerEdits = tampering && editsOf(tampering);
    return verifyBucket(bucket, { bucketName, keys: new Map(ring), ledgerEdits, ingested });
  }

  it.each([
    ['an account’s trail', { seed: 1 }],
    ['an organization’s trail', { seed: 2, organization: true }],
    ['trails that overlap, stop, change keys and are backfilled', { seed: 3, trailChanges: true as const }],
  ])('agree on an untampered bucket of %s: everything is valid', async (_name, options) => {
    const { bucket, keys, manifest } = await sampleBucket({ days: 1, accounts: 2, eventsPerHour: 20, ...options });
    const target = { bucket, keys, bucketName: manifest.bucket };
    const [said, verdicts] = await Promise.all([(await onDisk(target)).verdicts(bucket), verify(target)]);
    expect(said.aborted).toBeNull();
    const reasons = reasonsByKey(said);
    expect([...reasons.keys()].sort()).toEqual([...bucket.keys()].sort());
    expect([...reasons.values()].filter((reason) => reason !== null)).toEqual([]);
    const chains = verdicts.filter(({ kind }) => kind === 'chain');
    expect(verdicts.filter(({ kind, code }) => kind !== 'chain' && code !== undefined)).toEqual([]);
    // Both report the times that no digest covers.
    const gaps = said.gaps.map(({ from, to }) => `No digest covers the time from ${from} to ${to}.`);
    expect(chains.map(({ message }) => message).sort()).toEqual(gaps.sort());
    expect(chains.every(({ code }) => code === 'trail_restarted')).toBe(true);
    expect(gaps.length > 0).toBe('trailChanges' in options);
  });

  it.each(Object.keys(TAMPERINGS))('agree: %s', async (kind) => {
    const target = { ...untampered, bucket: new Map(untampered.bucket) };
    const tampering = TAMPERINGS[kind](target, new Random('aws-cli', kind));
    const [said, verdicts] = await Promise.all([aws.verdicts(target.bucket), verify(target, tampering)]);
    expect(unexplained(kind, said, verdicts)).toEqual([]);
  });

  it.each(Object.keys(LATER_TAMPERINGS))('agree, without reading anything again: %s', async (kind) => {
    const target = { ...untampered, bucket: new Map(untampered.bucket) };
    const tampering = LATER_TAMPERINGS[kind](target, new Random('aws-cli', kind));
    const ingested = untampered.bucket;
    const [said, verdicts] = await Promise.all([aws.verdicts(target.bucket), verify(target, tampering, ingested)]);
    expect(unexplained(kind, said, verdicts)).toEqual([]);
  });

  // This must be the last test: it checks what the others have collected.
  it('differ in everything that is in the table of differences', () => {
    expect(DIFFERENCES.filter(({ why }) => !seen.has(why)).map(({ why }) => why)).toEqual([]);
  });

  /** The differences that are not in the table. */
  function unexplained(kind: string, said: AwsVerdicts, verdicts: readonly Verdict[]): Found[] {
    expect(said.aborted).toBeNull();
    return differencesOf(said, verdicts).filter(({ of, aws: word, trailmill }) => {
      const known = DIFFERENCES.find((one) => {
        const isSameWord = one.aws instanceof RegExp ? one.aws.test(word) : one.aws === word;
        const isForKind = one.only?.test(kind) ?? true;
        return one.of === of && one.trailmill.includes(trailmill) && isSameWord && isForKind;
      });
      if (known !== undefined) seen.add(known.why);
      return known === undefined;
    });
  }
});

/** The objects that aws-cli calls valid and Trailmill does not, or vice versa. */
function differencesOf(said: AwsVerdicts, verdicts: readonly Verdict[]): Found[] {
  const byKey = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    if (verdict.kind !== 'chain') byKey.set(verdict.key, [...(byKey.get(verdict.key) ?? []), verdict]);
  }
  return [...reasonsByKey(said)].flatMap(([key, reason]): Found[] => {
    const wanted = reason === null ? 'valid' : 'failed';
    const of = key.includes('/CloudTrail-Digest/') ? 'digest' : 'log file';
    const found = byKey.get(key) ?? [];
    const aws = reason ?? 'valid';
    const base = { key, of, aws } as const;
    if (found.length === 0) return [{ ...base, trailmill: 'none' }];
    return found
      .filter((verdict) => statusOf(verdict) !== wanted)
      .map(({ code }): Found => ({ ...base, trailmill: code ?? 'valid' }));
  });
}
