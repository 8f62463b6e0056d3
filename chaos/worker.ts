/**
 * The worker of a chaos run: the real one, over stores that fail, with a seed of its own. What it is told comes a line at
 * a time on stdin: `go` (begin to poll; until then it only loads everything), `storm` (faults on), `calm` (faults off),
 * `clock MS` (from now on its clock is wrong by so much). It says `ready` and `polling` on stdout.
 */
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import { WORKER } from '../config/defaults.js';
import type { CatalogSettings } from '../iceberg/catalog-settings.js';
import { Random } from '../sample/random.js';
import { parseAddress } from '../storage/address.js';
import type { ObjectStore } from '../storage/object-store.js';
import { openStore } from '../storage/open.js';
import { startWorker } from '../worker/run-worker.js';
import { installTelemetry } from '../worker/telemetry.js';
import { setClock } from './clock.js';
import { faultyStore, type Sentence, type Trouble } from './faulty-store.js';
import { FATAL_STEPS } from './steps.js';

/** In the environment, as JSON. */
export const REQUEST = 'TRAILMILL_CHAOS_WORKER';

const SERVER_AWAY_MS = 30_000;

export interface WorkerRequest {
  address: string;
  taskQueue: string;
  /** What this process draws its faults from: another one for each process. */
  seed: string;
  /** URI of the bucket; every other store is a warehouse. */
  bucket: string;
  /** URIs of the warehouses that it works into. */
  warehouses: [string, ...string[]];
  /** Directories with transforms. */
  files: string[];
  catalog: CatalogSettings;
  /** A JSON line for each fault is appended here. */
  journal: string;
  rates: Trouble['rates'];
  /** Chance that this process has to die at a certain call, 0 … 1. */
  doom: number;
  storageTimeoutSeconds: number;
}

async function main(): Promise<void> {
  const request = JSON.parse(process.env[REQUEST] ?? '') as WorkerRequest;
  installTelemetry('ERROR');
  const random = new Random(request.seed, 'faults');
  const sentence = sentenceFrom(new Random(request.seed, 'sentence'), request.doom);
  let storm = false;
  const open = (uri: string): ObjectStore => {
    const store = openStore(uri);
    return faultyStore(store, uri === request.bucket ? 'bucket' : 'warehouse', {
      random,
      rates: request.rates,
      hangMs: 60_000,
      active: () => storm,
      sentence,
      onFault: (event) =>
        appendFileSync(request.journal, `${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`),
      die,
      leaveTemporary: (key, part) => leaveTemporary(uri, key, part),
    });
  };
  const connection = await connected(request.address);
  const begin = async (): Promise<void> => {
    const worker = await startWorker({
      connection,
      namespace: 'default',
      taskQueue: request.taskQueue,
      accepted: { warehouses: request.warehouses, files: request.files, catalog: request.catalog },
      settings: {
        ...WORKER,
        maxConcurrentActivities: 6,
        // Every task replays its workflow from the start; and no task waits for the cache of a worker that was killed.
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
  const words: Record<string, (more?: string) => void> = {
    go: () => void begin().catch(fatal),
    storm: () => {
      storm = true;
    },
    calm: () => {
      storm = false;
    },
    clock: (milliseconds) => setClock(Number(milliseconds)),
  };
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [word, more] = line.split(' ');
    words[word]?.(more);
  });
  // The driver is gone.
  lines.on('close', () => process.exit(0));
  process.stdout.write('ready\n');
}

/** The server may be away at the moment: it is being restarted. */
async function connected(address: string): Promise<NativeConnection> {
  for (const end = Date.now() + SERVER_AWAY_MS; ; await wait(200)) {
    try {
      return await NativeConnection.connect({ address });
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

function sentenceFrom(random: Random, doom: number): Sentence | undefined {
  if (!random.chance(doom)) return undefined;
  return {
    step: random.pick(FATAL_STEPS),
    // Mostly the first one: few workers live long enough to see a third.
    nth: random.pick([1, 1, 1, 2, 3]),
    fault: random.chance(0.5) ? 'die-before' : 'die-after',
  };
}

/** SIGKILL: nothing is finished, nothing is cleaned up, threads go too. */
function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

/** Under the very name that the file adapter uses: whatever hides or removes such files is tried as well. */
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
