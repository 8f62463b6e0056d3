/**
 * The worker process of a chaos run: the real worker, with stores that fail and its own seed. It reads commands from stdin, one
 * per line: `go` (start polling; before that it only loads its modules), `storm` (faults on), `calm` (faults off), `clock MS`
 * (skew the clock), `aged` (all objects of the warehouse seem old). It writes `ready` and `polling` to stdout.
 */
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import { WORKER } from '../../config/defaults.js';
import type { CatalogSettings } from '../../iceberg/catalog-settings.js';
import { Random } from '../../sample/random.js';
import { parseAddress } from '../../storage/address.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { openStore } from '../../storage/open.js';
import { startWorker } from '../../worker/run-worker.js';
import { installTelemetry } from '../../worker/telemetry.js';
import { agedStore } from './aged-store.js';
import { setClock } from './clock.js';
import { type FaultOptions, faultyStore, type PlannedCrash } from './faulty-store.js';
import { FATAL_STEPS } from './steps.js';

/** The environment variable with the {@link ChaosWorkerRequest} as JSON. */
export const REQUEST = 'TRAILMILL_CHAOS_WORKER';

const OUTAGE_LIMIT_MS = 30_000;
/** Older than any time for which something is kept. */
const AGED_MS = 400 * 24 * 3_600_000;

/** What a worker process is started with. Workers of other builds also read it: fields may only be added. */
export interface ChaosWorkerRequest {
  address: string;
  taskQueue: string;
  /** The seed of the faults, which differs for each process. */
  seed: string;
  /** URI of the bucket; every other store is a warehouse. */
  bucket: string;
  /** URIs of the warehouses that it may write to. */
  warehouses: [string, ...string[]];
  /** Directories with transforms. */
  files: string[];
  catalog: CatalogSettings;
  /** A JSON line for each fault is appended here. */
  journal: string;
  rates: FaultOptions['rates'];
  /** Probability that this process dies at a certain call, from 0 to 1. */
  doom: number;
  storageTimeoutSeconds: number;
  /** Objects of the warehouse seem this many times as old. Absent: 1. */
  ageFactor?: number;
}

async function main(): Promise<void> {
  const request = JSON.parse(process.env[REQUEST] ?? '') as ChaosWorkerRequest;
  installTelemetry('ERROR');
  const random = new Random(request.seed, 'faults');
  const plannedCrash = planCrash(new Random(request.seed, 'sentence'), request.doom);
  const { ageFactor = 1 } = request;
  let storm = false;
  let aged = false;
  const open = (uri: string): ObjectStore => {
    const role = uri === request.bucket ? 'bucket' : 'warehouse';
    const ageOf = (ms: number): number => ms * ageFactor + (aged ? AGED_MS : 0);
    const store = role === 'bucket' ? openStore(uri) : agedStore(openStore(uri), ageOf);
    return faultyStore(store, role, {
      random,
      rates: request.rates,
      hangMs: 60_000,
      active: () => storm,
      plannedCrash,
      onFault: (event) =>
        appendFileSync(request.journal, `${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`),
      die,
      leaveTemporary: (key, part) => leaveTemporary(uri, key, part),
    });
  };
  const connection = await connectWithRetry(request.address);
  const begin = async (): Promise<void> => {
    const worker = await startWorker({
      connection,
      namespace: 'default',
      taskQueue: request.taskQueue,
      accepted: { warehouses: request.warehouses, files: request.files, catalog: request.catalog },
      settings: {
        ...WORKER,
        maxConcurrentActivities: 6,
        // Every task replays its workflow from the start, and no task waits for the cache of a killed worker.
        maxCachedWorkflows: 0,
        threads: 1,
        shutdownGraceSeconds: 1,
        storageTimeoutSeconds: request.storageTimeoutSeconds,
      },
      open,
    });
    process.stdout.write('polling\n');
    await worker.ended;
  };
  const commands: Record<string, (argument?: string) => void> = {
    go: () => void begin().catch(fatal),
    storm: () => {
      storm = true;
    },
    calm: () => {
      storm = false;
    },
    aged: () => {
      aged = true;
    },
    clock: (milliseconds) => setClock(Number(milliseconds)),
  };
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [command, argument] = line.split(' ');
    commands[command]?.(argument);
  });
  // The parent process has ended.
  lines.on('close', () => process.exit(0));
  process.stdout.write('ready\n');
}

/** Connects, and retries while the server is being restarted. */
async function connectWithRetry(address: string): Promise<NativeConnection> {
  for (const end = Date.now() + OUTAGE_LIMIT_MS; ; await wait(200)) {
    try {
      return await NativeConnection.connect({ address });
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

function planCrash(random: Random, crashRate: number): PlannedCrash | undefined {
  if (!random.chance(crashRate)) return undefined;
  return {
    step: random.pick(FATAL_STEPS),
    // Usually the first one: few workers live long enough for a third.
    nth: random.pick([1, 1, 1, 2, 3]),
    fault: random.chance(0.5) ? 'die-before' : 'die-after',
  };
}

/** Kills this process with SIGKILL: nothing is finished or cleaned up, and all threads end. */
function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

/** Uses the file name of the file adapter, so that the code that hides or removes such files is also tested. */
async function leaveTemporary(uri: string, key: string, part: Uint8Array): Promise<void> {
  const address = parseAddress(uri);
  if (address.scheme !== 'file') return;
  const directory = dirname(join(address.directory, key));
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, `.trailmill-${randomBytes(8).toString('hex')}.tmp`), part);
}

function fatal(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

if (process.env[REQUEST] !== undefined) main().catch(fatal);
