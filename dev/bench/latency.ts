/**
 * The cost of a distant bucket: the same backfill of an organization's sample, from an S3 bucket into tables in S3, without latency
 * and with 30 ms per request, in one run. Server, proxy and worker share the machine, so the two can be compared with each other,
 * but not with AWS.
 *
 * `npm run bench:latency [-- --days N] [--accounts N] [--events-per-hour N] [--latency MS] [--rounds N] [--json]`
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type SampleManifest, writeSample } from '../../sample/index.js';
import { startEmbeddedServer } from '../../server/embedded-server.js';
import { findServerBinary } from '../../server/server-binary.js';
import { openStore } from '../../storage/open.js';
import { FaultProxy } from '../servers/fault-proxy.js';
import { createBuckets, rootEnvironment, startS3Server } from '../servers/s3-server.js';
import { findVersitygw } from '../servers/versitygw.js';
import { runBackfill } from './backfill-process.js';

const BUCKETS = { logs: 'bench-logs', lake: 'bench-lake' };

interface Run {
  latencyMs: number;
  seconds: number;
  filesPerSecond: number;
  requests: number;
  /** Maximum number of concurrent requests. */
  inFlight: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
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
    log('Writing the sample …');
    const manifest = await writeSample(openStore(address(BUCKETS.logs, s3.endpoint)), {
      days: Number(values.days),
      accounts: Number(values.accounts),
      regions: Number(values.regions),
      eventsPerHour: Number(values['events-per-hour']),
      organization: true,
    });
    log(`${manifest.total.objects} files of ${values.accounts} accounts x ${values.regions} regions`);
    const runs: Run[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      // In alternating order, so that both benefit from the disk cache.
      const order = round % 2 === 0 ? [0, Number(values.latency)] : [Number(values.latency), 0];
      for (const latencyMs of order) {
        log(`${latencyMs} ms …`);
        runs.push(await measure(join(directory, `run-${runs.length}`), proxy, server.address, manifest, latencyMs));
      }
    }
    report(runs, manifest, values.json);
  } finally {
    await server.stop();
    await proxy.close();
    await s3.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

const address = (place: string, endpoint: string): string => `s3://${place}?endpoint=${endpoint}`;

/** Backfills everything into a new warehouse, with a new worker process. */
async function measure(
  directory: string,
  proxy: FaultProxy,
  temporal: string,
  manifest: SampleManifest,
  latencyMs: number,
): Promise<Run> {
  const name = directory.slice(directory.lastIndexOf('/') + 1).replace('-', '_');
  const logSource = join(directory, 'log_sources', name);
  mkdirSync(join(logSource, 'tables'), { recursive: true });
  for (const table of ['default', 'insights', 'digest']) writeFileSync(join(logSource, 'tables', `${table}.yml`), '');
  writeFileSync(
    join(logSource, 'log_source.yml'),
    `name: ${name}\ningest: {location: "${address(BUCKETS.logs, proxy.endpoint)}"}\n` +
      `warehouse: "${address(`${BUCKETS.lake}/${name}`, proxy.endpoint)}"\n`,
  );
  proxy.latencyMs = latencyMs;
  const before = proxy.counts.requests;
  const { seconds, result } = await runBackfill({
    directory,
    address: temporal,
    taskQueue: name,
    ...manifest.delivery,
  });
  const { totals } = result;
  if (totals.files !== manifest.total.objects) throw new Error(`${totals.files} of ${manifest.total.objects} files`);
  const { requests, maxInFlight } = proxy.counts;
  proxy.latencyMs = 0;
  return {
    latencyMs,
    seconds,
    filesPerSecond: totals.files / seconds,
    requests: requests - before,
    inFlight: maxInFlight,
  };
}

function report(runs: readonly Run[], manifest: SampleManifest, json: boolean): void {
  const rate = (of: (run: Run) => boolean): number => Math.max(...runs.filter(of).map((run) => run.filesPerSecond));
  const [near, far] = [rate(({ latencyMs }) => latencyMs === 0), rate(({ latencyMs }) => latencyMs > 0)];
  const kept = far / near;
  if (json) console.log(JSON.stringify({ node: process.version, files: manifest.total.objects, runs, kept }));
  else {
    console.log(`Node ${process.version}; ${manifest.total.objects.toLocaleString('en-US')} files, S3 to S3\n`);
    console.log(row(['latency ms', 's', 'files/s', 'requests', 'in flight']));
    for (const run of runs)
      console.log(
        row([
          String(run.latencyMs),
          run.seconds.toFixed(1),
          run.filesPerSecond.toFixed(0),
          String(run.requests),
          String(run.inFlight),
        ]),
      );
    console.log(`\nRelative rate with latency: ${(kept * 100).toFixed(0)} %`);
  }
}

function row(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(12)).join('');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
