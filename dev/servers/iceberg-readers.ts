/** Independent Iceberg readers in Python processes: PyIceberg and DuckDB, and in an environment of their own Polars, Daft and chDB. */
import { join } from 'node:path';
import { startPythonProcess } from './python-process.js';

/** The Python packages of the readers. DuckDB's extensions are loaded from these packages, without network access. */
export const READER_PACKAGES = [
  'pyiceberg[pyarrow]==0.12.*',
  'duckdb==1.5.5',
  'duckdb-extension-avro==1.5.5',
  'duckdb-extension-httpfs==1.5.5',
  'duckdb-extension-iceberg==1.5.5',
];

/** The Python packages of more readers, some 900 MB. Polars and Daft plan with PyIceberg. chDB is ClickHouse. */
export const MORE_READER_PACKAGES = [
  'pyiceberg[pyarrow]==0.12.0',
  'polars==2.1.0',
  'daft==0.7.26',
  'chdb==4.4.0',
  'chdb-core==26.9.0',
];

const SCRIPT = join(__dirname, 'read_iceberg.py');

/** A field of a schema as PyIceberg reads it. */
export interface IcebergField {
  id: number;
  name: string;
  required: boolean;
  type: unknown;
  doc?: string;
}

/** A table by its metadata file, or by its name in a catalog. */
export type PyIcebergTable =
  | {
      metadata: string;
      /** FileIO properties, such as `s3.endpoint`. */
      properties?: Record<string, string>;
    }
  | {
      /** Properties of the catalog, as for `load_catalog`: type, uri, and those of its FileIO. */
      catalog: Record<string, string>;
      /** `namespace.name`. */
      table: string;
    };

/** A scan of a table with PyIceberg. */
export type PyIcebergScan = PyIcebergTable & {
  snapshot?: string;
  /** Such as `ts >= '2023-07-11T00:00:00+00:00'`. */
  filter?: string;
  select?: string[];
};

/** A query of DuckDB over Iceberg tables. */
export interface DuckDbQuery {
  /** View names, each with the metadata file of its table. */
  tables: Record<string, string | { metadata: string; snapshot?: string }>;
  sql: string;
  /** Statements to run first, such as CREATE SECRET. */
  setup?: string[];
}

/** A snapshot as PyIceberg reads it. */
export interface SnapshotSummary {
  id: string;
  parent: string | null;
  sequence: number;
  summary: Record<string, string>;
}

/** A row by column names. */
export type ReaderRow = Record<string, unknown>;

/** A reader process. Calls reject with the class and message of the reader's error. Requests are processed one after another. */
export interface Reader {
  count(scan: PyIcebergScan): Promise<number>;
  rows(scan: PyIcebergScan): Promise<ReaderRow[]>;
  /** Addresses of the planned files, sorted. */
  files(scan: PyIcebergScan): Promise<string[]>;
  schema(table: PyIcebergTable): Promise<{ fields: IcebergField[] }>;
  snapshots(table: PyIcebergTable): Promise<SnapshotSummary[]>;
  /** Columns of a metadata table of PyIceberg, as it has them. */
  inspect(
    table: PyIcebergTable & { what: 'files' | 'manifests' | 'snapshots'; columns: string[] },
  ): Promise<ReaderRow[]>;
  /** Address of the metadata file. */
  metadata(table: PyIcebergTable): Promise<string>;
  duckdb(query: DuckDbQuery): Promise<ReaderRow[]>;
  close(): Promise<void>;
}

/** Starts the readers with a Python that has {@link READER_PACKAGES}. */
export async function startReader(python: string): Promise<Reader> {
  const { ask, close } = await startPythonProcess(python, SCRIPT);
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
    inspect: scan('inspect'),
    metadata: scan('metadata'),
    duckdb: (query) => ask({ reader: 'duckdb', do: 'sql', ...query }) as Promise<ReaderRow[]>,
    close,
  };
}

/** Readers that read whole tables, or have a query language of their own. */
export interface MoreReaders {
  /** All rows of a table. */
  rows(reader: 'pyiceberg' | 'polars' | 'daft' | 'chdb', table: MoreReadersTable): Promise<ReaderRow[]>;
  /** A query of ClickHouse, in which TABLE stands for the table. */
  chdb(table: MoreReadersTable, sql: string): Promise<ReaderRow[]>;
  close(): Promise<void>;
}

/** A table on disk. */
export interface MoreReadersTable {
  /** Address of its metadata file. */
  metadata: string;
  /** Path of its directory: chDB takes the newest metadata file in it. */
  directory: string;
}

/** Starts the readers with a Python that has {@link MORE_READER_PACKAGES}. */
export async function startMoreReaders(python: string): Promise<MoreReaders> {
  const { ask, close } = await startPythonProcess(python, SCRIPT);
  return {
    rows: (reader, table) => ask({ reader, do: 'rows', ...table }) as Promise<ReaderRow[]>,
    chdb: (table, sql) => ask({ reader: 'chdb', do: 'sql', ...table, sql }) as Promise<ReaderRow[]>,
    close,
  };
}
