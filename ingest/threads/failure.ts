/** Errors that a decoder thread expects. They are returned as values because thrown errors lose their class between threads. */
import { StorageAccessDenied, StorageUnavailable, UserMistake } from '../../errors/index.js';

const CLASSES = { UserMistake, StorageAccessDenied, StorageUnavailable };

/** An expected error that ended a chunk. */
export interface ChunkFailure {
  failure: { name: keyof typeof CLASSES; message: string; cure?: string };
}

/** Returns the value for an expected error; `undefined` for others. */
export function failureOf(error: unknown): ChunkFailure | undefined {
  for (const expected of Object.values(CLASSES)) {
    if (!(error instanceof expected)) continue;
    const { name, message, cure } = error;
    return { failure: { name, message, cure } };
  }
  return undefined;
}

/** Returns the error of a value. */
export function errorOf({ failure: { name, message, cure } }: ChunkFailure): Error {
  return new CLASSES[name](message, cure);
}
