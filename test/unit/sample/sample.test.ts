import { createHash, createPublicKey, verify } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { ORGANIZATION_PATTERN } from '../../../cloudtrail/object-key';
import { UserMistake } from '../../../errors/index';
import {
  FIRST_DAY,
  KEYS_PREFIX,
  MANIFEST_KEY,
  type SampleManifest,
  type SampleOptions,
  writeSample,
} from '../../../sample/index';
import { createMemoryStore } from '../../../storage/memory';
import type { ObjectStore, StoredObject } from '../../../storage/object-store';

// biome-ignore lint/suspicious/noExplicitAny: records as JSON.parse gives them.
type Json = Record<string, any>;

const SMALL: Partial<SampleOptions> = { days: 2, accounts: 2, eventsPerHour: 120, seed: 7 };

interface Sample {
  store: ObjectStore;
  manifest: SampleManifest;
  objects: StoredObject[];
}

async function make(options: Partial<SampleOptions>): Promise<Sample> {
  const store = createMemoryStore('sample');
  const manifest = await writeSample(store, options);
  return { store, manifest, objects: await everything(store) };
}

async function everything(store: ObjectStore): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const page of store.list('')) for (const { key } of page.objects) objects.push(await store.get(key));
  return objects;
}

const logs = ({ objects }: Sample): StoredObject[] => objects.filter(({ key }) => key.startsWith('AWSLogs/'));
const kindOf = (key: string): string => key.split('/').find((part) => part.startsWith('CloudTrail')) ?? '';
const parse = ({ body }: StoredObject): Json => JSON.parse(gunzipSync(body).toString('utf8'));
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** One hash over every key, body and metadata. */
function hashOf({ objects }: Sample): string {
  return sha256(
    objects.map(({ key, body, metadata }) => `${key} ${sha256(body)} ${JSON.stringify(metadata)}\n`).join(''),
  );
}

let sample: Sample;
let records: Json[];
beforeAll(async () => {
  sample = await make(SMALL);
  records = logs(sample)
    .filter(({ key }) => kindOf(key) !== 'CloudTrail-Digest')
    .flatMap((object) => (parse(object).Records as Json[]).map((record) => ({ ...record, kind: kindOf(object.key) })));
});

describe('a sample', () => {
  it('has the same bytes for the same seed on every machine, and others for another seed', async () => {
    expect(hashOf(await make(SMALL))).toBe(hashOf(sample));
    expect(hashOf(await make({ ...SMALL, seed: 8 }))).not.toBe(hashOf(sample));
    // Pinned: another platform, or another version of Node, must come to this too.
    expect(hashOf(sample)).toMatchInlineSnapshot(`"17f727c3374b812d6e07c28174e2a3a3d897b9bd0f3090b798909cb4a12cba8a"`);
  });

  it('has the keys that CloudTrail writes', () => {
    const log =
      /^AWSLogs\/(\d{12})\/(CloudTrail(?:-Insight|-NetworkActivity)?)\/([a-z0-9-]+)\/(\d{4})\/(\d\d)\/(\d\d)\/\1_\2_\3_\4\5\6T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$/;
    const digest =
      /^AWSLogs\/(\d{12})\/CloudTrail-Digest\/([a-z0-9-]+)\/(\d{4})\/(\d\d)\/(\d\d)\/\1_CloudTrail-Digest_\2_acme-trail_us-east-1_\3\4\5T\d{6}Z\.json\.gz$/;
    for (const { key } of logs(sample)) expect(key).toMatch(kindOf(key) === 'CloudTrail-Digest' ? digest : log);
    expect(new Set(logs(sample).map(({ key }) => kindOf(key))).size).toBe(4);
  });

  it('puts the organization into the keys of an organization trail', async () => {
    const { manifest, objects } = await make({ ...SMALL, days: 1, eventsPerHour: 5, organization: true });
    expect(manifest.organization).toMatch(ORGANIZATION_PATTERN);
    for (const { key } of objects) {
      if (key.startsWith('AWSLogs/')) expect(key).toMatch(`AWSLogs/${manifest.organization}/`);
    }
  });

  it('has correct counts', () => {
    const { manifest } = sample;
    const counted: Record<string, number[]> = {};
    for (const object of logs(sample)) {
      counted[kindOf(object.key)] ??= [0, 0, 0];
      const volume = counted[kindOf(object.key)];
      volume[0]++;
      volume[1] += object.size;
      volume[2] += kindOf(object.key) === 'CloudTrail-Digest' ? 1 : parse(object).Records.length;
    }
    const said = Object.entries(manifest.kinds).map(([kind, v]) => [kind, [v.objects, v.bytes, v.records]]);
    expect(Object.fromEntries(said)).toEqual(counted);
    const rows = records.filter(({ kind }) => kind !== 'CloudTrail-Insight');
    expect(manifest.tables.default).toBe(rows.length);
    const days: Record<string, number> = {};
    for (const { eventTime } of rows) days[eventTime.slice(0, 10)] = (days[eventTime.slice(0, 10)] ?? 0) + 1;
    expect(manifest.eventDays).toEqual(days);
    const errors = rows.filter(({ errorCode }) => errorCode !== undefined).length;
    expect(manifest.answers.errorsByService.reduce((sum, { count }) => sum + count, 0)).toBe(errors);
    const failed = rows.filter(
      (row) => row.eventName === 'ConsoleLogin' && row.responseElements.ConsoleLogin !== 'Success',
    );
    expect(manifest.answers.failedLogins.reduce((sum, { count }) => sum + count, 0)).toBe(failed.length);
    const [top] = manifest.answers.topPrincipals;
    expect(rows.filter((row) => row.userIdentity.arn === top.name)).toHaveLength(top.count);
    const stamps = logs(sample).map(({ key }) => /\/(\d{4}\/\d\d\/\d\d)\//.exec(key)?.[1].replaceAll('/', '-') ?? '');
    expect(manifest.delivery).toEqual({ from: stamps.sort()[0], to: stamps.at(-1) });
  });

  it('has what real logs have: roles across accounts, sign-ins, services, errors, unicode, IPv6', () => {
    const some = (fits: (record: Json) => unknown): void => expect(records.filter(fits).length).toBeGreaterThan(0);
    const shared = new Map<string, Json[]>();
    for (const record of records) {
      shared.set(record.sharedEventID, [...(shared.get(record.sharedEventID) ?? []), record]);
    }
    const twice = [...shared].filter(
      ([id, both]) => id !== undefined && both[0].eventName === 'AssumeRole' && both.length === 2,
    );
    expect(twice.length).toBeGreaterThan(0);
    for (const [, [one, other]] of twice) {
      expect(one.recipientAccountId).not.toBe(other.recipientAccountId);
      expect(one.eventID).not.toBe(other.eventID);
    }
    some(({ userIdentity }) => userIdentity?.type === 'AWSService');
    some(
      ({ userIdentity }) =>
        userIdentity?.sessionContext?.sessionIssuer?.type === undefined && userIdentity?.type === 'Root',
    );
    some(({ userIdentity }) => /[^\p{ASCII}]/u.test(userIdentity?.userName ?? ''));
    some(({ userIdentity }) => /[\u{10000}-\u{10ffff}]/u.test(userIdentity?.userName ?? ''));
    some(({ sourceIPAddress }) => sourceIPAddress?.includes(':'));
    some(({ responseElements }) => responseElements?.ConsoleLogin === 'Success');
    some(({ eventType }) => eventType === 'AwsVpceEvents');
    some(({ eventType }) => eventType === 'AwsVpceEvent');
    some(({ requestParameters, responseElements }) => requestParameters === null && responseElements === null);
    for (const version of ['1.08', '1.09', '1.10', '1.11']) some(({ eventVersion }) => eventVersion === version);
    const ids = records.map(({ recipientAccountId, eventID }) => `${recipientAccountId}/${eventID}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has insights whose start and end share an id', () => {
    const insights = records.filter(({ kind }) => kind === 'CloudTrail-Insight');
    const states = new Map<string, string[]>();
    for (const { sharedEventID, insightDetails } of insights) {
      states.set(sharedEventID, [...(states.get(sharedEventID) ?? []), insightDetails.state]);
    }
    expect(states.size).toBeGreaterThan(0);
    for (const both of states.values()) expect(both.sort()).toEqual(['End', 'Start']);
  });

  it('has files without records, busy and quiet hours, and events that are older than their file by minutes, hours and days', () => {
    expect(logs(sample).filter((object) => parse(object).Records?.length === 0).length).toBeGreaterThan(0);
    const hours = new Array<number>(24).fill(0);
    for (const { eventTime } of records) hours[Number(eventTime.slice(11, 13))]++;
    expect(Math.max(...hours)).toBeGreaterThan(2 * Math.min(...hours));
    const ages = logs(sample).flatMap((object) => {
      const stamp = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_/.exec(object.key);
      if (stamp === null) return [];
      const [, year, month, day, hour, minute] = stamp.map(Number);
      const delivered = Date.UTC(year, month - 1, day, hour, minute);
      return (parse(object).Records as Json[]).map(({ eventTime }) => (delivered - Date.parse(eventTime)) / 3_600_000);
    });
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(0);
    const share = (from: number, to: number): number =>
      ages.filter((age) => age >= from && age < to).length / ages.length;
    expect(share(0, 0.5)).toBeGreaterThan(0.9);
    expect(share(1, 24)).toBeGreaterThan(0);
    expect(share(24, 96)).toBeGreaterThan(0);
  });

  it('is reused for the same options, and is never mixed with other files', async () => {
    expect(await writeSample(sample.store, SMALL)).toEqual(sample.manifest);
    await expect(writeSample(sample.store, { ...SMALL, seed: 9 })).rejects.toThrow(
      /already contains a different sample/,
    );
    const store = createMemoryStore('other');
    await store.put('AWSLogs/notes.txt', Buffer.from('mine'));
    await expect(writeSample(store, SMALL)).rejects.toThrow(/is not empty/);
    await expect(writeSample(createMemoryStore('x'), { ...SMALL, days: 0 })).rejects.toThrow(UserMistake);
  });
});

describe('its digests', () => {
  it('are signed, name the one before them, and cover every file', async () => {
    const byKey = new Map(sample.objects.map((object) => [object.key, object]));
    const digests = logs(sample).filter(({ key }) => kindOf(key) === 'CloudTrail-Digest');
    const list = JSON.parse((await sample.store.get(`${KEYS_PREFIX}public-keys.json`)).body.toString()) as Json;
    const [{ Value, Fingerprint }] = list.PublicKeyList;
    const publicKey = createPublicKey({ key: Buffer.from(Value, 'base64'), format: 'der', type: 'pkcs1' });
    const covered: string[] = [];
    let firsts = 0;
    for (const object of digests) {
      const digest = parse(object);
      const { signature } = object.metadata;
      const text = gunzipSync(object.body);
      expect([digest.digestS3Bucket, digest.digestS3Object]).toEqual(['trailmill-sample', object.key]);
      expect([digest.digestPublicKeyFingerprint, object.metadata['signature-algorithm']]).toEqual([
        Fingerprint,
        'SHA256withRSA',
      ]);
      const signed = [
        digest.digestEndTime,
        `${digest.digestS3Bucket}/${digest.digestS3Object}`,
        sha256(text),
        digest.previousDigestSignature ?? 'null',
      ].join('\n');
      expect(verify('sha256', Buffer.from(signed), publicKey, Buffer.from(signature, 'hex'))).toBe(true);
      if (digest.previousDigestS3Object === null) firsts++;
      else {
        const before = byKey.get(digest.previousDigestS3Object) as StoredObject;
        expect(digest.previousDigestHashValue).toBe(sha256(gunzipSync(before.body)));
        expect(digest.previousDigestSignature).toBe(before.metadata.signature);
        expect(parse(before).digestEndTime).toBe(digest.digestStartTime);
      }
      for (const { s3Object, hashValue } of digest.logFiles) {
        expect(sha256(gunzipSync((byKey.get(s3Object) as StoredObject).body))).toBe(hashValue);
        covered.push(s3Object);
      }
    }
    expect(firsts).toBe(4);
    const files = logs(sample).filter(({ key }) => kindOf(key) !== 'CloudTrail-Digest');
    expect(covered.sort()).toEqual(files.map(({ key }) => key).sort());
    expect(digests.some((object) => parse(object).digestEndTime.slice(0, 10) > FIRST_DAY)).toBe(true);
  });
});

it('describes its content in sample.json', async () => {
  expect(JSON.parse((await sample.store.get(MANIFEST_KEY)).body.toString())).toEqual(sample.manifest);
});
