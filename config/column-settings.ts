/** The keys of a user column (`schema.fields`), its conversions, and its JSON Schema. */
import type { UserConversion } from '../cloudtrail/table-config.js';
import { NAME, PRIMITIVES } from './field-types.js';
import type { JsonSchema } from './kinds.js';

/** Conversions by type, the default first. */
export const CONVERSIONS: Record<string, readonly UserConversion[]> = {
  string: ['text', 'json'],
  boolean: ['boolean'],
  int: ['integer'],
  long: ['integer'],
  float: ['number'],
  double: ['number'],
  timestamptz: ['time'],
  date: ['date'],
};

const WORD = NAME.source.replace(/^\^|\$$/g, '').replaceAll('a-z', 'A-Za-z');
const DOTTED = `^${WORD}(\\.${WORD})*$`;

/** A type: a word, a list or a struct, whose elements and members are not checked further here. */
const TYPE: JsonSchema = {
  anyOf: [
    { enum: Object.keys(PRIMITIVES) },
    { type: 'object', properties: { type: { enum: ['list', 'struct'] }, element: {}, fields: { type: 'array' } } },
  ],
};

const COLUMN_PROPERTIES: Record<string, JsonSchema> = {
  name: { type: 'string', pattern: DOTTED, description: 'Words separated by dots; each dot makes a struct.' },
  type: { ...TYPE, description: 'Type of the column.' },
  from: {
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    description: 'Path of the value in the record, such as requestParameters.bucketName.',
  },
  convert: { enum: [...new Set(Object.values(CONVERSIONS).flat())], description: 'How the value is converted.' },
  default: { description: 'The value if the record has none.' },
  doc: { type: 'string', description: 'Description of the column, stored in the table.' },
};

/** The allowed keys of a column. */
export const COLUMN_KEYS: readonly string[] = Object.keys(COLUMN_PROPERTIES);

/** JSON Schema of one column of `schema.fields`. */
export const COLUMN_JSON: JsonSchema = {
  type: 'object',
  properties: COLUMN_PROPERTIES,
  required: ['name', 'type'],
  additionalProperties: false,
};
