/**
 * State in table properties, as JSON with a format number. It is changed in the same Iceberg commit as the snapshot that it
 * belongs to, and survives the expiration of that snapshot.
 */
import type { z } from 'zod';
import { TableUnusable } from '../errors/index.js';
import type { TableMetadata } from '../iceberg/metadata.js';
import { parsed } from './versioned.js';

/** The format of most state. */
const FORMAT = 1;

/** Reads a property; `undefined` if the table does not have it. Throws `TableUnusable` if it is not valid, or of a newer format. */
export function readState<T>(
  { location, properties }: Pick<TableMetadata, 'location' | 'properties'>,
  name: string,
  schema: z.ZodType<T>,
  /** The newest format that can be read; all have the same schema. */
  newest = FORMAT,
): T | undefined {
  const text = properties[name];
  if (text === undefined) return undefined;
  let why: string;
  try {
    const value: unknown = JSON.parse(text);
    const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
    if (typeof format === 'number' && format >= FORMAT && format <= newest) return parsed(schema, value);
    if (typeof format === 'number' && format > newest)
      throw new TableUnusable(
        `The property ${name} of the table ${location} has format ${format}, but this version of Trailmill only reads ${newest === 1 ? 'format 1' : `formats up to ${newest}`}.`,
        'Use the version that wrote it, or a newer one.',
      );
    why = 'it has no format';
  } catch (error) {
    if (error instanceof TableUnusable) throw error;
    why = error instanceof Error ? error.message : String(error);
  }
  throw new TableUnusable(
    `The property ${name} of the table ${location} cannot be read: ${why}.`,
    'Set it to its value in the newest metadata file of the table that has a readable one, then start the run again.',
  );
}

/** The text of a property. */
export function stateText(state: object, format = FORMAT): string {
  return JSON.stringify({ format, ...state });
}
