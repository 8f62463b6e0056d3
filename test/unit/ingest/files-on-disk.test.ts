/** A bucket that is a directory: finished files are not read again, and changed ones are. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { survey } from '../../../client/plan/survey';
import { StorageAccessDenied } from '../../../errors/index';
import { ingestBatch } from '../../../ingest/batch';
import type { DecoderPool } from '../../../ingest/threads/decoder-pool';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import { findSourcesAndUnread } from '../../../plan/find-unread';
import { readWork } from '../../../run/versioned';
import { BATCH } from '../../../run/work-area';
import { batchKey } from '../../../run/work-keys';
import { createFileStore } from '../../../storage/file';
import type { ObjectStore } from '../../../storage/object-store';
import { audit, kindsOf, type Run, rewriteLedger } from '../../support/audit';
import {
  commitGroup,
  DAY,
  ingest,
  ingestWholeDay,
  memoryRun,
  NEVER,
  plan,
  records,
  rowsOf,
  trailFile,
  trailKey,
} from '../../support/runs';

let root: string;
let run: Run;
/** The keys that were read through the store. Decoders read files themselves. */
let reads: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trailmill-disk-'));
  reads = [];
  run = { ...memoryRun(), bucket: counted(createFileStore(root)) };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function counted(store: ObjectStore): ObjectStore {
  return {
    ...store,
    get: (key, options) => {
      reads.push(key);
      return store.get(key, options);
    },
    head: (key, options) => {
      reads.push(key);
      return store.head(key, options);
    },
  };
}

const LONG_AGO = 1_700_000_000;
const pathOf = (key: string): string => join(root, key);

/** A file that was written long ago. */
function write(key: string, body: Buffer = trailFile(records(2, undefined, {}, key)), seconds = LONG_AGO): void {
  mkdirSync(dirname(pathOf(key)), { recursive: true });
  writeFileSync(pathOf(key), body);
  utimesSync(pathOf(key), seconds, seconds);
}

const KEYS = ['a', 'b', 'c'].map((name) => trailKey(name));
const DIGEST = trailKey('d', { kind: 'CloudTrail-Digest' });
const md5 = (key: string): string =>
  createHash('md5')
    .update(readFileSync(pathOf(key)))
    .digest('hex');
const ledger = () => rowsOf(run, 'ledger');
const rowOf = async (key: string) => (await ledger()).find((row) => row.key === key);

/** The results of a second run, an audit and a plan of the command line for the day, and what they read. */
async function expectDone(read: readonly string[] = []): Promise<void> {
  const before = (await ledger()).length;
  const sorted = [...read].sort();
  const readBy = async (work: () => Promise<unknown>): Promise<void> => {
    reads.length = 0;
    await work();
    expect([...reads].sort()).toEqual(sorted);
  };
  await readBy(async () => expect(await ingestWholeDay(run)).toMatchObject({ files: 0 }));
  expect(await ledger()).toHaveLength(before);
  await readBy(async () => expect(kindsOf(await audit(run))).toEqual([]));
}

it('is read once: neither a plan nor an audit opens new or finished files', async () => {
  for (const key of [...KEYS, DIGEST]) write(key);
  expect(await ingestWholeDay(run)).toMatchObject({ files: 4, events: 6, skipped: 1 });
  expect(reads).toEqual([]);
  // Skipped files are also identified by their content: they may be copied.
  for (const key of [...KEYS, DIGEST]) expect(await rowOf(key)).toMatchObject({ etag: md5(key) });
  expect(Number((await rowOf(KEYS[0]))?.last_modified)).toBe(LONG_AGO * 1000);
  await expectDone();
  write(trailKey('late'));
  expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 2 });
  expect(reads).toEqual([]);
});

it('is read for its ETag if it was touched, and is done', async () => {
  for (const key of [...KEYS, DIGEST]) write(key);
  await ingestWholeDay(run);
  for (const key of [KEYS[1], DIGEST]) utimesSync(pathOf(key), LONG_AGO + 1, LONG_AGO + 1);
  await expectDone([KEYS[1], DIGEST]);
});

it('is read for its ETag if its row was written by an earlier version, and is done', async () => {
  for (const key of KEYS) write(key);
  await ingestWholeDay(run);
  await rewriteLedger(run, (rows) => rows.map((row) => ({ ...row, lastModified: undefined })));
  await expectDone(KEYS);
});

it('is done if it is a copy from an ingested bucket', async () => {
  const original = memoryRun();
  for (const key of KEYS) {
    write(key);
    await original.bucket.put(key, readFileSync(pathOf(key)));
  }
  await ingestWholeDay(original);
  const { warehouse, catalog } = original;
  run = { ...run, warehouse, catalog };
  expect(await plan(run)).toMatchObject({ files: 0 });
  expect([...reads].sort()).toEqual(KEYS);
});

it.each([
  ['its size and its time', trailFile(records(5, `${DAY}T15:00:00Z`)), LONG_AGO + 1],
  ['only its size', trailFile(records(5, `${DAY}T15:00:00Z`)), LONG_AGO],
])('is ingested in addition to its older content if %s changed', async (_what, body, seconds) => {
  for (const key of KEYS) write(key);
  await ingestWholeDay(run);
  write(KEYS[1], body, seconds);
  expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 5, replaced: 1 });
  expect(reads).toEqual([KEYS[1]]);
  await expectDone();
});

it('is ingested in addition to its older content if it was rewritten while it was read', async () => {
  const body = trailFile(records(2, `${DAY}T15:00:00Z`, {}, 'one'));
  write(KEYS[0], body, Date.now() / 1000);
  await ingestWholeDay(run);
  expect(await rowOf(KEYS[0])).toMatchObject({ etag: md5(KEYS[0]), last_modified: null });
  const { mtimeMs } = statSync(pathOf(KEYS[0]));
  const other = trailFile(records(2, `${DAY}T15:00:00Z`, {}, 'two'));
  expect(other.length).toBe(body.length);
  write(KEYS[0], other, mtimeMs / 1000);
  expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events: 2, replaced: 1 });
});

it.each([
  [
    'rewritten',
    (key: string) => write(key, trailFile(records(9, `${DAY}T15:00:00Z`)), LONG_AGO + 5),
    'object_changed',
    9,
  ],
  ['touched', (key: string) => utimesSync(pathOf(key), LONG_AGO, LONG_AGO + 5), 'object_changed', 2],
  ['deleted', (key: string) => rmSync(pathOf(key)), 'object_not_found', 2],
])(
  'that is %s between its plan and its batch is quarantined, and ingested by the next run',
  async (_how, change, code, events) => {
    for (const key of KEYS) write(key);
    const of = await plan(run);
    change(KEYS[1]);
    const { result } = await ingest(run, of, 0);
    expect(await commitGroup(run, of, [result])).toMatchObject({ files: 3, events: 4, quarantinedFor: [{ code }] });
    if (code === 'object_not_found') write(KEYS[1]);
    expect(await ingestWholeDay(run)).toMatchObject({ files: 1, events });
    await expectDone();
  },
);

/** Root can read everything: a denied read needs another user. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  chmodSync(root, 0o755);
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

it('with ten unreadable files and no readable one is a missing permission, and nothing is quarantined', async () => {
  const keys = Array.from({ length: 10 }, (_, number) => trailKey(`denied${number}`));
  for (const key of keys) {
    write(key);
    chmodSync(pathOf(key), 0);
  }
  await asNobody(async () => {
    const failure = await ingestWholeDay(run).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StorageAccessDenied);
    expect(failure).toMatchObject({ message: expect.stringContaining('none of 10 files could be read') });
  });
  expect(await ledger()).toEqual([]);
  write(KEYS[0]);
  await asNobody(async () => expect(await ingestWholeDay(run)).toMatchObject({ files: 11, quarantined: 10 }));
});

it('on which the decoder fails is a defect of the content, also for the next run', async () => {
  for (const key of KEYS) write(key);
  const pool: DecoderPool = {
    ...inlinePool,
    ingestChunk: (task) =>
      task.files.some(({ key, problem }) => key === KEYS[1] && problem === undefined)
        ? Promise.reject(new RangeError('x'))
        : inlinePool.ingestChunk(task),
  };
  const of = await plan(run);
  const input = { config: '', plan: of.address, index: 0, run: 'a test' };
  const { result } = await ingestBatch(run, pool, input, () => {}, NEVER);
  expect(await commitGroup(run, of, [result])).toMatchObject({ files: 3, quarantinedFor: [{ code: 'defect' }] });
  expect(await rowOf(KEYS[1])).toMatchObject({ etag: md5(KEYS[1]) });
  await expectDone();
});

it('is retried if it was quarantined, and counted as the same object', async () => {
  write(KEYS[0], Buffer.from('neither gzip nor JSON'));
  await ingestWholeDay(run);
  await expectDone();
  expect(await ingestWholeDay(run, DAY, true)).toMatchObject({ files: 1, quarantined: 1 });
  expect((await ledger()).map(({ attempt, etag }) => [Number(attempt), etag]).sort()).toEqual([
    [1, md5(KEYS[0])],
    [2, md5(KEYS[0])],
  ]);
  expect(kindsOf(await audit(run))).toEqual([]);
});

it('is counted by the command line as done or not, as a plan does', async () => {
  for (const key of KEYS) write(key);
  await ingestWholeDay(run);
  write(trailKey('late'));
  utimesSync(pathOf(KEYS[1]), LONG_AGO + 1, LONG_AGO + 1);
  const range = { from: DAY, to: DAY };
  const found = await findSourcesAndUnread(run, {}, range, NEVER);
  const table = await run.catalog.loadTable({ namespace: ['trailmill'], name: 'aws_cloudtrail_files' } as never);
  if (table === undefined) throw new Error('no ledger');
  reads.length = 0;
  const sums = await survey(run, { range, found, ledger: { table, pool: inlinePool }, signal: NEVER });
  expect(sums.all()).toMatchObject([{ files: 4, done: { files: 3 } }]);
  expect(reads).toEqual([KEYS[1]]);
});

it('has batches that earlier versions refuse, and batches that know all ETags are as they were', async () => {
  for (const key of KEYS) write(key);
  const formatOf = async (of: { address: string }) =>
    JSON.parse((await run.warehouse.get(batchKey(of.address, 0))).body.toString('utf8')).format;
  expect(await formatOf(await plan(run))).toBe(2);
  await ingestWholeDay(run);
  for (const key of KEYS) write(key, trailFile(records(3, `${DAY}T16:00:00Z`, {}, key)), LONG_AGO + 1);
  const of = await plan(run);
  expect(await formatOf(of)).toBe(1);
  const { files } = await readWork(run.warehouse, batchKey(of.address, 0), BATCH);
  expect(files.map(({ key, etag, replaces }) => [key, etag, replaces])).toEqual(
    KEYS.map((key) => [key, md5(key), true]),
  );
});
