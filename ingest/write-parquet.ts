/** Writes rows as Parquet files. Runs in a decoder thread. */
import { INTEGRITY_COLUMNS, LEDGER_COLUMNS } from '../cloudtrail/tables.js';
import { unpackRows } from '../columnar/packed-rows.js';
import type { RowSet } from '../columnar/row-set.js';
import { dataFileOf, readFooter } from '../iceberg/metrics.js';
import { schemaToWrite } from '../iceberg/schema.js';
import type { ColumnSpec, Schema } from '../iceberg/types.js';
import { rowOf as verdictRow } from '../integrity/rows.js';
import type { Verdict } from '../integrity/verdict.js';
import { rowOf } from '../ledger/columns.js';
import type { OnTexts } from '../parquet/chunk.js';
import { loadParquetWriter, type ParquetWriter } from '../parquet/writer.js';
import type { FileValues } from '../value-index/file-values.js';
import { RowsByDay } from './rows.js';
import { collectBuffers, noteDropped } from './threads/collect.js';
import type { FileEvents, IntegrityTask, LedgerTask, WrittenFile } from './types.js';

/**
 * Writes the rows of a day as one Parquet file, with its metrics for the manifest. The bytes are created before it returns,
 * and the promise does not reference the rows; their columns are then empty, and their memory is reused.
 * @param table the table's schema
 * @param of the events of the rows, and the collector of their values for the index, if they are indexed
 */
export function writeParquet(
  parquet: ParquetWriter,
  role: WrittenFile['role'],
  table: Schema,
  rows: RowSet,
  { events, values }: { events?: FileEvents; values?: FileValues } = {},
): Promise<WrittenFile> {
  const { specs: columns, day } = rows;
  const schema = schemaToWrite(table, columns);
  const bytes = encode(parquet, schema, rows, values);
  return withMetrics({ role, bytes, events, values: values?.take() }, { schema, columns, day });
}

async function withMetrics(
  { role, bytes, events, values }: Omit<WrittenFile, 'file'>,
  of: { schema: Schema; columns: readonly ColumnSpec[]; day: number },
): Promise<WrittenFile> {
  const footer = await readFooter(bytes);
  const file = dataFileOf({ ...of, path: '', bytes: bytes.length, footer });
  return { role, bytes, file, ...(events && { events }), ...(values && { values }) };
}

function encode(parquet: ParquetWriter, schema: Schema, rows: RowSet, values?: FileValues): Uint8Array {
  collectBuffers();
  const onTexts: OnTexts | undefined = values && (({ path }, texts) => values.addTexts(path.join('.'), texts));
  const bytes = parquet(schema, rows, { onTexts });
  noteDropped(rows.release());
  return bytes;
}

/** Columns of the ledger that its first versions did not have. */
const LATER_COLUMNS: ReadonlySet<string> = new Set(['last_modified', 'version', 'config']);

/** Writes the ledger rows of a batch as Parquet files: one for each delivery day, so nearly always one. */
export async function writeLedger({ entries, schema, batch, run }: LedgerTask): Promise<WrittenFile[]> {
  // A day that an earlier version planned is committed to the ledger of that version: the next plan adds the columns.
  const has = (column: string): boolean => schema.fields.some(({ name }) => name === column);
  const columns = LEDGER_COLUMNS.filter(({ name }) => !LATER_COLUMNS.has(name) || has(name));
  const rows = new RowsByDay(columns);
  const parquet = await loadParquetWriter();
  for (const entry of entries) rows.add(rowOf(entry, { batch: entry.batch ?? batch, run: entry.run ?? run }));
  const written: WrittenFile[] = [];
  for (const set of rows.take()) written.push(await writeParquet(parquet, 'ledger', schema, set));
  return written;
}

/** Writes verdicts as Parquet files of the integrity table: one for each delivery day. */
export async function writeIntegrity({ verdicts, schema, ...origin }: IntegrityTask): Promise<WrittenFile[]> {
  const rows = new RowsByDay(INTEGRITY_COLUMNS);
  const parquet = await loadParquetWriter();
  for (const verdict of unpackRows<Verdict>(verdicts)) rows.add(verdictRow(verdict, origin));
  const written: WrittenFile[] = [];
  for (const set of rows.take()) written.push(await writeParquet(parquet, 'integrity', schema, set));
  return written;
}
