/** The days of a manifest's files, as the manifest list has them (spec, "Manifest Lists", field 507). */
import type { ManifestListEntry } from './manifest-list.js';
import type { TableMetadata } from './metadata.js';

/** Days since 1970-01-01, inclusive; `from` is above `to` if no file has a day. */
export interface DayBounds {
  from: number;
  to: number;
}

/** The days of a manifest. `'no day'`: its partition spec has no day field. `undefined`: the manifest list does not say. */
export function dayBoundsOf(
  metadata: Pick<TableMetadata, 'partition-specs'>,
  manifest: Pick<ManifestListEntry, 'partition_spec_id' | 'partitions'>,
): DayBounds | 'no day' | undefined {
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === manifest.partition_spec_id);
  const position = spec?.fields.findIndex((field) => field.transform === 'day') ?? -1;
  if (position < 0) return 'no day';
  const summary = manifest.partitions?.[position];
  if (!summary) return undefined;
  const { lower_bound: lower, upper_bound: upper } = summary;
  // Without bounds, all of its partitions are null.
  if (!lower || !upper) return { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
  return { from: lower.readInt32LE(), to: upper.readInt32LE() };
}
