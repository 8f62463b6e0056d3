/**
 * Readers that nobody here wrote: PyIceberg and DuckDB, in a cached Python environment of pinned packages. The
 * environment is made once a machine and needs the network only then.
 */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const REQUIREMENTS = [
  'pyiceberg[pyarrow]==0.12.*',
  'duckdb==1.5.5',
  'duckdb-extension-avro==1.5.5',
  'duckdb-extension-httpfs==1.5.5',
  'duckdb-extension-iceberg==1.5.5',
];
const SCRIPT = join(__dirname, 'read_iceberg.py');
/** Written last into the environment: one without it was cut off while it was made. */
const READY = 'trailmill-ready';
const INSTALL_TIMEOUT_MS = 300_000;

const run = promisify(execFile);

export interface IcebergField {
  id: number;
  name: string;
  required: boolean;
  type: unknown;
  doc?: string;
}

export interface PyIcebergScan {
  metadata: string;
  snapshot?: string;
  /** Such as `ts >= '2023-07-11T00:00:00+00:00'`. */
  filter?: string;
  select?: string[];
  /** FileIO properties, such as `s3.endpoint`. */
  properties?: Record<string, string>;
}

export interface DuckDbQuery {
  /** View names and the metadata file behind each. */
  tables: Record<string, string | { metadata: string; snapshot?: string }>;
  sql: string;
  /** Statements to run first, such as CREATE SECRET. */
  setup?: string[];
}

export interface SnapshotSummary {
  id: string;
  parent: string | null;
  sequence: number;
  summary: Record<string, string>;
}

export type Row = Record<string, unknown>;

/** Errors of the readers reject with their class and message. Requests are answered one after another. */
export interface Reader {
  count(scan: PyIcebergScan): Promise<number>;
  rows(scan: PyIcebergScan): Promise<Row[]>;
  /** Addresses of the planned files, sorted. */
  files(scan: PyIcebergScan): Promise<string[]>;
  schema(scan: Pick<PyIcebergScan, 'metadata' | 'properties'>): Promise<{ fields: IcebergField[] }>;
  snapshots(scan: Pick<PyIcebergScan, 'metadata' | 'properties'>): Promise<SnapshotSummary[]>;
  duckdb(query: DuckDbQuery): Promise<Row[]>;
  close(): Promise<void>;
}

/**
 * Starts the reader process. `undefined`, with a loud line that says why, when the environment cannot be had; where
 * `CI` is set that is an error, so that the tests cannot be skipped there unnoticed.
 */
export async function pythonReader(): Promise<Reader | undefined> {
  try {
    return await startReader(await environment());
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    if (process.env.CI) throw new Error(`The Python readers cannot be had: ${reason}`, { cause: error });
    process.stderr.write(`\n*** SKIPPED: tests with PyIceberg and DuckDB. ${reason}\n`);
    return undefined;
  }
}

/** The Python of the environment; made in a directory of its own and renamed, so that two runs cannot disturb each other. */
async function environment(): Promise<string> {
  const base = process.env.TRAILMILL_PYTHON || 'python3';
  const { stdout: version } = await run(base, ['-c', 'import sys; print(sys.version, sys.base_prefix)']);
  const hash = createHash('sha256')
    .update([version, ...REQUIREMENTS].join('\n'))
    .digest('hex')
    .slice(0, 12);
  const cache = process.env.TRAILMILL_CACHE || join(homedir(), '.cache', 'trailmill');
  const directory = join(cache, `python-${hash}`);
  const python = join(directory, 'bin', 'python');
  if (await exists(join(directory, READY))) return python;
  process.stderr.write(`Installing PyIceberg and DuckDB into ${directory} (once) …\n`);
  await mkdir(cache, { recursive: true });
  const lock = join(cache, `.python-${hash}-${randomUUID()}`);
  try {
    // Packages go into a plain directory: unlike a virtual environment's scripts, it may be moved when it is complete.
    await run(base, ['-m', 'venv', '--without-pip', lock]);
    const site = await sitePackages(join(lock, 'bin', 'python'));
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', site];
    await run(base, [...install, ...REQUIREMENTS], { timeout: INSTALL_TIMEOUT_MS });
    await mkdir(join(lock, READY));
    await rename(lock, directory);
  } catch (error) {
    await rm(lock, { recursive: true, force: true });
    // Another run was quicker.
    if (!(await exists(join(directory, READY)))) throw error;
  }
  return python;
}

async function sitePackages(python: string): Promise<string> {
  return (await run(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'])).stdout.trim();
}

async function startReader(python: string): Promise<Reader> {
  const child = spawn(python, ['-I', SCRIPT]);
  const ask = await conversation(child);
  const scan =
    <T>(what: string) =>
    (request: object): Promise<T> =>
      ask({ reader: 'pyiceberg', do: what, ...request }) as Promise<T>;
  return {
    count: scan('count'),
    rows: scan('rows'),
    files: scan('files'),
    schema: scan('schema'),
    snapshots: scan('snapshots'),
    duckdb: (query) => ask({ reader: 'duckdb', do: 'sql', ...query }) as Promise<Row[]>,
    close: async () => {
      const closed = child.exitCode === null ? new Promise((resolve) => child.once('close', resolve)) : undefined;
      child.stdin.end();
      await closed;
    },
  };
}

/** Lines out and lines in, in the same order. */
async function conversation(child: ChildProcessWithoutNullStreams): Promise<(request: object) => Promise<unknown>> {
  const waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-4_000);
  });
  // Without a listener a write to a dead process would end the test run; its exit is reported below.
  child.stdin.on('error', () => undefined);
  child.once('close', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`The Python reader ended. ${stderr}`));
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { ok, error } = JSON.parse(line) as { ok?: unknown; error?: string };
    const next = waiting.shift();
    if (error === undefined) next?.resolve(ok);
    else next?.reject(new Error(error));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return (request) =>
    new Promise((resolve, reject) => {
      if (child.exitCode !== null) return reject(new Error(`The Python reader ended. ${stderr}`));
      waiting.push({ resolve, reject });
      child.stdin.write(`${JSON.stringify(request)}\n`);
    });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
