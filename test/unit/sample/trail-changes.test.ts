/** Samples with `trailChanges`: every digest holds, and all that verification has to cope with is there. */
import { gunzipSync } from 'node:zlib';
import { type Digest, parseDigestName, placeOf } from '../../../integrity/digest';
import { isSignedBy } from '../../../integrity/signature';
import { MANIFEST_KEY, type SampleManifest, type SampleOptions, writeSample } from '../../../sample/index';
import { createMemoryStore } from '../../../storage/memory';
import {
  type Bucket,
  type BucketObject,
  digestOf,
  isDigestKey,
  type SigningKey,
  sampleBucket,
  sha256,
} from '../../support/digest-files';

const OPTIONS: Partial<SampleOptions> = {
  days: 1,
  accounts: 2,
  eventsPerHour: 150,
  seed: 5,
  bucket: 'logs',
  trailChanges: true,
};

interface Sample {
  bucket: Bucket;
  manifest: SampleManifest;
  keys: SigningKey[];
  digests: Digest[];
}

async function make(options: Partial<SampleOptions>): Promise<Sample> {
  const made = await sampleBucket(options);
  const digests = [...made.bucket].filter(([key]) => isDigestKey(key)).map(([key, object]) => digestOf(key, object));
  return { ...made, digests };
}

const trailOf = ({ key }: Digest): string => parseDigestName(key)?.trail ?? '';
const isBackfilled = ({ key }: Digest): boolean => parseDigestName(key)?.backfill === true;
const within = (time: number, { from, to }: { from: string; to: string }): boolean =>
  time >= Date.parse(from) && time < Date.parse(to);

/** Delivery time in the name of a log file, milliseconds since the epoch. */
function deliveredAt(key: string): number {
  const [, year, month, day, hour, minute] = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_/.exec(key)!.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute);
}

let sample: Sample;
beforeAll(async () => {
  sample = await make(OPTIONS);
});

describe.each([
  ['with two regions', {}],
  ['with one region', { regions: 1 }],
  ['of an organization trail, over several days', { organization: true, days: 3, eventsPerHour: 60 }],
])('a sample %s', (_, options) => {
  let made: Sample;
  beforeAll(async () => {
    made = await make({ ...OPTIONS, ...options });
  });

  it('has digests that are all signed by the key of their time, at the place that they name', () => {
    expect(made.keys).toHaveLength(2);
    for (const digest of made.digests) {
      const madeAt = digest.backfilledAt ?? digest.end;
      const key = made.keys[madeAt < Date.parse(made.manifest.changes!.rotation) ? 0 : 1];
      expect(digest.fingerprint).toBe(key.fingerprint);
      expect(isSignedBy(digest, digest.signature!, key.publicKey)).toBe(true);
      expect([digest.bucket, digest.object, parseDigestName(digest.key)?.end]).toEqual([
        'logs',
        digest.key,
        digest.end,
      ]);
    }
  });

  it('has chains whose digests have the hash and the signature of the previous one', () => {
    const byKey = new Map(made.digests.map((digest) => [digest.key, digest]));
    const named = new Set<string>();
    for (const digest of made.digests) {
      if (digest.previous === undefined) continue;
      const before = byKey.get(digest.previous.key)!;
      expect(digest.previous).toEqual({
        bucket: 'logs',
        key: before.key,
        hash: before.sha256,
        signature: before.signature,
      });
      expect([trailOf(before), isBackfilled(before), placeOf(before.key)]).toEqual([
        trailOf(digest),
        isBackfilled(digest),
        placeOf(digest.key),
      ]);
      if (!isBackfilled(digest)) expect(before.end).toBe(digest.start);
      expect(named.has(before.key)).toBe(false);
      named.add(before.key);
    }
  });

  it('has log files that exactly one digest names, of their place and their hour, with their hash', () => {
    const logs = [...made.bucket].filter(([key]) => !isDigestKey(key));
    const named = made.digests.flatMap((digest) => digest.files.map((file) => ({ ...file, digest })));
    expect(named.map(({ key }) => key).sort()).toEqual(logs.map(([key]) => key).sort());
    for (const { key, bucket, hash, digest } of named) {
      expect(bucket).toBe('logs');
      expect(hash).toBe(sha256(gunzipSync(made.bucket.get(key)!.body)));
      expect(placeOf(key)).toBe(placeOf(digest.key));
      expect(deliveredAt(key)).toBeGreaterThanOrEqual(digest.start);
      expect(deliveredAt(key)).toBeLessThan(digest.end);
    }
  });

  it('has a second trail in the home region: its own log files and chain in the same folders', () => {
    const places = (trail: string): string[] => [
      ...new Set(made.digests.filter((digest) => trailOf(digest) === trail).map(({ key }) => placeOf(key))),
    ];
    const [main, data] = made.manifest.changes!.trails;
    expect(places(data).length).toBe(made.manifest.accounts.length);
    expect(places(main)).toEqual(expect.arrayContaining(places(data)));
    const events: Record<string, number> = {};
    for (const digest of made.digests.filter(({ region }) => region === 'us-east-1')) {
      for (const { key } of digest.files) {
        const { Records } = JSON.parse(gunzipSync(made.bucket.get(key)!.body).toString());
        for (const { eventCategory } of Records) {
          const kind = `${trailOf(digest)}: ${eventCategory === 'Data' ? 'data' : 'other'} events`;
          events[kind] = (events[kind] ?? 0) + 1;
        }
      }
    }
    expect(Object.keys(events).sort()).toEqual([`${data}: data events`, `${main}: other events`]);
    expect(made.digests.filter((digest) => trailOf(digest) === data && digest.previous === undefined)).toHaveLength(
      made.manifest.accounts.length,
    );
  });

  it('has a stop: no file of the trail in between, then a new chain in every place', () => {
    const { trails, stopped } = made.manifest.changes!;
    const main = made.digests.filter((digest) => trailOf(digest) === trails[0] && !isBackfilled(digest));
    const begins = main.filter(({ previous }) => previous === undefined);
    const places = made.manifest.accounts.length * made.manifest.regions.length;
    expect(begins).toHaveLength(2 * places);
    const hour = 3_600_000;
    for (const { start, end, files } of main) {
      expect(start >= Date.parse(stopped.from) && end <= Date.parse(stopped.to)).toBe(false);
      if (start < Date.parse(stopped.from)) expect(end - Date.parse(stopped.from)).toBeLessThan(hour);
      for (const { key } of files) expect(within(deliveredAt(key), stopped)).toBe(false);
    }
    // A new chain starts less than five minutes before the first delivery.
    const again = begins.filter(({ end }) => end > Date.parse(stopped.to));
    expect(again).toHaveLength(places);
    for (const { start } of again) expect(Date.parse(stopped.to) - start).toBeLessThan(300_000);
  });

  it('has backfilled digests: a separate chain, with the time of their creation', () => {
    const { delayed, backfilledAt, rotation } = made.manifest.changes!;
    const backfilled = made.digests.filter(isBackfilled);
    for (const { backfilledAt: at, key, files, region, end } of backfilled) {
      expect([at, region]).toEqual([Date.parse(backfilledAt), delayed.region]);
      expect(made.bucket.get(key)?.metadata?.['backfill-generation-timestamp']).toBe(backfilledAt);
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) expect(within(deliveredAt(file.key), delayed)).toBe(true);
      // They were made after the change of keys, so they have the new one, although their hour has not.
      expect(end).toBeLessThan(Date.parse(rotation));
    }
    expect(backfilled.filter(({ previous }) => previous === undefined)).toHaveLength(made.manifest.accounts.length);
    expect(backfilled.filter(({ previous }) => previous !== undefined).length).toBeGreaterThan(0);
    // Others of the same hours are in ordinary digests.
    const ordinary = made.digests.filter((digest) => !isBackfilled(digest)).flatMap(({ files }) => files);
    expect(ordinary.some(({ key }) => within(deliveredAt(key), delayed))).toBe(true);
  });
});

it('delivers no event twice, and counts what it delivers', () => {
  const ids: string[] = [];
  for (const [key, { body }] of sample.bucket) {
    if (isDigestKey(key)) continue;
    for (const { eventID, eventCategory, eventTime } of JSON.parse(gunzipSync(body).toString()).Records) {
      if (eventCategory !== 'Insight') ids.push(eventID);
      if (eventCategory === 'Management')
        expect(within(Date.parse(eventTime), sample.manifest.changes!.stopped)).toBe(false);
    }
  }
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBe(sample.manifest.tables.default);
});

it('is the same bytes for the same options, and another sample without trail changes', async () => {
  const hashOf = (bucket: Bucket): string =>
    sha256([...bucket].map(([key, object]: [string, BucketObject]) => key + sha256(object.body)).join());
  expect(hashOf((await make(OPTIONS)).bucket)).toBe(hashOf(sample.bucket));
  const store = createMemoryStore('plain');
  const plain = await writeSample(store, { ...OPTIONS, eventsPerHour: 5, trailChanges: undefined });
  expect(Object.keys(plain.options)).not.toContain('trailChanges');
  expect(plain).not.toHaveProperty('changes');
  await expect(writeSample(store, { ...OPTIONS, eventsPerHour: 5 })).rejects.toThrow(
    /already contains a different sample/,
  );
  expect((await store.get(MANIFEST_KEY)).body.toString()).not.toContain('trailChanges');
});
