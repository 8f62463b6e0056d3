/**
 * How objects of the work area are written and read. Each has its `format`, so that a worker of another version completes what
 * is there or refuses it, and never misreads it.
 */
import type { z } from 'zod';
import { AlreadyExists, TableUnusable } from '../errors/index.js';
import { readTableFile } from '../iceberg/damage.js';
import { locationOf } from '../iceberg/location.js';
import type { ObjectStore } from '../storage/object-store.js';

/** What this version writes. Format 0 is what earlier versions have written, without saying it. */
const FORMAT = 1;

/** A kind of objects in the work area. */
export interface WorkKind<T> {
  /** For messages: `batch result`. */
  name: string;
  /** Parsed JSON of any format → the object. Throws `TableUnusable` for a newer format, `Error` for anything else. */
  read(value: unknown): T;
  /** The object as JSON values, with its format. */
  written(object: T): object;
}

/** All properties of an object, optional ones too: a schema that lacks one would lose it without a word. */
export type Members<T> = { [Name in keyof T]-?: z.ZodType<T[Name]> };

/**
 * @param schema of format 1
 * @param convert makes the object of what an earlier version has written; absent where that has the same properties
 */
export function workKind<T extends object>(
  name: string,
  schema: z.ZodType<T>,
  convert: (value: unknown) => T = (value) => parsed(schema, value),
): WorkKind<T> {
  return {
    name,
    read(value) {
      if (typeof value !== 'object' || value === null) throw new Error('It is neither an object nor a list');
      const format = 'format' in value ? value.format : 0;
      if (format === 0) return convert(value);
      if (format === FORMAT) return parsed(schema, value);
      throw new TableUnusable(
        `This ${name} has the format ${JSON.stringify(format)}, and this version of Trailmill reads formats up to ${FORMAT}.`,
        'Finish the run with the version that started it, or start it again with this one.',
      );
    },
    written: (object) => ({ format: FORMAT, ...object }),
  };
}

/** What the schema makes of a value. Throws an `Error` that names the first property that is wrong. */
export function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new Error(path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`);
}

/** Parses the text of an object. Throws as {@link WorkKind.read} does, and where it is not JSON. */
export function parseWork<T>(body: Buffer, kind: WorkKind<T>): T {
  return kind.read(JSON.parse(body.toString('utf8')));
}

/** Reads an object. Throws `Damaged` where it is missing or invalid, `TableUnusable` where a newer version wrote it. */
export async function readWork<T>(
  store: ObjectStore,
  key: string,
  kind: WorkKind<T>,
  signal?: AbortSignal,
): Promise<T> {
  const file = { path: locationOf(store, key), kind: 'work file', of: 'the work area' } as const;
  return readTableFile(store, file, (body) => parseWork(body, kind), signal);
}

/** Writes an object, in place of one that may be there. */
export async function writeWork<T>(
  store: ObjectStore,
  key: string,
  kind: WorkKind<T>,
  object: T,
  signal?: AbortSignal,
): Promise<void> {
  await store.put(key, Buffer.from(JSON.stringify(kind.written(object))), { signal });
}

/** Writes an object unless one exists; returns the one that exists then. */
export async function writeWorkOnce<T>(
  store: ObjectStore,
  key: string,
  kind: WorkKind<T>,
  object: T,
  signal?: AbortSignal,
): Promise<T> {
  try {
    await store.put(key, Buffer.from(JSON.stringify(kind.written(object))), { ifNoneMatch: '*', signal });
    return object;
  } catch (error) {
    if (!(error instanceof AlreadyExists)) throw error;
    return readWork(store, key, kind, signal);
  }
}
