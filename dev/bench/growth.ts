/**
 * How a backfill grows: with 1, 4 and 16 times the files in a day, with few large and many small files, and with 1, 10 and 100
 * commits a day. Each day is ingested by the real workflows in a new worker process; shown are CPU time, peak memory,
 * Temporal's history and server load, and the size of the metadata. docs/scale.md is calculated from these figures.
 *
 * `npm run bench:growth [-- --scale N] [--only NAME] [--json]`. Linux: figures of processes are read from /proc.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { tableNameOf } from '../../cloudtrail/tables.js';
import { freePort } from '../../net/free-port.js';
import { startEmbeddedServer } from '../../server/embedded-server.js';
import { findServerBinary } from '../../server/server-binary.js';
import { runBackfill } from './backfill-process.js';
import { DAY, writeDay } from './day.js';
import { cpuSecondsOf } from './peers/process-usage.js';
import { resident } from './process-memory.js';

/** A day to ingest. */
interface Case {
  name: string;
  files: number;
  eventsPerFile: number;
  /** Commits of the day; absent: as many as the default settings make. */
  commits?: number;
}

const CASES: readonly Case[] = [
  { name: '1x', files: 1_000, eventsPerFile: 50 },
  { name: '4x', files: 4_000, eventsPerFile: 50 },
  { name: '16x', files: 16_000, eventsPerFile: 50 },
  { name: 'few large', files: 40, eventsPerFile: 5_000 },
  { name: 'many small', files: 8_000, eventsPerFile: 25 },
  { name: '1 commit', files: 4_000, eventsPerFile: 50, commits: 1 },
  { name: '10 commits', files: 4_000, eventsPerFile: 50, commits: 10 },
  { name: '100 commits', files: 4_000, eventsPerFile: 50, commits: 100 },
];

interface Measured extends Case {
  events: number;
  /** MB as stored. */
  megabytes: number;
  seconds: number;
  /** CPU seconds of the worker while it idled before the backfill, and during the backfill. */
  idleCpu: number;
  cpu: number;
  serverCpu: number;
  peakMegabytes: number;
  /** Of the backfill's and the day's workflow. */
  historyEvents: number;
  historyBytes: number;
  /** The newest metadata.json of the events and of the ledger. */
  metadataBytes: number;
  ledgerMetadataBytes: number;
  /** Manifests and manifest lists of all tables; data files of the events, and of the ledger. */
  manifestBytes: number;
  dataFiles: number;
  dataBytes: number;
  ledgerBytes: number;
}

const NAMESPACE = 'default';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scale: { type: 'string', default: '1' },
      only: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
    },
  });
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-growth-'));
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const server = await startEmbeddedServer({
    ...{ binary: await findServerBinary({ env: process.env, log }), projectDir: directory, namespace: NAMESPACE, log },
    ...{ database: join(directory, 'temporal.db'), port: await freePort(0), uiPort: await freePort(0) },
  });
  try {
    const all: Measured[] = [];
    const wanted = CASES.filter(({ name }) => values.only === undefined || values.only.includes(name));
    for (const [number, one] of wanted.entries()) {
      const scaled = { ...one, files: Math.round(one.files * Number(values.scale)) };
      log(`${one.name}: ${scaled.files} files of ${one.eventsPerFile} events …`);
      all.push(await measure(join(directory, String(number)), scaled, number, server));
    }
    if (values.json) console.log(JSON.stringify({ node: process.version, cases: all }));
    else report(all);
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Ingests one day with a new worker. */
async function measure(
  directory: string,
  one: Case,
  number: number,
  server: { address: string; pid: number },
): Promise<Measured> {
  const { files, eventsPerFile, commits } = one;
  const logSource = join(directory, 'log_sources', 'bench');
  mkdirSync(logSource, { recursive: true });
  const split = commits === undefined ? '' : `, batch_files: ${Math.ceil(files / commits)}, group_batches: 1`;
  writeFileSync(join(directory, 'temporal.yaml'), `worker: {threads: 2}\ningest: {days_in_flight: 2${split}}\n`);
  writeFileSync(join(logSource, 'log_source.yml'), `name: growth_${number}\ningest: {location: ./bucket}\n`);
  const megabytes = (await writeDay(join(directory, 'bucket'), files, eventsPerFile)) / 1e6;
  const taskQueue = `growth-${number}`;
  const cost = { idleCpu: 0, cpu: 0, serverCpu: 0, peakMegabytes: 0 };
  const { result, seconds } = await runBackfill({
    ...{ directory, address: server.address, taskQueue, from: DAY, to: DAY },
    onIdle: async (worker) => {
      cost.idleCpu = await cpuWhenIdle(worker.pid as number);
      cost.serverCpu = cpuSecondsOf(server.pid);
    },
    onDone: (worker) => {
      const pid = worker.pid as number;
      cost.cpu = cpuSecondsOf(pid) - cost.idleCpu;
      cost.serverCpu = cpuSecondsOf(server.pid) - cost.serverCpu;
      cost.peakMegabytes = resident('VmHWM', pid);
    },
  });
  const { events } = result.totals;
  if (events !== files * eventsPerFile) throw new Error(`${events} events in ${files} files`);
  const history = await historyOf(server.address, taskQueue, 2);
  const stored = storedIn(join(directory, 'warehouse'), `growth_${number}`);
  rmSync(directory, { recursive: true, force: true });
  return { ...one, events, megabytes, seconds, ...cost, ...history, ...stored };
}

/** CPU seconds of a worker once it has started and has nothing to do. */
async function cpuWhenIdle(pid: number): Promise<number> {
  for (let last = -1; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const now = cpuSecondsOf(pid);
    if (now - last < 0.05) return now;
    last = now;
  }
}

/** Sums the histories of the closed workflows of a task queue. The server lists them with some delay. */
async function historyOf(address: string, taskQueue: string, workflows: number) {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection, namespace: NAMESPACE });
    for (;;) {
      const sum = { historyEvents: 0, historyBytes: 0 };
      let found = 0;
      for await (const one of client.workflow.list({ query: `TaskQueue = '${taskQueue}' AND CloseTime IS NOT NULL` })) {
        found++;
        sum.historyEvents += one.historyLength;
        sum.historyBytes += one.historySize ?? 0;
      }
      if (found >= workflows) return sum;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    await connection.close();
  }
}

function storedIn(warehouse: string, source: string) {
  const sum = {
    metadataBytes: 0,
    ledgerMetadataBytes: 0,
    manifestBytes: 0,
    dataFiles: 0,
    dataBytes: 0,
    ledgerBytes: 0,
  };
  for (const name of readdirSync(warehouse, { recursive: true, encoding: 'utf8' })) {
    const { size } = statSync(join(warehouse, name));
    const table = name.split('/')[1];
    const ofEvents = table === source;
    const isLedger = table === tableNameOf(source, 'ledger');
    if (name.endsWith('.avro')) sum.manifestBytes += size;
    else if (name.endsWith('version-hint.text')) {
      const newest = join(
        warehouse,
        name,
        '..',
        `v${readFileSync(join(warehouse, name), 'utf8').trim()}.metadata.json`,
      );
      const bytes = statSync(newest).size;
      if (ofEvents) sum.metadataBytes = bytes;
      else if (isLedger) sum.ledgerMetadataBytes = bytes;
    } else if (name.endsWith('.parquet') && ofEvents) {
      sum.dataFiles++;
      sum.dataBytes += size;
    } else if (name.endsWith('.parquet') && isLedger) sum.ledgerBytes += size;
  }
  return sum;
}

const COLUMNS: [string, (one: Measured) => number, number][] = [
  ['files', ({ files }) => files, 0],
  ['events', ({ events }) => events, 0],
  ['MB stored', ({ megabytes }) => megabytes, 1],
  ['start CPU s', ({ idleCpu }) => idleCpu, 2],
  ['CPU s', ({ cpu }) => cpu, 2],
  ['µs/event', ({ cpu, events }) => (cpu / events) * 1e6, 1],
  ['server CPU s', ({ serverCpu }) => serverCpu, 2],
  ['peak MB', ({ peakMegabytes }) => peakMegabytes, 0],
  ['history', ({ historyEvents }) => historyEvents, 0],
  ['history per 1,000 files', ({ historyEvents, files }) => (historyEvents / files) * 1000, 1],
  ['history kB', ({ historyBytes }) => historyBytes / 1e3, 0],
  ['data files', ({ dataFiles }) => dataFiles, 0],
  ['data MB', ({ dataBytes }) => dataBytes / 1e6, 2],
  ['manifests kB', ({ manifestBytes }) => manifestBytes / 1e3, 0],
  ['metadata kB', ({ metadataBytes }) => metadataBytes / 1e3, 0],
  ['ledger B/file', ({ ledgerBytes, files }) => ledgerBytes / files, 0],
  ['its metadata kB', ({ ledgerMetadataBytes }) => ledgerMetadataBytes / 1e3, 0],
];

/** A row for each quantity, a column for each case. */
function report(all: readonly Measured[]): void {
  console.log(['', ...all.map(({ name }) => name)].map((cell) => cell.padStart(16)).join(''));
  for (const [title, of, digits] of COLUMNS) {
    const options = { maximumFractionDigits: digits, minimumFractionDigits: digits };
    const cells = all.map((one) => of(one).toLocaleString('en-US', options));
    console.log([title, ...cells].map((cell) => cell.padStart(16)).join(''));
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
