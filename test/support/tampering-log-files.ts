/** Tampering with log files and with the ledger. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { HEX, type Random } from '../../sample/random';
import type { Bucket, BucketObject } from './digest-files';
import {
  isCovered,
  logKeys,
  otherKey,
  pickLink,
  runsOf,
  type Tamper,
  type Target,
  timeOfLog,
} from './tampering-target';

/** A log file; all of them are listed by a digest. */
function pickLog({ bucket }: Target, random: Random, fits: (key: string) => boolean = () => true): string {
  const keys = logKeys(bucket).filter(fits);
  if (keys.length === 0) throw new Error('The sample has no log file for this kind of tampering.');
  return random.pick(keys);
}

const textOf = (bucket: Bucket, key: string): Buffer => gunzipSync(bucket.get(key)!.body);
const recordsIn = (bucket: Bucket, key: string): unknown[] => JSON.parse(textOf(bucket, key).toString('utf8')).Records;
const hasRecords = ({ bucket }: Target, key: string): boolean => recordsIn(bucket, key).length > 0;

/** Changes a digit at a random position: the file stays valid JSON. */
function withOtherDigit(text: Buffer, random: Random): Buffer {
  const changed = Buffer.from(text);
  const places = [...text.keys()].filter((at) => text[at] >= 0x32 && text[at] <= 0x38);
  changed[random.pick(places)] ^= 1;
  return changed;
}

function withOtherByte(bytes: Buffer, at: number, random: Random): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] ^= 1 + random.int(255);
  return changed;
}

/** A kind that writes something else under the name of a log file. */
function replacing(
  kind: string,
  code: 'modified' | 'unreadable' | 'trailing_members',
  change: (object: BucketObject, random: Random, target: Target) => Buffer,
): [string, Tamper] {
  return [
    kind,
    (target, random) => {
      const key = pickLog(target, random, (one) => hasRecords(target, one));
      target.bucket.set(key, { body: change(target.bucket.get(key)!, random, target) });
      return { kind, expected: [{ key, code }] };
    },
  ];
}

/** Before ingestion: the ledger has the changed files. */
export const LOG_FILE_TAMPERINGS: Readonly<Record<string, Tamper>> = Object.fromEntries<Tamper>([
  replacing('changed digit in a log file', 'modified', ({ body }, random) =>
    gzipSync(withOtherDigit(gunzipSync(body), random)),
  ),
  // It may no longer be JSON. Its uncompressed bytes are still known.
  replacing('changed byte in a log file', 'modified', ({ body }, random) => {
    const text = gunzipSync(body);
    return gzipSync(withOtherByte(text, random.int(text.length), random));
  }),
  replacing('removed record in a log file', 'modified', ({ body }, random) => {
    const { Records } = JSON.parse(gunzipSync(body).toString('utf8'));
    Records.splice(random.int(Records.length), 1);
    return gzipSync(JSON.stringify({ Records }));
  }),
  // Compressed again with the same content, it would be valid: the hash is that of the uncompressed bytes.
  replacing('log file replaced by another one', 'modified', (object, random, target) => {
    const text = gunzipSync(object.body);
    const other = pickLog(target, random, (key) => !textOf(target.bucket, key).equals(text));
    return target.bucket.get(other)!.body;
  }),
  replacing('log file replaced by one without records', 'modified', () => gzipSync('{"Records":[]}')),
  // The uncompressed bytes are the same, and so is the hash. CloudTrail does not write such files.
  replacing('appended empty gzip member', 'trailing_members', ({ body }) => Buffer.concat([body, gzipSync('')])),
  replacing('appended gzip member with records', 'trailing_members', ({ body }) => {
    const { Records } = JSON.parse(gunzipSync(body).toString('utf8'));
    const made = Records.map((record: object, index: number) => ({ ...record, eventID: `made-up-${index}` }));
    return Buffer.concat([body, gzipSync(JSON.stringify({ Records: made }))]);
  }),
  replacing('bytes after the gzip stream', 'unreadable', ({ body }, random) =>
    Buffer.concat([body, Buffer.from([0x41]), random.bytes(20)]),
  ),
  // In the checksum at the end: a byte of the header can be changed without any effect.
  replacing('damaged gzip stream', 'unreadable', ({ body }, random) =>
    withOtherByte(body, body.length - 5 - random.int(4), random),
  ),
  replacing('cut log file', 'unreadable', ({ body }, random) => body.subarray(0, 11 + random.int(body.length - 12))),
  replacing('emptied log file', 'unreadable', () => Buffer.alloc(0)),
  kindOf('removed log file', (kind, target, random) => {
    const key = pickLog(target, random);
    target.bucket.delete(key);
    return { kind, expected: [{ key, code: 'missing' }] };
  }),
  // The digests of its minute are there and valid, and list only the old key.
  kindOf('moved log file', (kind, target, random) => {
    const key = pickLog(target, random, (one) => isPlain(one) && isCovered(target.bucket, one));
    const moved = otherKey(key, random);
    target.bucket.set(moved, target.bucket.get(key)!);
    target.bucket.delete(key);
    return {
      kind,
      expected: [
        { key, code: 'missing' },
        { key: moved, code: 'not_in_digest' },
      ],
    };
  }),
  kindOf('extra log file', (kind, target, random) => {
    const key = pickLog(target, random, (one) => isPlain(one) && isCovered(target.bucket, one));
    const extra = otherKey(key, random);
    target.bucket.set(extra, { body: gzipSync(withOtherDigit(textOf(target.bucket, key), random)) });
    return { kind, expected: [{ key: extra, code: 'not_in_digest' }] };
  }),
  // The original stays, and is valid. The digests of the other account's folder do not list the copy.
  kindOf('log file copied under another account', (kind, target, random) => {
    const accounts = accountsOf(target.bucket);
    const copyOf = (key: string): string => {
      const [account] = /(?<=\/)\d{12}(?=\/)/.exec(key)!;
      const other = accounts[(accounts.indexOf(account) + 1) % accounts.length];
      return key.replaceAll(account, other);
    };
    const key = pickLog(target, random, (one) => {
      return isPlain(one) && copyOf(one) !== one && isCovered(target.bucket, copyOf(one));
    });
    const copy = otherKey(copyOf(key), random);
    target.bucket.set(copy, target.bucket.get(key)!);
    return { kind, expected: [{ key: copy, code: 'not_in_digest' }] };
  }),
  // No digest covers the time when the trail was stopped, but nothing is delivered at that time either.
  kindOf('extra log file while the trail is stopped', (kind, target, random) => {
    const { last, from, key } = pickStop(target, random);
    const extra = atTime(key, from + 3_600_000 + random.int(60) * 60_000, random);
    target.bucket.set(extra, target.bucket.get(key)!);
    return {
      kind,
      expected: [
        { key: extra, code: 'no_digest' },
        { key: last, code: 'digests_stop' },
      ],
    };
  }),
]);

/** After ingestion: the bucket and the other tables are not touched, so the changes of the ledger can be found. */
export const LEDGER_TAMPERINGS: Readonly<Record<string, Tamper>> = Object.fromEntries<Tamper>([
  // A table has rows of the file, so it was ingested.
  kindOf('ledger row of a log file deleted', (kind, target, random) => {
    const key = pickLog(target, random, (one) => isPlain(one) && hasRecords(target, one));
    return { kind, expected: [{ key, code: 'ledger_row_missing' }], ledger: { deleted: [key] } };
  }),
  kindOf('ledger rows of all log files of a digest deleted', (kind, target, random) => {
    const { content } = pickLink(target, random, 'middle', {
      fits: ({ content: { logFiles } }) =>
        logFiles.some(({ s3Object }) => isPlain(s3Object) && hasRecords(target, s3Object)),
    });
    const keys = content.logFiles
      .map(({ s3Object }) => s3Object)
      .filter((key) => isPlain(key) && hasRecords(target, key));
    return { kind, expected: keys.map((key) => ({ key, code: 'ledger_row_missing' })), ledger: { deleted: keys } };
  }),
  // The table of digests has a row of the digest.
  kindOf('ledger row of a digest deleted', (kind, target, random) => {
    const { key } = pickLink(target, random, random.pick(['first', 'middle', 'last']));
    return { kind, expected: [{ key, code: 'ledger_differs' }], ledger: { deleted: [key] } };
  }),
  kindOf('ledger hash of a log file changed', (kind, target, random) => {
    const key = pickLog(target, random);
    return { kind, expected: [{ key, code: 'modified' }], ledger: { hashes: { [key]: random.from(HEX, 64) } } };
  }),
  // The content of the digest is in the table of digests and valid, so its log files stay proven.
  kindOf('ledger hash of a digest changed', (kind, target, random) => {
    const { key } = pickLink(target, random, random.pick(['first', 'middle', 'last']));
    return { kind, expected: [{ key, code: 'ledger_differs' }], ledger: { hashes: { [key]: random.from(HEX, 64) } } };
  }),
]);

/**
 * Changes of the bucket after ingestion: ingest the bucket first, then tamper, then verify with `--recheck`. Without it,
 * everything is valid, because what was ingested is valid.
 */
export const LATER_TAMPERINGS: Readonly<Record<string, Tamper>> = Object.fromEntries<Tamper>([
  kindOf('log file changed after ingestion', (kind, target, random) => {
    const key = pickLog(target, random, (one) => hasRecords(target, one));
    target.bucket.set(key, { body: gzipSync(withOtherDigit(textOf(target.bucket, key), random)) });
    return { kind, expected: [{ key, code: 'changed_since' }] };
  }),
  kindOf('gzip member appended after ingestion', (kind, target, random) => {
    const key = pickLog(target, random);
    const { body } = target.bucket.get(key)!;
    target.bucket.set(key, { body: Buffer.concat([body, gzipSync('')]) });
    return { kind, expected: [{ key, code: 'trailing_members' }] };
  }),
  kindOf('log file removed after ingestion', (kind, target, random) => {
    const key = pickLog(target, random);
    target.bucket.delete(key);
    return { kind, expected: [{ key, code: 'gone' }] };
  }),
]);

function kindOf(
  kind: string,
  tamper: (kind: string, ...args: Parameters<Tamper>) => ReturnType<Tamper>,
): [string, Tamper] {
  return [kind, (target, random) => tamper(kind, target, random)];
}

/** Whether it is of the kind whose table is always configured, and that all trails deliver. */
const isPlain = (key: string): boolean => key.includes('/CloudTrail/');

function accountsOf(bucket: Bucket): string[] {
  return [...new Set([...bucket.keys()].map((key) => /(?<=\/)\d{12}(?=\/)/.exec(key)![0]))];
}

/** The last digest before a trail was stopped, the end of its time, and a log file of its place from before that. */
function pickStop({ bucket }: Target, random: Random): { last: string; from: number; key: string } {
  const runs = runsOf(bucket).filter(({ backfill }) => !backfill);
  const stopped = runs.filter((run, index) => runs[index + 1]?.chain === run.chain);
  if (stopped.length === 0) throw new Error('The sample has no stopped trail.');
  const { links } = random.pick(stopped);
  const { key: last, content } = links[links.length - 1];
  const from = Date.parse(content.digestEndTime);
  const named = links.flatMap((link) => link.content.logFiles.map(({ s3Object }) => s3Object)).filter(isPlain);
  return { last, from, key: named[named.length - 1] };
}

/** The key of a log file that was delivered at another time (milliseconds since the epoch) of the same day. */
function atTime(key: string, time: number, random: Random): string {
  const stamp = new Date(time).toISOString().replace(/[-:]/g, '').slice(0, 13);
  if (new Date(time).getUTCDate() !== new Date(timeOfLog(key)).getUTCDate()) throw new Error('Not on the same day.');
  return otherKey(key, random).replace(/_\d{8}T\d{4}Z_/, `_${stamp}Z_`);
}
