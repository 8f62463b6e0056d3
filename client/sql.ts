/**
 * SQL over the tables: the catalog says which data files the current snapshots have, DuckDB reads them. The snapshot is
 * taken once, so every question is answered from the same state, whatever is committed meanwhile.
 */
import { fileURLToPath } from 'node:url';
import type { Json } from '@duckdb/node-api';
import { nameOf, TABLE_ROLES } from '../cloudtrail/tables.js';
import type { Catalog, TableIdentifier } from '../iceberg/catalog.js';
import { deletesOf, type ScannedFile, scanDataFiles, scanDeletes } from '../iceberg/scan.js';
import { currentSchema } from '../iceberg/snapshot.js';
import type { IcebergType, PrimitiveType, Schema } from '../iceberg/types.js';

export type Row = Record<string, Json>;

export interface OpenTables {
  /** The rows of a query. Numbers that JavaScript cannot hold come as strings. */
  query(sql: string): Promise<Row[]>;
  /** Names of the views, each a table of the catalog. */
  names: string[];
  close(): void;
}

/** Opens the tables of a log source as views of the same names; a table without rows is a view without rows. */
export async function openTables(catalog: Catalog, namespace: string, source = 'aws_cloudtrail'): Promise<OpenTables> {
  // Loaded here: the native library costs start-up time that no other command should pay.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    // Timestamps are UTC here, whatever the machine thinks of time zones.
    await connection.run("SET TimeZone = 'UTC'");
    const names: string[] = [];
    for (const role of TABLE_ROLES) {
      const name = nameOf(source, role);
      const select = await selectOf(catalog, { namespace, name });
      if (select === undefined) continue;
      await connection.run(`CREATE VIEW ${identifier(name)} AS ${select}`);
      names.push(name);
    }
    const query = async (sql: string): Promise<Row[]> => {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRowObjectsJson() as Row[];
    };
    return { query, names, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** `undefined` when there is no such table. */
async function selectOf(catalog: Catalog, identifier: TableIdentifier): Promise<string | undefined> {
  const table = await catalog.loadTable(identifier);
  if (table === undefined) return undefined;
  const deletes: ScannedFile[] = [];
  for await (const file of scanDeletes(table)) deletes.push(file);
  const whole: string[] = [];
  const touched: ScannedFile[] = [];
  for await (const scanned of scanDataFiles(table)) {
    if (deletesOf(scanned, deletes).length > 0) touched.push(scanned);
    else whole.push(localPath(scanned.file.path));
  }
  const parts: string[] = [];
  if (whole.length > 0) parts.push(`SELECT * FROM ${readParquet(whole)}`);
  if (touched.length > 0) parts.push(selectWithDeletes(touched, deletes));
  // Without a file DuckDB cannot find the columns: the table's schema says them. And a column that came later may be in no
  // file yet, and is a column all the same.
  if (parts.length === 0 || table.metadata.schemas.length > 1) parts.push(emptySelect(currentSchema(table.metadata)));
  return parts.join(' UNION ALL BY NAME ');
}

function readParquet(paths: readonly string[], more = ''): string {
  const list = paths.map(literal).join(', ');
  return `read_parquet([${list}], union_by_name => true, hive_partitioning => false${more})`;
}

/** Files of which rows may be deleted, without those rows. What deletes which is decided by {@link deletesOf}'s rule. */
function selectWithDeletes(files: readonly ScannedFile[], deletes: readonly ScannedFile[]): string {
  const values = (of: readonly ScannedFile[]): string =>
    of
      .map(({ file: { path, day }, sequenceNumber }) => {
        const partition = Number.isNaN(day) ? 'NULL' : day;
        return `(${literal(path)}, ${literal(localPath(path))}, ${partition}, ${sequenceNumber})`;
      })
      .join(', ');
  const own = deletes.map(({ file }) => localPath(file.path));

  return `SELECT * EXCLUDE (_file, file_row_number) FROM ${readParquet(
    files.map(({ file }) => localPath(file.path)),
    ", filename => '_file', file_row_number => true",
  )} AS rows
    ANTI JOIN (
      SELECT data.local AS _file, deleted.pos AS file_row_number
      FROM read_parquet([${own.map(literal).join(', ')}], filename => '_delete') AS deleted
      JOIN (VALUES ${values(files)}) AS data(path, local, day, age) ON data.path = deleted.file_path
      JOIN (VALUES ${values(deletes)}) AS source(path, local, day, age) ON source.local = deleted._delete
      WHERE data.age <= source.age AND data.day IS NOT DISTINCT FROM source.day
    ) AS gone USING (_file, file_row_number)`;
}

function emptySelect(schema: Schema): string {
  const columns = schema.fields.map(({ name, type }) => `NULL::${typeOf(type)} AS ${identifier(name)}`);
  return `SELECT ${columns.join(', ')} WHERE FALSE`;
}

const PRIMITIVES: Record<PrimitiveType, string> = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMPTZ',
  string: 'VARCHAR',
  binary: 'BLOB',
};

function typeOf(type: IcebergType): string {
  if (typeof type === 'string') return PRIMITIVES[type];
  if (type.type === 'list') return `${typeOf(type.element)}[]`;
  return `STRUCT(${type.fields.map((field) => `${identifier(field.name)} ${typeOf(field.type)}`).join(', ')})`;
}

function localPath(uri: string): string {
  return uri.startsWith('file:') ? fileURLToPath(uri) : uri;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
