/** A file that is written one row group at a time equals a file that is written at once. */

import type { LongColumn } from '../../../columnar/columns';
import { RowSet } from '../../../columnar/row-set';
import type { StringColumn } from '../../../columnar/string-column';
import { schemaOf } from '../../../iceberg/schema';
import type { ColumnSpec } from '../../../iceberg/types';
import { ParquetFileWriter } from '../../../parquet/file-writer';
import { loadParquetWriter, PAGES } from '../../../parquet/writer';

const GROUP_ROWS = 1_500;
const COLUMNS: ColumnSpec[] = [
  { name: 'n', type: 'long', doc: '' },
  { name: 'id', type: 'string', doc: '' },
  { name: 'region', type: 'string', doc: '' },
];

function rowsOf(specs: readonly ColumnSpec[]): RowSet {
  const rows = new RowSet(specs, 0);
  const [numbers, ids, regions] = rows.columns as [LongColumn, StringColumn, StringColumn];
  for (let row = 0; row < 3_700; row++) {
    numbers.append(row, row);
    const put = (column: StringColumn, text: string): void => column.append(Buffer.from(text), 0, text.length, row);
    put(ids, `${row}-${'x'.repeat(row % 40)}`);
    put(regions, `region-${row % 9}`);
    rows.rows++;
  }
  rows.finish();
  return rows;
}

it('has the same bytes, with dictionaries and Bloom filters in every row group', async () => {
  const marked = COLUMNS.map((column) => (column.name === 'n' ? column : { ...column, lookup: true as const }));
  const limits = { groupRows: GROUP_ROWS, pageRows: PAGES.rows, pageBytes: PAGES.bytes };
  const whole = (await loadParquetWriter())(schemaOf(COLUMNS), rowsOf(marked), { limits });

  const parts: Buffer[] = [];
  const rows = rowsOf(COLUMNS);
  const writer = await ParquetFileWriter.begin(schemaOf(COLUMNS), ['id', 'region'], (bytes) => {
    parts.push(Buffer.from(bytes));
  });
  for (let from = 0; from < rows.rows; from += GROUP_ROWS)
    writer.addGroup(rows, from, Math.min(rows.rows, from + GROUP_ROWS));
  writer.finish();
  expect(Buffer.concat(parts).equals(whole)).toBe(true);

  const { parquetMetadata } = await import('hyparquet');
  const filters = parquetMetadata(whole.buffer).row_groups.map(({ columns }) =>
    columns.map(({ meta_data: meta }) => meta?.bloom_filter_length !== undefined),
  );
  expect(filters).toEqual(Array.from({ length: 3 }, () => [false, true, false]));
});
