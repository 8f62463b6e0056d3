/** Rules out data files and their columns by the bounds of the columns. Pure. */
import type { LeafField } from '../iceberg/schema.js';
import type { DataFile } from '../iceberg/types.js';
import type { Needle } from '../value-index/needles.js';

/**
 * Texts that may have a needle as one of several values, as [first, end): ARNs, JSON, and ids of principals with their session.
 * See value-index/values.ts.
 */
const JSON_TEXTS = rangesOf(['{', '|'], ['[', '\\']);
const WITH_PARTS = [...JSON_TEXTS, ...rangesOf(['arn:', 'arn;'], ['A', 'B'])];

type Range = readonly [first: Buffer, end: Buffer];

function rangesOf(...ranges: readonly [string, string][]): Range[] {
  return ranges.map(([first, end]) => [Buffer.from(first), Buffer.from(end)]);
}

/**
 * Whether a file may have one of the needles in one of the leaves, by the bounds and the counts in its manifest. Without them,
 * it may.
 */
export function mayHold(file: DataFile, leaves: readonly LeafField[], needles: readonly Needle[]): boolean {
  return someLeaf(
    file,
    leaves,
    (overlaps) =>
      WITH_PARTS.some(([first, end]) => overlaps(first, end)) || needles.some((needle) => isWithin(needle, overlaps)),
  );
}

/** Whether a file may have JSON in one of the leaves. */
export function mayHaveJson(file: DataFile, leaves: readonly LeafField[]): boolean {
  return someLeaf(file, leaves, (overlaps) => JSON_TEXTS.some(([first, end]) => overlaps(first, end)));
}

/** Whether a range of texts overlaps those of a leaf. */
type Overlaps = (first: Buffer, last: Buffer) => boolean;

/** Whether the texts of one of the leaves may be what `may` looks for. */
function someLeaf(file: DataFile, leaves: readonly LeafField[], may: (overlaps: Overlaps) => boolean): boolean {
  return leaves.some((leaf) => {
    const id = String(leaf.id);
    const values = file.valueCounts[id];
    if (values !== undefined && values === file.nullCounts[id]) return false;
    // A file without the column, which was added later, has neither counts nor bounds.
    const [lower, upper] = [file.lowerBounds[id], file.upperBounds[id]];
    if (leaf.insideList || lower === undefined || upper === undefined) return true;
    const [least, most] = [Buffer.from(lower, 'base64'), Buffer.from(upper, 'base64')];
    return may((first, last) => first.compare(most) <= 0 && least.compare(last) <= 0);
  });
}

function isWithin({ kind, text }: Needle, overlaps: Overlaps): boolean {
  // IPv6 addresses may be written in another form.
  if (kind === 'CIDR' || (kind === 'IP address' && text.includes(':'))) return true;
  // Capital letters sort first.
  return overlaps(Buffer.from(kind === 'UUID' ? text.toUpperCase() : text), Buffer.from(text));
}
