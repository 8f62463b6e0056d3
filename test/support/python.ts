/** Readers that nobody here wrote, PyIceberg and DuckDB, in a Python process that is asked line by line. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Environment name between the global setup and the test files: the Python that has the readers. */
export const PYTHON = 'TRAILMILL_TEST_PYTHON';

/** What that Python needs. The extensions are loaded from these packages, without a network. */
export const READER_PACKAGES = [
  'pyiceberg[pyarrow]==0.12.*',
  'duckdb==1.5.5',
  'duckdb-extension-avro==1.5.5',
  'duckdb-extension-httpfs==1.5.5',
  'duckdb-extension-iceberg==1.5.5',
];

const SCRIPT = join(__dirname, 'read_iceberg.py');
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

/** Like `describe`; skipped where the readers cannot be had. The global setup has said why; in CI it has failed. */
export function describeWithReaders(name: string, body: () => void): void {
  const { skip } = describe;
  if (process.env[PYTHON]) describe(name, body);
  else skip(`${name} (no PyIceberg and DuckDB)`, body);
}

/** Starts the reader process. */
export async function startReader(): Promise<Reader> {
  const python = process.env[PYTHON];
  if (!python) throw new Error(`${PYTHON} is not set: put the test into describeWithReaders.`);
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
