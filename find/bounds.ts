/** Rules out data files by the bounds of their columns, if a search is for a few columns. Pure. */
import type { LeafField } from '../iceberg/schema.js';
import type { DataFile } from '../iceberg/types.js';
import type { Needle } from '../value-index/needles.js';

/**
 * Texts that may have a needle as one of several values, as [first, end): ARNs, JSON, and ids of principals with their session.
 * See value-index/values.ts.
 */
const WITH_PARTS: readonly (readonly [Buffer, Buffer])[] = [
  ['arn:', 'arn;'],
  ['{', '|'],
  ['[', '\\'],
  ['A', 'B'],
].map(([first, end]) => [Buffer.from(first), Buffer.from(end)]);

/**
 * Whether a file may have one of the needles in one of the leaves, by the bounds and the counts in its manifest. Without them,
 * it may.
 */
export function mayHold(file: DataFile, leaves: readonly LeafField[], needles: readonly Needle[]): boolean {
  return leaves.some((leaf) => {
    const id = String(leaf.id);
    const values = file.valueCounts[id];
    if (values !== undefined && values === file.nullCounts[id]) return false;
    // A file without the column, which was added later, has neither counts nor bounds.
    const [lower, upper] = [file.lowerBounds[id], file.upperBounds[id]];
    if (leaf.insideList || lower === undefined || upper === undefined) return true;
    const [least, most] = [Buffer.from(lower, 'base64'), Buffer.from(upper, 'base64')];
    const overlaps = (first: Buffer, last: Buffer): boolean => first.compare(most) <= 0 && least.compare(last) <= 0;
    return (
      WITH_PARTS.some(([first, end]) => overlaps(first, end)) || needles.some((needle) => isWithin(needle, overlaps))
    );
  });
}

function isWithin({ kind, text }: Needle, overlaps: (first: Buffer, last: Buffer) => boolean): boolean {
  // IPv6 addresses may be written in another form.
  if (kind === 'CIDR' || (kind === 'IP address' && text.includes(':'))) return true;
  // Capital letters sort first.
  return overlaps(Buffer.from(kind === 'UUID' ? text.toUpperCase() : text), Buffer.from(text));
}
