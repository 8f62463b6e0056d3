/** With `integrity: required`: how long a log file is held back, waiting for the digest that lists it. Pure. */
import { deliveryTime } from '../cloudtrail/object-key.js';
import { isWanted, tableOf } from '../cloudtrail/table-config.js';
import { DIGEST_DUE_MS } from '../integrity/coverage.js';
import type { RunConfig } from '../run/config.js';
import type { ListedObject, ObjectStore } from '../storage/object-store.js';

const HOUR_MS = 3_600_000;
/** The default of the setting. */
const HOLD_HOURS = 26;

/** Whether log files are only ingested if a digest proves them. */
export function requiresProof({ integrity }: Pick<RunConfig, 'integrity'>): boolean {
  return integrity?.mode === 'required';
}

/** Whether digests have to prove the files of this kind before they are ingested. */
export function mustBeProven(config: Pick<RunConfig, 'integrity' | 'tables'>, kind: string): boolean {
  return requiresProof(config) && tableOf(kind) !== 'digest' && isWanted(kind, config.tables);
}

/** The setting `integrity.hold_hours`. */
export function holdHours({ integrity }: Pick<RunConfig, 'integrity'>): number {
  return integrity?.holdHours ?? HOLD_HOURS;
}

/**
 * Until when an unproven log file of a delivery day is held back, milliseconds since the epoch. After that it is quarantined.
 * A file that CloudTrail delivers later than the time in its name is listed by the digest of the hour in which it arrives. In
 * a directory, modification times are those of the copy.
 */
export function heldUntil(
  { config, bucket }: { config: Pick<RunConfig, 'integrity'>; bucket: Pick<ObjectStore, 'directory'> },
  { key, lastModified = 0 }: Pick<ListedObject, 'key'> & { lastModified?: number },
  day: string,
): number {
  const named = deliveryTime(key, day) + holdHours(config) * HOUR_MS;
  return bucket.directory === undefined ? Math.max(named, lastModified + DIGEST_DUE_MS) : named;
}
