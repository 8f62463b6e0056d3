/** Metadata of a file that is not part of its text, for the columns that hold it. */
import { Text } from '../../columnar/words.js';
import type { FileValues } from './day-rows.js';
import { parseTimestamp } from './timestamp.js';

/** Metadata of a file. */
export interface FileOrigin {
  uri: string;
  /** Number of the file among those that are decoded together. */
  number?: number;
  /** Region, from the object key. */
  region?: string;
  /** SHA-256 of the uncompressed bytes, hex. */
  sha256?: string;
  /** User metadata of the object. */
  metadata?: Readonly<Record<string, string>>;
}

/** Returns the values of the decoder columns, by role. */
export function valuesOf({ uri, region, sha256, metadata = {} }: FileOrigin): FileValues {
  const text = (value: string | undefined): Text | undefined => (value === undefined ? undefined : new Text(value));
  const generated = Buffer.from(metadata['backfill-generation-timestamp'] ?? '');
  const time = parseTimestamp(generated, 0, generated.length);
  return {
    file_path: text(uri),
    region: text(region),
    sha256: text(sha256),
    signature: text(metadata.signature),
    signature_algorithm: text(metadata['signature-algorithm']),
    backfill_time: Number.isNaN(time) ? undefined : time,
  };
}
