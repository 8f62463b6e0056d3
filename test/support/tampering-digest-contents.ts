/** Digests with other content, signature or metadata, by an attacker who can write to the bucket but has no CloudTrail key. */
import { gzipSync } from 'node:zlib';
import type { IntegrityCode } from '../../errors/index';
import { HEX } from '../../sample/random';
import { type DigestContent, sha256, signedDigest } from './digest-files';
import { type Args, anotherOf, atEach, hashIn, rewrite } from './tampering-kinds';
import {
  attackerKey,
  filesOf,
  type Link,
  namesFiles,
  type Position,
  pickLink,
  runsOf,
  type Tamper,
  unproven,
} from './tampering-target';

/** A kind that changes the content or the metadata of one digest, which then fails, and so does everything that it lists. */
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

/** The content with another hash for its first log file. */
function changedHash({ content }: Link): DigestContent {
  const [first, ...others] = content.logFiles;
  return { ...content, logFiles: [{ ...first, hashValue: sha256(first.hashValue) }, ...others] };
}

/** Other content, signed with a key of the attacker. */
function signByAttacker({ key, content, object }: Link, { target }: Args): void {
  const attacker = attackerKey();
  target.bucket.set(
    key,
    signedDigest({ ...content, digestPublicKeyFingerprint: attacker.fingerprint }, attacker, object.metadata),
  );
}

/** All kinds, by name. */
export const DIGEST_CONTENT_TAMPERINGS: Readonly<Record<string, Tamper>> = Object.fromEntries<Tamper>([
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

  // The next digest, which is proven, has another hash for it: that is proof, whatever key the new one names. Without a next
  // one, there is no proof: CloudTrail may have a key that we do not know.
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
  // The dropped log files are of the hour of a failed digest.
  ...changing(
    'truncated list of log files',
    'bad_signature',
    (link, { target, random }) => {
      const logFiles = link.content.logFiles.slice(0, random.int(link.content.logFiles.length));
      rewrite(target, link, { ...link.content, logFiles });
    },
    { fits: (link) => namesFiles(link) && !link.run.backfill },
  ),
  // The ordinary digests of the hour are there and valid; only a digest that fails listed the file.
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
  // A log file is changed together with its hash in the digest.
  ...changing('log file changed together with its digest', 'bad_signature', (link, { target, random }) => {
    const logFiles = structuredClone(link.content.logFiles);
    const file = random.pick(logFiles);
    // With a space: the file may have been without records.
    const text = '{"Records":[] }';
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
      // No proven digest refers to the first one. The one after the second, if there is one, disagrees with the second.
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

  // A time without digests is hidden: the first digest after it refers to the last one before it.
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
