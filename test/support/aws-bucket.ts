/** What aws-cli says about a bucket in memory: the bucket is written to disk, and every trail in it is validated. */
import { link, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseObjectKey } from '../../cloudtrail/object-key.js';
import { parseDigestName } from '../../integrity/digest.js';
import { createFileStore } from '../../storage/file.js';
import { METADATA_DIRECTORY } from '../../storage/keys.js';
import type { AwsResult, AwsValidator, AwsVerdicts, ListedKey, Validation } from './aws-validator.js';
import type { Bucket, SigningKey } from './digest-files.js';

/** A bucket on disk, and changed copies of it. */
export interface AwsBucket {
  /** Validates all trails of the bucket, which may differ from the first one. Identical objects are not written again. */
  verdicts(bucket: Bucket): Promise<AwsVerdicts>;
}

/** What all copies of a bucket have in common. */
interface AwsBucketSettings {
  validator: AwsValidator;
  /** An empty directory. */
  root: string;
  bucket: Bucket;
  bucketName: string;
  /** The keys that CloudTrail lists. */
  keys: readonly SigningKey[];
  /** ISO 8601: before and after all digests. */
  start: string;
  end: string;
}

/** Puts a bucket on disk. */
export async function awsBucket(settings: AwsBucketSettings): Promise<AwsBucket> {
  const { validator, root, bucket: first, bucketName, start, end } = settings;
  const original = join(root, 'original');
  await writeAll(original, first);
  const keys = settings.keys.map((key) => listed(key, start, end));
  const validate = (folder: string, trail: Trail): Promise<AwsVerdicts> =>
    validator.validate({ folder, bucket: bucketName, keys, start, end, ...trail });
  const before = new Map<string, AwsVerdicts>();
  for (const [id, trail] of trailsOf(first.keys())) before.set(id, await validate(original, trail));
  return {
    async verdicts(bucket) {
      const folder = await mkdtemp(join(root, 'copy-'));
      await copyAll(folder, bucket, original, first);
      const places = changedPlaces(first, bucket);
      const all: AwsVerdicts = { results: [], gaps: [], aborted: null };
      // A trail is also validated if all of its digests are gone.
      for (const [id, trail] of trailsOf([...first.keys(), ...bucket.keys()])) {
        // Changes at other places do not matter: untampered digests refer to nothing there.
        const known = places.has(placeId(trail)) ? undefined : before.get(id);
        const found = known ?? (await validate(folder, trail));
        all.results.push(...found.results);
        all.gaps.push(...found.gaps);
        all.aborted ??= found.aborted;
      }
      await rm(folder, { recursive: true });
      return all;
    },
  };
}

const placeId = ({ account, region }: { account: string; region: string }): string => `${account} ${region}`;

/** Account and region of each object that differs. */
function changedPlaces(first: Bucket, bucket: Bucket): Set<string> {
  const places = new Set<string>();
  for (const key of [...first.keys(), ...bucket.keys()]) {
    const place = parseObjectKey(key);
    if (place !== undefined && first.get(key) !== bucket.get(key)) places.add(placeId(place));
  }
  return places;
}

/** Why each object is not valid; `null` if it is valid. */
export function reasonsByKey({ results }: AwsVerdicts): Map<string, AwsResult['reason']> {
  const reasons = new Map<string, AwsResult['reason']>();
  for (const { key, reason } of results) reasons.set(key, reasons.get(key) ?? reason);
  return reasons;
}

function listed({ publicKey, fingerprint }: SigningKey, start: string, end: string): ListedKey {
  const Value = publicKey.export({ type: 'pkcs1', format: 'der' }).toString('base64');
  return { Value, Fingerprint: fingerprint, ValidityStartTime: start, ValidityEndTime: end };
}

type Trail = Pick<Validation, 'trail' | 'homeRegion' | 'account' | 'region' | 'organization'>;

/** Every trail of the keys in each of its accounts and regions, by an id. */
function trailsOf(keys: Iterable<string>): Map<string, Trail> {
  const trails = new Map<string, Trail>();
  for (const key of keys) {
    const name = parseDigestName(key);
    const place = parseObjectKey(key);
    if (name === undefined || place === undefined) continue;
    const { trail, homeRegion } = name;
    const [, organization] = /AWSLogs\/(o-[a-z0-9]+)\//.exec(key) ?? [];
    const one = { trail, homeRegion, account: place.account, region: place.region, organization };
    trails.set(Object.values(one).join(' '), one);
  }
  return trails;
}

/** Concurrent writes, because each one waits for the disk. */
const AT_ONCE = 64;

async function writeAll(folder: string, bucket: Bucket): Promise<void> {
  const store = createFileStore(folder);
  const objects = [...bucket];
  for (let at = 0; at < objects.length; at += AT_ONCE) {
    const some = objects.slice(at, at + AT_ONCE);
    await Promise.all(some.map(([key, { body, metadata }]) => store.put(key, body, { metadata })));
  }
}

async function copyAll(folder: string, bucket: Bucket, original: string, first: Bucket): Promise<void> {
  const changed: Bucket = new Map();
  const made = new Set<string>();
  const linkTo = async (path: string): Promise<void> => {
    const target = join(folder, path);
    if (!made.has(dirname(target))) await mkdir(dirname(target), { recursive: true });
    made.add(dirname(target));
    await link(join(original, path), target);
  };
  for (const [key, object] of bucket) {
    if (first.get(key) !== object) changed.set(key, object);
    else {
      await linkTo(key);
      if (object.metadata !== undefined) await linkTo(`${METADATA_DIRECTORY}/${key}.json`);
    }
  }
  await writeAll(folder, changed);
}
