/** Bloom filters as DuckDB reads them: they distinguish absent values from those in a file. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { RowSet } from '../../../columnar/row-set';
import type { StringColumn } from '../../../columnar/string-column';
import { schemaOf } from '../../../iceberg/schema';
import type { ColumnSpec } from '../../../iceberg/types';
import { loadParquetWriter } from '../../../parquet/writer';

const ROWS = 6000;
const GROUP = 2000;

describe('a file of ids', () => {
  let directory: string;
  let connection: DuckDBConnection;
  let file: string;
  const ids = Array.from({ length: ROWS }, (_, i) => (i % 3 ? randomUUID() : `${'é'.repeat(i % 90)}${i}`));

  beforeAll(async () => {
    const specs: ColumnSpec[] = [{ name: 'id', type: 'string', lookup: true, doc: '' }];
    const rows = new RowSet(specs, 0);
    for (const id of ids) (rows.columns[0] as StringColumn).appendText(id, rows.rows++);
    const limits = { groupRows: GROUP, pageRows: 700, pageBytes: 20_000 };
    directory = await mkdtemp(join(tmpdir(), 'trailmill-bloom-'));
    file = join(directory, 'ids.parquet');
    await writeFile(file, (await loadParquetWriter())(schemaOf(specs), rows, { limits }));
    connection = await (await DuckDBInstance.create(':memory:')).connect();
  });
  afterAll(async () => {
    connection?.closeSync();
    await rm(directory, { recursive: true, force: true });
  });

  /** For each row group, whether its filter says that it does not have the id. */
  async function excludes(id: string): Promise<unknown[]> {
    const sql = 'SELECT bloom_filter_excludes FROM parquet_bloom_probe($file, $column, $id) ORDER BY row_group_id';
    const result = await connection.runAndReadAll(sql, { file, column: 'id', id });
    return result.getRows().map(([excluded]) => excluded);
  }

  it('has a filter for each row group, and none excludes an existing value', async () => {
    for (let i = 0; i < ROWS; i += 53) {
      const groups = await excludes(ids[i]);
      expect(groups).toHaveLength(3);
      expect(groups[Math.floor(i / GROUP)]).toBe(false);
    }
  });

  it('excludes nearly all absent values', async () => {
    let wrong = 0;
    for (let i = 0; i < 200; i++) wrong += (await excludes(randomUUID())).filter((excluded) => !excluded).length;
    expect(wrong).toBeLessThan(600 * 0.1);
  });

  it('can be read as it was written', async () => {
    const read = await connection.runAndReadAll('SELECT id FROM read_parquet($file)', { file });
    expect(read.getRows().map(([id]) => id)).toEqual(ids);
  });
});
