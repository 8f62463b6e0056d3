/** Digests packed for another thread. */
import { type PackedRows, packRows, type RowShape, unpackRows } from '../columnar/packed-rows.js';
import type { Digest, NamedFile } from './digest.js';

/** Digests in the form in which the reading thread sends them: their log files would be many small objects. */
export interface PackedDigests {
  /** Without `files`. */
  digests: Digest[];
  /** The number of log files of each. */
  counts: Int32Array;
  files: PackedRows;
}

const FILE_SHAPE: RowShape<NamedFile> = { texts: ['bucket', 'key', 'hash'], numbers: [] };

/** Packs digests for another thread. */
export function packDigests(digests: readonly Digest[]): PackedDigests {
  return {
    digests: digests.map((digest) => ({ ...digest, files: [] })),
    counts: Int32Array.from(digests, ({ files }) => files.length),
    files: packRows(
      digests.flatMap(({ files }) => files),
      FILE_SHAPE,
    ),
  };
}

/** The inverse of {@link packDigests}. */
export function unpackDigests({ digests, counts, files: packed }: PackedDigests): Digest[] {
  const files = unpackRows<NamedFile>(packed);
  let end = 0;
  return digests.map((digest, index) => {
    const from = end;
    end += counts[index];
    return { ...digest, files: files.slice(from, end) };
  });
}
