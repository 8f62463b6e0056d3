/** Collects the evidence of one event: reads its log file and the digest that lists it, and verifies both. */
import { recordRange } from '../cloudtrail/decoder/record-range.js';
import { kindOf, parseObjectKey } from '../cloudtrail/object-key.js';
import { tableOf } from '../cloudtrail/table-config.js';
import { UserMistake } from '../errors/index.js';
import { uncompress } from '../ingest/uncompress/uncompress.js';
import type { Digest } from '../integrity/digest.js';
import { type EvidenceFile, evidenceFiles } from '../integrity/evidence.js';
import { type JudgedDigest, judgeDigests, type Origin } from '../integrity/judge-digests.js';
import { originOf, placesSaidBy } from '../integrity/origin.js';
import { isSignedBy } from '../integrity/signature.js';
import { addDays, dayAt } from '../protocol/days.js';
import { ensureKeys, type UnknownKey } from '../public-keys/ensure-keys.js';
import { loadKeys } from '../run/key-store.js';
import { loadVerifiedTables, type VerifyContext } from './context.js';
import { digestsOf } from './read-day.js';

/** Number of days for which AWS retries delivery. The digest that lists a file is that of the hour in which the file arrived. */
const SEARCHED_DAYS = 31;

/** Where an event is. */
export interface EventPlace {
  /** `eventID` of its record. */
  event: string;
  /** Key of its log file. */
  key: string;
  /** Position of its record in the file, from 0. */
  index: number;
}

/** Returns the files that prove an event. Throws `UserMistake` with the reason if it cannot be proven. */
export async function evidenceOf(context: VerifyContext, { event, key, index }: EventPlace): Promise<EvidenceFile[]> {
  const { warehouse, signal } = context;
  const parsed = parseObjectKey(key);
  if (parsed === undefined) {
    throw new UserMistake(
      `The event ${event} is in ${key}, which is not where CloudTrail delivers log files.`,
      'Only log files that CloudTrail delivered have digests.',
    );
  }
  const { digests, origin } = await digestsAround(context, key, parsed);
  const wanted = digests.map(({ fingerprint, region, end }) => ({ fingerprint, region, from: end, to: end }));
  const { unknown } = await ensureKeys(context, wanted, signal);
  const keys = await loadKeys(
    warehouse,
    wanted.map(({ fingerprint }) => fingerprint),
    signal,
  );
  const judged = [...judgeDigests(digests, origin, keys).byKey.values()];
  const naming = judged.filter(({ digest }) => isNamedBy(digest, origin, key));
  const { digest } = naming.find(({ trusted }) => trusted) ?? refuse(event, key, naming, unknown);
  const publicKey = keys.get(digest.fingerprint);
  if (publicKey === undefined) throw new Error(`The key ${digest.fingerprint} has disappeared`);
  const log = await contentOf(context, key);
  const table = tableOf(kindOf(parsed.kindFolder) ?? '') === 'insights' ? 'insights' : 'default';
  const record = recordRange(log, index, table);
  if (record === undefined) {
    throw new UserMistake(
      `${key} no longer has record number ${index}: it has changed since it was ingested.`,
      'Run `trailmill verify --recheck` for its day.',
    );
  }
  // The next digest has the signature too; copies on disk may have lost their metadata.
  const copies = judged.flatMap(({ digest: one }) =>
    one.previous?.key === digest.object ? one.previous.signature : [],
  );
  const signature = [digest.signature, ...copies].find(
    (one) => one !== undefined && isSignedBy(digest, one, publicKey.key),
  );
  return evidenceFiles({
    event,
    record,
    log: { bucket: origin.bucket, key: `${origin.prefix}${key}`, bytes: log },
    digest: {
      bytes: await contentOf(context, digest.key),
      signature: signature ?? '',
    },
    publicKey: { key: publicKey.key, region: digest.region },
  });
}

/**
 * Reads the digests of a log file's place from its day on, until one lists it, plus one more day for the next digest of the
 * chain.
 */
async function digestsAround(
  context: VerifyContext,
  key: string,
  { day, account, region }: { day: string; account: string; region: string },
): Promise<{ digests: Digest[]; origin: Origin }> {
  const { bucket, config } = context;
  const tables = await loadVerifiedTables(context);
  const places = { index: 0, of: 1, accounts: [account], regions: [region] };
  const last = [addDays(day, SEARCHED_DAYS), addDays(dayAt(Date.now()), 1)].sort()[0];
  const digests: Digest[] = [];
  let origin = originOf(config, bucket.uri, new Map()).origin;
  let found = false;
  for (let at = day; at <= last; at = addDays(at, 1)) {
    digests.push(...(await digestsOf(context, tables, at, places, day)));
    if (found) break;
    origin = originOf(config, bucket.uri, placesSaidBy(digests)).origin;
    found = digests.some((digest) => isNamedBy(digest, origin, key));
  }
  return { digests, origin };
}

function isNamedBy({ files }: Digest, origin: Origin, key: string): boolean {
  return files.some((file) => file.bucket === origin.bucket && file.key === `${origin.prefix}${key}`);
}

async function contentOf({ bucket, config, signal }: VerifyContext, key: string): Promise<Uint8Array> {
  const { body } = await bucket.get(key, { metadata: false, signal });
  return uncompress(body, config.ingest.maxFileBytes).bytes;
}

function refuse(event: string, key: string, naming: readonly JudgedDigest[], unknown: readonly UnknownKey[]): never {
  const [judged] = naming;
  if (judged === undefined) {
    throw new UserMistake(
      `The event ${event} cannot be proven: no digest in the digest table lists its log file, ${key}.`,
      'Ingest the digests of its day and of the next day; `trailmill verify` says what is missing.',
    );
  }
  const { digest, code, message } = judged;
  const why = unknown.find(({ fingerprint }) => fingerprint === digest.fingerprint)?.why ?? '';
  throw new UserMistake(
    `The event ${event} cannot be proven: its digest ${digest.key} is not valid: ${code}. ${message} ${why}`.trim(),
    'docs/errors.md says what to do about the code.',
  );
}
