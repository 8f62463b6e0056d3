/** Runs with `integrity: required` over a bucket with digests, at any time. */
import { deliveryTime, parseObjectKey } from '../../cloudtrail/object-key';
import { allTables } from '../../cloudtrail/tables';
import { type KeyRing, parseKeys } from '../../integrity/keys';
import { dayAt } from '../../protocol/days';
import type { IntegrityConfig } from '../../run/config-schema';
import { storeKeys } from '../../run/key-store';
import { createMemoryStore } from '../../storage/memory';
import type { Bucket, SigningKey } from './digest-files';
import { ingestWholeDay, memoryRun, rowsOf } from './runs';

export type Run = ReturnType<typeof memoryRun>;

/** The bucket name in the digests of a sample. */
export const BUCKET_NAME = 'trailmill-sample';
export const HOUR_MS = 3_600_000;

/** The delivery time of an object by its key, milliseconds since the epoch. */
export const deliveredAt = (key: string): number => deliveryTime(key, parseObjectKey(key)?.day ?? '');

/** The public keys of a sample. */
export function ringOf(keys: readonly SigningKey[]): KeyRing {
  const pem = keys.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' })).join('\n');
  return new Map(parseKeys(Buffer.from(pem), 'sample').map((key) => [key.fingerprint, key]));
}

/** A run over an empty bucket. The objects that {@link deliver} puts there have the modification times of their names. */
export async function requiredRun(
  keys: KeyRing,
  integrity: Partial<IntegrityConfig> = {},
  ingest: Parameters<typeof memoryRun>[0] = {},
): Promise<Run & { clock: { now: number } }> {
  const run = memoryRun(ingest, allTables('aws_cloudtrail'));
  const clock = { now: 0 };
  const required: IntegrityConfig = { mode: 'required', bucket: BUCKET_NAME, holdHours: 26, keys: 'folder' };
  await storeKeys(run.warehouse, keys.values(), { from: 'folder' }, 0);
  return {
    ...run,
    bucket: createMemoryStore('bucket', () => clock.now),
    config: { ...run.config, integrity: { ...required, ...integrity } },
    clock,
  };
}

/** Delivers objects, each at the time in its name. */
export async function deliver(run: Awaited<ReturnType<typeof requiredRun>>, bucket: Bucket): Promise<void> {
  for (const [key, { body, metadata }] of bucket) {
    run.clock.now = deliveredAt(key);
    await run.bucket.put(key, body, { metadata });
  }
}

/** The delivery days of a bucket. */
export const daysOf = (bucket: Bucket): string[] =>
  [...new Set([...bucket.keys()].map((key) => dayAt(deliveredAt(key))))].sort();

/** Ingests all days. `now`: milliseconds since the epoch. */
export async function ingestAll(run: Run, days: readonly string[], now: number, retry = false): Promise<void> {
  for (const day of days) await ingestWholeDay(run, day, retry, now);
}

/** What the ledger says about each key: `ingested`, or the problem. */
export async function ledgerOf(run: Run): Promise<Map<string, string>> {
  const rows = (await rowsOf(run, 'ledger')) as { key: string; status: string; error?: string; attempt: number }[];
  rows.sort((a, b) => a.attempt - b.attempt);
  return new Map(rows.map(({ key, status, error }) => [key, error ?? status]));
}
