/** Position deletes: rows of data files that are not there any more (spec, "Position Delete Files"). */
import type { ColumnSpec, Schema } from './types.js';

/** The columns of a position-delete file; its rows are in the order of path, then position. */
export const POSITION_DELETE_COLUMNS = [
  { name: 'file_path', type: 'string', required: true, doc: 'Address of a data file, as its manifest has it' },
  { name: 'pos', type: 'long', required: true, doc: 'Number of a row in it, from 0' },
] as const satisfies readonly ColumnSpec[];

/** Reserved field ids (spec, "Reserved Field IDs"); this schema is no table's, so its own id means nothing. */
export const POSITION_DELETE_SCHEMA: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    { id: 2147483546, name: 'file_path', required: true, type: 'string' },
    { id: 2147483545, name: 'pos', required: true, type: 'long' },
  ],
};

/** Rows of one data file that go. */
export interface FileDeletes {
  path: string;
  /** Ascending. */
  positions: Uint32Array;
}
