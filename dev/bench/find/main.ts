/**
 * The cost of finding a value in a large table, and of its index: thousands of data files with a few million rows. Only some
 * of the files are different: the others are hard links to them, each with its own values in the index, as many as its rows
 * have that are in no other file. The searched values are in files that really contain them.
 *
 * `npm run bench:find [-- --files N] [--rows N] [--needles N] [--latency MS] [--json]`, by default 1,000 files of 5,000 rows.
 */
import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { search } from '../../../find/search.js';
import { appendManifests } from '../../../iceberg/append.js';
import type { LoadedTable } from '../../../iceberg/catalog.js';
import { storeManifest } from '../../../iceberg/manifest-files.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import type { DataFile } from '../../../iceberg/types.js';
import { createFileStore } from '../../../storage/file.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { listSegments, storeSegment } from '../../../value-index/index-area.js';
import { mergeSegments } from '../../../value-index/merge.js';
import { type Needle, needleOf } from '../../../value-index/needles.js';
import { segmentOfFiles } from '../../../value-index/segment-writer.js';
import { ingestionCost } from './ingestion.js';
import { CREATE, DAY, type MadeFile, madeFile, randomHashes, TABLE } from './made-files.js';

/** Files of a segment before the merge: those of a chunk. */
const FILES_A_SEGMENT = 4;
const FILES_A_COMMIT = 100;
/** Different data files that the others are links to. */
const TEMPLATES = 4;

const args = process.argv.slice(2);
const option = (name: string, otherwise: number): number =>
  args.includes(name) ? Number(args[args.indexOf(name) + 1]) : otherwise;

async function main(): Promise<void> {
  const files = option('--files', 1_000);
  const rows = option('--rows', 5_000);
  const latency = option('--latency', 30);
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-find-'));
  try {
    const cost = await ingestionCost();
    const made = await makeTable(directory, files, rows);
    const before = await measure(directory, made, latency);
    const table = (await createStorageCatalog(createFileStore(directory)).loadTable(TABLE)) as LoadedTable;
    const started = performance.now();
    await mergeSegments(createFileStore(directory), {
      tableUuid: table.metadata['table-uuid'],
      livePaths: made.paths,
      now: Date.now(),
    });
    const mergeSeconds = (performance.now() - started) / 1000;
    const after = await measure(directory, made, latency);
    const result = { files, rows: files * rows, dataBytes: made.bytes, ingestion: cost, before, mergeSeconds, after };
    console.log(args.includes('--json') ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface MadeTable {
  paths: string[];
  bytes: number;
  /** A value that three files have, and others that one file has. */
  inThree: string;
  inOne: string[];
}

async function makeTable(directory: string, count: number, rows: number): Promise<MadeTable> {
  const store = createFileStore(directory);
  const catalog = createStorageCatalog(store);
  const table = await catalog.ensureTable(TABLE, CREATE);
  const inThree = 'AKIAINTHREEFILES2345';
  const templates: MadeFile[] = [];
  for (let at = 0; at < TEMPLATES; at++) templates.push(await madeFile(rows, at * rows));
  const special = [
    await madeFile(rows, TEMPLATES * rows, inThree),
    await madeFile(rows, (TEMPLATES + 1) * rows, inThree),
    await madeFile(rows, (TEMPLATES + 2) * rows, inThree),
  ];
  const originals = new Map<MadeFile, string>();
  const paths: string[] = [];
  let bytes = 0;
  let pending: { file: DataFile; values: Float64Array }[] = [];
  const flush = async (): Promise<void> => {
    for (let from = 0; from < pending.length; from += FILES_A_SEGMENT) {
      const some = pending.slice(from, from + FILES_A_SEGMENT).map(({ file, values }) => ({ path: file.path, values }));
      await storeSegment(store, table.metadata['table-uuid'], await segmentOfFiles(some));
    }
    const manifests = [
      await storeManifest(
        table,
        `commit-${paths.length}`,
        pending.map(({ file }) => file),
      ),
    ];
    await appendManifests({ catalog, identifier: TABLE, commitId: String(paths.length), manifests });
    process.stderr.write(`${paths.length} of ${count} files\n`);
    pending = [];
  };
  for (let at = 0; at < count; at++) {
    const isSpecial = at % Math.ceil(count / 3) === 1 && at / Math.ceil(count / 3) < 3;
    const like = isSpecial ? special[Math.floor(at / Math.ceil(count / 3))] : templates[at % TEMPLATES];
    const path = join(directory, TABLE.namespace, TABLE.name, 'data', `ts_day=${DAY}`, `file-${at}.parquet`);
    const original = originals.get(like);
    mkdirSync(dirname(path), { recursive: true });
    if (original === undefined) writeFileSync(path, like.bytes);
    else linkSync(original, path);
    // An original has its real values; a link has the same number of others.
    const values = original === undefined ? like.values : randomHashes(like);
    originals.set(like, original ?? path);
    bytes += like.bytes.length;
    const uri = `${store.uri}/${TABLE.namespace}/${TABLE.name}/data/ts_day=${DAY}/file-${at}.parquet`;
    paths.push(uri);
    pending.push({ file: { ...like.file, path: uri }, values });
    if (pending.length === FILES_A_COMMIT) await flush();
  }
  if (pending.length > 0) await flush();
  const wanted = option('--needles', 100);
  const ids = [...templates, ...special].flatMap(({ ids: of }) => of);
  const inOne = Array.from({ length: wanted }, (_, at) => ids[Math.floor((at * ids.length) / wanted)]);
  return { paths, bytes, inThree, inOne };
}

interface Asked {
  milliseconds: number;
  opened: number;
  events: number;
  requests: number;
}

/** Searches in this process. `latency`: milliseconds that each request takes longer. */
async function ask(directory: string, value: string, latency = 0): Promise<Asked> {
  const counts = { requests: 0 };
  const store = slowed(createFileStore(directory), latency, counts);
  const started = performance.now();
  const catalog = createStorageCatalog(store);
  const place = { catalog, warehouse: store, namespace: TABLE.namespace, source: TABLE.name };
  const { values, looked } = await search(place, { needles: [needleOf(value) as Needle] }, () => {});
  const milliseconds = performance.now() - started;
  return { milliseconds, opened: looked.opened, events: values[0].events, requests: counts.requests };
}

function slowed(store: ObjectStore, latency: number, counts: { requests: number }): ObjectStore {
  const wait = async (): Promise<void> => {
    counts.requests++;
    if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency));
  };
  const slow: ObjectStore = Object.create(store);
  slow.get = (...all) => wait().then(() => store.get(...all));
  slow.getRange = (...all) => wait().then(() => store.getRange(...all));
  slow.head = (...all) => wait().then(() => store.head(...all));
  slow.list = async function* (...all) {
    for await (const page of store.list(...all)) {
      await wait();
      yield page;
    }
  };
  return slow;
}

const absentValue = (at: number): string => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;

async function measure(directory: string, made: MadeTable, latency: number): Promise<object> {
  const table = (await createStorageCatalog(createFileStore(directory)).loadTable(TABLE)) as LoadedTable;
  const segments = await listSegments(createFileStore(directory), table.metadata['table-uuid']);
  const indexBytes = segments.reduce((sum, { size }) => sum + size, 0);
  const several = async (values: readonly string[]): Promise<object> => {
    const asked: Asked[] = [];
    for (const value of values) asked.push(await ask(directory, value));
    const sorted = asked.map(({ milliseconds }) => milliseconds).sort((one, two) => one - two);
    return {
      p50ms: Math.round(sorted[sorted.length >> 1]),
      p95ms: Math.round(sorted[Math.floor(sorted.length * 0.95)]),
      mostOpened: Math.max(...asked.map(({ opened }) => opened)),
      opened: asked.reduce((sum, { opened }) => sum + opened, 0),
      found: asked.filter(({ events }) => events > 0).length,
    };
  };
  const count = made.inOne.length;
  const started = performance.now();
  const main = join(__dirname, '..', '..', '..', 'client', 'main.js');
  const run = spawnSync(process.execPath, [main, 'find', absentValue(0), '--warehouse', directory, '--json'], {
    cwd: directory,
    env: { ...process.env, TEMPORAL_CONFIG_FILE: '' },
    encoding: 'utf8',
  });
  const processMs = Math.round(performance.now() - started);
  return {
    segments: segments.length,
    indexBytes,
    share: indexBytes / made.bytes,
    process: { exitCode: run.status, ms: processMs },
    absent: await several(Array.from({ length: count }, (_, at) => absentValue(at))),
    inOne: await several(made.inOne),
    inThree: await ask(directory, made.inThree),
    absentWithLatency: await ask(directory, absentValue(1), latency),
  };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
