/**
 * Reads and writes work area objects. Each has a `format` number, so that a worker of another version can either read it or
 * refuse it, but never misreads it.
 */
import type { z } from 'zod';
import { AlreadyExists, TableUnusable } from '../errors/index.js';
import { readTableFile } from '../iceberg/damage.js';
import { locationOf } from '../iceberg/location.js';
import type { ObjectStore } from '../storage/object-store.js';

/** The format of most objects. Objects without a format number, written by earlier versions, count as format 0. */
const FORMAT = 1;

/** A kind of work area object. */
export interface WorkKind<T> {
  /** Used in messages, for example `batch result`. */
  name: string;
  /** Reads parsed JSON of any known format. Throws `TableUnusable` for a newer format, and `Error` for anything else. */
  read(value: unknown): T;
  /** Returns the object as JSON values, with its format number. */
  toJson(object: T): object;
}

/** A schema for each property of a type, including optional ones: a schema that omits one would silently drop its value. */
export type Members<T> = { [Name in keyof T]-?: z.ZodType<T[Name]> };

/** How the formats of a kind differ. */
interface Formats<T> {
  /** Reads an object that an earlier version wrote (format 0); by default it has the same properties. */
  convert?: (value: unknown) => T;
  /** The newest format that this version reads; by default {@link FORMAT}. All formats from 1 on have the same schema. */
  newest?: number;
  /** The format of an object: the oldest one whose readers understand it, so that they can share the work. By default the newest. */
  of?: (object: T) => number;
}

/**
 * Defines a kind of work area object.
 * @param name for messages
 * @param schema of all formats from 1 on
 */
export function workKind<T extends object>(
  name: string,
  schema: z.ZodType<T>,
  { convert = (value) => parsed(schema, value), newest = FORMAT, of = () => newest }: Formats<T> = {},
): WorkKind<T> {
  return {
    name,
    read(value) {
      if (typeof value !== 'object' || value === null) throw new Error('it is neither an object nor an array');
      const format = 'format' in value ? value.format : 0;
      if (format === 0) return convert(value);
      if (typeof format === 'number' && format >= FORMAT && format <= newest) return parsed(schema, value);
      throw new TableUnusable(
        `This ${name} has format ${JSON.stringify(format)}, but this version of Trailmill only reads formats up to ${newest}.`,
        'Finish the run with the version that started it, or start it again with this version.',
      );
    },
    toJson: (object) => ({ format: of(object), ...object }),
  };
}

/** Parses a value with a schema. Throws an `Error` that names the first property that is not valid. */
export function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new Error(path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`);
}

/** Parses the text of an object. Throws like {@link WorkKind.read}, and if the text is not JSON. */
export function parseWork<T>(body: Buffer, kind: WorkKind<T>): T {
  return kind.read(JSON.parse(body.toString('utf8')));
}

/** Reads an object. Throws `Damaged` if it is missing or not valid, and `TableUnusable` if a newer version wrote it. */
export async function readWork<T>(
  store: ObjectStore,
  key: string,
  kind: WorkKind<T>,
  signal?: AbortSignal,
): Promise<T> {
  const file = { path: locationOf(store, key), kind: 'work file', of: 'the work area' } as const;
  return readTableFile(store, file, (body) => parseWork(body, kind), signal);
}

/** Writes an object, replacing any existing one. */
export async function writeWork<T>(
  store: ObjectStore,
  key: string,
  kind: WorkKind<T>,
  object: T,
  signal?: AbortSignal,
): Promise<void> {
  await store.put(key, Buffer.from(JSON.stringify(kind.toJson(object))), { signal });
}

/** Creates an object. If one with this key already exists, returns that one instead. */
export async function writeWorkOnce<T>(
  store: ObjectStore,
  key: string,
  kind: WorkKind<T>,
  object: T,
  signal?: AbortSignal,
): Promise<T> {
  try {
    await store.put(key, Buffer.from(JSON.stringify(kind.toJson(object))), { ifNoneMatch: '*', signal });
    return object;
  } catch (error) {
    if (!(error instanceof AlreadyExists)) throw error;
    return readWork(store, key, kind, signal);
  }
}
