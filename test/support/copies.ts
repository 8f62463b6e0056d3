/** The default table with columns that read without consuming, with every conversion and every kind of path. */
import type { Conversion, DirectColumn, Shape } from '../../cloudtrail/columns/column.js';
import { direct } from '../../cloudtrail/columns/column.js';
import { DEFAULT_TABLE_COLUMNS } from '../../cloudtrail/columns/default.js';
import { DEFAULT_TABLE, type OracleTable } from './oracle.js';

const NESTED: Shape = {
  list: {
    members: [
      { key: 'a', name: 'a', shape: 'integer' },
      { key: 'b.c', name: 'b', shape: { list: { list: 'text' } } },
      { key: 'type', name: 'type', shape: { members: [{ key: 'x', name: 'x', shape: 'number' }] } },
      { key: 'raw', name: 'raw', shape: 'json' },
    ],
  },
};

const CONVERSIONS: readonly Conversion[] = [
  'text',
  'boolean',
  'time',
  'date',
  'integer',
  'number',
  'json',
  'true_text',
  { shape: NESTED },
  { shape: { list: 'text' } },
];

/** Below JSON text, at and above columns of the table, below columns of single values or lists, and without a column. */
const COPIED_PATHS: readonly (readonly string[])[] = [
  ['requestParameters', 'userName'],
  ['requestParameters', 'a', 'b'],
  ['requestParameters'],
  ['eventTime'],
  ['eventName'],
  ['eventName', 'a'],
  ['readOnly', 'a', 'b'],
  ['resources'],
  ['resources', 'a'],
  ['userIdentity'],
  ['userIdentity', 'sessionContext', 'attributes'],
  ['userIdentity', 'a', 'b'],
  ['userIdentity', 'a'],
  ['tlsDetails', 'b.c'],
  ['a'],
  ['a', 'b', 'c'],
  ['', '__proto__'],
];

/** One column for each path and conversion. */
const COPIES: readonly DirectColumn[] = COPIED_PATHS.flatMap((keys, path) =>
  CONVERSIONS.map((as, index): DirectColumn => {
    const column = direct(`copy.p${path}_${index}`, keys.join('.'), as, 'a copy');
    const isInt = as === 'integer' && path % 2 === 0;
    return { ...column, keys, copy: true, ...(isInt ? { type: 'int' } : {}) };
  }),
);

export const TABLE_WITH_COPIES: OracleTable = { ...DEFAULT_TABLE, columns: [...DEFAULT_TABLE_COLUMNS, ...COPIES] };
