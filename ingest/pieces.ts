/** Decodes a chunk in pieces, at the same time, so that all threads have work even if few chunks are left. */
import { addRejectReasons } from '../protocol/totals.js';
import { allSettledOrThrow } from '../storage/concurrency.js';
import type { ChunkResult, Decode, FetchedFile } from './types.js';

/**
 * Maximum stored bytes of a piece, of one file or more. CloudTrail's JSON shrinks to about a tenth when gzipped, and about 50
 * MB of it fill the column buffers of a thread: a piece becomes one data file, as it would in a larger task.
 */
export const PIECE_BYTES = 5 << 20;

/** Returns a function that decodes files in pieces, with `decode`, and joins their results in order. */
export function inPieces(decode: Decode, most = PIECE_BYTES): Decode {
  return async (files) => joinResults(await allSettledOrThrow(piecesOf(files, most).map(decode)));
}

/** Splits files into pieces of about the same number of bytes: no short one is left over. */
function piecesOf(files: FetchedFile[], most: number): FetchedFile[][] {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const share = bytes / Math.max(1, Math.ceil(bytes / most));
  const pieces: FetchedFile[][] = [[]];
  let before = 0;
  for (const file of files) {
    // A file belongs to the piece that has its middle.
    if (before + file.size / 2 > share * pieces.length && pieces[pieces.length - 1].length > 0) pieces.push([]);
    pieces[pieces.length - 1].push(file);
    before += file.size;
  }
  return pieces;
}

/** Joins results as if all files had been decoded together. */
export function joinResults(results: readonly ChunkResult[]): ChunkResult {
  const all: ChunkResult = { written: [], ledger: [] };
  for (const { written, ledger, rejectedFor } of results) {
    const before = all.ledger.length;
    for (const one of written) {
      for (const rows of one.events?.fileRows ?? []) rows.file += before;
      all.written.push(one);
    }
    for (const entry of ledger) all.ledger.push(entry);
    if (rejectedFor !== undefined) all.rejectedFor = addRejectReasons(all.rejectedFor ?? [], rejectedFor);
  }
  return all;
}
