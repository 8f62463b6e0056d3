/** What the comparison with aws-cli relies on: aws-cli's own validator, over a bucket on disk. */
import { createHash, sign } from 'node:crypto';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { KEYS_PREFIX, type SampleManifest, writeSample } from '../../../sample/index.js';
import { createFileStore } from '../../../storage/file.js';
import { METADATA_DIRECTORY } from '../../../storage/keys.js';
import {
  type AwsValidator,
  type AwsVerdicts,
  describeWithAwsCli,
  type ListedKey,
  startAwsValidator,
} from '../../support/aws-validator.js';

describeWithAwsCli('aws-cli’s validator', () => {
  let root: string;
  let manifest: SampleManifest;
  let keys: ListedKey[];
  let validator: AwsValidator;
  let untampered: AwsVerdicts;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'trailmill-aws-cli-'));
    const folder = join(root, 'sample');
    manifest = await writeSample(createFileStore(folder), { days: 1, accounts: 1, regions: 1, organization: true });
    const list = await readFile(join(folder, KEYS_PREFIX, 'public-keys.json'), 'utf8');
    keys = (JSON.parse(list) as { PublicKeyList: ListedKey[] }).PublicKeyList;
    validator = await startAwsValidator();
    untampered = await validate(folder);
  });

  afterAll(async () => {
    await validator?.close();
    await rm(root, { recursive: true, force: true });
  });

  const validate = (folder: string, more: { keys?: readonly ListedKey[]; trail?: string } = {}) =>
    validator.validate({
      folder,
      bucket: manifest.bucket,
      keys,
      ...{ trail: 'acme-trail', homeRegion: manifest.regions[0], region: manifest.regions[0] },
      account: manifest.accounts[0],
      ...{ start: '2024-02-28T00:00:00Z', end: '2024-03-01T00:00:00Z' },
      organization: manifest.organization ?? undefined,
      ...more,
    });

  const of = (kind: string, { results }: AwsVerdicts) => results.filter((one) => one.kind === kind);

  it('finds an untampered sample valid: every digest, every log file', () => {
    const digests = manifest.kinds['CloudTrail-Digest'].objects;
    expect(untampered).toMatchObject({ gaps: [], aborted: null });
    expect(untampered.results.filter(({ valid }) => !valid)).toEqual([]);
    expect(of('digest', untampered)).toHaveLength(digests);
    expect(new Set(of('log', untampered).map(({ key }) => key)).size).toBe(manifest.total.objects - digests);
  });

  it('ignores other trails, and accepts no digest without its key', async () => {
    const folder = join(root, 'sample');
    await expect(validate(folder, { trail: 'other' })).resolves.toEqual({ results: [], gaps: [], aborted: null });
    await expect(validate(folder, { keys: [] })).resolves.toMatchObject({
      results: [],
      aborted: expect.stringContaining('No public keys found'),
    });
    const [key] = keys;
    const other = [{ ...key, Fingerprint: '0'.repeat(32) }];
    const { results } = await validate(folder, { keys: other });
    expect(new Set(results.map(({ reason }) => reason?.slice(0, 20)))).toEqual(new Set(['public key not found']));
  });

  describe('in a tampered bucket', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(root, 'copy-'));
      await cp(join(root, 'sample'), folder, { recursive: true });
    });

    /** The results that differ from those of the untampered bucket; objects that are no longer named are `null`. */
    async function differences(): Promise<Record<string, string | null>> {
      const { results, aborted } = await validate(folder);
      expect(aborted).toBeNull();
      const now = new Map(results.map(({ key, reason }) => [key, reason ?? 'valid']));
      return Object.fromEntries(
        [...new Set([...now.keys(), ...untampered.results.map(({ key }) => key)])]
          .map((key) => [key, now.get(key) ?? null] as const)
          .filter(([, word]) => word !== 'valid'),
      );
    }

    const path = (key: string): string => join(folder, key);
    const metadata = (key: string): string => join(folder, METADATA_DIRECTORY, `${key}.json`);
    const aLog = (): string => of('log', untampered)[7].key;
    /** A digest by its position from the end, with the log files that it lists. */
    async function digestAt(index: number) {
      const { key } = of('digest', untampered)[index];
      const content = JSON.parse(gunzipSync(await readFile(path(key))).toString()) as Record<string, unknown>;
      const logs = (content.logFiles as { s3Object: string }[]).map(({ s3Object }) => s3Object);
      return { key, content, logs };
    }
    const withoutLogs = (logs: readonly string[]) => Object.fromEntries(logs.map((log) => [log, null]));

    it.each<[string, (key: string) => Promise<void>, string]>([
      [
        'with other content',
        async (key) => writeFile(path(key), gzipSync(`${gunzipSync(await readFile(path(key)))} `)),
        'hash value doesn’t match',
      ],
      ['that is gone', (key) => rm(path(key)), 'not found'],
      ['that is not gzip', (key) => writeFile(path(key), '{"Records":[]}'), 'invalid format'],
      [
        'with an appended gzip member',
        async (key) => writeFile(path(key), Buffer.concat([await readFile(path(key)), gzipSync('{}')])),
        'unexpected data after end of compressed stream',
      ],
    ])('names a log file %s', async (_name, tamper, reason) => {
      await tamper(aLog());
      await expect(differences()).resolves.toEqual({ [aLog()]: reason.replace('’', "'") });
    });

    it.each<[string, (key: string) => Promise<void>, RegExp]>([
      [
        'with other content',
        async (key) => writeFile(path(key), gzipSync(`${gunzipSync(await readFile(path(key)))} `)),
        /^signature verification failed$/,
      ],
      ['that is gone', (key) => rm(path(key)), /^not found$/],
      ['without metadata', (key) => rm(metadata(key)), /^signature verification failed$/],
      ['that is not JSON', (key) => writeFile(path(key), gzipSync('{')), /^invalid format$/],
    ])('names a digest %s, and no longer names its log files', async (_name, tamper, reason) => {
      const { key, logs } = await digestAt(10);
      expect(logs).not.toEqual([]);
      await tamper(key);
      await expect(differences()).resolves.toEqual({ [key]: expect.stringMatching(reason), ...withoutLogs(logs) });
    });

    it('names a digest that is not where its content says', async () => {
      const [one, other] = await Promise.all([digestAt(10), digestAt(11)]);
      await rename(path(one.key), path('swap'));
      await rename(path(other.key), path(one.key));
      await rename(path('swap'), path(other.key));
      const moved = 'has been moved from its original location';
      await expect(differences()).resolves.toEqual({
        ...{ [one.key]: moved, [other.key]: moved },
        ...withoutLogs([...one.logs, ...other.logs]),
      });
    });

    it('does not report a digest that is missing at the end of the chain', async () => {
      const [{ key }] = of('digest', untampered);
      await rm(path(key));
      const found = await differences();
      expect(found[key]).toBeNull();
      expect(Object.values(found).filter((word) => word !== null)).toEqual([]);
    });

    it('reports a gap if a chain begins after earlier digests', async () => {
      const { key, content } = await digestAt(10);
      for (const name of ['S3Bucket', 'S3Object', 'HashValue', 'HashAlgorithm', 'Signature'])
        content[`previousDigest${name}`] = null;
      const body = Buffer.from(JSON.stringify(content));
      const hash = createHash('sha256').update(body).digest('hex');
      const privateKey = await readFile(path(`${KEYS_PREFIX}private/key.pem`));
      const text = `${content.digestEndTime}\n${manifest.bucket}/${key}\n${hash}\nnull`;
      const signature = sign('sha256', Buffer.from(text), privateKey).toString('hex');
      await writeFile(path(key), gzipSync(body));
      await writeFile(metadata(key), JSON.stringify({ signature, 'signature-algorithm': 'SHA256withRSA' }));
      await expect(differences()).resolves.toEqual({});
      const { gaps } = await validate(folder);
      expect(gaps).toEqual([{ backfill: false, from: expect.any(String), to: content.digestStartTime }]);
    });
  });
});
