/** The keys of a column of one's own (`schema.fields`), its conversions, and its JSON Schema. */
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

/** A type: a word, a list or a struct; the elements and members of these are checked no further. */
const TYPE: JsonSchema = {
  anyOf: [
    { enum: Object.keys(PRIMITIVES) },
    { type: 'object', properties: { type: { enum: ['list', 'struct'] }, element: {}, fields: { type: 'array' } } },
  ],
};

const COLUMN_PROPERTIES: Record<string, JsonSchema> = {
  name: { type: 'string', pattern: DOTTED, description: 'Words with dots between them; a dot makes a struct.' },
  type: { ...TYPE, description: 'Type of the column.' },
  from: {
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    description: 'Path of the value in the record, such as requestParameters.bucketName.',
  },
  convert: { enum: [...new Set(Object.values(CONVERSIONS).flat())], description: 'How the value is converted.' },
  default: { description: 'The value where the record has none.' },
  doc: { type: 'string', description: 'What the column means; it goes into the table.' },
};

/** The keys that a column may have. */
export const COLUMN_KEYS: readonly string[] = Object.keys(COLUMN_PROPERTIES);

/** Of one column of `schema.fields`. */
export const COLUMN_JSON: JsonSchema = {
  type: 'object',
  properties: COLUMN_PROPERTIES,
  required: ['name', 'type'],
  additionalProperties: false,
};
