/** Position deletes: deleted rows of data files (spec, "Position Delete Files"). */
import type { ColumnSpec, Schema } from './types.js';

/** The columns of a position-delete file; its rows are sorted by path, then position. */
export const POSITION_DELETE_COLUMNS = [
  {
    name: 'file_path',
    type: 'string',
    required: true,
    doc: 'Address of a data file, as its manifest has it',
    lookup: true,
  },
  { name: 'pos', type: 'long', required: true, doc: 'Number of a row in it, from 0' },
] as const satisfies readonly ColumnSpec[];

/**
 * The schema of position-delete files, with reserved field ids (spec, "Reserved Field IDs"). Not a table schema, so `schema-id`
 * is unused.
 */
export const POSITION_DELETE_SCHEMA: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    { id: 2147483546, name: 'file_path', required: true, type: 'string' },
    { id: 2147483545, name: 'pos', required: true, type: 'long' },
  ],
};

/** Deleted rows of one data file. */
export interface FileDeletes {
  path: string;
  /** Ascending. */
  positions: Uint32Array;
}
