/** Digests that are missing or misplaced. */
import { gzipSync } from 'node:zlib';
import type { IntegrityCode } from '../../errors/index';
import { type DigestContent, isDigestKey, sha256, signedDigest } from './digest-files';
import { type Args, anotherOf, atEach } from './tampering-kinds';
import {
  attackerKey,
  type Expected,
  filesOf,
  isCovered,
  type Link,
  namesFiles,
  otherKey,
  pickLink,
  runsOf,
  type Tamper,
  type Tampering,
  type Target,
  undigested,
  unproven,
} from './tampering-target';

/** Removes digests. Their log files are found; after the last digest of a chain, they also show that the chain stops. */
function removed({ kind, target, position }: Args, gone: readonly Link[]): Tampering {
  for (const { key } of gone) target.bucket.delete(key);
  const [first] = gone;
  const { run } = first;
  const next: Link | undefined = run.links[gone[gone.length - 1].index + 1];
  const expected: Expected[] = gone.flatMap((link) => undigested(link, filesOf(link)));
  // The next digest refers only to the one before it.
  if (next !== undefined) expected.push({ key: gone[gone.length - 1].key, code: 'digest_missing' });
  // Nothing says until when a backfilled chain should continue.
  const stops = position === 'last' && !run.backfill;
  if (stops) expected.push({ key: run.links[first.index - 1].key, code: 'digests_stop' });
  return { kind, expected, may: stopsNear(target, run.place) };
}

/** Log files without a digest can seem to be of another trail of the same place, if that was stopped at their time. */
function stopsNear({ bucket }: Target, place: string): { key: string; code: IntegrityCode }[] {
  return runsOf(bucket)
    .filter((run) => run.place === place && !run.backfill)
    .map(({ links }) => ({ key: links[links.length - 1].key, code: 'digests_stop' }));
}

/** Consecutive digests at a position of a run that keeps at least one; at least one of them lists a log file. */
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
      // Of a hole without log files, only the missing predecessor can be found.
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

/** A digest that is there, but lists nothing of its hour. At the end of a chain, this can look like a stop. */
function emptied({ kind, target, position }: Args, link: Link, code: IntegrityCode): Tampering {
  const { run, index, key } = link;
  const before: Tampering['may'] = position === 'last' ? [{ key: run.links[index - 1].key, code: 'digests_stop' }] : [];
  const may = [...before, ...stopsNear(target, run.place)];
  return { kind, expected: [{ key, code }, ...undigested(link, filesOf(link))], may };
}

/** The key that the digest would have if it had ended a minute later. */
const laterKey = (key: string): string =>
  key.replace(
    /(\d{8}T\d\d)(\d\d)(\d\dZ)/,
    (_, hour, minute, rest) => `${hour}${String((+minute + 1) % 60).padStart(2, '0')}${rest}`,
  );

/** All kinds, by name. */
export const DIGEST_PLACE_TAMPERINGS: Readonly<Record<string, Tamper>> = Object.fromEntries<Tamper>([
  ...inARow(1),
  ...inARow(2),
  ...inARow(10),
  // Nothing else lists the log files, so nothing is known about them.
  ...atEach(
    'removed digest with all its log files',
    ({ kind, target, random, position }) => {
      const link = pickLink(target, random, position, { fits: namesFiles });
      for (const key of [link.key, ...filesOf(link)]) target.bucket.delete(key);
      return { kind, expected: [{ key: link.key, code: 'digest_missing' }] };
    },
    // If the end of a chain is removed with everything that it lists, no trace remains until the next digest is due.
    ['first', 'middle'],
  ),

  // Each says that its place is that of the other, and the signatures are valid. Both still list their log files.
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
  // With the metadata left in place, no signature matches.
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
    // The next digest refers to the old key.
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
  // The original proves what the old digest lists. No digest lists what the replaced one listed.
  ...atEach('replayed old digest', (args) => {
    const link = pickLink(args.target, args.random, args.position);
    const result = emptied(args, link, 'wrong_place');
    args.target.bucket.set(link.key, anotherOf(link, args.random).object);
    return result;
  }),
  // It is quarantined, so its content is not in the table of digests. CloudTrail's own digests can be read.
  ...atEach('damaged digest', (args) => {
    const { target, random, position } = args;
    const link = pickLink(target, random, position);
    const result = emptied(args, link, 'unreadable');
    target.bucket.set(link.key, { ...link.object, body: link.object.body.subarray(0, 20 + random.int(50)) });
    return result;
  }),
  // A digest is one document. Appended data makes it a different one, which is not in the table of digests.
  ...atEach('appended gzip member with another digest', (args) => {
    const link = pickLink(args.target, args.random, args.position);
    const code = args.position === 'last' ? 'unreadable' : 'replaced';
    const result = emptied(args, link, code);
    const body = Buffer.concat([link.object.body, anotherOf(link, args.random).object.body]);
    args.target.bucket.set(link.key, { ...link.object, body });
    return result;
  }),
  // A digest lists the file, so it is not one without a digest. But the digest is not signed by anyone we know.
  ...madeUpTrail('unknown_key', attackerKey().fingerprint),
  ...madeUpTrail('bad_signature', undefined),
  ...madeUpTrail('unknown_key', attackerKey().fingerprint, '_backfill'),
]);

/** An extra log file with its own digest, of a trail that does not exist, with this fingerprint or that of the right key. */
function madeUpTrail(code: IntegrityCode, fingerprint: string | undefined, suffix = ''): [string, Tamper][] {
  const kind = `extra log file with a digest of a made-up trail (${code}${suffix})`;
  return [
    [
      kind,
      ({ bucket }, random) => {
        // Of a time at which no other trail of the place is stopped: otherwise, it could be of that trail.
        const fits = (one: Link): boolean =>
          namesFiles(one) && !one.run.backfill && isCovered(bucket, one.content.logFiles[0].s3Object);
        const link = pickLink({ bucket }, random, 'middle', { fits });
        const [file] = link.content.logFiles;
        const extra = otherKey(file.s3Object, random);
        const text = '{"Records":[]}';
        bucket.set(extra, { body: gzipSync(text) });
        const key = link.key.replace('-trail_', '-trail-2_').replace('.json', `${suffix}.json`);
        const content: DigestContent = {
          ...link.content,
          digestS3Object: key,
          digestPublicKeyFingerprint: fingerprint ?? link.content.digestPublicKeyFingerprint,
          previousDigestS3Bucket: null,
          previousDigestS3Object: null,
          previousDigestHashValue: null,
          previousDigestHashAlgorithm: null,
          previousDigestSignature: null,
          logFiles: [{ ...file, s3Object: extra, hashValue: sha256(text) }],
        };
        const metadata: Record<string, string> =
          suffix === '' ? {} : { 'backfill-generation-timestamp': content.digestEndTime };
        bucket.set(key, signedDigest(content, attackerKey(), metadata));
        return {
          kind,
          expected: [
            { key, code },
            // The digests of the real trail cover its hour, and do not list it.
            { key: extra, code: 'not_in_digest' },
          ],
        };
      },
    ],
  ];
}
