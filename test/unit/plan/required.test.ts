/** With `integrity: required`, only log files that a valid digest proves are ingested. */
import { gzipSync } from 'node:zlib';
import type { KeyRing } from '../../../integrity/keys';
import { addDays, dayAt } from '../../../protocol/days';
import type { IntegrityConfig } from '../../../run/config-schema';
import { batchKey } from '../../../run/work-keys';
import { AnsweringServer, type Told } from '../../support/answering-server';
import { audit, kindsOf } from '../../support/audit';
import { contentOf, copyOf, dayAgain, dyingAt, ProcessDied, processOf } from '../../support/crashes';
import {
  type Bucket,
  type DigestContent,
  contentOf as digestContentOf,
  isDigestKey,
  type SigningKey,
  sampleBucket,
  signedDigest,
} from '../../support/digest-files';
import {
  BUCKET_NAME,
  daysOf,
  deliver,
  deliveredAt,
  HOUR_MS,
  ingestAll,
  ledgerOf,
  type Run,
  requiredRun,
  ringOf,
} from '../../support/required';
import { ingestWholeDay, memoryRun, plan, rowsOf, snapshotsOf } from '../../support/runs';

let bucket: Bucket;
let keys: KeyRing;
let signing: SigningKey[];
let days: string[];
/** Long after everything. */
const LATER = Date.parse('2024-06-01T00:00:00Z');

beforeAll(async () => {
  const options = {
    days: 1,
    accounts: 1,
    regions: 2,
    eventsPerHour: 40,
    bucket: BUCKET_NAME,
    trailChanges: true,
  } as const;
  const sample = await sampleBucket(options);
  bucket = sample.bucket;
  signing = sample.keys;
  keys = ringOf(signing);
  days = daysOf(bucket);
});

const logsOf = (of: Bucket): string[] => [...of.keys()].filter((key) => !isDigestKey(key));
const bodyOf = (key: string): Buffer => bucket.get(key)?.body ?? Buffer.alloc(0);
/** A log file from the middle of the first day. */
const someLog = (): string =>
  logsOf(bucket).filter((key) => key.includes('/CloudTrail/') && key.includes(days[0].replaceAll('-', '/')))[30];

/** The digest that lists a log file. */
function digestOf(log: string): [key: string, content: DigestContent] {
  for (const [key, object] of bucket) {
    if (!isDigestKey(key)) continue;
    const content = digestContentOf(object);
    if (content.logFiles.some(({ s3Object }) => s3Object === log)) return [key, content];
  }
  throw new Error(`No digest names ${log}`);
}

async function ingested(of: Bucket, now = LATER): Promise<Run> {
  const run = await requiredRun(keys);
  await deliver(run, of);
  await ingestAll(run, days, now);
  return run;
}

async function pathsIn(run: Run): Promise<Set<string>> {
  const paths = new Set<string>();
  for (const role of ['default', 'insights', 'rejects'] as const)
    for (const row of await rowsOf(run, role))
      paths.add(String((row.log as { file: { path: string } } | undefined)?.file.path ?? row.path));
  return paths;
}

it('ingests an untampered bucket to the same tables as without it', async () => {
  const record = memoryRun({}, (await requiredRun(keys)).config.tables);
  for (const [key, { body, metadata }] of bucket) await record.bucket.put(key, body, { metadata });
  for (const day of days) await ingestWholeDay(record, day);
  const run = await ingested(bucket);
  expect(await contentOf(run)).toEqual(await contentOf(record));
  for (const role of ['default', 'digest', 'ledger'] as const) expect(await rowsOf(run, role)).not.toEqual([]);
  for (const day of days) expect(await plan(run, day, {}, { now: LATER })).toMatchObject({ files: 0, batches: 0 });
});

describe('does not ingest, and names', () => {
  /** Only these files are not ingested; everything else is as without the change. */
  async function expectKeptOut(changed: Bucket, expected: Record<string, RegExp>): Promise<void> {
    const run = await ingested(changed);
    const ledger = await ledgerOf(run);
    const out = [...ledger].filter(([, state]) => state !== 'ingested');
    expect(Object.fromEntries(out)).toEqual(
      Object.fromEntries(Object.entries(expected).map(([key, message]) => [key, expect.stringMatching(message)])),
    );
    expect([...ledger.keys()].sort()).toEqual([...changed.keys()].sort());
    const paths = await pathsIn(run);
    for (const key of Object.keys(expected)) expect(paths).not.toContain(`${run.bucket.uri}/${key}`);
    for (const day of days) expect(kindsOf(await audit(run, { day }))).toEqual([]);
  }

  it('a log file that was changed', async () => {
    const log = someLog();
    await expectKeptOut(new Map(bucket).set(log, { body: gzipSync('{"Records":[]}') }), {
      [log]: /^not_proven: Its SHA-256 is [0-9a-f]{64}, but the digest \S+ says [0-9a-f]{64}\.$/,
    });
  });

  it('a log file with a second gzip member, or with bytes in its header, whatever its content', async () => {
    const [one, other] = logsOf(bucket).filter((key) => key.includes('/CloudTrail/'));
    const hidden = Buffer.concat([bodyOf(other).subarray(0, 10), Buffer.from('hidden\0'), bodyOf(other).subarray(10)]);
    hidden[3] |= 16;
    const changed = new Map(bucket)
      .set(one, { body: Buffer.concat([bodyOf(one), gzipSync('')]) })
      .set(other, { body: hidden });
    await expectKeptOut(changed, {
      [one]: /^not_proven: The digest \S+ does not cover the whole file: trailing_members: 2 gzip members/,
      [other]: /^not_proven: The digest \S+ does not cover the whole file: hidden_bytes: 6 bytes/,
    });
  });

  it('a log file that no digest names', async () => {
    const extra = someLog().replace(/_[^_]+$/, '_AAAAAAAAAAAAAAAA.json.gz');
    await expectKeptOut(new Map(bucket).set(extra, { body: bodyOf(someLog()) }), {
      [extra]:
        /^not_proven: No valid digest listed it within 26 hours of .* The digests for its time are valid, but do not list it\.$/,
    });
  });

  it('the log files of a digest that was removed', async () => {
    const [digest, { logFiles }] = digestOf(someLog());
    const changed = new Map(bucket);
    changed.delete(digest);
    await expectKeptOut(
      changed,
      Object.fromEntries(logFiles.map(({ s3Object }) => [s3Object, /^not_proven: No valid digest listed it/])),
    );
  });

  it('everything, if the bucket has no digests', async () => {
    const logs = new Map([...bucket].filter(([key]) => !isDigestKey(key)));
    const message = /^not_proven: .* There are no digests in AWSLogs\/\S+ for 2024-\d\d-\d\d and 2024-\d\d-\d\d\.$/;
    await expectKeptOut(logs, Object.fromEntries([...logs.keys()].map((key) => [key, message])));
  });
});

describe('a log file that no digest lists yet', () => {
  const day = '2024-02-28';
  const now = Date.parse(`${day}T12:30:00Z`);
  const until = (time: number): Bucket => new Map([...bucket].filter(([key]) => deliveredAt(key) <= time));

  it('is held back and reported, is not a difference in an audit, and nothing is written until its digest exists', async () => {
    const run = await requiredRun(keys);
    await deliver(run, until(now));
    await ingestAll(run, [day], now);
    const ledger = await ledgerOf(run);
    const waiting = logsOf(until(now)).filter((key) => !ledger.has(key));
    expect(waiting.length).toBeGreaterThan(0);
    expect(new Set(ledger.values())).toEqual(new Set(['ingested']));
    const ignored = [{ why: 'awaiting_digest', files: waiting.length, example: waiting.sort()[0] }];
    expect(await plan(run, day, {}, { now })).toMatchObject({ files: 0, batches: 0, ignored });
    const report = await audit(run, { day, now });
    expect(kindsOf(report)).toEqual([]);
    expect(report.ignored).toEqual(ignored);
    // It counts as missing once nothing holds it back.
    expect(kindsOf(await audit(run, { day, now: LATER }))).toHaveLength(waiting.length);

    const snapshots = await snapshotsOf(run, 'ledger');
    const process = processOf(run);
    await ingestAll(process, [day], now);
    // The list of places is written once for each content.
    const written = process.calls.filter(
      ({ name, key }) => ['put', 'delete'].includes(name) && !key.includes('/sources/'),
    );
    expect(written).toEqual([]);
    expect(await snapshotsOf(run, 'ledger')).toBe(snapshots);

    await deliver(run, bucket);
    await ingestAll(run, days, LATER);
    expect(await contentOf(run)).toEqual(await contentOf(await ingested(bucket)));
  });

  it('is quarantined after hold_hours, and ingested with --retry-quarantined after its digest has arrived', async () => {
    const run = await requiredRun(keys, { holdHours: 3 });
    const log = someLog();
    const alone: Bucket = new Map([[log, { body: bodyOf(log) }]]);
    await deliver(run, alone);
    const end = deliveredAt(log) + Math.max(3 * HOUR_MS, 195 * 60_000);
    expect(await plan(run, day, {}, { now: end })).toMatchObject({ files: 0, ignored: [{ files: 1, example: log }] });
    await ingestAll(run, [day], end + 1);
    expect([...(await ledgerOf(run))]).toEqual([[log, expect.stringMatching(/^not_proven: .* 3 hours of/)]]);
    await deliver(run, bucket);
    await ingestAll(run, [day], end + 2);
    expect((await ledgerOf(run)).get(log)).toMatch(/^not_proven/);
    await ingestAll(run, days, LATER, true);
    expect(new Set((await ledgerOf(run)).values())).toEqual(new Set(['ingested']));
    const [{ ledger: _, ...tables }, { ledger: __, ...wanted }] = [
      await contentOf(run),
      await contentOf(await ingested(bucket)),
    ];
    expect(tables).toEqual(wanted);
  });

  it('that CloudTrail delivers days later waits for the digest of the hour in which it arrives', async () => {
    const run = await requiredRun(keys);
    await deliver(run, bucket);
    const late = someLog().replace(/_[^_]+$/, '_LLLLLLLLLLLLLLLL.json.gz');
    run.clock.now = Date.parse(`${addDays(day, 5)}T10:10:00Z`);
    await run.bucket.put(late, bodyOf(someLog()));
    await ingestAll(run, [day], run.clock.now + HOUR_MS);
    expect((await ledgerOf(run)).has(late)).toBe(false);
    const [digest, content] = digestOf(someLog());
    const end = `${addDays(day, 5)}T11:00:00Z`;
    const object = digest
      .replace(/\/\d{4}\/\d\d\/\d\d\//, `/${dayAt(Date.parse(end)).replaceAll('-', '/')}/`)
      .replace(/\d{8}T\d{6}Z/, end.replace(/[-:]/g, ''));
    const files = content.logFiles.filter(({ s3Object }) => s3Object === someLog());
    const named = signedDigest(
      {
        ...content,
        ...{ digestStartTime: `${addDays(day, 5)}T10:00:00Z`, digestEndTime: end, digestS3Object: object },
        logFiles: files.map((file) => ({ ...file, s3Object: late })),
      },
      signing[0],
    );
    await run.bucket.put(object, named.body, { metadata: named.metadata });
    await ingestAll(run, [day], run.clock.now + 2 * HOUR_MS);
    expect((await ledgerOf(run)).get(late)).toBe('ingested');
  });
});

it('produces the same tables wherever a process dies', async () => {
  const time = Date.parse('2024-02-28T02:00:00Z');
  const few: Bucket = new Map([...bucket].filter(([key]) => deliveredAt(key) <= time && key.includes('/us-east-1/')));
  const changed = logsOf(few).find((log) => few.has(digestOf(log)[0])) as string;
  const of = new Map(few).set(changed, { body: gzipSync('{"Records":[]}') });
  const now = time + HOUR_MS / 2;
  const before = await requiredRun(keys, {}, { batchFiles: 30, groupBatches: 2 });
  await deliver(before, of);
  const undisturbed = await copyOf(before);
  const process = processOf(undisturbed);
  await dayAgain(process, '2024-02-28', 'goes on', now);
  const wanted = await contentOf(undisturbed);
  expect(wanted.ledger.join()).toContain('not_proven');
  for (let number = 1; number <= process.calls.length; number += 1) {
    const run = await copyOf(before);
    const end: unknown = await dayAgain(processOf(run, dyingAt(number, 'after')), '2024-02-28', 'goes on', now).catch(
      (error: unknown) => error,
    );
    // The removal at the end may fail.
    if (end !== undefined) expect(end).toBeInstanceOf(ProcessDied);
    await dayAgain(run, '2024-02-28', 'goes on', now);
    expect(await contentOf(run)).toEqual(wanted);
  }
});

it('writes batches that workers refuse if they would not check the hashes, and others as before', async () => {
  const formats = async (integrity: Partial<IntegrityConfig>): Promise<unknown> => {
    const run = await requiredRun(keys, integrity);
    await deliver(run, bucket);
    const { address } = await plan(run, days[0], {}, { now: LATER });
    return JSON.parse((await run.warehouse.get(batchKey(address, 0))).body.toString()).format;
  };
  expect(await formats({})).toBe(3);
  expect(await formats({ mode: 'verify' })).toBe(1);
});

describe('a digest whose public key is not known', () => {
  const saved = { ...process.env };
  let cloudTrail: AnsweringServer;
  beforeEach(async () => {
    cloudTrail = await AnsweringServer.start();
    for (const name of Object.keys(process.env)) if (/^AWS_(?!SDK_)/.test(name)) delete process.env[name];
    Object.assign(process.env, {
      ...{ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
      ...{ AWS_ACCESS_KEY_ID: 'AKIAOWN', AWS_SECRET_ACCESS_KEY: 'own', AWS_EC2_METADATA_DISABLED: 'true' },
      AWS_ENDPOINT_URL_CLOUDTRAIL: cloudTrail.uri,
    });
  });
  afterEach(async () => {
    process.env = { ...saved };
    await cloudTrail.close();
  });
  const told = (status: number, body: object): Told => {
    return { status, body, headers: { 'content-type': 'application/x-amz-json-1.1' } };
  };

  it('proves nothing if CloudTrail does not have it, and is requested once in each region', async () => {
    cloudTrail.answer = () => told(200, { PublicKeyList: [] });
    const run = await requiredRun(new Map(), { keys: undefined });
    await deliver(run, bucket);
    const of = { ...run, config: { ...run.config, location: 's3://trailmill-sample?region=eu-west-1' } };
    await ingestAll(of, days.slice(0, 1), LATER);
    const logs = [...(await ledgerOf(of))].filter(([key]) => !isDigestKey(key));
    for (const [, state] of logs) expect(state).toMatch(/^not_proven: .* is not valid: unknown_key: /);
    expect(logs.length).toBeGreaterThan(0);
    expect(cloudTrail.asked.map(({ body }) => body)).toHaveLength(2);
  });

  it('stops the day if CloudTrail does not respond: nothing is quarantined for that', async () => {
    cloudTrail.answer = () => told(400, { __type: 'AccessDeniedException', message: 'no' });
    const run = await requiredRun(new Map(), { keys: undefined });
    await deliver(run, bucket);
    const of = { ...run, config: { ...run.config, location: 's3://trailmill-sample?region=eu-west-1' } };
    await expect(ingestAll(of, days, LATER)).rejects.toMatchObject({
      name: 'StorageUnavailable',
      message: expect.stringMatching(/^integrity: required needs the public key [0-9a-f]{32} for .*ListPublicKeys/),
    });
    expect(await ledgerOf(of)).toEqual(new Map());
  });
});

it('does not read an unlimited number of objects among the digests', async () => {
  const run = await requiredRun(keys);
  await deliver(run, bucket);
  const [digest] = [...bucket.keys()].filter(isDigestKey);
  for (let number = 0; number < 10_001; number++) await run.bucket.put(`${digest}${number}`, Buffer.from('x'));
  await expect(ingestAll(run, days, LATER)).rejects.toMatchObject({
    name: 'UserMistake',
    message: expect.stringContaining(' has more than 10,000 objects'),
  });
});

it('refuses to run over a copy of an unknown bucket', async () => {
  const run = await requiredRun(keys, { bucket: undefined });
  await deliver(run, bucket);
  await expect(plan(run, days[0], {}, { now: LATER })).rejects.toMatchObject({ name: 'UserMistake' });
});

it('reads no digest for a plan unless it is required', async () => {
  const run = await requiredRun(keys, { mode: 'verify' });
  await deliver(run, bucket);
  const process = processOf(run);
  await plan(process, days[0], {}, { now: LATER });
  expect(process.calls.filter(({ name, key }) => name === 'get' && key.startsWith('AWSLogs/'))).toEqual([]);
});

it('lists a place without new files, and reads none of its digests', async () => {
  const run = await ingested(bucket);
  const process = processOf(run);
  for (const day of days) await plan(process, day, {}, { now: LATER });
  expect(process.calls.filter(({ name, key }) => name === 'get' && key.startsWith('AWSLogs/'))).toEqual([]);
});
