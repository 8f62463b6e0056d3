/**
 * The cost of S3, and of a distant bucket: the same backfill of the same files from a directory into a directory, from an S3 bucket
 * into S3, and the latter with 30 ms per request. Server, proxy and worker share the machine, so the three can be compared with each
 * other, but not with AWS. Linux.
 *
 * `npm run bench:latency [-- BUCKET_DIRECTORY --files N --files-per-day N] [--days N] [--accounts N] [--regions N]
 * [--events-per-hour N] [--latency MS] [--rounds N] [--json]`
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeSample } from '../../sample/index.js';
import { startEmbeddedServer } from '../../server/embedded-server.js';
import { findServerBinary } from '../../server/server-binary.js';
import { mapConcurrent } from '../../storage/concurrency.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { openStore } from '../../storage/open.js';
import { FaultProxy } from '../servers/fault-proxy.js';
import { createBuckets, rootEnvironment, startS3Server } from '../servers/s3-server.js';
import { findVersitygw } from '../servers/versitygw.js';
import { runBackfill } from './backfill-process.js';
import { openDataset } from './peers/dataset.js';
import { cpuSecondsOf, threadsOf } from './peers/process-usage.js';
import { median } from './peers/statistics.js';
import { resident } from './process-memory.js';

const BUCKETS = { logs: 'bench-logs', lake: 'bench-lake' };
const COPIES_AT_ONCE = 16;

/** The files that are ingested, as a directory. */
interface Data {
  bucket: string;
  files: number;
  /** First and last delivery day. */
  from: string;
  to: string;
  what: string;
}

/** The locations of the files and of the tables. `latencyMs` is absent for directories. */
interface Place {
  name: string;
  bucket: string;
  warehouse: string;
  latencyMs?: number;
}

interface Run {
  place: string;
  seconds: number;
  filesPerSecond: number;
  /** Of the worker process, from its start. */
  cpuSeconds: number;
  /** Of its main thread, in which requests are signed, sent and read. */
  mainThreadSeconds: number;
  peakMegabytes: number;
  requests: number;
  /** Maximum number of concurrent requests. */
  inFlight: number;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      files: { type: 'string', default: '8250' },
      'files-per-day': { type: 'string', default: '3300' },
      days: { type: 'string', default: '2' },
      accounts: { type: 'string', default: '40' },
      regions: { type: 'string', default: '4' },
      'events-per-hour': { type: 'string', default: '300' },
      latency: { type: 'string', default: '30' },
      rounds: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
    },
  });
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-latency-'));
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const s3 = await startS3Server({ binary: await findVersitygw({ env: process.env, log }), directory });
  const proxy = await FaultProxy.start({ target: s3.endpoint });
  const server = await startEmbeddedServer({
    binary: await findServerBinary({ env: process.env, log }),
    projectDir: directory,
    database: join(directory, 'temporal.db'),
    port: 27_233,
    uiPort: 28_233,
    namespace: 'default',
    log,
  });
  try {
    Object.assign(process.env, rootEnvironment(s3));
    await createBuckets(s3, BUCKETS.logs, BUCKETS.lake);
    log('Preparing the files …');
    const [source] = positionals;
    const data =
      source === undefined
        ? await organization(join(directory, 'bucket'), {
            days: Number(values.days),
            accounts: Number(values.accounts),
            regions: Number(values.regions),
            eventsPerHour: Number(values['events-per-hour']),
          })
        : await copies(source, Number(values.files), Number(values['files-per-day']), log);
    await copyAll(openStore(data.bucket), openStore(address(BUCKETS.logs, s3.endpoint)));
    log(data.what);
    const ms = Number(values.latency);
    const inS3 = { bucket: address(BUCKETS.logs, proxy.endpoint), warehouse: address(BUCKETS.lake, proxy.endpoint) };
    const places: Place[] = [
      { name: 'directory', bucket: data.bucket, warehouse: join(directory, 'lake') },
      { name: 'S3', ...inS3, latencyMs: 0 },
      { name: `S3 + ${ms} ms`, ...inS3, latencyMs: ms },
    ];
    const runs: Run[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      // Each round begins with another place, so that none always benefits from the one before.
      for (let turn = 0; turn < places.length; turn++) {
        const place = places[(round + turn) % places.length];
        log(`${place.name} …`);
        runs.push(await measure(join(directory, `run-${runs.length}`), place, proxy, server.address, data));
      }
    }
    report(places, runs, data, values.json);
  } finally {
    await server.stop();
    await proxy.close();
    await s3.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

const address = (bucket: string, endpoint: string): string => `s3://${bucket}?endpoint=${endpoint}`;

/** A sample of an organization: many accounts and regions, small files. */
async function organization(
  bucket: string,
  options: { days: number; accounts: number; regions: number; eventsPerHour: number },
): Promise<Data> {
  const { delivery, total } = await writeSample(openStore(bucket), { ...options, organization: true });
  const what = `${total.objects} files of ${options.accounts} accounts x ${options.regions} regions`;
  return { bucket, files: total.objects, ...delivery, what };
}

/** Copies of the trail files in a directory, as in `bench:peers`. */
async function copies(source: string, files: number, filesPerDay: number, log: (line: string) => void): Promise<Data> {
  const { bucket, from, to, events } = await openDataset({ source, files, filesPerDay }, log);
  return { bucket, files, from, to, what: `${files} files with ${events} events, copies of those in ${source}` };
}

async function copyAll(from: ObjectStore, to: ObjectStore): Promise<void> {
  for await (const { objects } of from.list('')) {
    await mapConcurrent(objects, COPIES_AT_ONCE, async ({ key }) => {
      const { body, metadata } = await from.get(key);
      await to.put(key, body, { metadata });
    });
  }
}

/** Backfills everything into a new warehouse, with a new worker process. */
async function measure(
  directory: string,
  { name: place, bucket, warehouse, latencyMs }: Place,
  proxy: FaultProxy,
  temporal: string,
  { from, to, files }: Data,
): Promise<Run> {
  const name = directory.slice(directory.lastIndexOf('/') + 1).replace('-', '_');
  const logSource = join(directory, 'log_sources', name);
  mkdirSync(join(logSource, 'tables'), { recursive: true });
  for (const table of ['default', 'insights', 'digest']) writeFileSync(join(logSource, 'tables', `${table}.yml`), '');
  const [path, query] = warehouse.split('?');
  const own = `${path}/${name}${query === undefined ? '' : `?${query}`}`;
  writeFileSync(
    join(logSource, 'log_source.yml'),
    `name: ${name}\ningest: {location: "${bucket}"}\nwarehouse: "${own}"\n`,
  );
  proxy.latencyMs = latencyMs ?? 0;
  proxy.resetCounts();
  const used = { cpuSeconds: 0, mainThreadSeconds: 0, peakMegabytes: 0 };
  const { seconds, result } = await runBackfill({
    directory,
    address: temporal,
    taskQueue: name,
    from,
    to,
    onDone: ({ pid }) => {
      const worker = pid as number;
      used.cpuSeconds = cpuSecondsOf(worker);
      used.mainThreadSeconds = threadsOf(worker).find(({ id }) => id === worker)?.cpuSeconds ?? 0;
      used.peakMegabytes = resident('VmHWM', worker);
    },
  });
  const { totals } = result;
  if (totals.files !== files) throw new Error(`${totals.files} of ${files} files`);
  const { requests, maxInFlight: inFlight } = proxy.counts;
  proxy.latencyMs = 0;
  return { place, seconds, filesPerSecond: files / seconds, ...used, requests, inFlight };
}

function report(places: readonly Place[], runs: readonly Run[], { files, what }: Data, json: boolean): void {
  const [local, near, far] = places.map(({ name }) => {
    const own = runs.filter(({ place }) => place === name);
    return { cpu: median(own.map((run) => run.cpuSeconds)), rate: median(own.map((run) => run.filesPerSecond)) };
  });
  const ratios = { cpu: near.cpu / local.cpu, rateKept: far.rate / near.rate };
  if (json) {
    console.log(JSON.stringify({ node: process.version, files, runs, ratios }));
    return;
  }
  console.log(`Node ${process.version}; ${what}\n`);
  console.log(row(['', 's', 'files/s', 'CPU s', 'CPU ms/file', 'main thread', 'peak MB', 'requests', 'in flight']));
  for (const run of runs)
    console.log(
      row([
        run.place,
        run.seconds.toFixed(1),
        run.filesPerSecond.toFixed(0),
        run.cpuSeconds.toFixed(1),
        ((run.cpuSeconds * 1000) / files).toFixed(2),
        run.mainThreadSeconds.toFixed(1),
        run.peakMegabytes.toFixed(0),
        String(run.requests),
        String(run.inFlight),
      ]),
    );
  console.log(`\nOf the medians: S3 takes ${ratios.cpu.toFixed(2)} times the CPU of a directory,`);
  console.log(`and ${places[2].name} has ${(ratios.rateKept * 100).toFixed(0)} % of the rate of S3.`);
}

function row(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(13)).join('');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
