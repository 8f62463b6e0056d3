/** Facts about a file that its text does not have, for the columns that hold them. */
import type { FileValues } from './day-rows.js';
import { parseTimestamp } from './timestamp.js';

/** What is known of a file besides its text. */
export interface FileOrigin {
  uri: string;
  /** Number of the file among those that are decoded together. */
  number?: number;
  /** In the object's key. */
  region?: string;
  /** Of the uncompressed bytes, hex. */
  sha256?: string;
  /** User metadata of the object. */
  metadata?: Readonly<Record<string, string>>;
}

/** The values for decoder columns, by their role. */
export function valuesOf({ uri, region, sha256, metadata = {} }: FileOrigin): FileValues {
  const text = (value: string | undefined): Uint8Array | undefined =>
    value === undefined ? undefined : Buffer.from(value);
  const generated = text(metadata['backfill-generation-timestamp']);
  const time = generated === undefined ? Number.NaN : parseTimestamp(generated, 0, generated.length);
  return {
    file_path: text(uri),
    region: text(region),
    sha256: text(sha256),
    signature: text(metadata.signature),
    signature_algorithm: text(metadata['signature-algorithm']),
    backfill_time: Number.isNaN(time) ? undefined : time,
  };
}
