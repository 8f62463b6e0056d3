/** Tampering with digests: before ingestion, by somebody who can write to the bucket, and has no key of CloudTrail's. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { IntegrityCode } from '../../errors/index';
import { HEX, type Random } from '../../sample/random';
import { type DigestContent, isDigestKey, sha256, signedDigest, unsignedDigest } from './digest-files';
import {
  attackerKey,
  type Expected,
  filesOf,
  type Link,
  namesFiles,
  type Position,
  pickLink,
  runsOf,
  type Tamper,
  type Tampering,
  type Target,
  undigested,
  unproven,
} from './tampering-target';

type Args = { kind: string; target: Target; random: Random; position: Position };

/** A kind for each end of a chain, and one for its middle. */
function atEach(
  name: string,
  tamper: (args: Args) => Tampering,
  positions: readonly Position[] = ['first', 'middle', 'last'],
): [string, Tamper][] {
  return positions.map((position) => {
    const kind = `${name} (${position})`;
    return [kind, (target, random) => tamper({ kind, target, random, position })];
  });
}

/** A kind that changes the content or the metadata of one digest, which then fails, and with it all that it names. */
function changing(
  name: string,
  code: IntegrityCode,
  change: (link: Link, args: Args) => void,
  options: { or?: readonly IntegrityCode[]; positions?: readonly Position[]; fits?: (link: Link) => boolean } = {},
): [string, Tamper][] {
  const { or, positions, fits = namesFiles } = options;
  return atEach(
    name,
    (args) => {
      const link = pickLink(args.target, args.random, args.position, { fits });
      const named = filesOf(link);
      change(link, args);
      return { kind: args.kind, expected: [{ key: link.key, code, or }, ...unproven(named)] };
    },
    positions,
  );
}

/** Writes another content under the key of a digest; its metadata stay. */
function rewrite({ bucket }: Target, { key, object }: Link, content: DigestContent): void {
  bucket.set(key, unsignedDigest(content, object.metadata));
}

/** The log files whose digests are gone. Past the last digest of a chain, they also show that it stops. */
function removed({ kind, target, position }: Args, gone: readonly Link[]): Tampering {
  for (const { key } of gone) target.bucket.delete(key);
  const [first] = gone;
  const { run } = first;
  const next: Link | undefined = run.links[gone[gone.length - 1].index + 1];
  const expected: Expected[] = gone.flatMap((link) => undigested(link, filesOf(link)));
  // The next digest names the one before it, and no more.
  if (next !== undefined) expected.push({ key: gone[gone.length - 1].key, code: 'digest_missing' });
  // Nothing tells when a backfilled chain should go on.
  const stops = position === 'last' && !run.backfill;
  if (stops) expected.push({ key: run.links[first.index - 1].key, code: 'digests_stop' });
  return { kind, expected, may: stopsNear(target, run.place) };
}

/** Log files without a digest in the time when another trail of the same place was stopped can be taken for its own. */
function stopsNear({ bucket }: Target, place: string): { key: string; code: IntegrityCode }[] {
  return runsOf(bucket)
    .filter((run) => run.place === place && !run.backfill)
    .map(({ links }) => ({ key: links[links.length - 1].key, code: 'digests_stop' }));
}

/** Digests in a row at a position of a run that keeps at least one; at least one of them names a log file. */
function inARow(count: number): [string, Tamper][] {
  const name = count === 1 ? 'removed digest' : `removed ${count} digests in a row`;
  return atEach(name, (args) => {
    const { target, random, position } = args;
    const taken = ({ run, index }: Link): Link[] => {
      const { length } = run.links;
      const from = position === 'first' ? 0 : position === 'last' ? length - count : index;
      return run.links.slice(from, from + count);
    };
    const link = pickLink(target, random, position, {
      length: count + 2,
      // Of a hole without log files nothing shows but the missing predecessor.
      fits: (one) => {
        const gone = taken(one);
        return (
          gone.length === count &&
          gone.some(namesFiles) &&
          (position !== 'middle' || one.index + count < one.run.links.length)
        );
      },
    });
    return removed(args, taken(link));
  });
}

/** The content with another hash of its first log file. */
function changedHash({ content }: Link): DigestContent {
  const [first, ...others] = content.logFiles;
  return { ...content, logFiles: [{ ...first, hashValue: sha256(first.hashValue) }, ...others] };
}

/** Another content, signed with a key of its own. */
function signByAttacker({ key, content, object }: Link, { target }: Args): void {
  const attacker = attackerKey();
  target.bucket.set(
    key,
    signedDigest({ ...content, digestPublicKeyFingerprint: attacker.fingerprint }, attacker, object.metadata),
  );
}

const hashIn = (body: Buffer): string => sha256(gunzipSync(body));

/** Another digest of the same run, so that it is plausible at this place. */
const anotherOf = ({ run, index }: Link, random: Random): Link => {
  const others = run.links.filter((link) => link.index !== index);
  return random.pick(others);
};

/** The key that the digest would have if it had ended a minute later. */
const laterKey = (key: string): string =>
  key.replace(
    /(\d{8}T\d\d)(\d\d)(\d\dZ)/,
    (_, hour, minute, rest) => `${hour}${String((+minute + 1) % 60).padStart(2, '0')}${rest}`,
  );

/** All kinds with digests, by name. */
export const DIGEST_TAMPERINGS: Readonly<Record<string, Tamper>> = Object.fromEntries<Tamper>([
  ...inARow(1),
  ...inARow(2),
  ...inARow(10),
  // Nothing else names the log files, so nothing is known of them.
  ...atEach(
    'removed digest with all its log files',
    ({ kind, target, random, position }) => {
      const link = pickLink(target, random, position, { fits: namesFiles });
      for (const key of [link.key, ...filesOf(link)]) target.bucket.delete(key);
      return { kind, expected: [{ key: link.key, code: 'digest_missing' }] };
    },
    // The end of a chain, removed with all that shows that there was more, leaves no trace until the next digest is due.
    ['first', 'middle'],
  ),

  // The content is proven by the copy of the signature in the next digest, and so are the log files.
  ...atEach(
    'forged signature in the metadata',
    ({ kind, target, random, position }) => {
      const { key, object } = pickLink(target, random, position);
      target.bucket.set(key, { ...object, metadata: { ...object.metadata, signature: random.from(HEX, 512) } });
      return { kind, expected: [{ key, code: 'metadata_changed' }] };
    },
    ['first', 'middle'],
  ),
  // There is no other copy of the newest signature.
  ...changing(
    'forged signature in the metadata',
    'bad_signature',
    ({ key, object }, { target, random }) => {
      target.bucket.set(key, { ...object, metadata: { ...object.metadata, signature: random.from(HEX, 512) } });
    },
    { positions: ['last'] },
  ),
  ...atEach(
    'signature of another digest in the metadata',
    ({ kind, target, random, position }) => {
      const link = pickLink(target, random, position);
      const { metadata } = anotherOf(link, random).object;
      target.bucket.set(link.key, { ...link.object, metadata });
      return { kind, expected: [{ key: link.key, code: 'metadata_changed' }] };
    },
    ['first', 'middle'],
  ),
  ...atEach('changed signature algorithm in the metadata', ({ kind, target, random, position }) => {
    const { key, object } = pickLink(target, random, position);
    const metadata = { ...object.metadata, 'signature-algorithm': 'SHA1withRSA' };
    target.bucket.set(key, { ...object, metadata });
    return { kind, expected: [{ key, code: 'metadata_changed' }] };
  }),
  // A copy without metadata is proven by the next digest: nothing was changed, so there is nothing to find.
  ...atEach(
    'removed metadata',
    ({ kind, target, random, position }) => {
      const { key, object } = pickLink(target, random, position);
      target.bucket.set(key, { body: object.body });
      return { kind, expected: [] };
    },
    ['first', 'middle'],
  ),
  ...changing(
    'removed metadata',
    'no_signature',
    ({ key, object }, { target }) => target.bucket.set(key, { body: object.body }),
    { positions: ['last'] },
  ),

  // The next digest, which is proven, has another hash of it: that is proof, whatever key the new one names. Without a next
  // one there is none: CloudTrail may have a key that we do not know.
  ...changing('signed by another key', 'replaced', signByAttacker, { positions: ['first', 'middle'] }),
  ...changing('signed by another key', 'unknown_key', signByAttacker, { positions: ['last'] }),
  ...changing('signed by another key, under the fingerprint of the right one', 'bad_signature', (link, { target }) => {
    target.bucket.set(link.key, signedDigest(changedHash(link), attackerKey(), link.object.metadata));
  }),
  ...changing('changed hash in a digest', 'bad_signature', (link, { target }) =>
    rewrite(target, link, changedHash(link)),
  ),
  ...changing('wrong bucket in a digest', 'bad_signature', (link, { target }) =>
    rewrite(target, link, { ...link.content, digestS3Bucket: 'another-bucket' }),
  ),
  // A digest that CloudTrail delivered to another bucket.
  ...changing('digest of another bucket', 'wrong_place', (link, { target }) => {
    const content = { ...link.content, digestS3Bucket: 'another-bucket' };
    const key = target.keys.find(({ fingerprint }) => fingerprint === content.digestPublicKeyFingerprint)!;
    target.bucket.set(link.key, signedDigest(content, key, link.object.metadata));
  }),
  ...changing(
    'cut chain',
    'bad_signature',
    (link, { target }) =>
      rewrite(target, link, {
        ...link.content,
        previousDigestS3Bucket: null,
        previousDigestS3Object: null,
        previousDigestHashValue: null,
        previousDigestHashAlgorithm: null,
        previousDigestSignature: null,
      }),
    { positions: ['middle', 'last'] },
  ),
  // The hour that is dropped from the list is one of a failed digest.
  ...changing(
    'truncated list of log files',
    'bad_signature',
    (link, { target, random }) => {
      const logFiles = link.content.logFiles.slice(0, random.int(link.content.logFiles.length));
      rewrite(target, link, { ...link.content, logFiles });
    },
    { fits: (link) => namesFiles(link) && !link.run.backfill },
  ),
  // The ordinary digests of the hour are there and valid; only one that fails named the file.
  ...atEach('truncated list of log files in a backfilled digest', ({ kind, target, random, position }) => {
    const link = pickLink(target, random, position, { fits: (one) => namesFiles(one) && one.run.backfill });
    const [dropped, ...logFiles] = link.content.logFiles;
    rewrite(target, link, { ...link.content, logFiles });
    return {
      kind,
      expected: [
        { key: link.key, code: 'bad_signature' },
        { key: dropped.s3Object, code: 'not_in_digest', or: ['digest_not_valid'] },
        ...unproven(logFiles.map(({ s3Object }) => s3Object)),
      ],
    };
  }),
  // A log file is changed, and its hash in the digest with it.
  ...changing('log file changed together with its digest', 'bad_signature', (link, { target, random }) => {
    const logFiles = structuredClone(link.content.logFiles);
    const file = random.pick(logFiles);
    const text = '{"Records":[]}';
    target.bucket.set(file.s3Object, { body: gzipSync(text) });
    file.hashValue = sha256(text);
    rewrite(target, link, { ...link.content, logFiles });
  }),
  ...atEach(
    'digest rewritten together with its successor',
    ({ kind, target, random, position }) => {
      const link = pickLink(target, random, position, { fits: namesFiles });
      const next = link.run.links[link.index + 1];
      const made = signedDigest(
        { ...changedHash(link), digestPublicKeyFingerprint: attackerKey().fingerprint },
        attackerKey(),
      );
      target.bucket.set(link.key, made);
      const hash = hashIn(made.body);
      target.bucket.set(
        next.key,
        signedDigest(
          {
            ...next.content,
            digestPublicKeyFingerprint: attackerKey().fingerprint,
            previousDigestHashValue: hash,
            previousDigestSignature: made.metadata!.signature,
          },
          attackerKey(),
        ),
      );
      // Nobody who is proven says anything of the first one. The one after the second disagrees with it, if there is one.
      const isLast = next.index === next.run.links.length - 1;
      return {
        kind,
        expected: [
          { key: link.key, code: 'unknown_key' },
          { key: next.key, code: isLast ? 'unknown_key' : 'replaced' },
          ...unproven([...filesOf(link), ...filesOf(next)]),
        ],
      };
    },
    ['first', 'middle'],
  ),
  ...atEach(
    'digest rewritten together with its successor, under the right fingerprint',
    ({ kind, target, random, position }) => {
      const link = pickLink(target, random, position, { fits: namesFiles });
      const next = link.run.links[link.index + 1];
      const made = signedDigest(changedHash(link), attackerKey());
      target.bucket.set(link.key, made);
      const content = {
        ...next.content,
        previousDigestHashValue: hashIn(made.body),
        previousDigestSignature: made.metadata!.signature,
      };
      target.bucket.set(next.key, signedDigest(content, attackerKey()));
      return {
        kind,
        expected: [
          { key: link.key, code: 'bad_signature' },
          { key: next.key, code: 'bad_signature' },
          ...unproven([...filesOf(link), ...filesOf(next)]),
        ],
      };
    },
    ['first', 'middle'],
  ),

  // Each says that its place is that of the other, and the signatures hold. Both still name their log files.
  ...atEach('swapped digests', ({ kind, target, random, position }) => {
    const link = pickLink(target, random, position);
    const other = anotherOf(link, random);
    target.bucket.set(link.key, other.object);
    target.bucket.set(other.key, link.object);
    return {
      kind,
      expected: [
        ...[link, other].map(({ key }): Expected => ({ key, code: 'wrong_place' })),
        ...unproven([...filesOf(link), ...filesOf(other)]),
      ],
    };
  }),
  // With the metadata left in place no signature fits.
  ...atEach('swapped contents of digests', ({ kind, target, random, position }) => {
    const link = pickLink(target, random, position);
    const other = anotherOf(link, random);
    target.bucket.set(link.key, { ...other.object, metadata: link.object.metadata });
    target.bucket.set(other.key, { ...link.object, metadata: other.object.metadata });
    return {
      kind,
      expected: [
        ...[link, other].map(({ key }): Expected => ({ key, code: 'bad_signature', or: ['wrong_place'] })),
        ...unproven([...filesOf(link), ...filesOf(other)]),
      ],
    };
  }),
  ...atEach('moved digest', ({ kind, target, random, position }) => {
    const link = pickLink(target, random, position);
    const moved = laterKey(link.key);
    target.bucket.set(moved, link.object);
    target.bucket.delete(link.key);
    const expected: Expected[] = [{ key: moved, code: 'wrong_place' }, ...unproven(filesOf(link))];
    // The next digest names the old key.
    if (position !== 'last') expected.push({ key: link.key, code: 'digest_missing' });
    return { kind, expected };
  }),
  // The original is there, and proves its log files.
  ...atEach('copied digest', ({ kind, target, random, position }) => {
    const { key, object } = pickLink(target, random, position);
    target.bucket.set(laterKey(key), object);
    return { kind, expected: [{ key: laterKey(key), code: 'wrong_place' }] };
  }),
  ...atEach('digest copied under another account', ({ kind, target, random, position }) => {
    const { key, object } = pickLink(target, random, position);
    const accountOf = (one: string): string => /(?<=\/)\d{12}(?=\/)/.exec(one)![0];
    const other = random.pick(
      [...target.bucket.keys()].filter((one) => isDigestKey(one) && accountOf(one) !== accountOf(key)),
    );
    // Its key must be free: other digests of that account may end in the same second.
    const copy = laterKey(key.replaceAll(accountOf(key), accountOf(other)));
    target.bucket.set(copy, object);
    return { kind, expected: [{ key: copy, code: 'wrong_place' }] };
  }),
  // What the old digest names, the original proves. What the replaced one named, no digest names.
  ...atEach('replayed old digest', (args) => {
    const { kind, target, random, position } = args;
    const link = pickLink(target, random, position, {
      fits: ({ index, run }) => position !== 'first' || run.links.length > index + 1,
    });
    const old = anotherOf(link, random);
    target.bucket.set(link.key, old.object);
    const { run } = link;
    const may: Tampering['may'] =
      position === 'last'
        ? [{ key: run.links[link.index - 1].key, code: 'digests_stop' }, ...stopsNear(target, run.place)]
        : [];
    return { kind, expected: [{ key: link.key, code: 'wrong_place' }, ...undigested(link, filesOf(link))], may };
  }),
  // It is quarantined, so its content is not in the table of digests. CloudTrail's own can be read.
  ...atEach('damaged digest', ({ kind, target, random, position }) => {
    const link = pickLink(target, random, position);
    target.bucket.set(link.key, { ...link.object, body: link.object.body.subarray(0, 20 + random.int(50)) });
    const { run, index } = link;
    const may: Tampering['may'] =
      position === 'last'
        ? [{ key: run.links[index - 1].key, code: 'digests_stop' }, ...stopsNear(target, run.place)]
        : [];
    return { kind, expected: [{ key: link.key, code: 'unreadable' }, ...undigested(link, filesOf(link))], may };
  }),
  // A time without digests is hidden: the first digest after it names the last one before it.
  [
    'joined chain',
    (target, random) => {
      const runs = runsOf(target.bucket);
      const again = runs.filter((run, index) => runs[index - 1]?.chain === run.chain);
      const run = random.pick(again);
      const [link] = run.links;
      const before = runs[runs.indexOf(run) - 1].links.at(-1)!;
      rewrite(target, link, {
        ...link.content,
        previousDigestS3Bucket: link.content.digestS3Bucket,
        previousDigestS3Object: before.key,
        previousDigestHashValue: hashIn(before.object.body),
        previousDigestHashAlgorithm: 'SHA-256',
        previousDigestSignature: before.object.metadata!.signature,
      });
      return { kind: 'joined chain', expected: [{ key: link.key, code: 'bad_signature' }, ...unproven(filesOf(link))] };
    },
  ],
]);
